// One candidate: who they are, what happened, why they were written to or not, and what can be done.

import "./candidate_words.js";
import { api, path } from "./api.js";
import { actions } from "./candidate_acts.js";
import { overview } from "./candidate_facts.js";
import { timeline } from "./candidate_timeline.js";
import { why } from "./candidate_why.js";
import { h } from "./dom.js";
import { badge, page, tabs } from "./parts.js";
import { named } from "./people.js";
import { time } from "./times.js";
import { t } from "./words.js";

export async function one(at) {
  const person = await api.get(path`/people/${at.params.person}`, {}, { signal: at.signal });
  const told = Object.fromEntries(Object.entries(person.attributes).map(([name, { value }]) => [name, value]));
  const sheets = [
    { key: "overview", label: t("candidate.overview"), show: () => overview(at, person) },
    { key: "timeline", label: t("candidate.timeline"), show: () => timeline(at, person) },
    at.may("why") ? { key: "why", label: t("candidate.why"), show: () => why(at, person) } : null,
  ].filter(Boolean);
  return page(
    named({ ...told, person: person.person }),
    h("p", {}, t("candidate.last_seen"), " ", time(person.last_seen)),
    h("div", { class: "badges" }, marks(person)),
    actions(at, person),
    tabs(t("candidate.parts"), sheets, { first: at.query.get("tab") ?? "overview", chosen: (tab) => at.keep("tab", tab) }),
  );
}

function marks(person) {
  const stages = Object.values(person.candidacies).filter((each) => each.status === "active" && each.stage);
  return [
    person.stop ? badge(t("candidate.is_stopped"), "bad") : null,
    person.address ? null : badge(t("candidate.no_address"), "wait"),
    person.address && !person.address.confirmed_at ? badge(t("candidate.unconfirmed"), "wait") : null,
    person.address?.confirmed_at ? badge(t("candidate.confirmed"), "good") : null,
    stages.map((each) => badge(each.stage)),
    person.suggestions.length ? badge(t("candidate.maybe", { n: person.suggestions.length }), "wait") : null,
  ];
}
