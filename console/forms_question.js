// One question of a form, as somebody makes it: what it asks, how, in which words.

import { fill, h } from "./dom.js";
import { field } from "./fields.js";
import { button, disclosure, unique } from "./parts.js";
import { keyOf } from "./saving.js";
import { said, texts, whenShown } from "./texts.js";
import { t } from "./words.js";

// What everybody knows, and how it is usually asked; of `ONLY` the engine reads that kind alone.
const KNOWN = {
  email: "email", first_name: "text", last_name: "text", phone: "phone", job_category: "category", city: "text", country: "country",
  linkedin: "url", licences: "choices", languages: "choices", seniority: "choice", employment: "choice", shift: "choice", min_pay: "number",
  pay_currency: "choice", pay_period: "choice", radius_km: "number", remote_ok: "yes-no",
};
const ONLY = { email: [], phone: [], linkedin: [], country: [], job_category: [], min_pay: [], remote_ok: [], radius_km: ["choice"] };
const OWN = "own";
const OWN_KINDS = ["text", "long-text", "yes-no", "choice", "choices", "number", "date", "url", "phone"];
const PICKED = ["choice", "choices", "country", "category"];
const MAX_CHARS = { text: 256, "long-text": 2000 };
const TRAIT = /^[a-z][a-z0-9_]{0,31}$/;

// The element of a question: `read()` gives it as the API takes it. `was` is what it was, if it
// was; whatever this page does not show stays as it was.
export function question({ languages, was = null, changed, moved, gone }) {
  const id = unique("q");
  const own = was !== null && !(was.name in KNOWN);
  const options = choices({ languages, was: was?.options ?? [], changed });
  const heading = h("legend", {});
  const trait = whenShown(field({
    name: `${id}.trait`, label: t("forms.trait"), hint: t("forms.trait_hint"), required: true, value: own ? was.name : "",
    check: (value) => (!TRAIT.test(value) || value in KNOWN ? t("forms.trait_wrong") : ""),
  }));
  const name = field({
    name: `${id}.name`, kind: "select", label: t("forms.asks"), required: true, value: own ? OWN : (was?.name ?? OWN),
    options: [...Object.keys(KNOWN).map((each) => [each, t(`forms.field.${each}`)]), [OWN, t("forms.field.own")]],
    changed: () => { offer(); suit(); },
  });
  const kind = field({ name: `${id}.kind`, kind: "select", label: t("forms.how"), required: true, options: [], changed: () => suit() });
  const labels = texts({ name: `${id}.label`, label: t("forms.label"), languages, value: was?.label ?? {}, maxlength: 120 });
  const helps = texts({ name: `${id}.help`, label: t("forms.help"), languages, value: was?.help ?? {}, required: false, maxlength: 2000 });
  const required = field({ name: `${id}.required`, kind: "check", label: t("forms.required"), value: was?.required ?? false });
  const offer = () => {
    const usual = KNOWN[name.read()] ?? OWN_KINDS[0];
    const kinds = [...new Set([usual, ...(ONLY[name.read()] ?? OWN_KINDS)])];
    const before = kind.read();
    fill(kind.target, kinds.map((each) => h("option", { value: each }, t(`forms.how.${each}`))));
    kind.write(kinds.includes(before) ? before : kinds[0]);
  };
  const suit = () => {
    trait.hidden = name.read() !== OWN;
    options.hidden = !PICKED.includes(kind.read());
    // Who fills it in is known by their address.
    if (name.read() === "email") required.write(true);
    required.hidden = name.read() === "email";
  };
  offer();
  if (was) kind.write(was.kind);
  suit();
  const made = h("fieldset", { class: "card question" }, heading,
    h("div", { class: "row" }, name, kind), trait, h("div", { class: "row" }, labels), required, options,
    disclosure(t("forms.help"), h("div", { class: "row" }, helps)),
    h("div", { class: "actions" },
      button(t("forms.up"), () => moved(made, -1), { kind: "quiet" }),
      button(t("forms.down"), () => moved(made, 1), { kind: "quiet" }),
      button(t("forms.away"), () => gone(made), { kind: "danger" })));
  const by = (all) => Object.fromEntries(all.map((each, i) => [languages[i], each.read()]).filter(([, text]) => text));
  made.read = () => {
    const asked = kind.read();
    const help = by(helps);
    return {
      ...(was ?? {}),
      name: name.read() === OWN ? trait.read() : name.read(),
      kind: asked,
      label: by(labels),
      required: required.read(),
      help,
      options: PICKED.includes(asked) ? options.read() : [],
      most_chars: was && was.kind === asked ? was.most_chars : (MAX_CHARS[asked] ?? 256),
    };
  };
  made.number = (i) => fill(heading, t("forms.question_n", { n: i, label: said(by(labels)) || t(`forms.field.${name.read()}`) }));
  made.addEventListener("input", changed);
  made.addEventListener("change", changed);
  return made;
}

// The answers that somebody picks from. A value is what is stored: it is made of the first label.
function choices({ languages, was, changed }) {
  const list = h("div", {});
  const add = (option) => {
    const id = unique("o");
    const value = whenShown(field({ name: `${id}.value`, label: t("forms.value"), hint: t("forms.value_hint"), required: false, value: option?.value ?? "", maxlength: 64, check: (text) => (text.includes(",") ? t("forms.value_wrong") : "") }));
    const labels = texts({ name: `${id}.label`, label: t("forms.answer"), languages, value: option?.label ?? {}, maxlength: 120 }).map(whenShown);
    const row = h("div", { class: "row option", role: "group", "aria-label": t("forms.answer") }, labels, value, button(t("forms.away"), () => { row.remove(); changed(); }, { kind: "quiet" }));
    row.read = () => {
      const label = Object.fromEntries(labels.map((each, i) => [languages[i], each.read()]).filter(([, text]) => text));
      return { value: value.read() || keyOf(Object.values(label)[0] ?? ""), label };
    };
    list.append(row);
    return row;
  };
  was.forEach(add);
  const more = button(t("forms.add_answer"), () => { add().querySelector("input").focus(); changed(); }, { kind: "quiet" });
  const made = h("div", { role: "group", "aria-label": t("forms.answers") }, h("p", { class: "strong" }, t("forms.answers")), list, more);
  made.read = () => [...list.children].map((each) => each.read());
  return made;
}
