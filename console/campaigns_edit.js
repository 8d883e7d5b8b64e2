// A campaign as somebody makes it: to whom, what it says in each language, when, and how much.

import { api, path } from "./api.js";
import { livePreview } from "./campaigns_mail.js";
import { fill, h } from "./dom.js";
import { field, form } from "./fields.js";
import { button, disclosure, notice, page, section } from "./parts.js";
import { freeKey, saved, untouched } from "./saving.js";
import { localOf, tongue, topicNames, whenShown, withOffset } from "./texts.js";
import { t } from "./words.js";

// What one mail costs in all, in US dollars: `rapport.campaigns.USD_PER_MAIL`, which a test compares.
export const USD_PER_MAIL = 0.00012;
const DAY_S = 86_400;
const HOURS = Array.from({ length: 24 }, (_, hour) => hour);
const NAME = "{% if person.first_name %} {{ person.first_name }}{% endif %}";
const FRESH = {
  name: "", topic: "", letters: {}, segment: "", list: "", template: "campaign", block: "", jobs: "none", sender_name: "",
  owner: "", at: "", local_hour: -1, stale_after_seconds: 3 * DAY_S, priority: 4, most_mails: 0, most_usd: 0, seeds: [], asks: false,
};
const COMPARED = ["name", "topic", "letters", "segment", "list", "template", "block", "jobs", "sender_name", "owner", "at", "local_hour", "stale_after_seconds", "priority", "most_mails", "most_usd", "seeds"];

export async function edit(at) {
  const key = at.params.campaign ?? "";
  const from = at.query.get("from") ?? "";
  const get = (where) => api.get(where, {}, { signal: at.signal });
  const [read, copied, bundle, segments, lists, names] = await Promise.all([
    key ? get(path`/campaigns/${key}`) : null,
    from ? get(path`/campaigns/${from}`) : null,
    get("/bundle"),
    get("/segments"),
    get("/lists"),
    topicNames(at.signal),
  ]);
  const content = { ...FRESH, ...(read ?? copied)?.content };
  const asked = { ...content, segment: content.segment || at.query.get("segment") || "", list: content.list || at.query.get("list") || "" };
  const running = read && ["waiting", "running", "paused"].includes(read.state);
  const made = form({
    label: t("campaigns.make"),
    fields: [
      running ? h("p", { class: "notice wrong" }, t("campaigns.edit_stops")) : null,
      what(asked, bundle, names),
      whom(at, asked, segments.items, lists.items),
      says(at, asked, bundle),
      when(asked),
      more(asked, bundle),
    ],
    submit: t("saving.save"),
    run: (values) => save(at, { key, read, was: content, values, bundle }),
  });
  return page(key ? t("campaigns.edit", { name: content.name }) : t("campaigns.make"), made);
}

async function save(at, { key, read, was, values, bundle }) {
  const body = campaign(values, bundle.languages, was);
  const name = key || (await freeKey("/campaigns", body.name));
  const fields = COMPARED.map((each) => [each, t(`campaigns.part.${each}`)]);
  const stands = await saved(path`/campaigns/${name}`, body, { read: read ?? undefined, fields, of: (document) => document.content });
  await at.go(`/campaigns/${name}`);
  if (stands) notice(t("saving.saved"));
}

function what(content, bundle, names) {
  const topics = bundle.topics.map((each) => [each, names.get(each) ?? each]);
  return section(t("campaigns.what"),
    field({ name: "name", label: t("campaigns.name"), hint: t("campaigns.name_hint"), value: content.name, required: true, maxlength: 120 }),
    field({ name: "topic", kind: "select", label: t("campaigns.topic"), hint: t("campaigns.topic_hint"), options: topics, value: content.topic || topics[0]?.[0], required: true }));
}

