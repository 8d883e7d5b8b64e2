// Candidates: find one by what names them, or all for whom a condition holds.

import "./builder_words.js";
import "./candidates_words.js";
import "./event_words.js";
import { api, path } from "./api.js";
import { builder, counter } from "./builder.js";
import { one } from "./candidate.js";
import { confirm } from "./dialogs.js";
import { h } from "./dom.js";
import { field, form } from "./fields.js";
import { paged } from "./listing.js";
import { badge, button, empty, link, notice, page, section } from "./parts.js";
import { named } from "./people.js";
import { peopleFile } from "./people_file.js";
import { time } from "./times.js";
import { number, t } from "./words.js";

export const nav = [{ path: "/candidates", label: "candidates.title", allowed: "find" }];

export const routes = [
  { path: "/candidates", allowed: "find", show: search },
  { path: "/candidates/:person", allowed: "view", show: one },
];

// Everybody: what nobody fails.
const EVERYBODY = "person.known_days >= 0";
const SORTS = ["last-seen", "score"];

async function search(at) {
  const asked = Object.fromEntries(["q", "segment", "list", "when"].map((name) => [name, at.query.get(name) ?? ""]));
  const known = await choices(at);
  const query = Object.fromEntries(Object.entries(asked).filter(([, value]) => value));
  return page(
    t("candidates.title"),
    h("div", { class: "columns" }, section(t("candidates.find_one"), finder(at, asked.q)), section(t("candidates.saved"), saved(at, asked, known))),
    Object.keys(query).length ? results(at, query) : null,
    section(t("candidates.filter"), filter(at, asked, known)),
    Object.keys(query).length ? null : empty(
      t("candidates.nothing_asked"),
      t("candidates.nothing_asked_text"),
      link(t("candidates.everybody"), `/console/candidates?${new URLSearchParams({ when: EVERYBODY })}`, { class: "button" }),
    ),
  );
}

// What can be chosen from; what the operator may not see is not there.
async function choices(at) {
  const items = (allowed, where) => (at.may(allowed) ? api.get(where, {}, { signal: at.signal }).then((found) => found.items) : []);
  const [segments, lists, topics] = await Promise.all([
    items("segments_see", "/segments"),
    items("lists_see", "/lists"),
    fetch("/content/v1/topics", { signal: at.signal }).then((found) => (found.ok ? found.json() : { topics: [] })),
  ]);
  return { segments, lists, topics: topics.topics };
}

function go(at, query) {
  return at.go(`/candidates?${new URLSearchParams(query)}`);
}

function finder(at, q) {
  return form({
    label: t("candidates.find_one"),
    fields: [field({ name: "q", kind: "search", label: t("candidates.who"), hint: t("candidates.who_hint"), value: q, required: true, maxlength: 320 })],
    submit: t("candidates.find"),
    run: (values) => go(at, { q: values.q }),
  });
}

function saved(at, asked, { segments, lists }) {
  if (!segments.length && !lists.length) return h("p", { class: "quiet-text" }, t("candidates.none_saved"));
  const options = [
    ["", t("candidates.choose")],
    ...segments.map((each) => [`segment:${each.key}`, t("candidates.segment", { name: each.name })]),
    ...lists.map((each) => [`list:${each.key}`, t("candidates.list", { name: each.key })]),
  ];
  const now = asked.segment ? `segment:${asked.segment}` : asked.list ? `list:${asked.list}` : "";
  return form({
    label: t("candidates.saved"),
    fields: [field({ name: "which", kind: "select", label: t("candidates.which"), options, value: now, required: true })],
    submit: t("candidates.show"),
    run: ({ which }) => {
      const [kind, ...key] = which.split(":");
      return go(at, { [kind]: key.join(":") });
    },
  });
}

function filter(at, asked, known) {
  const count = counter({ signal: at.signal, complain: (text) => built.complain(text) });
  const built = builder({ when: asked.when, ...known, changed: (when) => count.show(when ? { when } : null) });
  const show = button(t("candidates.show"), () => {
    const when = built.read();
    return when ? go(at, { when }) : built.complain(t("builder.none"));
  }, { kind: "first" });
  const keep = at.may("segments_change") ? button(t("candidates.save"), () => save(at, built, known)) : null;
  return h("details", {}, h("summary", {}, t("candidates.filter_open")), built, count, h("div", { class: "actions" }, show, keep));
}

