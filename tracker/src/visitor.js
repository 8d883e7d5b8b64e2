// Who is here: a random id of this browser, and the user id if the site told one.

import { hear, mayStore } from "./consent.js";
import { read, readId, remove, wipe, write, writeId } from "./device.js";

let anonymousId;
let userId;

/** A version 4 UUID. Of `crypto`, the part that plain-http pages have too. */
export const uuid = () =>
  "10000000-1000-4000-8000-100000000000".replace(/[018]/g, (digit) =>
    (digit ^ (crypto.getRandomValues(new Uint8Array(1))[0] & (15 >> (digit / 4)))).toString(16),
  );

/** Who is here, from the device if that may be read; what was kept under other rules goes. */
export function arrive() {
  if (!mayStore()) {
    const word = read("consent");
    wipe();
    if (word) {
      write("consent", word);
    }
  }
  anonymousId = readId() || uuid();
  userId = read("user") || undefined;
  keepVisitor();
}

/**
 * Be whom the device names: the visitor may have spoken in another tab, or on a page from which
 * they came back to this one, which was kept alive.
 */
export function rejoin() {
  const could = mayStore();
  hear();
  const id = mayStore() && readId();
  if (id && id !== anonymousId) {
    anonymousId = id;
    userId = read("user") || undefined;
  } else if (could && !mayStore()) {
    forget();
  }
}

/** Keep the ids for the next page, if they may be kept. */
export function keepVisitor() {
  if (mayStore()) {
    writeId(anonymousId);
    userId ? write("user", userId) : remove("user");
  }
}

/** Somebody else from here on. */
export function forget() {
  anonymousId = uuid();
  userId = undefined;
  keepVisitor();
}

/** This is that user. Another user on the same browser is another visitor. */
export function become(user) {
  if (userId && userId !== user) {
    forget();
  }
  userId = user;
  keepVisitor();
}

export const visitor = () => ({ anonymousId, userId });
