// One campaign: how it stands, what stands in its way, and what can be done about it.

import "./reasons_words.js";
import { api, path, ProblemError } from "./api.js";
import { mail } from "./campaigns_mail.js";
import { examples, outlook, seeds } from "./campaigns_outlook.js";
import { confirm } from "./dialogs.js";
import { fill, h } from "./dom.js";
import { field } from "./fields.js";
import { badge, bar, button, disclosure, facts, failed, link, loading, mailFrame, notice, page, section } from "./parts.js";
import { numbersOf } from "./reports_numbers.js";
import { copied, followed, tongue, topicNames } from "./texts.js";
import { exact, time } from "./times.js";
import { known, number, t } from "./words.js";

const COLOURS = { draft: "", waiting: "wait", running: "good", paused: "wait", done: "", cancelled: "bad" };
const ON_ITS_WAY = ["waiting", "running", "paused"];
const FOLLOWED_EVERY_MS = 4_000;

// How a campaign stands, as a word in a colour.
export function state(standing) {
  return badge(t(`campaigns.state.${standing.state}`), COLOURS[standing.state]);
}

export async function one(at) {
  const key = at.params.campaign;
  const where = path`/campaigns/${key}`;
  const get = (address) => api.get(address, {}, { signal: at.signal });
  const [read, bundle, names] = await Promise.all([get(where), get("/bundle"), topicNames(at.signal)]);
  const place = h("div", {});
  const show = (standing) => fill(place, head(at, { standing, read, bundle, where, names }));
  show(read);
  if (ON_ITS_WAY.includes(read.state)) follow(at, where, show);
  return page(
    read.name,
    place,
    read.state === "draft" ? [outlook(at, where, read), examples(at, where), seeds(at, where, read.content)] : null,
    read.launched_at ? result(at, where, read) : null,
    content(at, read, names),
  );
}

function follow(at, where, show) {
  followed({
    read: () => api.get(where, {}, { signal: at.signal }),
    // What somebody is about to press stays under their finger.
    show: (standing) => (document.querySelector("dialog[open]") || document.activeElement?.closest(".standing") ? null : show(standing)),
    done: (standing) => !ON_ITS_WAY.includes(standing.state),
    signal: at.signal,
    every: FOLLOWED_EVERY_MS,
  }).catch(failed);
}

function head(at, { standing, read, bundle, where, names }) {
  const { approved, approvals, lacking, changed, most, spent } = standing;
  return section(t("campaigns.standing"),
    h("div", { class: "standing" },
      h("p", { class: "badges" }, state(standing), approved ? badge(t("campaigns.approved"), "good") : null),
      h("p", {}, t(`campaigns.state_text.${standing.state}`)),
      standing.why ? h("p", {}, t("campaigns.why", { why: standing.why })) : null,
      lacking ? h("div", { class: "problem" }, h("p", { class: "strong" }, t("campaigns.lacking")), h("p", {}, lacking)) : null,
      changed ? h("p", { class: "notice wrong" }, t("campaigns.changed")) : null,
      progress(standing),
      facts([
        [t("campaigns.launched"), standing.launched_at ? h("span", {}, standing.launched_by_name || standing.launched_by, ", ", time(standing.launched_at)) : null],
        [t("campaigns.begins"), standing.begins ? time(standing.begins) : null],
        [t("campaigns.audience"), standing.frozen ? number(standing.audience) : null],
        [t("campaigns.bound"), most === null || most === undefined ? null : t("campaigns.bound_text", { spent, most })],
      ]),
      approvals.length ? h("ul", {}, approvals.map(approval)) : null,
      doing(at, { standing, read, bundle, where, names })));
}

// Whose approval, when, and whether it still holds.
function approval({ by, by_name: name, at: when, current }) {
  const text = t(current ? "campaigns.approval" : "campaigns.approval_void", { by: name || by, at: exact(when) });
  return h("li", {}, text);
}

function progress({ counts, audience, launched_at: launched }) {
  if (!launched || !audience) return null;
  const named = Object.entries(counts);
  const done = ended(counts);
  return h("div", {},
    h("p", { role: "status" }, t("campaigns.progress", { done, n: audience })), bar(done / audience),
    named.length ? h("ul", {}, named.map(([name, n]) => h("li", {}, cameTo(name, n)))) : null);
}

