// Campaigns: all of them, and how far each has come.

import "./campaigns_words.js";
import { api } from "./api.js";
import { edit } from "./campaigns_edit.js";
import { one, state } from "./campaigns_one.js";
import { h } from "./dom.js";
import { paged } from "./listing.js";
import { link, page } from "./parts.js";
import { time } from "./times.js";
import { number, t } from "./words.js";

const SEE = "campaigns_see";
const CHANGE = "campaigns_change";

export const nav = [{ path: "/campaigns", label: "campaigns.title", allowed: SEE }];

export const routes = [
  { path: "/campaigns", allowed: SEE, show: all },
  { path: "/campaigns/new", allowed: CHANGE, show: edit },
  { path: "/campaigns/:campaign", allowed: SEE, show: one },
  { path: "/campaigns/:campaign/edit", allowed: CHANGE, show: edit },
];

function all(at) {
  const make = at.may(CHANGE) ? link(t("campaigns.make"), "/console/campaigns/new", { class: "button first" }) : null;
  const list = paged({
    load: () => api.get("/campaigns", {}, { signal: at.signal }),
    caption: t("campaigns.title"),
    columns: [
      { head: t("campaigns.name"), cell: (each) => link(each.name, `/console/campaigns/${each.campaign}`) },
      { head: t("campaigns.state"), cell: state },
      { head: t("campaigns.audience"), cell: (each) => (each.launched_at ? number(each.audience) : "–"), numeric: true },
      { head: t("campaigns.begins"), cell: (each) => time(each.begins) },
    ],
    empty: [t("campaigns.nothing"), t("campaigns.nothing_text"), make?.cloneNode(true)],
  });
  return page(t("campaigns.title"), make ? h("p", {}, make) : null, list);
}
