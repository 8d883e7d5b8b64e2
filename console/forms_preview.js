// A form as whoever fills it in sees it, before it is saved. The real page comes from the engine.

import { h } from "./dom.js";
import { t } from "./words.js";

const BODY = { margin: "0", padding: "1.25rem", background: "#fff", color: "#1d2b2c", font: "16px/1.5 system-ui, Arial, sans-serif" };
const WIDE = { display: "block", width: "100%", padding: ".5rem", "box-sizing": "border-box", border: "1px solid #64767a", "border-radius": ".25rem", font: "inherit" };
const LINES = { text: "text", phone: "tel", url: "url", number: "number", date: "date", email: "email" };

// The form as a page in one language. It is made of elements, so that what somebody typed is text.
export function formPage(form, { tag, bundle }) {
  const statements = form.topics.map((topic) => bundle.statements.find((each) => each.topic === topic)).filter(Boolean);
  const made = h("form", {},
    h("h1", { style: { "font-size": "1.4rem" } }, form.title[tag] ?? ""),
    h("p", {}, form.intro[tag] ?? ""),
    form.occasion ? h("p", {}, h("strong", {}, form.occasion.title[tag] ?? ""), `, ${form.occasion.place[tag] ?? ""}`) : null,
    form.fields.map((each, i) => question(each, tag, i)),
    form.resume ? h("p", {}, h("label", {}, t("forms.resume"), " ", h("input", { type: "file" }))) : null,
    statements.map(({ text }) => h("p", {}, h("label", {}, h("input", { type: "checkbox" }), " ", text))),
    form.open ? h("p", {}, h("button", { type: "button", style: { ...WIDE, width: "auto" } }, t("forms.send"))) : h("p", {}, t("forms.closed_text")));
  return h("html", { lang: tag }, h("head"), h("body", { style: BODY }, made)).outerHTML;
}

function question({ kind, label, help = {}, required, options = [] }, tag, i) {
  const id = `q${i}`;
  const named = [label[tag] ?? "", required ? " *" : ""];
  const note = help[tag] ? h("small", { style: { display: "block" } }, help[tag]) : null;
  const picks = kind === "yes-no" ? [["yes", t("forms.yes")], ["no", t("forms.no")]] : options.map((each) => [each.value, each.label[tag] ?? each.value]);
  if (["yes-no", "choices"].includes(kind) || (kind === "choice" && picks.length <= 4)) {
    const type = kind === "choices" ? "checkbox" : "radio";
    return h("fieldset", { style: { border: "0", padding: "0", margin: "0 0 1rem" } }, h("legend", {}, named), note,
      picks.map(([, text]) => h("label", { style: { display: "block" } }, h("input", { type, name: id }), " ", text)));
  }
  const input = kind === "long-text" ? h("textarea", { id, rows: 4, style: WIDE })
    : LINES[kind] ? h("input", { id, type: LINES[kind], style: WIDE })
      : h("select", { id, style: WIDE }, h("option", {}, ""), picks.map(([value, text]) => h("option", { value }, text)));
  return h("p", {}, h("label", { for: id }, named), note, input);
}