// How many will not be judged again.
function ended(counts) {
  return Object.entries(counts).filter(([name]) => !name.startsWith("held")).reduce((all, [, n]) => all + n, 0);
}

// `held quiet_hours` as words.
function cameTo(name, n) {
  const [outcome, reason] = name.split(" ");
  return `${t(`campaigns.came.${outcome}`, { n })}${reason ? `: ${known("reason", reason)}` : ""}`;
}

function doing(at, { standing, read, bundle, where, names }) {
  const { state: now } = standing;
  const key = standing.campaign;
  const mine = read.content.authors.includes(at.me.subject);
  // All were judged once, and some of them wait for another day.
  const open = now === "done" && ended(standing.counts) < standing.audience ? ["done"] : [];
  const can = (action, states) => at.may(action) && states.includes(now);
  const actions = [
    can("campaigns_launch", ["draft"]) ? button(t("campaigns.launch"), () => launch(at, { standing, read, bundle, where }), { kind: "first" }) : null,
    at.may("campaigns_approve") && !standing.approved && !mine && (now === "draft" || (standing.changed && ON_ITS_WAY.includes(now))) ? button(t("campaigns.approve"), () => approve(at, { standing, read, where, names }), { kind: "first" }) : null,
    can("campaigns_launch", ["waiting", "running", ...open]) ? button(t("campaigns.pause"), () => pause(at, where)) : null,
    can("campaigns_launch", ["paused"]) ? button(t("campaigns.resume"), () => move(at, where, "resume", "campaigns.resumed"), { kind: "first" }) : null,
    can("campaigns_launch", [...ON_ITS_WAY, ...open]) ? button(t("campaigns.cancel"), () => cancel(at, where, standing), { kind: "danger" }) : null,
    can("campaigns_change", ["draft", ...ON_ITS_WAY]) ? link(t("saving.edit"), `/console/campaigns/${key}/edit`, { class: "button" }) : null,
    at.may("campaigns_change") ? link(t("campaigns.copy"), `/console/campaigns/new?from=${key}`, { class: "button" }) : null,
    can("campaigns_change", ["draft"]) ? button(t("saving.remove"), () => remove(at, where, read), { kind: "danger" }) : null,
  ];
  return [
    !standing.lacking && !standing.approved && (now === "draft" || (standing.changed && ON_ITS_WAY.includes(now))) ? asking(at, { mine, bundle, standing, where }) : null,
    h("div", { class: "actions" }, actions),
  ];
}

// Who approves, and how they come to hear of it.
function asking(at, { mine, bundle, standing, where }) {
  return h("div", {},
    h("p", {}, t("campaigns.approval_rule", { n: bundle.approve_over }), mine && at.may("campaigns_approve") ? ` ${t("campaigns.not_your_own")}` : ""),
    standing.asked ? h("p", { role: "status" }, t("campaigns.asked_by", { by: standing.asked.by_name || standing.asked.by }), " ", time(standing.asked.at)) : null,
    h("div", { class: "actions" },
      at.may("campaigns_change") && !standing.asked ? button(t("campaigns.ask"), () => move(at, where, "ask", "campaigns.asked")) : null,
      at.may("campaigns_change") ? button(t("campaigns.ask_approval"), () => copied(location.href), { kind: "quiet" }) : null));
}

async function approve(at, { standing, read, where, names }) {
  const done = await confirm({
    title: t("campaigns.approve_title", { name: standing.name }),
    text: [
      t("campaigns.approve_text"),
      facts([...said(read.content, names), [t("campaigns.print"), h("code", {}, standing.fingerprint.slice(0, 16))]]),
      t("campaigns.approve_void"),
    ],
    action: t("campaigns.approve"),
    run: () => unchanged(where, standing, () => api.post(`${where}/approve`, { seen: standing.fingerprint })),
  });
  await after(at, done, "campaigns.approved_now");
}