async function save(at, built, { segments }) {
  const when = built.read();
  if (!when) {
    built.complain(t("builder.none"));
    return;
  }
  const checked = await api.post("/segments/check", { when });
  if (!checked.ok) {
    built.complain(checked.message);
    return;
  }
  const kept = await confirm({
    title: t("candidates.save"),
    text: h("pre", { class: "code" }, when),
    action: t("candidates.save_it"),
    fields: [field({
      name: "name",
      label: t("candidates.segment_name"),
      required: true,
      maxlength: 200,
      check: (name) => (segments.some((each) => each.key === key(name)) ? t("candidates.segment_taken") : key(name) ? "" : t("candidates.segment_letters")),
    })],
    run: ({ name }) => api.put(path`/segments/${key(name)}`, { name, when }),
  });
  if (!kept) return;
  await go(at, { segment: kept.key });
  notice(t("candidates.segment_saved", { name: kept.name }));
}

// A name as a key: small letters, digits and hyphens.
function key(name) {
  return name.toLowerCase().replaceAll("ø", "o").replaceAll("æ", "ae").normalize("NFKD").replace(/[^a-z0-9]+/g, "-").replace(/^-+|-+$/g, "").slice(0, 60);
}

function results(at, query) {
  const sort = SORTS.includes(at.query.get("sort")) ? at.query.get("sort") : SORTS[0];
  const many = !query.q;
  const count = counter({ signal: at.signal });
  if (many) count.show(query);
  const order = field({
    name: "sort",
    kind: "select",
    label: t("candidates.sort"),
    required: true,
    value: sort,
    options: SORTS.map((each) => [each, t(`candidates.by_${each}`)]),
    changed: (to) => go(at, { ...query, sort: to }),
  });
  const list = paged({
    load: (cursor) => api.get("/people", { ...query, ...(many ? { sort } : {}), cursor }, { signal: at.signal }),
    caption: t("candidates.results"),
    columns: columns(),
    empty: many ? [t("candidates.nobody"), t("candidates.nobody_fits")] : [t("candidates.nobody"), t("candidates.nobody_text")],
  });
  const put = many && !query.list && at.may("lists_change") ? button(t("candidates.put"), () => putOnList(query)) : null;
  const file = many && at.may("export_people") ? peopleFile(at, query) : null;
  return section(t("candidates.results"), many ? count : null, query.when ? h("p", {}, h("code", {}, query.when)) : null, many ? h("div", { class: "row" }, order, put) : null, file, list);
}

function columns() {
  return [
    { head: t("candidates.name"), cell: (each) => link(named(each), path`/console/candidates/${each.person}`) },
    { head: t("candidates.last_seen"), cell: (each) => time(each.last_seen) },
    { head: t("candidates.score"), numeric: true, cell: (each) => number(each.score ?? 0) },
    { head: t("candidates.place"), cell: (each) => [each.city, each.country].filter(Boolean).join(", ") || "–" },
    { head: t("candidates.topics"), cell: (each) => marks(each.topics, "good") },
    { head: t("candidates.lists"), cell: (each) => marks(each.lists) },
  ];
}

function marks(names = [], kind = "") {
  return names.length ? h("span", { class: "badges" }, names.map((each) => badge(each, kind))) : "–";
}

// Everybody of a segment or a condition, after it was said how many that is.
async function putOnList(query) {
  const list = field({
    name: "list",
    label: t("candidates.list_key"),
    hint: t("candidates.list_hint"),
    required: true,
    maxlength: 64,
    check: (said) => (/^[a-z0-9][a-z0-9-]*$/.test(said) ? "" : t("candidates.list_hint")),
  });
  const trial = await confirm({
    title: t("candidates.put"),
    text: t("candidates.put_text"),
    action: t("candidates.put_count"),
    fields: [list],
    run: (values) => api.post(path`/lists/${values.list}/people`, { ...query, dry_run: true }),
  });
  if (!trial) return;
  const where = path`/lists/${trial.list}/people`;
  const done = await confirm({
    title: t("candidates.put"),
    text: t("candidates.put_trial", { n: trial.people, list: trial.list }),
    action: t("candidates.put_it"),
    run: async () => {
      let written = 0;
      let answer = await api.post(where, { ...query });
      for (written += answer.written; answer.next; written += answer.written) {
        answer = await api.post(where, { ...query, cursor: answer.next });
      }
      return { written };
    },
  });
  if (done) notice(t("candidates.put_done", { n: done.written, list: trial.list }));
}
