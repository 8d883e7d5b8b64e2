// How people are called, and how it is said where something about them comes from.

import { badge } from "./parts.js";
import { known, t } from "./words.js";

// Their name, else their address, else their id. Of a summary or of attributes.
export function named({ first_name = "", last_name = "", email = "", person }) {
  return [first_name, last_name].filter(Boolean).join(" ") || email || person;
}

// Who vouches for something: the sender proved it, or anybody could have typed it.
export function trusted(trust) {
  return badge(known("trust", trust), trust === "verified" ? "good" : "");
}

export function origin(source) {
  return source ? t("candidate.from", { source }) : "";
}
