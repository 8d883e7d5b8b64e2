// Segments: people by what is known of them now, with how many that is while it is made.

import "./builder_words.js";
import "./event_words.js";
import "./segments_words.js";
import { api, path } from "./api.js";
import { builder, counter } from "./builder.js";
import { confirm } from "./dialogs.js";
import { h } from "./dom.js";
import { field, form } from "./fields.js";
import { paged } from "./listing.js";
import { button, link, notice, page, section } from "./parts.js";
import { peopleFile } from "./people_file.js";
import { freeKey, saved, untouched } from "./saving.js";
import { topicNames } from "./texts.js";
import { known, t } from "./words.js";

const SEE = "segments_see";
const CHANGE = "segments_change";

export const nav = [{ path: "/segments", label: "segments.title", allowed: SEE }];

export const routes = [
  { path: "/segments", allowed: SEE, show: all },
  { path: "/segments/new", allowed: CHANGE, show: edit },
  { path: "/segments/:segment", allowed: SEE, show: edit },
];

function all(at) {
  const make = () => (at.may(CHANGE) ? link(t("segments.make"), "/console/segments/new", { class: "button first" }) : null);
  const list = paged({
    load: () => api.get("/segments", {}, { signal: at.signal }),
    caption: t("segments.title"),
    columns: [
      { head: t("segments.name"), cell: (each) => link(each.name, path`/console/segments/${each.key}`) },
      { head: t("segments.condition"), cell: (each) => h("code", {}, each.when) },
    ],
    empty: [t("segments.nothing"), t("segments.nothing_text"), make()],
  });
  return page(t("segments.title"), at.may(CHANGE) ? h("p", {}, make()) : null, list, at.may("lists_see") ? section(t("segments.lists"), lists(at)) : null);
}

// Lists: a name, and who is on it. What names one, or that people were put on it, is told beside.
function lists(at) {
  return paged({
    load: () => api.get("/lists", {}, { signal: at.signal }),
    caption: t("segments.lists"),
    columns: [
      { head: t("segments.name"), cell: (each) => (at.may("find") ? link(each.key, `/console/candidates?${new URLSearchParams({ list: each.key })}`) : each.key) },
      { head: t("segments.from"), cell: (each) => each.from.map(whence).join(", ") },
    ],
    empty: [t("segments.no_list"), t("segments.no_list_text")],
  });
}

// "form:fair" → "form fair"; "people" and "grant" are words alone.
function whence(from) {
  const [what, ...key] = from.split(":");
  return [known("whence", what), ...key].join(" ");
}

async function edit(at) {
  const key = at.params.segment ?? "";
  const read = key ? await api.get(path`/segments/${key}`, {}, { signal: at.signal }) : null;
  const [lists, names] = await Promise.all([at.may("lists_see") ? api.get("/lists", {}, { signal: at.signal }) : { items: [] }, topicNames(at.signal)]);
  const topics = [...names].map(([each, name]) => ({ key: each, name }));
  const when = read?.when ?? at.query.get("when") ?? "";
  const count = counter({ signal: at.signal, complain: (text) => built.complain(text) });
  const built = builder({ when, topics, lists: lists.items, changed: (to) => count.show(to ? { when: to } : null) });
  const save = form({
    label: t("saving.save"),
    fields: [field({ name: "name", label: t("segments.name"), hint: t("segments.name_hint"), value: read?.name ?? "", required: true, maxlength: 120 })],
    submit: t("saving.save"),
    actions: read ? [use(at, key), button(t("saving.remove"), () => remove(at, read), { kind: "danger" })] : [],
    run: ({ name }) => keep(at, { key, read, name, when: built.read(), complain: built.complain, focus: () => built.querySelector("textarea").focus() }),
  });
  return page(
    read?.name ?? t("segments.make"),
    section(t("segments.who"), h("p", {}, t("segments.who_text")), built, count, look(key), key && at.may("export_people") ? peopleFile(at, { segment: key }) : null),
    at.may(CHANGE) ? section(t("saving.save"), save) : null,
  );
}

function look(key) {
  return key ? h("p", {}, link(t("segments.look"), `/console/candidates?${new URLSearchParams({ segment: key })}`)) : null;
}

function use(at, key) {
  return at.may("campaigns_change") ? link(t("segments.mail"), `/console/campaigns/new?${new URLSearchParams({ segment: key })}`, { class: "button" }) : null;
}

async function keep(at, { key, read, name, when, complain, focus }) {
  const wrong = await complaint(when);
  complain(wrong);
  if (wrong) return focus();
  const to = key || (await freeKey("/segments", name));
  const fields = [["name", t("segments.name")], ["when", t("segments.condition")]];
  const stands = await saved(path`/segments/${to}`, untouched(read, { name, when }), { read: read ?? undefined, fields });
  await at.go(`/segments/${to}`);
  if (stands) notice(t("saving.saved"));
  return undefined;
}

// What is wrong with a condition, as a sentence; empty if it is one.
async function complaint(when) {
  if (!when) return t("segments.no_condition");
  const { ok, part, message } = await api.post("/segments/check", { when });
  return ok ? "" : t("segments.wrong", { part, message });
}

async function remove(at, read) {
  const done = await confirm({
    title: t("segments.remove", { name: read.name }), text: t("segments.remove_text"), action: t("saving.remove"), danger: true,
    run: () => api.remove(path`/segments/${read.key}`, { read }),
  });
  if (!done) return;
  await at.go("/segments");
  notice(t("saving.removed"));
}
