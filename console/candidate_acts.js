// What can be done about a candidate. Nothing that reaches them, or is for good, without a question.

import { api, path } from "./api.js";
import { confirm } from "./dialogs.js";
import { h } from "./dom.js";
import { field } from "./fields.js";
import { badge, button, notice, section, unique } from "./parts.js";
import { moment } from "./times.js";
import { t } from "./words.js";

const LOOK_AGAIN_MS = 2000;

export function actions(at, person) {
  const told = h("div", { id: unique("told") });
  const acts = [
    at.may("write") ? button(t("candidate.write"), () => write(at, person), { kind: "first" }) : null,
    at.may("note") ? button(t("candidate.note"), () => note(at, person)) : null,
    at.may("stop") ? (person.stop ? button(t("candidate.allow"), () => allow(at, person)) : button(t("candidate.stop"), () => stop(at, person), { kind: "danger" })) : null,
    at.may("resumes") ? button(t("candidate.resumes"), () => resumes(at, person, told)) : null,
    at.may("export") ? button(t("candidate.export"), () => exported(at, person, told)) : null,
    at.may("erase") ? button(t("candidate.erase"), () => erase(at, person, told), { kind: "danger" }) : null,
  ];
  return h("div", {}, h("div", { class: "actions", role: "group", "aria-label": t("candidate.actions") }, acts), told);
}

async function write(at, person) {
  const done = await confirm({
    title: t("candidate.write"),
    text: t("candidate.write_text"),
    action: t("candidate.send"),
    fields: [
      field({ name: "subject", label: t("candidate.subject"), required: true, maxlength: 200 }),
      field({ name: "text", kind: "textarea", label: t("candidate.text"), required: true, maxlength: 8000, rows: 8 }),
      field({ name: "sender_name", label: t("candidate.sender_name"), maxlength: 200 }),
      field({ name: "owner", kind: "email", label: t("candidate.owner"), hint: t("candidate.owner_hint"), maxlength: 200 }),
    ],
    run: ({ subject, text, sender_name, owner }) =>
      api.post(path`/people/${person.person}/messages`, { subject, text, sender_name, owner }),
  });
  if (!done) return;
  await at.refresh();
  notice(done.lately.length ? t("candidate.written_lately", { n: done.lately.length }) : t("candidate.written"));
}

async function note(at, person) {
  const done = await confirm({
    title: t("candidate.note"),
    text: t("candidate.note_text"),
    action: t("candidate.note_it"),
    fields: [field({ name: "text", kind: "textarea", label: t("candidate.note"), required: true, maxlength: 8000 })],
    run: ({ text }) => api.post(path`/people/${person.person}/notes`, { text }),
  });
  if (!done) return;
  await at.refresh();
  notice(t("candidate.noted"));
}

async function stop(at, person) {
  const done = await confirm({
    title: t("candidate.stop"),
    text: t("candidate.stop_text"),
    action: t("candidate.stop_it"),
    danger: true,
    fields: [field({ name: "why", label: t("candidate.stop_why"), maxlength: 500 })],
    run: ({ why }) => api.post(path`/people/${person.person}/stop`, { why }),
  });
  if (!done) return;
  await at.refresh();
  notice(t("candidate.stopped"));
}

async function allow(at, person) {
  const done = await confirm({
    title: t("candidate.allow"),
    text: t("candidate.allow_text"),
    action: t("candidate.allow"),
    run: () => api.remove(path`/people/${person.person}/stop`),
  });
  if (!done) return;
  await at.refresh();
  notice(t("candidate.allowed"));
}

// Asked for when somebody wants them: each look is written down, and its links work for minutes.
async function resumes(at, person, told) {
  const found = await api.get(path`/people/${person.person}/resumes`, {}, { signal: at.signal });
  const file = ({ name, at: came, form, verdict, url }) => h(
    "li",
    {},
    h("p", {}, url ? h("a", { href: url, target: "_blank", rel: "noopener noreferrer" }, name) : name, " ", badge(t(`candidate.resume_${verdict}`), url ? "good" : "wait")),
    h("p", { class: "quiet-text" }, t("candidate.resume_came", { at: moment(came), form })),
  );
  told.replaceChildren(section(
    t("candidate.resumes"),
    found.items.length
      ? [h("p", {}, t("candidate.export_until", { at: moment(found.expires_at) })), h("ul", {}, found.items.map(file))]
      : h("p", {}, t("candidate.resumes_none")),
  ));
  focus(told);
}

async function exported(at, person, told) {
  const asked = await confirm({
    title: t("candidate.export"),
    text: t("candidate.export_text"),
    action: t("candidate.export_it"),
    run: () => api.post(path`/people/${person.person}/exports`),
  });
  if (!asked) return;
  const found = await until(at, told, asked, () => api.get(path`/people/${person.person}/exports/${asked.export}`, {}, { signal: at.signal }));
  const file = (label, href) => (href ? h("a", { class: "button", href, target: "_blank", rel: "noopener noreferrer" }, label) : null);
  told.replaceChildren(section(
    t("candidate.export_ready"),
    h("p", {}, t("candidate.export_until", { at: moment(found.expires_at) })),
    h("div", { class: "actions" }, file(t("candidate.export_page"), found.page_url), file(t("candidate.export_json"), found.json_url)),
  ));
  focus(told);
}

async function erase(at, person, told) {
  const phrase = `erase ${person.person}`;
  const asked = await confirm({
    title: t("candidate.erase"),
    text: [t("candidate.erase_text"), t("candidate.erase_for_good")],
    action: t("candidate.erase_it"),
    danger: true,
    phrase,
    fields: [field({ name: "why", label: t("candidate.erase_why"), hint: t("candidate.erase_why_hint"), required: true, maxlength: 500 })],
    run: ({ why }) => api.post(path`/people/${person.person}/erasure`, { confirm: phrase, why }),
  });
  if (!asked) return;
  const found = await until(at, told, asked, () => api.get(path`/erasures/${asked.erasure}`, {}, { signal: at.signal }));
  told.replaceChildren(section(
    t("candidate.erased"),
    h("p", {}, t(found.clean === false ? "candidate.erased_remains" : "candidate.erased_clean")),
    h("p", {}, t("candidate.erasure_id"), " ", h("code", {}, found.certificate?.certificate ?? found.erasure)),
    found.certificate ? h("pre", { class: "code", tabindex: 0 }, JSON.stringify(found.certificate, null, 2)) : null,
  ));
  focus(told);
}

// Asks again until it is done, and says meanwhile that it is not.
async function until(at, told, first, look) {
  told.replaceChildren(h("p", { role: "status" }, t("candidate.in_work")));
  let found = first;
  while (found.state !== "done") {
    await new Promise((resolve, reject) => {
      const stop = () => reject(new DOMException("left", "AbortError"));
      at.signal.addEventListener("abort", stop, { once: true });
      setTimeout(resolve, LOOK_AGAIN_MS);
    });
    found = await look();
  }
  // What was asked for may be done at once, and the answer to that does not tell all of it.
  return found === first ? await look() : found;
}

function focus(told) {
  const heading = told.querySelector("h2");
  heading.tabIndex = -1;
  heading.focus();
}
