// What is known of a candidate, and where each thing comes from.

import { api, path } from "./api.js";
import { h } from "./dom.js";
import { field, form } from "./fields.js";
import { table } from "./listing.js";
import { badge, button, disclosure, empty, facts, link, notice, section } from "./parts.js";
import { trusted } from "./people.js";
import { time } from "./times.js";
import { known, language, number, t } from "./words.js";

const HOURS_PER_DAY = 24;
const STANDINGS = { seated: "good", waiting: "wait" };

export function overview(at, person) {
  return h(
    "div",
    {},
    h("div", { class: "columns" }, h("div", {}, who(person), lists(at, person), waiting(person)), h("div", {}, applications(person), places(person), alerts(person), score(person))),
    attributes(person),
    consents(person),
    identities(person),
    maybe(person),
  );
}

function touch(told) {
  return told ? [told.source || told.referrer || told.path, told.campaign].filter(Boolean).join(", ") : null;
}

function who(person) {
  return section(
    t("candidate.who"),
    facts([
      [t("candidate.id"), h("code", {}, person.person)],
      [t("candidate.first_seen"), time(person.first_seen)],
      [t("candidate.first_touch"), touch(person.first_touch)],
      [t("candidate.last_touch"), touch(person.last_touch)],
      [t("candidate.mails"), person.addresses.length ? number(person.addresses.reduce((all, each) => all + each.mails, 0)) : null],
    ]),
  );
}

// The score, and what it was added up from.
function score(person) {
  const days = Math.round(person.score / HOURS_PER_DAY);
  const happened = Object.entries(person.totals).sort(([, a], [, b]) => b - a);
  return section(
    t("candidate.score"),
    h("p", {}, person.score > 0 ? t("candidate.score_left", { n: days }) : t("candidate.score_none")),
    facts(happened.map(([name, times]) => [known("event", name), number(times)])),
    Object.keys(person.interests).length ? h("p", {}, t("candidate.interests")) : null,
    h("div", { class: "badges" }, Object.entries(person.interests).map(([name, times]) => badge(`${name} · ${number(times)}`))),
  );
}

function attributes(person) {
  const rows = Object.entries(person.attributes);
  const columns = [
    { head: t("candidate.attribute"), cell: ([name]) => (name.startsWith("trait.") ? name.slice("trait.".length) : known("attribute", name)) },
    { head: t("candidate.value"), cell: ([, { value }]) => value },
    { head: t("candidate.from_whom"), cell: ([, { trust }]) => trusted(trust) },
    { head: t("candidate.since"), cell: ([, told]) => time(told.at) },
  ];
  return section(t("candidate.attributes"), rows.length ? table({ caption: t("candidate.attributes"), columns, rows }) : h("p", {}, t("candidate.no_attributes")));
}

function identities(person) {
  const columns = [
    { head: t("candidate.identity"), cell: ({ namespace }) => known("namespace", namespace) },
    { head: t("candidate.value"), cell: ({ value }) => value ?? t("candidate.hidden") },
    { head: t("candidate.joined"), cell: ({ trust }) => t(`candidate.joined_${trust === "verified" ? "verified" : "asserted"}`) },
    { head: t("candidate.since"), cell: ({ since }) => time(since) },
  ];
  return section(
    t("candidate.identities"),
    h("p", { class: "quiet-text" }, t("candidate.identities_text")),
    table({ caption: t("candidate.identities"), columns, rows: person.identities }),
    person.cookies.length ? h("p", {}, t("candidate.browsers", { n: person.cookies.length })) : null,
  );
}

function maybe(person) {
  if (!person.suggestions.length) return null;
  return section(
    t("candidate.maybe_title"),
    h("p", {}, t("candidate.maybe_text")),
    h("ul", {}, person.suggestions.map((each) => h("li", {}, link(each.person, path`/console/candidates/${each.person}`), ` – ${each.evidence.join(", ")}`))),
  );
}

function consents(person) {
  const words = person.proofs.flatMap((proof) => proof.words).sort((a, b) => (a.at < b.at ? 1 : -1));
  const stops = person.proofs.flatMap((proof) => Object.entries(proof.suppressions));
  return section(
    t("candidate.consents"),
    words.length ? h("ul", { class: "events" }, words.map(word)) : empty(t("candidate.no_consent"), t("candidate.no_consent_text")),
    stops.length ? h("h3", {}, t("candidate.suppressed")) : null,
    h("ul", {}, stops.map(([scope, { reason, at }]) => h("li", {}, `${known("scope", scope)}: ${known("suppression", reason)}, `, time(at)))),
  );
}

