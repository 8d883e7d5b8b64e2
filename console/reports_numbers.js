// Numbers of a report: each step beneath the one that it is part of, and each leads to its people.

import "./reasons_words.js";
import "./reports_words.js";
import { h } from "./dom.js";
import { table } from "./listing.js";
import { bar, empty, link } from "./parts.js";
import { known, number, t } from "./words.js";

// Steps whose numbers do not divide the one above: several can hold of one mail.
const BESIDE = new Set(["replied", "unsubscribed", "complained", "applied after a click", "applied after a mail", "hired after a click", "hired after a mail"]);
const OTHER_THINGS = /^(applied|hired) after/;

// All tables of a report. `asked` is the question ({by, since, until, program}) that people of a
// number are asked for with.
export function numbersOf(numbers, asked) {
  if (!numbers.length) return empty(t("reports.nothing"), t("reports.nothing_text"));
  const tables = Map.groupBy(numbers, (each) => each.table);
  return h("div", {}, [...tables].map(([name, rows]) => one(name, rows, asked)));
}

function one(name, rows, asked) {
  const groups = [...Map.groupBy(rows, (each) => each.group)];
  return [
    h("h3", {}, t(`reports.table.${name}`)),
    groups.map(([group, parts]) => [group ? h("h4", {}, ofGroup(group, asked)) : null, table({
      caption: group ? ofGroup(group, asked) : t(`reports.table.${name}`),
      rows: ordered(parts),
      columns: [
        { head: t("reports.step"), cell: ({ part, depth }) => h("span", { class: "step", style: { "padding-inline-start": `${depth}rem` } }, worded(part)) },
        { head: t("reports.number"), cell: ({ part }) => number(part.count), numeric: true },
        { head: t("reports.people"), cell: ({ part }) => drill(part, asked), numeric: true },
        { head: t("reports.share"), cell: ({ part, share }) => (share === null ? "–" : shared(share, part)) },
      ],
    })]),
  ];
}

function ofGroup(group, { by }) {
  return t("reports.of_group", { by: t(`reports.by.${by}`), group });
}

// The parts as a tree, flattened: {part, depth, share of the step above}.
export function ordered(parts) {
  const found = [];
  const below = (of, depth) => {
    const sum = total(parts, of);
    for (const part of parts.filter((each) => each.of === of && each.step !== of)) {
      const seen = found.some((each) => each.part === part);
      if (seen) continue;
      const share = sum && !OTHER_THINGS.test(part.step) ? part.count / sum : null;
      found.push({ part, depth, share });
      if (!part.reason || lastOf(parts, part)) below(part.step, depth + 1);
    }
  };
  const roots = parts.filter((each) => each.of === each.step);
  for (const root of roots) {
    found.push({ part: root, depth: 0, share: null });
    below(root.step, 1);
  }
  // What stands beneath a step that is not there itself.
  for (const part of parts) if (!found.some((each) => each.part === part)) found.push({ part, depth: 1, share: null });
  return found;
}

function total(parts, step) {
  return parts.filter((each) => each.step === step).reduce((all, each) => all + each.count, 0);
}

function lastOf(parts, part) {
  const same = parts.filter((each) => each.of === part.of && each.step === part.step);
  return same.at(-1) === part;
}

function worded({ step, reason }) {
  const said = known("step", step.replaceAll(" ", "_").replaceAll(":", ""));
  const beside = BESIDE.has(step) ? ` (${t("reports.beside")})` : "";
  return reason ? `${said}: ${known("reason", reason)}` : `${said}${beside}`;
}

function drill(part, asked) {
  if (!part.people) return number(0);
  const query = new URLSearchParams(Object.entries({ ...asked, step: part.step, group: part.group }).filter(([, value]) => value));
  return link(number(part.people), `/console/reports/people?${query}`, { "aria-label": t("reports.who", { n: part.people, step: worded(part) }) });
}

function shared(share, part) {
  const percent = new Intl.NumberFormat(document.documentElement.lang, { style: "percent", maximumFractionDigits: 1 }).format(share);
  return h("span", { class: "share" }, percent, " ", part.count ? bar(share) : null);
}
