// A form as somebody makes it: what it is for, its words, its questions, and what people agree to.

import { api, path } from "./api.js";
import { fill, h } from "./dom.js";
import { field, form } from "./fields.js";
import { question } from "./forms_question.js";
import { formPage } from "./forms_preview.js";
import { button, mailFrame, notice, page, section } from "./parts.js";
import { freeKey, keyOf, saved, untouched } from "./saving.js";
import { gathered, localOf, said, texts, tongue, topicNames, whenShown, withOffset } from "./texts.js";
import { t } from "./words.js";

const KINDS = ["talent-network", "job-alert", "event", "referral", "application-step"];
const OPT_INS = ["always", "new-device", "never"];
const REDRAWN_AFTER_MS = 250;
const HOUR_S = 3600;
const COMPARED = ["kind", "title", "intro", "thanks", "fields", "topics", "opt_in", "occasion", "lists", "resume", "frames", "job", "step", "steps", "open"];
const EMAIL = { name: "email", kind: "email", required: true, label: { en: "E-mail address", nb: "E-postadresse" } };
const FIRST_NAME = { name: "first_name", kind: "text", required: false, label: { en: "First name", nb: "Fornavn" }, most_chars: 40 };
const FRESH = {
  kind: "talent-network", title: {}, intro: {}, thanks: {}, fields: [FIRST_NAME, EMAIL], topics: [], opt_in: "always", occasion: null,
  lists: [], resume: false, frames: [], job: "", step: 1, steps: 1, open: true,
};

export async function edit(at) {
  const key = at.params.form ?? "";
  const get = (where) => api.get(where, {}, { signal: at.signal });
  const [read, bundle, names] = await Promise.all([key ? get(path`/forms/${key}`) : null, get("/bundle"), topicNames(at.signal)]);
  const was = read ?? FRESH;
  const asks = questions(was.fields, bundle.languages, () => soon());
  const made = form({
    label: t("forms.make"),
    fields: [purpose(was, bundle.languages), asks, agreed(was, bundle, names), event(was, bundle.languages), step(was), places(was)],
    submit: t("saving.save"),
    run: (values) => save(at, { key, read, bundle, body: asForm(values, { was, asks, languages: bundle.languages }) }),
  });
  const shown = preview(() => asForm(made.values(), { was, asks, languages: bundle.languages }), bundle);
  let waiting = null;
  const soon = () => {
    clearTimeout(waiting);
    waiting = setTimeout(shown.draw, REDRAWN_AFTER_MS);
  };
  const suit = () => {
    const kind = made.values().kind;
    for (const each of made.querySelectorAll("[data-kind]")) each.hidden = each.dataset.kind !== kind;
  };
  suit();
  for (const happening of ["input", "change"]) made.addEventListener(happening, () => { suit(); soon(); });
  return page(read ? t("forms.edit", { name: said(read.title) }) : t("forms.make"), made, shown.element);
}

async function save(at, { key, read, bundle, body }) {
  const to = key || (await freeKey("/forms", body.title[bundle.languages[0]]));
  const fields = COMPARED.map((each) => [each, t(`forms.part.${each}`)]);
  const stands = await saved(path`/forms/${to}`, body, { read: read ?? undefined, fields });
  await at.go(`/forms/${to}`);
  if (stands) notice(t("saving.saved"));
}

function purpose(was, languages) {
  return section(t("forms.purpose"),
    field({ name: "kind", kind: "select", label: t("forms.kind"), required: true, value: was.kind, options: KINDS.map((each) => [each, t(`forms.kind.${each}`)]) }),
    texts({ name: "title", label: t("forms.name"), languages, value: was.title, maxlength: 120 }),
    texts({ name: "intro", label: t("forms.intro"), languages, value: was.intro, kind: "textarea", rows: 3, maxlength: 2000 }),
    texts({ name: "thanks", label: t("forms.thanks"), languages, value: was.thanks, kind: "textarea", rows: 2, maxlength: 2000 }));
}

