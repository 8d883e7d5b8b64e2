// Fields and forms. A field is an element with `named`, `read()`, `write(value)` and
// `complain(text)`; a form reads them all, tells what is wrong in a summary, and runs once.

import { ProblemError, sentence } from "./api.js";
import { fill, h } from "./dom.js";
import { once, unique } from "./parts.js";
import { t } from "./words.js";

// kind: text, email, tel, url, number, date, datetime-local, time, search, textarea, select, file,
// check (one box), checks (several: an array), radios. `options`: [[value, label], …]. `check(value)` gives a
// complaint or "". `changed(value)` is told of every change. `marked`: say that it may be left out.
export function field({ name, label, kind = "text", value, options = [], hint = "", required = false, marked = true, check, changed, ...attributes }) {
  const id = unique(name);
  const wrong = h("p", { class: "wrong", id: `${id}-wrong`, hidden: true });
  const note = hint ? h("p", { class: "note", id: `${id}-hint` }, hint) : null;
  const described = [`${id}-wrong`, note && `${id}-hint`].filter(Boolean).join(" ");
  const asked = { id, name, "aria-describedby": described, ...attributes };
  const input = KINDS[kind]?.(asked, { value, options, label }) ?? plain(kind, asked, value, required);
  const headed = required || !marked || kind === "check" ? label : [label, " ", h("span", { class: "optional" }, t("shell.optional"))];
  const made = wrapped(kind, id, input, headed, note, wrong);
  made.named = name;
  made.read = () => READ[kind]?.(input) ?? input.value.trim();
  made.write = (to) => (WRITE[kind] ?? ((each, said) => { each.value = said ?? ""; }))(input, to);
  made.target = ["checks", "radios"].includes(kind) ? input.querySelector("input") : input;
  made.label = label;
  made.complain = (text) => {
    wrong.textContent = text;
    wrong.hidden = !text;
    made.target?.setAttribute("aria-invalid", String(Boolean(text)));
  };
  made.check = () => {
    const said = made.read();
    const nothing = said === "" || said === null || (Array.isArray(said) && !said.length);
    if (required && nothing) return t("shell.required");
    return nothing && !required ? "" : check?.(said) ?? "";
  };
  if (changed) input.addEventListener(kind === "select" || kind.startsWith("check") || kind === "radios" || kind === "file" ? "change" : "input", () => changed(made.read()));
  return made;
}

const KINDS = {
  textarea: (asked, { value }) => h("textarea", { rows: 6, ...asked, value: value ?? "" }),
  select: (asked, { value, options }) => {
    const made = h("select", asked, options.map(([key, said]) => h("option", { value: key }, said)));
    made.value = value ?? options[0]?.[0] ?? "";
    return made;
  },
  check: (asked, { value }) => h("input", { type: "checkbox", ...asked, checked: Boolean(value) }),
  checks: (asked, { value, options }) => choices("checkbox", asked, options, new Set(value ?? [])),
  radios: (asked, { value, options }) => choices("radio", asked, options, new Set([value])),
};
const READ = {
  check: (input) => input.checked,
  checks: (input) => [...input.querySelectorAll("input:checked")].map((each) => each.value),
  radios: (input) => input.querySelector("input:checked")?.value ?? "",
  file: (input) => input.files[0] ?? null,
  number: (input) => (input.value === "" ? "" : Number(input.value)),
};
const WRITE = {
  check: (input, to) => { input.checked = Boolean(to); },
  checks: (input, to) => input.querySelectorAll("input").forEach((each) => { each.checked = to.includes(each.value); }),
  radios: (input, to) => input.querySelectorAll("input").forEach((each) => { each.checked = each.value === to; }),
};

function plain(kind, asked, value, required) {
  return h("input", { type: kind, autocomplete: "off", ...asked, "aria-required": required ? "true" : null, value: value ?? "" });
}

function choices(type, { id, name }, options, on) {
  return h("div", { class: "choices" }, options.map(([value, said], i) =>
    h("label", {}, h("input", { type, name: `${name}-${id}`, id: i === 0 ? id : `${id}-${i}`, value, checked: on.has(value) }), h("span", {}, said)),
  ));
}

function wrapped(kind, id, input, label, note, wrong) {
  if (kind === "check") {
    return h("div", { class: "field" }, h("label", { class: "check", for: id }, input, h("span", {}, label)), note, wrong);
  }
  if (kind === "checks" || kind === "radios") {
    return h("fieldset", { class: "field", "aria-describedby": `${id}-wrong` }, h("legend", {}, label), note, wrong, input);
  }
  return h("div", { class: "field" }, h("label", { for: id }, label), note, wrong, input);
}

// A form. `run(values)` gets what is filled in by name; what it throws is told in the summary, on
// which the focus is put. `values()` of the form reads it at any time.
export function form({ fields, submit, run, kind = "first", actions = [], label = null }) {
  const summary = h("div", { class: "errors", tabindex: -1, hidden: true, role: "alert" });
  const press = h("button", { type: "submit", class: kind }, submit);
  const made = h("form", { novalidate: true, "aria-label": label }, summary, fields, h("div", { class: "actions" }, press, actions));
  const own = () => [...made.querySelectorAll(".field")].filter((each) => each.named);
  made.values = () => Object.fromEntries(own().map((each) => [each.named, each.read()]));
  made.complain = (text) => told(summary, [h("p", {}, text)]);
  made.addEventListener("submit", async (event) => {
    event.preventDefault();
    const wrong = own().map((each) => [each, each.check()]);
    wrong.forEach(([each, text]) => each.complain(text));
    const found = wrong.filter(([, text]) => text);
    if (found.length) {
      told(summary, [h("p", {}, t("shell.fix")), h("ul", {}, found.map(([each, text]) => h("li", {}, leading(each, text))))]);
      return;
    }
    summary.hidden = true;
    await once(press, async () => {
      try {
        await run(made.values());
      } catch (error) {
        if (!(error instanceof ProblemError) && !(error instanceof Error)) throw error;
        told(summary, [h("p", {}, sentence(error))]);
      }
    });
  });
  return made;
}

function leading(each, text) {
  const go = (event) => {
    event.preventDefault();
    each.target.focus();
  };
  return h("a", { href: `#${each.target.id}`, on: { click: go } }, `${each.label}: ${text}`);
}

function told(summary, content) {
  fill(summary, content);
  summary.hidden = false;
  summary.focus();
}
