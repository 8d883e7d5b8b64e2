// Forms: pages that people fill in, each with its line for the career site.

import "./forms_words.js";
import { api, path } from "./api.js";
import { confirm } from "./dialogs.js";
import { h } from "./dom.js";
import { edit } from "./forms_edit.js";
import { formPage } from "./forms_preview.js";
import { paged } from "./listing.js";
import { badge, button, facts, link, mailFrame, notice, page, section, tabs } from "./parts.js";
import { copied, line, said, tongue, topicNames } from "./texts.js";
import { t } from "./words.js";

const SEE = "forms_see";
const CHANGE = "forms_change";

export const nav = [{ path: "/forms", label: "forms.title", allowed: SEE }];

export const routes = [
  { path: "/forms", allowed: SEE, show: all },
  { path: "/forms/new", allowed: CHANGE, show: edit },
  { path: "/forms/:form", allowed: SEE, show: one },
  { path: "/forms/:form/edit", allowed: CHANGE, show: edit },
];

function all(at) {
  const make = () => (at.may(CHANGE) ? link(t("forms.make"), "/console/forms/new", { class: "button first" }) : null);
  const list = paged({
    load: () => api.get("/forms", {}, { signal: at.signal }),
    caption: t("forms.title"),
    columns: [
      { head: t("forms.name"), cell: (each) => link(said(each.title), path`/console/forms/${each.key}`) },
      { head: t("forms.kind"), cell: (each) => t(`forms.kind.${each.kind}`) },
      { head: t("forms.state"), cell: (each) => (each.open ? badge(t("forms.open"), "good") : badge(t("forms.closed"), "wait")) },
    ],
    empty: [t("forms.nothing"), t("forms.nothing_text"), make()],
  });
  return page(t("forms.title"), at.may(CHANGE) ? h("p", {}, make()) : null, list);
}

async function one(at) {
  const where = path`/forms/${at.params.form}`;
  const get = (address) => api.get(address, {}, { signal: at.signal });
  const [read, bundle, names] = await Promise.all([get(where), get("/bundle"), topicNames(at.signal)]);
  const change = at.may(CHANGE);
  return page(
    said(read.title),
    section(t("forms.where"),
      facts([
        [t("forms.page"), link(read.url, read.url, { target: "_blank", rel: "noopener" })],
        [t("forms.kind"), t(`forms.kind.${read.kind}`)],
        [t("forms.state"), read.open ? badge(t("forms.open"), "good") : badge(t("forms.closed"), "wait")],
        [t("forms.opt_in"), t(`forms.opt_in.${read.opt_in}`)],
        [t("forms.topics"), read.topics.map((each) => names.get(each) ?? each).join(", ") || t("saving.none")],
        [t("forms.lists"), read.lists.join(", ") || t("saving.none")],
        [t("forms.frames"), read.frames.join(", ") || t("forms.no_frame")],
      ]),
      h("h3", {}, t("forms.embed")),
      h("p", {}, t("forms.embed_text")),
      line(read.embed),
      h("div", { class: "actions" },
        button(t("forms.copy_embed"), () => copied(read.embed), { kind: "first" }),
        change ? link(t("saving.edit"), path`/console/forms/${read.key}/edit`, { class: "button" }) : null,
        change ? button(t("saving.remove"), () => remove(at, where, read), { kind: "danger" }) : null)),
    section(t("forms.looks"), tabs(t("forms.looks"), bundle.languages.map((tag) => ({
      key: tag,
      label: tongue(tag),
      show: () => mailFrame(formPage(read, { tag, bundle }), t("forms.looks_in", { language: tongue(tag) })),
    })))),
  );
}

async function remove(at, where, read) {
  const done = await confirm({
    title: t("forms.remove", { name: said(read.title) }), text: t("forms.remove_text"), action: t("saving.remove"), danger: true,
    run: () => api.remove(where, { read }),
  });
  if (!done) return;
  await at.go("/forms");
  notice(t("saving.removed"));
}
