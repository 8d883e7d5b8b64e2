// What happened to a candidate, the newest first, grouped by day.

import { api, path } from "./api.js";
import { h } from "./dom.js";
import { paged } from "./listing.js";
import { badge, section } from "./parts.js";
import { day, time } from "./times.js";
import { known, t } from "./words.js";

export function timeline(at, person) {
  const list = paged({
    load: (cursor) => api.get(path`/people/${person.person}/timeline`, { cursor }, { signal: at.signal }),
    show: days,
    empty: [t("candidate.nothing_yet"), t("candidate.nothing_yet_text")],
  });
  return section(t("candidate.timeline"), list);
}

function days(events) {
  const by = Map.groupBy(events, (each) => day(each.at));
  return [...by].map(([name, all]) => h("div", {}, h("h3", {}, name), h("ol", { class: "events" }, all.map(event))));
}

function event(each) {
  const { subject, text, why } = each.words;
  return h(
    "li",
    {},
    h("p", {}, h("span", { class: "strong" }, known("event", each.type)), " ", each.origin === "live" ? null : badge(known("origin", each.origin)), " ", time(each.at)),
    each.told && each.told !== subject ? h("p", {}, each.told) : null,
    subject ? h("p", { class: "strong" }, subject) : null,
    text || why ? h("blockquote", {}, text || why) : null,
    h("p", { class: "quiet-text" }, [t("candidate.from", { source: known("source", each.source) }), known("trust", each.trust), each.words.by, each.labels].filter(Boolean).join(" · ")),
  );
}