function word(said) {
  const kind = said.status === "granted" ? "good" : "bad";
  return h(
    "li",
    {},
    h("p", {}, h("span", { class: "strong" }, said.topic), " ", badge(known("consent", said.status), kind), " ", time(said.at)),
    said.text ? h("blockquote", { lang: said.language ?? null }, said.text) : null,
    said.text_matches_hash === false ? h("p", { class: "wrong" }, t("candidate.other_words")) : null,
    h("p", { class: "quiet-text" }, [said.source && t("candidate.from", { source: said.source }), said.jurisdiction, said.statement].filter(Boolean).join(" · ")),
    said.expires_at ? h("p", { class: "quiet-text" }, t("candidate.until"), " ", time(said.expires_at)) : null,
  );
}

function applications(person) {
  const known_ones = Object.values(person.candidacies);
  const begun = Object.entries(person.applications);
  if (!known_ones.length && !begun.length) return section(t("candidate.applications"), h("p", {}, t("candidate.no_applications")));
  return section(
    t("candidate.applications"),
    h("ul", { class: "events" }, known_ones.map(candidacy), begun.map(started)),
  );
}

function candidacy(each) {
  return h(
    "li",
    {},
    h("p", { class: "strong" }, each.title || each.job),
    h("p", {}, each.stage ? badge(each.stage) : null, " ", known("status", each.status), " ", each.since ? time(each.since) : null),
    each.history.length
      ? disclosure(t("candidate.history"), h("ol", {}, each.history.map((move) => h("li", {}, `${move.name || move.stage} `, time(move.at)))))
      : null,
  );
}

function started([job, told]) {
  return h(
    "li",
    {},
    h("p", { class: "strong" }, job),
    h("p", {}, told.submitted ? [t("candidate.submitted"), " ", time(told.submitted)] : [t("candidate.begun"), " ", time(told.started)]),
  );
}

// Places at events; of several addresses of theirs each has its own.
function places(person) {
  if (!person.places.length) return null;
  return section(t("candidate.places"), h("ul", { class: "events" }, person.places.map((each) => h(
    "li",
    {},
    h("p", { class: "strong" }, each.title[language] ?? Object.values(each.title)[0] ?? each.event),
    h("p", {}, badge(known("standing", each.standing), STANDINGS[each.standing] ?? ""), " ", time(each.since)),
    each.arrived_at ? h("p", {}, t("candidate.arrived"), " ", time(each.arrived_at)) : null,
  ))));
}

// What they asked to be told of; each with what has to fit.
function alerts(person) {
  if (!person.alerts.length) return null;
  return section(t("candidate.alerts"), h("ul", { class: "events" }, person.alerts.map((each) => h(
    "li",
    {},
    h("p", { class: "strong" }, each.name || t("candidate.alert")),
    facts(Object.entries(each.values).map(([name, values]) => [known("criterion", name), values.map((value) => said(name, value)).join(", ")])),
    h("p", {}, badge(known("alert", each.state), each.state === "on" ? "good" : "wait"), " ", time(each.at)),
    each.own ? null : h("p", { class: "quiet-text" }, t("candidate.alert_asked")),
  ))));
}

function said(name, value) {
  if (name === "radius_km") return `${value} km`;
  return name === "remote_ok" && value === "true" ? t("candidate.remote_ok") : value;
}

function waiting(person) {
  if (!person.waiting.length) return null;
  return section(
    t("candidate.waiting"),
    h("ul", {}, person.waiting.map((each) => h("li", {}, `${each.program} `, time(each.due), each.overdue ? [" ", badge(t("candidate.overdue"), "wait")] : null))),
  );
}

function lists(at, person) {
  const names = Object.entries(person.lists);
  const change = async (how, list, said) => {
    await api.post(path`/lists/${list}/${how}`, { people: [person.person] });
    await at.refresh();
    notice(t(said, { list }));
  };
  const off = (list) => {
    const made = button(t("candidate.take_off"), () => change("removals", list, "candidate.taken_off"), { kind: "plain" });
    made.setAttribute("aria-label", t("candidate.take_off_what", { list }));
    return made;
  };
  const add = () => form({
    label: t("candidate.put"),
    fields: [field({ name: "list", label: t("candidate.list"), hint: t("candidates.list_hint"), required: true, maxlength: 64, check: (list) => (/^[a-z0-9][a-z0-9-]*$/.test(list) ? "" : t("candidates.list_hint")) })],
    submit: t("candidate.put"),
    kind: "",
    run: ({ list }) => change("people", list, "candidate.put_on"),
  });
  return section(
    t("candidate.lists"),
    names.length
      ? h("ul", {}, names.map(([list, since]) => h("li", {}, `${list} `, time(since), " ", at.may("lists_change") ? off(list) : null)))
      : h("p", {}, t("candidate.no_lists")),
    at.may("lists_change") ? disclosure(t("candidate.put"), add()) : null,
  );
}
