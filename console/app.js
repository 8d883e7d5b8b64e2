// The console: who is signed in, which page is asked for, and the frame around it.

import "./shell_words.js";
import { api, sentence } from "./api.js";
import { fill, h } from "./dom.js";
import { button, clearNotices, link, page, problem } from "./parts.js";
import { nav, routes } from "./sections.js";
import { forget, isSignedIn, SignedOutError, signIn, signOut, taken, WELCOME } from "./session.js";
import { coloured } from "./colours.js";
import { exact } from "./times.js";
import { language, languages, speak, t } from "./words.js";

const HOME = "/console";
const main = h("main", { id: "main", tabindex: -1 });
const notices = h("div", { id: "notices", role: "status", "aria-live": "polite", "aria-label": t("shell.notices") });
const announced = h("p", { class: "unseen", role: "status" });
const brake = h("div", { class: "brake", role: "status", hidden: true });
const sections = h("nav", { "aria-label": t("shell.sections"), id: "sections" });
const who = h("div", { class: "who" });
let me = null;
let brand = null;
let shown = new AbortController();
let here = "";

// Another page, as if its link had been followed. `path` is within the console: "/candidates".
export function go(path, { replace = false } = {}) {
  history[replace ? "replaceState" : "pushState"](null, "", HOME + path);
  return show();
}

async function show({ first = false } = {}) {
  shown.abort();
  shown = new AbortController();
  const { signal } = shown;
  here = address();
  const path = location.pathname.slice(HOME.length).replace(/\/+$/, "") || "/";
  mark(path);
  const found = match(path);
  const query = new URLSearchParams(location.search);
  const at = { path, query, signal, me, brand, may, go, keep, refresh: () => show(), params: found?.params ?? {} };
  main.setAttribute("aria-busy", "true");
  let made;
  try {
    made = await content(found, at);
  } catch (error) {
    if (error instanceof SignedOutError) return signedOut();
    made = page(t("shell.went_wrong"), problem(error, () => show()));
  }
  if (signal.aborted) return undefined;
  clearNotices();
  fill(main, made);
  main.setAttribute("aria-busy", "false");
  const { title } = made.dataset;
  document.title = `${title} – Rapport`;
  if (!first) {
    main.querySelector("h1")?.focus({ preventScroll: true });
    scrollTo(0, 0);
  }
  return undefined;
}

function content(found, at) {
  if (me.grants.length === 0) return page(t("shell.no_grant"), h("p", {}, t("shell.no_grant_text")));
  if (!found) return page(t("shell.nothing_here"), h("p", {}, t("shell.nothing_here_text")));
  if (!may(found.route.allowed)) return page(t("shell.not_yours"), h("p", {}, t("shell.not_yours_text")));
  return found.route.show(at);
}

// Whether the operator has a role with one of the actions; "" is for everybody.
function may(actions) {
  return [actions ?? ""].flat().some((each) => each === "" || me.actions.includes(each));
}

function match(path) {
  const wanted = path === "/" ? first() : path;
  for (const route of routes) {
    const names = [];
    const pattern = route.path.replace(/:(\w+)/g, (_, name) => {
      names.push(name);
      return "([^/]+)";
    });
    const found = new RegExp(`^${pattern}$`).exec(wanted);
    if (found) {
      const values = found.slice(1).map(decodeURIComponent);
      return { route, params: Object.fromEntries(names.map((name, i) => [name, values[i]])) };
    }
  }
  return null;
}

// Writes into the address what is chosen on this page; nothing is shown anew.
function keep(name, value) {
  const query = new URLSearchParams(location.search);
  query.set(name, value);
  history.replaceState(null, "", `${location.pathname}?${query}`);
  here = address();
}

function address() {
  return location.pathname + location.search;
}

// The first section that the operator may see.
function first() {
  return nav.find((each) => may(each.allowed))?.path ?? "/";
}

function mark(path) {
  const at = path === "/" ? first() : path;
  for (const each of sections.querySelectorAll("a")) {
    const own = each.getAttribute("href").slice(HOME.length);
    each.toggleAttribute("data-here", at === own || at.startsWith(`${own}/`));
    if (at === own || at.startsWith(`${own}/`)) each.setAttribute("aria-current", at === own ? "page" : "true");
    else each.removeAttribute("aria-current");
  }
  sections.classList.remove("open");
  document.querySelector(".menu").setAttribute("aria-expanded", "false");
}

