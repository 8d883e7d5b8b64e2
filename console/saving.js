// Saving what several people may be editing at once, under a key that its name gives.

import { api, ProblemError } from "./api.js";
import "./saving_words.js";
import { dialog } from "./dialogs.js";
import { h } from "./dom.js";
import { button } from "./parts.js";
import { t } from "./words.js";

const MAX_KEY_CHARS = 40;
// The letters of Nordic and German names that are no letter with a sign.
const SPELT = { å: "a", ø: "o", æ: "ae", ß: "ss", þ: "th", ð: "d", ł: "l" };

// The key that a name gives: "Åpen dag 2027" is `apen-dag-2027`; empty when nothing of it is left.
export function keyOf(name) {
  const plain = name.toLowerCase().replace(/[åøæßþðł]/g, (each) => SPELT[each]).normalize("NFD");
  const parts = plain.replace(/\p{M}/gu, "").split(/[^a-z0-9]+/).filter(Boolean);
  return parts.join("-").slice(0, MAX_KEY_CHARS).replace(/-+$/, "");
}

// A key that nothing of a collection (`/segments`) has yet: `name`, `name-2`, …
export async function freeKey(collection, name) {
  const wanted = keyOf(name) || "untitled";
  const { items } = await api.get(collection);
  // A page of that name makes another one.
  const taken = new Set(["new", ...items.map((each) => each.key ?? each.campaign)]);
  let key = wanted;
  for (let n = 2; taken.has(key); n += 1) key = `${wanted}-${n}`;
  return key;
}

// `now` with what was left as it stood in `was`, to the letter: fields cut off what is empty around a
// text, and end lines in one way.
export function untouched(was, now) {
  if (typeof was === "string" && typeof now === "string") return plain(was) === plain(now) ? was : now;
  if (Array.isArray(now)) return now.map((each, i) => untouched(was?.[i], each));
  if (!now || !was || typeof now !== "object") return now;
  const names = new Set([...Object.keys(was).filter((name) => name in now), ...Object.keys(now)]);
  return Object.fromEntries([...names].map((name) => [name, untouched(was[name], now[name])]));
}

function plain(text) {
  return text.replace(/\r\n?/g, "\n").trim();
}

// Saves `body` in the place of `read`, the document that was opened. When somebody else was faster,
// their changes are shown, and whoever saves chooses. `fields`: [[name, label]] of what is compared;
// `of` gives these of a document. The document that stands there then; undefined: theirs is to stay.
export async function saved(where, body, { read, fields, of = (document) => document }) {
  let before = read;
  for (;;) {
    try {
      return await api.put(where, body, { read: before });
    } catch (error) {
      if (!(error instanceof ProblemError) || error.code !== "changed") throw error;
      const now = await api.get(where);
      if (!(await overwrites(fields, of(before), of(now), body))) return undefined;
      before = now;
    }
  }
}

// The names of what differs between two documents.
export function differing(fields, before, now) {
  return fields.filter(([name]) => JSON.stringify(before[name] ?? null) !== JSON.stringify(now[name] ?? null));
}

function overwrites(fields, before, theirs, mine) {
  const changed = differing(fields, before, theirs);
  return dialog(t("saving.changed"), (close) => [
    h("p", {}, t("saving.changed_text")),
    h("dl", {}, changed.map(([name, label]) => [
      h("dt", { class: "strong" }, label),
      h("dd", {}, h("p", {}, t("saving.theirs", { value: written(theirs[name]) })), h("p", {}, t("saving.yours", { value: written(mine[name]) }))),
    ])),
    changed.length ? null : h("p", {}, t("saving.else")),
    h("div", { class: "actions" },
      button(t("saving.take_theirs"), () => close(false), { kind: "first" }),
      button(t("saving.keep_mine"), () => close(true), { kind: "danger" })),
  ]);
}

// A value as a line to compare: texts as they are, anything else in short.
function written(value) {
  if (value === undefined || value === null || value === "") return "–";
  if (typeof value !== "object") return String(value);
  return leaves(value).join(" · ") || "–";
}

function leaves(value) {
  if (value === null || value === "") return [];
  return typeof value === "object" ? Object.values(value).flatMap(leaves) : [String(value)];
}
