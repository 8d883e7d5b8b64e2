// What the script element says: which site this is, where its messages go, and what it may do.

const script = document.currentScript || document.querySelector("script[data-key]");
const data = script ? script.dataset : {};

/** The write key of the site; without one nothing is tracked. */
export const KEY = data.key;
/** Where messages go: `data-host`, else where the script came from. A path before it is kept. */
export const HOST = (data.host || (script ? script.src : "")).replace(/\/(rapport\.js.*)?$/, "");
/** Whether nothing may be stored before somebody agrees. */
export const CONSENT_REQUIRED = data.consent === "required";
/** Whether pages are told without being asked. */
export const AUTOMATIC = data.auto !== "off";
