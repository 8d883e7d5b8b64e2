// Moments as people say them: how long ago, with the exact moment on hover and on focus.

import { h } from "./dom.js";
import { language } from "./words.js";

const STEPS = [
  ["year", 31_557_600],
  ["month", 2_629_800],
  ["day", 86_400],
  ["hour", 3_600],
  ["minute", 60],
];
const relative = new Intl.RelativeTimeFormat(language, { numeric: "auto" });
const exactly = new Intl.DateTimeFormat(language, { dateStyle: "full", timeStyle: "long" });
const shortly = new Intl.DateTimeFormat(language, { dateStyle: "medium", timeStyle: "short" });
const byDay = new Intl.DateTimeFormat(language, { dateStyle: "medium" });

// "3 days ago", "in 2 hours".
export function ago(iso, now = Date.now()) {
  const seconds = (Date.parse(iso) - now) / 1000;
  for (const [unit, size] of STEPS) {
    if (Math.abs(seconds) >= size) return relative.format(Math.trunc(seconds / size), unit);
  }
  return relative.format(0, "second");
}

// The moment in the operator's own zone.
export function exact(iso) {
  return exactly.format(new Date(iso));
}

export function moment(iso) {
  return shortly.format(new Date(iso));
}

export function day(iso) {
  return byDay.format(new Date(iso));
}

// An element for a moment; a dash when there is none. Within what already takes focus (a row that
// is a link) give `inLink`, so that the keyboard does not stop twice.
export function time(iso, { inLink = false } = {}) {
  if (!iso) return h("span", { class: "none" }, "–");
  return h(
    "time",
    { datetime: iso, class: "moment", tabindex: inLink ? null : 0, data: { exact: exact(iso) } },
    ago(iso),
    h("span", { class: "unseen" }, `, ${exact(iso)}`),
  );
}
