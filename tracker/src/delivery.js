// Messages on their way: each stays in the queue until the door has said that it is stored.
//
// A message is made once, so all its copies are the same and the door takes them for one. Where
// the device may be used the queue is kept there too, a message an entry, so that two open pages
// do not overwrite one another and the next page sends what this one could not.
//
// Requests outlive the page (`keepalive`). Unlike a beacon they carry no cookies and tell a page
// that lives on whether they arrived; beacons are for browsers that know no `keepalive`.

import { attempt } from "./attempt.js";
import { mayStore } from "./consent.js";
import { names, read, remove, write } from "./device.js";
import { HOST, KEY } from "./settings.js";

const MOST = 20;
const MOST_BYTES = 60000;
// A browser lets no more outlive the page.
const KEEPALIVE = 65536;
const OUTLIVES = "keepalive" in Request.prototype;
const PAUSE = 1000;
const LONGEST_PAUSE = 60000;
const LONGEST_PATIENCE = 3600000;
// What a page keeps while the door cannot be reached; beyond it the oldest go.
const MOST_KEPT = 500;

let queue = [];
let flying = 0;
let failures = 0;
let notBefore = 0;
let asked = false;
let timer = 0;

const bytes = (string) => new TextEncoder().encode(string).length;
const now = () => performance.now();

/** Put a message, as JSON, into the queue. */
export function send(id, json) {
  queue.push({ id, json, size: bytes(json) });
  if (queue.length > MOST_KEPT) {
    remove("q." + queue.shift().id);
  }
  keepQueue(-1);
  queue.filter((message) => !message.flying).length < MOST ? later(PAUSE) : flush();
}

/** Keep the queue, or its last messages, on the device if that may be. */
export const keepQueue = (from = 0) =>
  mayStore() && queue.slice(from).forEach(({ id, json }) => write("q." + id, json));

/** Take over what an earlier page could not deliver. */
export function takeOver() {
  for (const id of names("q.")) {
    const json = read("q." + id);
    // One that is broken, or gone by now, would make a batch unreadable.
    if (attempt(() => JSON.parse(json))) {
      queue.push({ id, json, size: bytes(json) });
    } else {
      remove("q." + id);
    }
  }
  queue.length && later(PAUSE);
}

/** Send what waits: a batch after the other, or all at once if the page may be `leaving`. */
export function flush(leaving) {
  clearTimeout(timer);
  timer = 0;
  if (!leaving && flying) {
    return;
  }
  const wait = notBefore - now();
  // Whoever leaves tries once more, unless the door asked to wait and the next page can do it.
  if (wait > 0 && (!leaving || (asked && mayStore()))) {
    later(wait);
    return;
  }
  if (leaving && !OUTLIVES) {
    // What is under way dies with the page.
    queue.forEach((message) => (message.flying = false));
  }
  let batch;
  while ((batch = next()).length && (post(batch, leaving), leaving)) {
    // All of them leave now.
  }
}

/** Whoever comes back on line need not wait. */
export function online() {
  notBefore = 0;
  flush();
}

function later(pause) {
  timer = timer || setTimeout(() => flush(), pause);
}

function next() {
  const batch = [];
  let size = 200;
  for (const message of queue) {
    if (!message.flying && batch.length < MOST) {
      size += message.size + 1;
      if (batch.length && size > MOST_BYTES) {
        break;
      }
      batch.push(message);
    }
  }
  return batch;
}

function post(batch, leaving) {
  const url = HOST + "/v1/b";
  const sentAt = new Date().toISOString();
  const messages = batch.map((message) => message.json).join();
  // As text, which needs no preflight; so the key stands in the body.
  const body = `{"writeKey":${JSON.stringify(KEY)},"sentAt":"${sentAt}","batch":[${messages}]}`;
  flying += 1;
  batch.forEach((message) => (message.flying = true));
  const way =
    leaving && !OUTLIVES
      ? Promise.resolve(navigator.sendBeacon(url, body) && { status: 200 })
      : fetch(url, { method: "POST", body, keepalive: bytes(body) < KEEPALIVE, credentials: "omit" });
  way.then(
    (answer) => settle(batch, answer),
    () => settle(batch),
  );
}

/** A batch has been answered, or not. */
function settle(batch, answer) {
  flying -= 1;
  const status = answer ? answer.status : 0;
  if (status && status !== 408 && status !== 429 && status < 500) {
    // Stored, or refused for good: sending it again would not help.
    queue = queue.filter((message) => !batch.includes(message));
    batch.forEach(({ id }) => remove("q." + id));
    failures = notBefore = 0;
  } else {
    batch.forEach((message) => (message.flying = false));
    failures += 1;
    const patience = answer ? answer.headers.get("Retry-After") * 1000 : 0;
    const pause = Math.min(PAUSE * 2 ** (failures - 1), LONGEST_PAUSE) * (1 + Math.random() / 2);
    asked = patience > 0;
    notBefore = now() + (asked ? Math.min(patience, LONGEST_PATIENCE) : pause);
  }
  if (queue.some((message) => !message.flying)) {
    flush();
  }
}
