// Reports: what came of mail and of people, over a period; every number leads to its people.

import "./reports_words.js";
import { api } from "./api.js";
import { h } from "./dom.js";
import { field, form } from "./fields.js";
import { paged } from "./listing.js";
import { button, link, loading, page, section } from "./parts.js";
import { named } from "./people.js";
import { numbersOf } from "./reports_numbers.js";
import { download } from "./texts.js";
import { day, exact, time } from "./times.js";
import { known, t } from "./words.js";

const SEE = "report";
const DAY_MS = 86_400_000;
const PERIOD_DAYS = 30;
const GROUPINGS = ["playbook", "campaign", "segment", "sender", "source", "brand"];

export const nav = [{ path: "/reports", label: "reports.title", allowed: SEE }];

export const routes = [
  { path: "/reports", allowed: SEE, show: report },
  { path: "/reports/people", allowed: SEE, show: people },
];

function report(at) {
  const asked = question(at.query);
  return page(t("reports.title"), section(t("reports.asked"), ask(at, asked)), section(t("reports.numbers"), loading(() => answer(at, asked))));
}

// What the address asks for; by itself the last 30 days by campaign.
function question(query) {
  const today = new Date().toISOString().slice(0, 10);
  const before = new Date(Date.now() - (PERIOD_DAYS - 1) * DAY_MS).toISOString().slice(0, 10);
  const by = query.get("by");
  return {
    by: GROUPINGS.includes(by) ? by : "campaign",
    since: query.get("since") || before,
    until: query.get("until") || today,
    program: query.get("program") ?? "",
    people: query.get("people") === "yes" ? "yes" : "no",
  };
}

function ask(at, asked) {
  return form({
    label: t("reports.asked"),
    fields: [
      h("div", { class: "row" },
        field({ name: "since", kind: "date", label: t("reports.since"), value: asked.since, required: true }),
        field({ name: "until", kind: "date", label: t("reports.until"), value: asked.until, required: true }),
        field({ name: "by", kind: "select", label: t("reports.group"), value: asked.by, options: GROUPINGS.map((each) => [each, t(`reports.by.${each}`)]), required: true })),
      field({ name: "people", kind: "check", label: t("reports.with_people"), hint: t("reports.with_people_hint"), value: asked.people === "yes" }),
    ],
    submit: t("reports.show"),
    run: (values) => at.go(`/reports?${new URLSearchParams({ ...asked, ...values, people: values.people ? "yes" : "no" })}`),
  });
}

async function answer(at, asked) {
  const told = await api.get("/report", asked, { signal: at.signal });
  const csv = button(t("reports.csv"), async () => {
    download(`rapport-${asked.since}-${asked.until}-${asked.by}.csv`, await api.text("/report/csv", asked));
  });
  return [
    h("p", {}, t("reports.as_of", { first: onDay(told.first), last: onDay(told.last), at: exact(told.at) })),
    numbersOf(told.numbers, asked),
    told.fewer ? h("p", { class: "note" }, t("reports.fewer", { n: told.fewer })) : null,
    h("p", { class: "note" }, t("reports.rules")),
    h("div", { class: "actions" }, csv),
  ];
}

// A UTC day, whatever zone it is looked at from.
function onDay(date) {
  return day(`${date}T12:00:00Z`);
}

function people(at) {
  const asked = Object.fromEntries(at.query);
  const { step = "", group = "", ...rest } = asked;
  const back = `/console/reports?${new URLSearchParams(rest)}`;
  const shown = known("step", step.replaceAll(" ", "_").replaceAll(":", ""));
  return page(
    t("reports.people_of", { step: shown }),
    h("p", {}, group ? t("reports.of_group", { by: t(`reports.by.${asked.by ?? "campaign"}`), group }) : "", " ", link(t("reports.back"), back)),
    paged({
      load: (cursor) => api.get("/report/people", { ...asked, cursor }, { signal: at.signal }),
      caption: t("reports.people"),
      columns: [
        { head: t("reports.person"), cell: (each) => (at.may("view") ? link(named(each), `/console/candidates/${each.person}`) : named(each)) },
        { head: t("reports.city"), cell: (each) => [each.city, each.country].filter(Boolean).join(", ") || "–" },
        { head: t("reports.last_seen"), cell: (each) => time(each.last_seen) },
      ],
      empty: [t("reports.nobody"), t("reports.nobody_text")],
    }),
  );
}
