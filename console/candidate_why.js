// Why a candidate was written to, waits, or was not written to: every decision with all its gates.

import "./reasons_words.js";
import { api, path } from "./api.js";
import { h } from "./dom.js";
import { paged, table } from "./listing.js";
import { badge, disclosure, facts, section } from "./parts.js";
import { time } from "./times.js";
import { has, known, language, t } from "./words.js";

const KINDS = { send: "good", sent: "good", hold: "wait", wait: "wait" };

export function why(at, person) {
  const ahead = h("div", {});
  const told = paged({
    load: (cursor) => api.get(path`/people/${person.person}/why`, { cursor }, { signal: at.signal }),
    show: (all) => h("ul", { class: "events" }, all.map(decision)),
    then: ({ waiting }) => ahead.replaceChildren(...(waiting.length ? [h("h3", {}, t("candidate.waiting")), h("ul", { class: "events" }, waiting.map(decision))] : [])),
    empty: [t("candidate.no_decision"), t("candidate.no_decision_text")],
  });
  return section(t("candidate.why"), h("p", { class: "quiet-text" }, t("candidate.why_text")), ahead, told);
}

function decision(each) {
  return h(
    "li",
    {},
    h("p", {}, badge(known("outcome", each.outcome), KINDS[each.outcome] ?? "bad"), " ", h("span", { class: "strong" }, each.program), " ", time(each.at ?? each.due)),
    h("p", {}, meaning(each)),
    each.until ? h("p", {}, t("candidate.until"), " ", time(each.until)) : null,
    disclosure(t("candidate.how_decided"), story(each), each.gates ? gates(each) : null),
  );
}

// The stored sentence is English; other languages have their own for each reason.
function meaning(each) {
  const own = `reason.${each.reason}`;
  return language !== "en" && has(own) ? t(own) : each.meaning;
}

function story(each) {
  const parts = Map.groupBy(each.story, ({ part }) => part);
  return facts([...parts].map(([part, lines]) => [known("part", part), h("div", {}, lines.map(({ text }) => h("p", {}, text)))]));
}

function gates(each) {
  const columns = [
    { head: t("candidate.gate"), cell: ({ gate }) => known("gate", gate) },
    { head: t("candidate.passed"), cell: ({ passed }) => badge(t(passed ? "candidate.yes" : "candidate.no"), passed ? "good" : "bad") },
    { head: t("candidate.because"), cell: ({ detail }) => detail || "–" },
  ];
  return table({ caption: t("candidate.gates"), columns, rows: each.gates });
}
