// Everything that is kept on the visitor's device, and nothing before it may be. All names begin
// with `rapport_`; only the id is a cookie, so that the site's own server can read it.

import { attempt } from "./attempt.js";

const PREFIX = "rapport_";
const YEAR = 365 * 24 * 60 * 60;
const COOKIE = /(?:^|; )rapport_id=([\w-]{8,64})(?:;|$)/;

/** Kept until it is removed, and for this visit alone. */
export const LASTING = "localStorage";
export const VISIT = "sessionStorage";

// A browser may refuse any access, with an exception: then it is as if nothing were stored.
const within = (area, action) => attempt(() => action(window[area]));

export const read = (name, area = LASTING) =>
  within(area, (kept) => kept.getItem(PREFIX + name)) || "";

export const write = (name, value, area = LASTING) =>
  within(area, (kept) => kept.setItem(PREFIX + name, value));

export const remove = (name) => within(LASTING, (kept) => kept.removeItem(PREFIX + name));

/** What stands after `start` in the names that begin with it. */
export const names = (start, area = LASTING) =>
  (within(area, Object.keys) || [])
    .filter((name) => name.startsWith(PREFIX + start))
    .map((name) => name.slice(PREFIX.length + start.length));

export const readId = () => (attempt(() => COOKIE.exec(document.cookie)) || [])[1];

export const writeId = (id, seconds = YEAR) =>
  attempt(() => {
    const secure = location.protocol === "https:" ? "; Secure" : "";
    document.cookie = `rapport_id=${id}; Path=/; Max-Age=${seconds}; SameSite=Lax${secure}`;
  });

/** Leave nothing of ours on the device. */
export function wipe() {
  writeId("", 0);
  for (const area of [LASTING, VISIT]) {
    for (const name of names("", area)) {
      within(area, (kept) => kept.removeItem(PREFIX + name));
    }
  }
}
