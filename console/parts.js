// What pages are made of. Each gives an element; `console/README.md` shows them at work.

import { sentence } from "./api.js";
import { fill, h } from "./dom.js";
import { t } from "./words.js";

let numbered = 0;

// An id that no other element of the page has.
export function unique(name = "p") {
  numbered += 1;
  return `${name}-${numbered}`;
}

// A page: its heading takes the focus when the page is shown.
export function page(title, ...content) {
  return h("div", { class: "page", data: { title } }, h("h1", { tabindex: -1 }, title), ...content);
}

export function section(title, ...content) {
  const id = unique("section");
  return h("section", { "aria-labelledby": id }, h("h2", { id }, title), ...content);
}

// Said by a screen reader at once and shown above the page. `kind`: done, or wrong, which stays.
export function notice(text, kind = "done") {
  const place = document.getElementById("notices");
  const close = h("button", { type: "button", class: "quiet", "aria-label": t("shell.close") }, "×");
  const told = h("div", { class: `notice ${kind}` }, h("p", {}, text), close);
  close.addEventListener("click", () => told.remove());
  place.replaceChildren(told);
}

export function clearNotices() {
  document.getElementById("notices").replaceChildren();
}

// A button that works once at a time: while it does, another press is nothing. What goes wrong is
// told as a notice. `kind`: first, quiet, danger or empty.
export function button(label, run, { kind = "", pressed = null, describedby = null } = {}) {
  const attributes = { "aria-pressed": pressed, "aria-describedby": describedby };
  const made = h("button", { type: "button", class: kind, ...attributes }, label);
  made.addEventListener("click", () => once(made, run));
  return made;
}

// Runs the work of a button, not twice at a time. Gives what the work gives; undefined if it failed.
export async function once(pressed, run) {
  if (pressed.getAttribute("aria-disabled") === "true") return undefined;
  // Not `disabled`: the focus would be lost.
  pressed.setAttribute("aria-disabled", "true");
  try {
    return await run();
  } catch (error) {
    failed(error);
    return undefined;
  } finally {
    pressed.removeAttribute("aria-disabled");
  }
}

// A failed call as a notice; who left the page on the way is told nothing.
export function failed(error) {
  if (error?.name === "AbortError") return;
  notice(sentence(error), "wrong");
}

export function link(label, href, attributes = {}) {
  return h("a", { href, ...attributes }, label);
}

// Nothing there: what would stand here, and how to get it.
export function empty(title, text, ...actions) {
  return h("div", { class: "empty" }, h("p", { class: "strong" }, title), h("p", {}, text), actions);
}

// A word in a colour; the word alone says it. `kind`: good, wait, bad, or empty.
export function badge(text, kind = "") {
  return h("span", { class: `badge ${kind}` }, text);
}

// Names and values: facts([["E-mail", "a@b.example"], ["Town", "Halden"]]); null values are left out.
export function facts(pairs) {
  const shown = pairs.filter(([, value]) => value !== null && value !== undefined && value !== "");
  return h("dl", { class: "facts" }, shown.map(([name, value]) => [h("dt", {}, name), h("dd", {}, value)]));
}

// What opens on demand.
export function disclosure(summary, ...content) {
  return h("details", {}, h("summary", {}, summary), ...content);
}

// A share of 0 to 1 as a bar; the number beside it says the same.
export function bar(share) {
  const width = `${Math.round(Math.max(0, Math.min(1, share)) * 100)}%`;
  return h("span", { class: "bar", "aria-hidden": "true" }, h("span", { style: { width } }));
}

// Content that is fetched: first a word that it is, then what `load` gives, or what went wrong.
export function loading(load) {
  const place = h("div", { class: "loading", "aria-busy": "true" }, h("p", {}, t("shell.loading")));
  const show = async () => {
    try {
      fill(place, await load());
    } catch (error) {
      if (error?.name === "AbortError") return;
      fill(place, problem(error, show));
    }
    place.setAttribute("aria-busy", "false");
  };
  show();
  return place;
}

// What went wrong, where the content would stand.
export function problem(error, again) {
  return h(
    "div",
    { class: "problem", role: "alert" },
    h("p", { class: "strong" }, t("shell.went_wrong")),
    h("p", {}, sentence(error)),
    again ? button(t("shell.again"), again) : null,
  );
}

// Tabs: [{key, label, show}], `show` gives the content when the tab is first chosen. `chosen` is
// told of each choice, e.g. to put it into the address.
export function tabs(label, all, { first = all[0].key, chosen = () => null } = {}) {
  const name = unique("tab");
  const heads = all.map(({ key, label: text }) =>
    h("button", { type: "button", role: "tab", id: `${name}-${key}`, "aria-controls": `${name}-${key}-panel` }, text),
  );
  const panels = all.map(({ key }) =>
    h("div", { role: "tabpanel", id: `${name}-${key}-panel`, "aria-labelledby": `${name}-${key}`, tabindex: 0 }),
  );
  const choose = (at) => {
    heads.forEach((head, i) => {
      head.setAttribute("aria-selected", String(i === at));
      head.tabIndex = i === at ? 0 : -1;
      panels[i].hidden = i !== at;
    });
    if (!panels[at].hasChildNodes()) fill(panels[at], all[at].show());
    chosen(all[at].key);
  };
  heads.forEach((head, i) => {
    head.addEventListener("click", () => choose(i));
    head.addEventListener("keydown", (event) => {
      const to = { ArrowRight: i + 1, ArrowLeft: i - 1, Home: 0, End: heads.length - 1 }[event.key];
      if (to === undefined) return;
      event.preventDefault();
      const at = (to + heads.length) % heads.length;
      heads[at].focus();
      choose(at);
    });
  });
  choose(Math.max(0, all.findIndex(({ key }) => key === first)));
  return h("div", { class: "tabs" }, h("div", { role: "tablist", "aria-label": label }, heads), panels);
}

// A mail or another page of ours in a frame of its own, in which no script of it runs.
export function mailFrame(html, title) {
  const here = new URL("preview.html", import.meta.url).pathname;
  // Without `allow-same-origin` the frame has an origin of its own, from which nothing is reached.
  const frame = h("iframe", { class: "mail", title, sandbox: "allow-scripts", src: here });
  frame.addEventListener("load", () => frame.contentWindow.postMessage({ html }, "*"));
  return frame;
}
