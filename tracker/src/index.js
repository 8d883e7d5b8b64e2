// rapport.js: what a career site's visitors do, told to Rapport. See tracker/README.md.

import { attempt } from "./attempt.js";
import { decide, mayStore } from "./consent.js";
import { unwatch, watch } from "./content.js";
import { flush, keepQueue, online, send, takeOver } from "./delivery.js";
import { jobIn } from "./jobs.js";
import * as place from "./place.js";
import { AUTOMATIC, KEY } from "./settings.js";
import { arrive, become, forget, keepVisitor, rejoin, uuid, visitor } from "./visitor.js";

// How long a page that changes itself is given to come to rest.
const REST = 100;

// JSON-LD already looked at, and what was already told of this page.
let read = new WeakMap();
let told = new Set();

/** Make a message, complete as it will be stored, and have it delivered. */
function tell(type, fields) {
  rejoin();
  const messageId = uuid();
  const timestamp = new Date().toISOString();
  const circumstances = { type, messageId, timestamp, ...visitor(), context: place.context() };
  send(messageId, JSON.stringify({ ...circumstances, ...fields }));
}

const track = (event, properties) => tell("track", { event, properties });

/** Tell something that a page can only tell once. */
function trackOnce(event, id, properties) {
  if (!told.has(event + id)) {
    told.add(event + id);
    track(event, properties);
  }
}

function page(name, properties) {
  rejoin();
  place.moved();
  place.noteCampaign();
  told = new Set();
  // Also an element that stays may hold other content now.
  unwatch();
  tell("page", { name, properties: { ...place.page(), ...properties } });
  lookAround();
}

/** Find the job and the content of the page. Older JSON-LD may still stand in a page that moved. */
function lookAround() {
  const scripts = [...document.querySelectorAll('script[type="application/ld+json"]')];
  const news = scripts.filter((script) => read.get(script) !== script.textContent);
  news.forEach((script) => read.set(script, script.textContent));
  const job = attempt(() => jobIn(news));
  if (job) {
    trackOnce("Job Viewed", job.job_id, job);
  }
  watch(document.querySelectorAll("[data-rapport-block][data-rapport-version]"), (said) => {
    const { rapportBlock: block, rapportVersion: version, rapportCategory: category } = said;
    const properties = { block, version, category, title: said.rapportTitle };
    trackOnce("Content Viewed", block + "\n" + version, properties);
  });
}

/** The visitor came back to this very page: a new look at what it shows. */
function again() {
  read = new WeakMap();
  if (AUTOMATIC) {
    page();
  } else {
    told = new Set();
    unwatch();
    lookAround();
  }
}

/** Follow a page that changes its address without being loaded anew. */
function follow() {
  let last = location.pathname + location.search;
  const moved = () =>
    setTimeout(() => {
      const here = location.pathname + location.search;
      if (here !== last) {
        last = here;
        attempt(() => page());
      }
    }, REST);
  const { pushState } = history;
  history.pushState = function (...state) {
    pushState.apply(this, state);
    moved();
  };
  addEventListener("popstate", moved);
}

/** Look again, a moment later, when the page has changed itself. */
function observe() {
  let timer;
  const changed = () => {
    timer = timer || setTimeout(() => ((timer = 0), attempt(lookAround)), REST * 3);
  };
  new MutationObserver(changed).observe(document, { childList: true, subtree: true });
}

const api = {
  track,
  page,
  identify(user, traits) {
    if (user != null && user !== "") {
      become(String(user));
    }
    tell("identify", { traits });
  },
  consent(word) {
    const before = mayStore();
    if (!decide(word)) {
      return;
    }
    if (mayStore()) {
      keepVisitor();
      keepQueue();
      place.keepCampaign();
    } else if (before) {
      forget();
    }
  },
  reset: forget,
  flush: () => flush(),
  push: (...calls) =>
    calls.forEach((call) => attempt(() => rapport[call[0]](...call.slice(1)))),
};
const rapport = {};
for (const [name, action] of Object.entries(api)) {
  rapport[name] = (...values) => void attempt(() => (rejoin(), action(...values)));
}

function start() {
  addEventListener("pageshow", (event) => event.persisted && attempt(again));
  if (AUTOMATIC) {
    page();
    follow();
  } else {
    lookAround();
  }
  observe();
}

attempt(() => {
  const waiting = window.rapport || [];
  if (!KEY || waiting.track) {
    return;
  }
  arrive();
  place.arriveFromCampaign();
  takeOver();
  window.rapport = rapport;
  addEventListener("online", online);
  addEventListener("pagehide", () => flush(true));
  document.addEventListener("visibilitychange", () => document.hidden && flush(true));
  // An element of this id has the name too.
  Array.isArray(waiting) && rapport.push(...waiting);
  // A page that is only prepared has no visitor yet.
  if (document.prerendering) {
    document.addEventListener("prerenderingchange", () => attempt(start), { once: true });
  } else {
    start();
  }
});
