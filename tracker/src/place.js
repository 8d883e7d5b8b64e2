// Where the visitor is and how they came: the page, the campaign, the device.

import { attempt } from "./attempt.js";
import { DNT, GPC, mayStore, told } from "./consent.js";
import { read, VISIT, write } from "./device.js";

const LONGEST = 2000;
const UTM = { source: "source", medium: "medium", campaign: "name", term: "term", content: "content" };

let campaign;
let referrer = document.referrer;
let address = location.href;

/** Text of a bearable length; half a character at its end would make the message unreadable. */
export const text = (value, longest = LONGEST) =>
  String(value).slice(0, longest).replace(/[\ud800-\udbff]$/, "");

/** An address without its fragment and without values that look like somebody's e-mail address. */
const clean = (url) => text(url.split("#")[0].replace(/=[^&=]*(@|%40)[^&]*/gi, "="));

/** Another page of the same document: it was reached from the one before. */
export function moved() {
  if (location.href !== address) {
    referrer = address;
    address = location.href;
  }
}

export const page = () => ({
  url: clean(location.href),
  path: text(location.pathname),
  search: clean(location.search),
  title: text(document.title, 500),
  referrer: clean(referrer),
});

/** The campaign that brought the visitor here: of this address, else of an earlier page. */
export function arriveFromCampaign() {
  campaign = attempt(() => JSON.parse(read("campaign", VISIT) || "null")) || undefined;
  noteCampaign();
}

export function noteCampaign() {
  const found = {};
  new URLSearchParams(location.search).forEach((value, name) => {
    const known = UTM[name.replace(/^utm_/, "")];
    if (known && name.startsWith("utm_") && value) {
      found[known] = text(value, 200);
    }
  });
  if (Object.keys(found).length) {
    campaign = found;
  }
  keepCampaign();
}

export const keepCampaign = () =>
  campaign && mayStore() && write("campaign", JSON.stringify(campaign), VISIT);

/** What every message says of its circumstances; what is undefined is left out. */
export const context = () => ({
  page: page(),
  campaign,
  locale: navigator.language,
  timezone: attempt(() => Intl.DateTimeFormat().resolvedOptions().timeZone),
  screen: { width: screen.width, height: screen.height, density: window.devicePixelRatio },
  userAgent: navigator.userAgent,
  library: { name: "rapport.js", version: "1" },
  consent: told(),
  gpc: GPC || undefined,
  dnt: DNT || undefined,
  webdriver: navigator.webdriver || undefined,
});