function whom(at, content, segments, lists) {
  const told = h("p", { role: "status", class: "strong" });
  const by = field({
    name: "by", kind: "radios", label: t("campaigns.by"), required: true, value: content.list ? "list" : "segment",
    options: [["segment", t("campaigns.by_segment")], ["list", t("campaigns.by_list")]],
    changed: () => show(),
  });
  const segment = whenShown(field({
    name: "segment", kind: "select", label: t("campaigns.segment"), value: content.segment, required: true, changed: () => show(),
    options: segments.map((each) => [each.key, each.name]),
    hint: segments.length ? "" : t("campaigns.no_segment"),
  }));
  const keys = [...new Set([...lists.map((each) => each.key), ...(content.list ? [content.list] : [])])];
  const list = whenShown(field({
    name: "list", kind: "select", label: t("campaigns.list"), value: content.list, required: true, changed: () => show(),
    options: keys.map((each) => [each, each]),
  }));
  let asked = 0;
  const show = async () => {
    const kind = by.read();
    segment.hidden = kind !== "segment";
    list.hidden = kind !== "list";
    const key = kind === "list" ? list.read() : segment.read();
    asked += 1;
    const mine = asked;
    if (!key) return fill(told);
    fill(told, t("campaigns.counting"));
    const said = await count(at, { [kind]: key });
    return mine === asked && !at.signal.aborted ? fill(told, said) : null;
  };
  show();
  return section(t("campaigns.whom"), by, segment, list, told, h("p", { class: "quiet-text" }, t("campaigns.frozen_at_launch")));
}

// How many are in it now and what it would cost, as a sentence.
async function count(at, query) {
  try {
    const { people } = await api.get("/count", query, { signal: at.signal });
    const usd = (people * USD_PER_MAIL).toFixed(2);
    return people ? t("campaigns.counted", { n: people, usd }) : t("campaigns.counted_nobody");
  } catch (error) {
    if (error?.name === "AbortError") return "";
    return t("campaigns.not_counted");
  }
}

function says(at, content, bundle) {
  const block = field({
    name: "block", kind: "select", label: t("campaigns.block"), hint: t("campaigns.block_hint"), value: content.block,
    options: [["", t("saving.none")], ...bundle.blocks.map((each) => [each, each.replaceAll("-", " ")])],
    changed: () => letters.forEach(({ show }) => show()),
  });
  const letters = bundle.languages.map((tag, i) => letter(at, { tag, first: i === 0, letter: content.letters[tag] ?? { subject: "", text: "" }, block }));
  return section(t("campaigns.says"), letters.map(({ element }) => element), block);
}

function letter(at, { tag, first, letter: { subject, text }, block }) {
  const title = t("campaigns.preview_of", { language: tongue(tag) });
  const preview = livePreview({ title, tag, brand: at.brand });
  const show = () => preview.show({ subject: subjectField.read(), text: textField.read(), block: block.read() });
  const subjectField = field({ name: `subject.${tag}`, label: t("campaigns.subject"), value: subject, required: first, lang: tag, maxlength: 150, changed: () => show() });
  const textField = field({ name: `text.${tag}`, kind: "textarea", rows: 12, label: t("campaigns.text"), hint: t("campaigns.text_hint"), value: text, required: first, lang: tag, maxlength: 8000, changed: () => show() });
  const insert = button(t("campaigns.insert_name"), () => {
    const area = textField.target;
    area.setRangeText(NAME, area.selectionStart, area.selectionEnd, "end");
    area.focus();
    show();
  }, { kind: "quiet" });
  show();
  const element = h("div", { role: "group", "aria-label": tongue(tag) },
    h("h3", {}, tongue(tag), first ? null : h("span", { class: "optional" }, ` ${t("shell.optional")}`)),
    h("div", { class: "columns" },
      h("div", {}, subjectField, textField, insert),
      h("div", {}, preview.element, h("p", { class: "note" }, t("campaigns.preview_note")))));
  return { element, show };
}