// Links of the console are followed without loading anything.
function followed(event) {
  const to = event.target.closest?.("a[href]");
  if (!to || event.defaultPrevented || event.button || event.metaKey || event.ctrlKey || event.shiftKey || event.altKey) return;
  const address = new URL(to.href);
  const ours = address.origin === location.origin && (address.pathname === HOME || address.pathname.startsWith(`${HOME}/`));
  if (!ours || to.target || to.hasAttribute("download")) return;
  if (address.hash && address.pathname === location.pathname) return;
  event.preventDefault();
  go(address.pathname.slice(HOME.length) + address.search);
}

function frame() {
  const menu = h("button", { type: "button", class: "menu", "aria-expanded": "false", "aria-controls": "sections" }, t("shell.menu"));
  menu.addEventListener("click", () => {
    menu.setAttribute("aria-expanded", String(sections.classList.toggle("open")));
  });
  const skip = link(t("shell.skip"), "#main", { class: "skip" });
  const tongue = h("select", { "aria-label": t("shell.language"), on: { change: (event) => speak(event.target.value) } },
    Object.entries(languages).map(([tag, name]) => h("option", { value: tag, lang: tag, selected: tag === language }, name)));
  document.documentElement.lang = language;
  fill(
    document.body,
    skip,
    h("header", {}, h("p", { class: "name" }, brand?.name ?? "Rapport"), menu, sections, who),
    brake,
    notices,
    announced,
    main,
    h("footer", {}, h("p", {}, "Rapport"), tongue),
  );
}

// The strip that stands on every page while all mail is stopped. Sections call it after a change.
export async function tellBrake() {
  if (!may("sending_see")) return;
  const { stopped } = await api.get("/sending");
  brake.hidden = !stopped;
  fill(brake, stopped ? t("shell.stopped_by", { ...stopped, at: exact(stopped.at) }) : "");
}

// How much waits for whoever is signed in, beside the name of the section.
async function tellWaiting() {
  for (const each of nav.filter(({ waiting }) => waiting && may(waiting.allowed))) {
    const n = await each.waiting.count();
    const place = sections.querySelector(`a[href="${HOME}${each.path}"]`);
    fill(place, t(each.label), n ? [" ", h("span", { class: "badge wait" }, t(each.waiting.label, { n }))] : null);
  }
}

async function start() {
  brand = await fetch("/content/v1/brand").then((answer) => (answer.ok ? answer.json() : null), () => null);
  coloured(brand);
  frame();
  if (location.pathname === WELCOME) {
    const back = await taken(new URLSearchParams(location.search)).catch(() => null);
    history.replaceState(null, "", back ?? HOME);
  }
  if (!isSignedIn()) return signedOut();
  try {
    me = await api.get("/me");
  } catch (error) {
    if (error instanceof SignedOutError) return signedOut();
    if (error.code === "forbidden") {
      me = { name: "", grants: [], actions: [] };
    } else {
      fill(main, page(t("shell.went_wrong"), problem(error, () => location.reload())));
      return undefined;
    }
  }
  fill(sections, h("ul", {}, nav.filter((each) => may(each.allowed)).map((each) => h("li", {}, link(t(each.label), HOME + each.path)))));
  fill(who, h("span", {}, me.name), button(t("shell.sign_out"), signOut, { kind: "quiet" }));
  document.addEventListener("click", followed);
  addEventListener("popstate", () => {
    // The link that skips to the content changes no page.
    if (address() !== here) show();
  });
  addEventListener("rapport:sending", () => tellBrake().catch(() => null));
  addEventListener("rapport:waiting", () => tellWaiting().catch(() => null));
  tellBrake().catch((error) => console.warn(sentence(error)));
  tellWaiting().catch((error) => console.warn(sentence(error)));
  return await show({ first: true });
}

function signedOut() {
  forget();
  const back = location.pathname === WELCOME ? HOME : location.pathname + location.search;
  fill(sections);
  fill(who);
  fill(
    main,
    page(
      t("shell.welcome"),
      h("p", {}, t("shell.welcome_text")),
      button(t("shell.sign_in"), () => signIn(back), { kind: "first" }),
      h("p", { class: "quiet-text" }, t("shell.no_account")),
    ),
  );
  document.title = `${t("shell.sign_in")} – Rapport`;
  main.querySelector("h1").focus();
}

start();