function questions(fields, languages, changed) {
  const list = h("div", {});
  const told = h("p", { class: "unseen", role: "status" });
  const renumber = () => [...list.children].forEach((each, i) => each.number(i + 1));
  const moved = (each, by) => {
    const other = by < 0 ? each.previousElementSibling : each.nextElementSibling;
    if (!other) return;
    if (by < 0) other.before(each);
    else other.after(each);
    renumber();
    changed();
    fill(told, t("forms.moved", { n: [...list.children].indexOf(each) + 1 }));
    each.querySelectorAll(".actions button")[by < 0 ? 0 : 1].focus();
  };
  const gone = (each) => {
    const next = each.nextElementSibling ?? each.previousElementSibling;
    each.remove();
    renumber();
    changed();
    (next?.querySelector("select") ?? more).focus();
  };
  const add = (was) => {
    const each = question({ languages, was, changed: () => { renumber(); changed(); }, moved, gone });
    list.append(each);
    return each;
  };
  fields.forEach(add);
  renumber();
  const more = button(t("forms.add"), () => {
    const each = add(null);
    renumber();
    changed();
    each.querySelector("select").focus();
  });
  const made = section(t("forms.questions"), h("p", {}, t("forms.questions_text")), list, told, more);
  made.read = () => [...list.children].map((each) => each.read());
  return made;
}

function agreed(was, { topics, statements }, names) {
  const text = (topic) => statements.find((each) => each.topic === topic)?.text ?? "";
  // In the order that they stand on the form; consent to tracking is asked for elsewhere.
  const offered = [...new Set([...was.topics, ...topics.filter((each) => each !== "tracking")])];
  return section(t("forms.agreed"),
    field({ name: "topics", kind: "checks", label: t("forms.topics"), value: was.topics, options: offered.map((each) => [each, `${names.get(each) ?? each}: “${text(each)}”`]) }),
    field({ name: "opt_in", kind: "radios", label: t("forms.opt_in"), required: true, value: was.opt_in, options: OPT_INS.map((each) => [each, t(`forms.opt_in.${each}`)]) }));
}

function event({ occasion }, languages) {
  const all = occasion ?? { title: {}, place: {}, starts: "", ends: "", zone: Intl.DateTimeFormat().resolvedOptions().timeZone, capacity: 0, waiting_list: true, remind_before_seconds: 24 * HOUR_S };
  const made = section(t("forms.occasion"),
    texts({ name: "occasion.title", label: t("forms.occasion_title"), languages, value: all.title, maxlength: 120 }).map(whenShown),
    texts({ name: "occasion.place", label: t("forms.place"), languages, value: all.place, maxlength: 120 }).map(whenShown),
    h("div", { class: "row" },
      whenShown(field({ name: "occasion.starts", kind: "datetime-local", label: t("forms.starts"), value: localOf(all.starts), required: true })),
      whenShown(field({ name: "occasion.ends", kind: "datetime-local", label: t("forms.ends"), value: localOf(all.ends), required: true }))),
    h("div", { class: "row" },
      whenShown(field({ name: "occasion.zone", label: t("forms.zone"), hint: t("forms.zone_hint"), value: all.zone, required: true })),
      field({ name: "occasion.capacity", kind: "number", min: 0, label: t("forms.capacity"), hint: t("forms.capacity_hint"), value: all.capacity || "" }),
      field({ name: "occasion.remind", kind: "number", min: 0, step: "any", label: t("forms.remind"), value: all.remind_before_seconds / HOUR_S || "" })),
    field({ name: "occasion.waiting_list", kind: "check", label: t("forms.waiting_list"), value: all.waiting_list }),
    field({ name: "occasion.called_off", kind: "check", label: t("forms.called_off"), value: all.called_off ?? false }));
  made.dataset.kind = "event";
  return made;
}

