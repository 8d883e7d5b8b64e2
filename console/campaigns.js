// Campaigns: all of them, and how far each has come.

import "./campaigns_words.js";
import { api } from "./api.js";
import { edit } from "./campaigns_edit.js";
import { one, state } from "./campaigns_one.js";
import { fill, h } from "./dom.js";
import { paged } from "./listing.js";
import { link, page, section } from "./parts.js";
import { time } from "./times.js";
import { number, t } from "./words.js";

const SEE = "campaigns_see";
const CHANGE = "campaigns_change";

// How many wait for the word of who is signed in stands beside the section's name.
const waiting = {
  allowed: "campaigns_approve",
  label: "campaigns.count_to_approve",
  count: async () => (await api.get("/campaigns")).items.filter((each) => each.yours_to_approve).length,
};

export const nav = [{ path: "/campaigns", label: "campaigns.title", allowed: SEE, waiting }];

export const routes = [
  { path: "/campaigns", allowed: SEE, show: all },
  { path: "/campaigns/new", allowed: CHANGE, show: edit },
  { path: "/campaigns/:campaign", allowed: SEE, show: one },
  { path: "/campaigns/:campaign/edit", allowed: CHANGE, show: edit },
];

function all(at) {
  const make = at.may(CHANGE) ? link(t("campaigns.make"), "/console/campaigns/new", { class: "button first" }) : null;
  const waiting = h("div", {});
  const list = paged({
    load: () => api.get("/campaigns", {}, { signal: at.signal }),
    then: ({ items }) => fill(waiting, toApprove(items.filter((each) => each.yours_to_approve))),
    caption: t("campaigns.title"),
    columns: [
      { head: t("campaigns.name"), cell: (each) => link(each.name, `/console/campaigns/${each.campaign}`) },
      { head: t("campaigns.state"), cell: state },
      { head: t("campaigns.audience"), cell: (each) => (each.launched_at ? number(each.audience) : "–"), numeric: true },
      { head: t("campaigns.begins"), cell: (each) => time(each.begins) },
    ],
    empty: [t("campaigns.nothing"), t("campaigns.nothing_text"), make?.cloneNode(true)],
  });
  return page(t("campaigns.title"), make ? h("p", {}, make) : null, waiting, list);
}

// Those that somebody asked this operator's word for.
function toApprove(asked) {
  if (!asked.length) return null;
  return section(t("campaigns.to_approve"), h("ul", { class: "events" }, asked.map((each) => h("li", {},
    link(each.name, `/console/campaigns/${each.campaign}`),
    h("p", { class: "quiet-text" }, t("campaigns.asked_by", { by: each.asked.by_name || each.asked.by }), " ", time(each.asked.at))))));
}
