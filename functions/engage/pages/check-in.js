// The door of an event: who has a place, found by name, address or code, and checked in. All of it
// works without a network; what was done then is told when there is one again.
(() => {
  "use strict";
  const form = document.getElementById("door");
  const state = document.getElementById("state");
  const found = document.getElementById("found");
  const who = document.getElementById("who");
  const token = new URLSearchParams(location.search).get("t");
  const occasion = form.dataset.occasion;
  const NAME = `rapport-door-${occasion}`;
  const EVERY_MS = 15000;
  const MOST = 8;
  let db;
  let until = 0;

  const ask = (request) =>
    new Promise((done, fail) => {
      request.onsuccess = () => done(request.result);
      request.onerror = () => fail(request.error);
    });
  const store = (name, mode) => db.transaction(name, mode).objectStore(name);

  const open = async () => {
    const request = indexedDB.open(NAME, 1);
    request.onupgradeneeded = () => {
      request.result.createObjectStore("guests", { keyPath: "code" });
      request.result.createObjectStore("queue", { keyPath: "id" });
      request.result.createObjectStore("about", { keyPath: "key" });
    };
    db = await ask(request);
    const about = await ask(store("about").get("until"));
    until = about ? about.value : 0;
  };

  // Nothing of anybody stays on a device when the event is over, or its link is no longer good.
  const forget = async () => {
    if (db) db.close();
    db = undefined;
    indexedDB.deleteDatabase(NAME);
    for (const name of await caches.keys()) {
      if (name.startsWith("rapport-door")) await caches.delete(name);
    }
    for (const each of await navigator.serviceWorker.getRegistrations()) await each.unregister();
    found.replaceChildren();
    form.hidden = true;
    location.reload();
  };

  const tell = async () => {
    const waiting = db ? await ask(store("queue").count()) : 0;
    const { ready, offline } = state.dataset;
    const line = navigator.onLine ? ready : offline;
    state.textContent = waiting ? `${line} ${state.dataset.waiting} ${waiting}` : line;
  };

  const learn = async () => {
    let start = 0;
    do {
      const answer = await fetch(`check-in/names?t=${encodeURIComponent(token)}&from=${start}`);
      if (answer.status === 404) return forget();
      if (!answer.ok) return;
      const told = await answer.json();
      until = told.until;
      await ask(store("about", "readwrite").put({ key: "until", value: until }));
      for (const guest of told.guests) {
        const known = await ask(store("guests").get(guest.code));
        guest.arrived = guest.arrived || Boolean(known && known.arrived);
        await ask(store("guests", "readwrite").put(guest));
      }
      start = told.next;
    } while (start);
  };

  const send = async () => {
    const arrivals = await ask(store("queue").getAll());
    if (!arrivals.length) return;
    const answer = await fetch(`check-in?t=${encodeURIComponent(token)}`, {
      method: "POST",
      headers: { "content-type": "application/json" },
      body: JSON.stringify({ sent_at: Date.now(), arrivals: arrivals.slice(0, 200) }),
    });
    if (answer.status === 404) return forget();
    if (!answer.ok) return;
    const told = await answer.json();
    for (const id of [...told.done, ...told.unknown]) {
      await ask(store("queue", "readwrite").delete(id));
    }
  };

  let busy = false;
  const sync = async () => {
    if (busy || !db) return;
    busy = true;
    try {
      if (until && Date.now() > until) return await forget();
      await send();
      await learn();
    } catch {
      // No network: what waits is told the next time.
    } finally {
      busy = false;
      if (db) await tell();
    }
  };

  const arrive = async (guest) => {
    const id = crypto.randomUUID();
    const write = db.transaction(["guests", "queue"], "readwrite");
    write.objectStore("queue").put({ id, code: guest.code, at: Date.now() });
    write.objectStore("guests").put({ ...guest, arrived: true });
    await new Promise((done, fail) => {
      write.oncomplete = done;
      write.onerror = fail;
    });
    who.value = "";
    await show();
    state.textContent = `${guest.name || guest.code}: ${form.dataset.done}`;
    sync().then(() => who.focus());
  };

  const seek = async (text) => {
    const bytes = new TextEncoder().encode(`${occasion}:${text.toLowerCase()}`);
    const digest = new Uint8Array(await crypto.subtle.digest("SHA-256", bytes));
    return Array.from(digest.slice(0, 16), (b) => b.toString(16).padStart(2, "0")).join("");
  };

  const matching = async () => {
    const text = who.value.trim();
    if (text.length < 2) return [];
    const hash = text.includes("@") ? await seek(text) : "";
    const guests = await ask(store("guests").getAll());
    return guests.filter(
      (guest) =>
        guest.code === text.toUpperCase() ||
        (hash && guest.seek === hash) ||
        (!hash && guest.name.toLowerCase().includes(text.toLowerCase())),
    );
  };

  const show = async () => {
    const rows = (await matching()).slice(0, MOST).map((guest) => {
      const row = document.createElement("li");
      const name = document.createElement("span");
      name.textContent = `${guest.name} (${guest.code}) `;
      row.append(name);
      if (guest.arrived) {
        row.append(form.dataset.done);
        return row;
      }
      const button = document.createElement("button");
      button.type = "button";
      button.textContent = form.dataset.in;
      button.setAttribute("aria-label", `${form.dataset.in}: ${guest.name || guest.code}`);
      button.addEventListener("click", () => arrive(guest));
      row.append(button);
      return row;
    });
    found.replaceChildren(...rows);
  };

  form.addEventListener("submit", async (event) => {
    event.preventDefault();
    if (!db) return;
    const guests = (await matching()).filter((guest) => !guest.arrived);
    if (guests.length === 1) return arrive(guests[0]);
    await show();
    if (!found.children.length) state.textContent = form.dataset.nobody;
  });
  who.addEventListener("input", () => db && show());
  addEventListener("online", sync);
  addEventListener("offline", tell);
  navigator.serviceWorker.register("check-in-worker.js").catch(() => {});
  open().then(sync);
  setInterval(sync, EVERY_MS);
})();