function step(was) {
  const made = section(t("forms.step"),
    h("div", { class: "row" },
      field({ name: "job", label: t("forms.job"), value: was.job, maxlength: 64 }),
      whenShown(field({ name: "step", kind: "number", min: 1, max: 20, label: t("forms.step_n"), value: was.step, required: true })),
      whenShown(field({ name: "steps", kind: "number", min: 1, max: 20, label: t("forms.steps"), value: was.steps, required: true }))));
  made.dataset.kind = "application-step";
  return made;
}

function places(was) {
  return section(t("forms.more"),
    field({ name: "resume", kind: "check", label: t("forms.resume"), value: was.resume }),
    field({ name: "lists", label: t("forms.lists"), hint: t("forms.lists_hint"), value: was.lists.join(", ") }),
    field({ name: "frames", kind: "textarea", rows: 2, label: t("forms.frames"), hint: t("forms.frames_hint"), value: was.frames.join("\n") }),
    field({ name: "open", kind: "check", label: t("forms.is_open"), value: was.open }));
}

// What is filled in, as the API takes it.
function asForm(values, { was, asks, languages }) {
  const split = (text) => text.split(/[\s,;]+/).filter(Boolean);
  const stepped = values.kind === "application-step";
  return untouched(was, {
    kind: values.kind,
    title: gathered(values, "title", languages),
    intro: gathered(values, "intro", languages),
    thanks: gathered(values, "thanks", languages),
    fields: asks.read(),
    topics: values.topics,
    opt_in: values.opt_in,
    occasion: values.kind === "event" ? occasionOf(values, was.occasion, languages) : null,
    lists: split(values.lists),
    resume: values.resume,
    frames: split(values.frames),
    job: stepped ? values.job : "",
    step: stepped ? values.step || 1 : 1,
    steps: stepped ? values.steps || 1 : 1,
    open: values.open,
  });
}

function occasionOf(values, was, languages) {
  const title = gathered(values, "occasion.title", languages);
  const at = (name) => {
    const local = values[`occasion.${name}`];
    // Untouched it stays as it was written, with the offset that it had.
    if (was && localOf(was[name]) === local) return was[name];
    return local ? withOffset(local) : "";
  };
  const now = {
    id: was?.id ?? keyOf(`${Object.values(title)[0] ?? ""} ${values["occasion.starts"].slice(0, 10)}`),
    title,
    place: gathered(values, "occasion.place", languages),
    starts: at("starts"),
    ends: at("ends"),
    zone: values["occasion.zone"],
    capacity: values["occasion.capacity"] || 0,
    waiting_list: values["occasion.waiting_list"],
    remind_before_seconds: Math.round((values["occasion.remind"] || 0) * HOUR_S),
    called_off: values["occasion.called_off"],
  };
  return { ...now, sequence: (was?.sequence ?? 0) + (was && isMoved(was, now) ? 1 : 0) };
}

// Whether calendars have to take it for a newer one.
function isMoved(was, now) {
  const told = (each) => JSON.stringify(typeof each === "object" ? Object.entries(each).sort() : each);
  return ["starts", "ends", "zone", "place", "called_off"].some((name) => told(untouched(was[name], now[name])) !== told(was[name]));
}

function preview(read, bundle) {
  const frame = mailFrame("", t("forms.looks"));
  let latest = "";
  const post = () => frame.contentWindow?.postMessage({ html: latest }, "*");
  const draw = () => {
    latest = formPage(read(), { tag: tag.read(), bundle });
    post();
  };
  const tag = field({ name: "shown_in", kind: "select", label: t("forms.shown_in"), required: true, options: bundle.languages.map((each) => [each, tongue(each)]), changed: () => draw() });
  frame.addEventListener("load", draw);
  return { element: section(t("forms.looks"), h("p", {}, t("forms.looks_text")), tag, frame), draw };
}
