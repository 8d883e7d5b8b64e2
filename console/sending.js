// Sending: the brake that stops all mail, and how far mail reaches.

import "./sending_words.js";
import { api, ProblemError } from "./api.js";
import { confirm } from "./dialogs.js";
import { h } from "./dom.js";
import { field, form } from "./fields.js";
import { badge, button, facts, notice, page, section } from "./parts.js";
import { day, time } from "./times.js";
import { t } from "./words.js";

const SEE = "sending_see";
const SET = "sending_set";
const MODES = ["off", "allow-list", "live"];
const COLOURS = { off: "bad", "allow-list": "wait", live: "good" };

export const nav = [{ path: "/sending", label: "sending.title", allowed: SEE }];

export const routes = [{ path: "/sending", allowed: SEE, show: sending }];

async function sending(at) {
  const read = await api.get("/sending", {}, { signal: at.signal });
  return page(t("sending.title"), section(t("sending.brake"), brake(at, read)), section(t("sending.reach"), reach(at, read)));
}

function brake(at, read) {
  const { stopped } = read;
  const may = at.may(SET);
  if (stopped) {
    return [
      h("p", {}, badge(t("sending.stopped"), "bad")),
      facts([[t("sending.by"), stopped.by], [t("sending.since"), time(stopped.at)], [t("sending.why"), stopped.why]]),
      h("p", {}, t("sending.stopped_text")),
      may ? button(t("sending.go"), () => go(at, read), { kind: "first" }) : who(),
    ];
  }
  return [
    h("p", {}, badge(t("sending.going"), "good")),
    h("p", {}, t("sending.going_text")),
    may ? button(t("sending.stop"), () => stop(at, read), { kind: "danger stop" }) : who(),
  ];
}

function who() {
  return h("p", { class: "quiet-text" }, t("sending.not_you"));
}

async function stop(at, read) {
  const done = await confirm({
    title: t("sending.stop_title"), text: t("sending.stop_text"), action: t("sending.stop"), danger: true,
    fields: [field({ name: "why", label: t("sending.why"), hint: t("sending.why_hint"), maxlength: 200 })],
    run: ({ why }) => stopped(read, why),
  });
  await after(at, done, "sending.stopped_now");
}

// Somebody else's change must not keep anybody from stopping: what is to be is clear whatever it was.
async function stopped(read, why) {
  let before = read;
  for (;;) {
    try {
      return await api.put("/sending", { stopped: true, why }, { read: before });
    } catch (error) {
      if (!(error instanceof ProblemError) || error.code !== "changed") throw error;
      before = await api.get("/sending");
    }
  }
}

async function go(at, read) {
  const done = await confirm({
    title: t("sending.go_title"), text: t("sending.go_text"), action: t("sending.go"),
    run: () => api.put("/sending", { stopped: false }, { read }),
  });
  await after(at, done, "sending.going_now");
}

function reach(at, read) {
  const modes = Object.entries(read.modes);
  const days = Object.entries(read.first_days);
  // Going live for the first time takes more checks than a switch: whoever runs Rapport does it.
  const offered = MODES.filter((each) => each !== "live" || days.length);
  const chosen = read.modes[at.brand?.key] ?? modes[0]?.[1] ?? "";
  return [
    modes.length ? facts(modes.map(([brand, mode]) => [brand, badge(t(`sending.mode.${mode}`), COLOURS[mode])])) : h("p", {}, t("sending.as_published")),
    days.length ? facts(days.map(([domain, date]) => [t("sending.first_day", { domain }), day(`${date}T12:00:00Z`)])) : h("p", { class: "quiet-text" }, t("sending.never_live")),
    at.may(SET) ? form({
      label: t("sending.reach"),
      fields: [field({ name: "mode", kind: "radios", label: t("sending.mode"), required: true, value: chosen, options: offered.map((each) => [each, t(`sending.mode_text.${each}`)]) })],
      submit: t("sending.set_mode"), kind: "",
      run: ({ mode }) => reached(at, read, mode),
    }) : null,
  ];
}

async function reached(at, read, mode) {
  const live = mode === "live";
  const done = await confirm({
    title: t("sending.mode_title", { mode: t(`sending.mode.${mode}`) }), text: t(`sending.mode_sure.${mode}`), action: t("sending.set_mode"), danger: live,
    phrase: live ? t("sending.mode.live") : "",
    run: () => api.put("/sending", { mode }, { read }),
  });
  await after(at, done, "sending.mode_now");
}

async function after(at, done, word) {
  if (!done) return;
  dispatchEvent(new Event("rapport:sending"));
  await at.refresh();
  notice(t(word));
}