function when(content) {
  const time = whenShown(field({ name: "at", kind: "datetime-local", label: t("campaigns.at"), value: localOf(content.at), required: true }));
  const begin = field({
    name: "begin", kind: "radios", label: t("campaigns.begin"), required: true, value: content.at ? "at" : "launch",
    options: [["launch", t("campaigns.begin_launch")], ["at", t("campaigns.begin_at")]],
    changed: (to) => { time.hidden = to !== "at"; },
  });
  time.hidden = !content.at;
  const hours = HOURS.map((each) => [String(each), `${String(each).padStart(2, "0")}:00`]);
  return section(t("campaigns.when"), begin, time,
    field({ name: "local_hour", kind: "select", label: t("campaigns.local_hour"), hint: t("campaigns.local_hour_hint"), value: String(content.local_hour), options: [["-1", t("campaigns.any_hour")], ...hours] }),
    field({ name: "stale_days", kind: "number", min: 0.04, max: 90, step: "any", label: t("campaigns.stale"), value: round(content.stale_after_seconds / DAY_S), required: true }));
}

function more(content, bundle) {
  const jobs = ["none", "optional", "required"].map((each) => [each, t(`campaigns.jobs.${each}`)]);
  const templates = [...new Set([content.template, ...bundle.templates])].map((each) => [each, each]);
  return section(t("campaigns.more"),
    field({ name: "seeds", kind: "textarea", rows: 3, label: t("campaigns.seeds"), hint: t("campaigns.seeds_hint"), value: content.seeds.join("\n") }),
    h("div", { class: "row" },
      field({ name: "most_mails", kind: "number", min: 0, label: t("campaigns.most_mails"), value: content.most_mails || "" }),
      field({ name: "most_usd", kind: "number", min: 0, step: "any", label: t("campaigns.most_usd"), value: content.most_usd || "" })),
    h("div", { class: "row" },
      field({ name: "sender_name", label: t("campaigns.sender_name"), hint: t("campaigns.sender_hint"), value: content.sender_name, maxlength: 60 }),
      field({ name: "owner", kind: "email", label: t("campaigns.owner"), hint: t("campaigns.owner_hint"), value: content.owner })),
    disclosure(t("campaigns.rarely"),
      field({ name: "jobs", kind: "select", label: t("campaigns.jobs"), hint: t("campaigns.jobs_hint"), options: jobs, value: content.jobs }),
      field({ name: "template", kind: "select", label: t("campaigns.template"), options: templates, value: content.template }),
      field({ name: "priority", kind: "number", min: 1, max: 9, label: t("campaigns.priority"), hint: t("campaigns.priority_hint"), value: content.priority })));
}

// What is filled in, as the API takes it; what was not touched, and what no field is for, as it was.
export function campaign(values, languages, was) {
  const letters = languages
    .map((tag) => [tag, { subject: values[`subject.${tag}`], text: values[`text.${tag}`] }])
    .filter(([, each]) => each.subject || each.text);
  const byList = values.by === "list";
  return untouched(was, {
    name: values.name,
    topic: values.topic,
    letters: Object.fromEntries(letters),
    segment: byList ? "" : values.segment,
    list: byList ? values.list : "",
    template: values.template,
    block: values.block,
    jobs: values.jobs,
    sender_name: values.sender_name,
    owner: values.owner,
    at: values.begin === "at" ? moment(values.at, was.at) : "",
    local_hour: Number(values.local_hour),
    stale_after_seconds: values.stale_days === round(was.stale_after_seconds / DAY_S) ? was.stale_after_seconds : Math.round(values.stale_days * DAY_S),
    priority: values.priority || FRESH.priority,
    most_mails: values.most_mails || 0,
    most_usd: values.most_usd || 0,
    seeds: values.seeds.split(/[\s,;]+/).filter(Boolean),
    asks: was.asks,
  });
}

// With the offset that it had, unless it was changed.
function moment(local, was) {
  return localOf(was) === local ? was : withOffset(local);
}

function round(days) {
  return Math.round(days * 100) / 100;
}
