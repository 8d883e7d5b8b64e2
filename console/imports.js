// Imports: pools of people that were brought in, how far each is, and the way back.

import "./imports_words.js";
import { api, path } from "./api.js";
import { confirm } from "./dialogs.js";
import { fill, h } from "./dom.js";
import { counted } from "./imports_counts.js";
import { bring } from "./imports_new.js";
import { paged } from "./listing.js";
import { badge, bar, button, facts, failed, link, notice, page, section } from "./parts.js";
import { followed } from "./texts.js";
import { day, time } from "./times.js";
import { number, t } from "./words.js";

const ALLOWED = "import";
const GOING = ["cutting", "running", "undoing"];
const COLOURS = { cutting: "wait", running: "wait", done: "good", undoing: "wait", undone: "bad" };
const ASKABLE = ["legitimate-interest", "existing-relationship"];

export const nav = [{ path: "/imports", label: "imports.title", allowed: ALLOWED }];

export const routes = [
  { path: "/imports", allowed: ALLOWED, show: all },
  { path: "/imports/new", allowed: ALLOWED, show: bring },
  { path: "/imports/:import", allowed: ALLOWED, show: one },
];

function all(at) {
  const make = () => link(t("imports.make"), "/console/imports/new", { class: "button first" });
  const list = paged({
    load: (cursor) => api.get("/imports", { cursor }, { signal: at.signal }),
    caption: t("imports.title"),
    columns: [
      { head: t("imports.source"), cell: (each) => link(each.source, path`/console/imports/${each.import}`) },
      { head: t("imports.stage"), cell: stage },
      { head: t("imports.rows"), cell: (each) => number(each.rows), numeric: true },
      { head: t("imports.by"), cell: (each) => each.by },
      { head: t("imports.started"), cell: (each) => time(each.started_at) },
    ],
    empty: [t("imports.nothing"), t("imports.nothing_text"), make()],
  });
  return page(t("imports.title"), h("p", {}, make()), list);
}

function stage({ stage: now }) {
  return badge(t(`imports.stage.${now}`), COLOURS[now]);
}

async function one(at) {
  const where = path`/imports/${at.params.import}`;
  const get = () => api.get(where, {}, { signal: at.signal });
  const place = h("div", {});
  const show = (told) => fill(place, stands(at, told, where));
  const read = await get();
  show(read);
  if (GOING.includes(read.stage)) follow(at, get, show);
  return page(t("imports.one", { source: read.source }), place);
}

function follow(at, get, show) {
  followed({
    read: get,
    // What somebody is about to press stays under their finger.
    show: (told) => (document.querySelector("dialog[open]") ? null : show(told)),
    done: (told) => !GOING.includes(told.stage),
    signal: at.signal,
  }).catch(failed);
}

function stands(at, told, where) {
  const { page: done, pages, counts, refused } = told;
  const going = GOING.includes(told.stage);
  const askable = ASKABLE.includes(told.basis) && counts.askable;
  return [
    section(t("imports.standing"),
      h("p", { class: "badges" }, stage(told)),
      going && pages ? h("div", {}, h("p", { role: "status" }, t("imports.progress", { done, n: pages })), bar(done / pages)) : null,
      facts([
        [t("imports.rows"), number(told.rows)],
        [t("imports.by"), told.by],
        [t("imports.started"), time(told.started_at)],
        [t("imports.finished"), told.finished_at ? time(told.finished_at) : null],
        [t("imports.basis"), t(`imports.basis.${told.basis}`)],
        [t("imports.list"), told.list ? link(told.list, `/console/candidates?${new URLSearchParams({ list: told.list })}`) : null],
        [t("imports.kept_until"), counts.without_proof ? day(`${told.kept_until}T12:00:00Z`) : null],
        [t("imports.undone_by"), told.undone_by || null],
      ]),
      told.stage === "done" ? h("div", { class: "actions" }, button(t("imports.undo"), () => undo(at, told, where), { kind: "danger" })) : null),
    section(t("imports.came"), counted(counts), Object.keys(refused).length ? [h("h3", {}, t("imports.refused")), counted(refused, "imports.refusal")] : null),
    askable && told.stage === "done" ? section(t("imports.ask_title"),
      h("p", {}, t("imports.ask_text", { n: counts.askable, list: told.ask_list })),
      h("div", { class: "actions" },
        button(t("imports.ask"), () => ask(where)),
        at.may("campaigns_change") ? link(t("imports.ask_campaign"), `/console/campaigns/new?${new URLSearchParams({ list: told.ask_list })}`, { class: "button" }) : null)) : null,
  ];
}

async function undo(at, told, where) {
  const done = await confirm({
    title: t("imports.undo_title", { source: told.source }), text: [t("imports.undo_text", { n: told.rows }), t("imports.undo_stays")],
    action: t("imports.undo"), danger: true, phrase: told.source,
    run: () => api.post(`${where}/undo`),
  });
  if (!done) return;
  await at.refresh();
  notice(t("imports.undoing"));
}

async function ask(where) {
  await api.post(`${where}/ask`);
  notice(t("imports.asked"));
}
