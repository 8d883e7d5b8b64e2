// Whether anything may be kept on this device: the visitor's own word counts most, then the signals
// of the browser, then what the site says.

import { read, wipe, write } from "./device.js";
import { CONSENT_REQUIRED } from "./settings.js";

export const GPC = navigator.globalPrivacyControl === true;
export const DNT = (navigator.doNotTrack || window.doNotTrack) === "1";

const ASSUMED = !(CONSENT_REQUIRED || GPC || DNT);
const WORDS = ["granted", "denied"];
// The word as the device has it; of no other word is a trace left, see `decide`.
let kept;
let word;

/** Take the word of another page, if the one on the device is no longer what this page knows. */
export function hear() {
  const now = read("consent");
  if (now !== kept) {
    kept = now;
    word = WORDS.find((each) => each === now);
  }
}
hear();

export const mayStore = () => (word ? word === "granted" : ASSUMED);

/** What Segment's SDKs call it; undefined while nobody was asked. */
export const told = () =>
  word && { categoryPreferences: { analytics: word === "granted" } };

/** Take the visitor's word. Says whether it is one. */
export function decide(said) {
  if (!WORDS.includes(said)) {
    return false;
  }
  word = said;
  if (!mayStore()) {
    wipe();
  }
  // A refusal is remembered only where the next page would otherwise take consent for granted.
  // It names nobody.
  if (mayStore() || ASSUMED) {
    write("consent", said);
  }
  kept = read("consent");
  return true;
}