// Whether it is still what was looked at; an approval of anything else is worth nothing.
async function unchanged(where, standing, run) {
  const now = await api.get(where);
  if (now.fingerprint !== standing.fingerprint) throw new ProblemError(409, { code: "changed" });
  return run();
}

async function launch(at, { standing, read, bundle, where }) {
  const { segment, list } = read.content;
  const { people } = await api.get("/count", segment ? { segment } : { list });
  const many = people > bundle.approve_over;
  const begins = read.content.at ? t("campaigns.launch_at", { at: exact(read.content.at) }) : t("campaigns.launch_now");
  const done = await confirm({
    title: t("campaigns.launch_title", { name: standing.name }),
    text: [
      h("p", { class: "strong" }, t("campaigns.launch_people", { n: people })),
      begins,
      t("campaigns.launch_judged"),
      many && !standing.approved ? h("p", { class: "notice wrong" }, t("campaigns.launch_unapproved", { n: bundle.approve_over })) : h("span", {}),
    ],
    action: t("campaigns.launch_n", { n: people }),
    phrase: many ? String(people) : "",
    danger: true,
    run: () => unchanged(where, standing, () => api.post(`${where}/launch`)),
  });
  await after(at, done, "campaigns.launched_now");
}

async function pause(at, where) {
  const done = await confirm({
    title: t("campaigns.pause"), text: t("campaigns.pause_text"), action: t("campaigns.pause"),
    fields: [field({ name: "why", label: t("campaigns.pause_why"), maxlength: 200 })],
    run: ({ why }) => api.post(`${where}/pause`, { why }),
  });
  await after(at, done, "campaigns.paused_now");
}

async function move(at, where, what, word) {
  await api.post(`${where}/${what}`);
  await after(at, true, word);
}

async function cancel(at, where, standing) {
  const done = await confirm({
    title: t("campaigns.cancel_title", { name: standing.name }), text: t("campaigns.cancel_text"), action: t("campaigns.cancel"), danger: true,
    run: () => api.post(`${where}/cancel`),
  });
  await after(at, done, "campaigns.cancelled_now");
}

async function remove(at, where, read) {
  const done = await confirm({
    title: t("campaigns.remove_title", { name: read.name }), text: t("campaigns.remove_text"), action: t("saving.remove"), danger: true,
    run: () => api.remove(where, { read }),
  });
  if (!done) return;
  await at.go("/campaigns");
  notice(t("saving.removed"));
}

async function after(at, done, word) {
  if (!done) return;
  await at.refresh();
  notice(t(word));
  dispatchEvent(new Event("rapport:waiting"));
}

function result(at, where, read) {
  const load = async () => {
    const { numbers } = await api.get(`${where}/result`, {}, { signal: at.signal });
    const first = read.launched_at.slice(0, 10);
    return numbersOf(numbers, { by: "campaign", program: `campaign:${read.campaign}`, since: first });
  };
  return section(t("campaigns.result"), loading(load));
}

// What it says, to whom and when, in words.
function said({ topic, segment, list, at: begins, local_hour: hour, block, sender_name: sender, seeds: testers }, names) {
  return [
    [t("campaigns.topic"), names.get(topic) ?? topic],
    [t("campaigns.whom"), segment ? t("campaigns.of_segment", { key: segment }) : t("campaigns.of_list", { key: list })],
    [t("campaigns.begin"), begins ? exact(begins) : t("campaigns.begin_launch")],
    [t("campaigns.local_hour"), hour < 0 ? t("campaigns.any_hour") : `${String(hour).padStart(2, "0")}:00`],
    [t("campaigns.block"), block || null],
    [t("campaigns.sender_name"), sender || null],
    [t("campaigns.seeds"), testers.join(", ") || null],
  ];
}

function content(at, { content: all }, names) {
  const letters = Object.entries(all.letters);
  return section(t("campaigns.content"), facts(said(all, names)),
    letters.map(([tag, each]) => disclosure(`${tongue(tag)}: ${each.subject}`,
      mailFrame(mail({ ...each, block: all.block }, { tag, brand: at.brand }), t("campaigns.preview_of", { language: tongue(tag) })))));
}
