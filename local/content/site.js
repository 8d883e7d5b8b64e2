// The career site's own script: asks for consent, starts the chosen tracker, tells what a page is about.
// Whatever the tracker is, a page says the same of itself: <meta name="told"> for what is seen,
// data-told on a link or form for what is clicked or sent.
(() => {
  "use strict";
  const me = document.currentScript.dataset;
  const CONSENT = "hc_consent";
  const YEAR = 365 * 24 * 3600;

  const cookie = (name) =>
    document.cookie.split("; ").find((each) => each.startsWith(`${name}=`))?.slice(name.length + 1);

  const load = (src) =>
    new Promise((resolve, reject) => {
      const script = document.createElement("script");
      Object.assign(script, { src, onload: resolve, onerror: reject });
      document.head.append(script);
    });

  // Each tracker as {track, identify?, id}; started at most once, and only with consent unless it
  // keeps nothing on the device without it.
  const trackers = {
    async rapport() {
      // Views of pages, jobs and content are found by rapport.js itself.
      // Until rapport.js is there its calls wait in a list, which it plays when it comes.
      window.rapport = window.rapport || [];
      const call = (name, ...args) =>
        window.rapport[name] ? window.rapport[name](...args) : window.rapport.push([name, ...args]);
      return {
        finds: "rapport",
        track: (event, properties) => call("track", event, properties),
        consent: (word) => call("consent", word),
        id: () => cookie("rapport_id"),
      };
    },
    async segment() {
      await load("/vendor/segment/index.js");
      const place = `${me.api.split("//")[1]}/v1`;
      const segmentio = { apiHost: place, protocol: me.api.split(":")[0] };
      const analytics = AnalyticsNext.AnalyticsBrowser.load(
        { writeKey: me.key, cdnURL: me.api },
        { integrations: { "Segment.io": segmentio } },
      );
      const granted = { consent: { categoryPreferences: { analytics: true } } };
      analytics.page(undefined, undefined, {}, { context: granted });
      const [started] = await analytics;
      return {
        track: (event, properties) => analytics.track(event, properties, { context: granted }),
        id: () => started.user().anonymousId(),
      };
    },
    async rudder() {
      await load("/vendor/rudder/umd/index.js");
      const analytics = new rudderanalytics.RudderAnalytics();
      const granted = { consentManagement: { allowedConsentIds: ["analytics"], deniedConsentIds: [] } };
      analytics.load(me.key, me.api, { configUrl: me.api });
      await new Promise((resolve) => analytics.ready(resolve));
      analytics.page(undefined, undefined, {}, { context: granted });
      return {
        track: (event, properties) => analytics.track(event, properties, { context: granted }),
        id: () => analytics.getAnonymousId(),
      };
    },
  };

  const needsConsent = me.tracker !== "rapport";
  let started;

  function start() {
    started ??= trackers[me.tracker]().then((tracker) => {
      for (const each of document.querySelectorAll('meta[name="told"]')) {
        if (tracker.finds && each.dataset.foundBy === tracker.finds) continue;
        const { event, properties } = JSON.parse(each.content);
        tracker.track(event, properties);
      }
      name(tracker);
      document.documentElement.dataset.tracked = me.tracker;
      return tracker;
    });
    return started;
  }

  // The site's server tells what it receives; with this it tells it of the same browser.
  function name(tracker) {
    const id = tracker.id() ?? "";
    for (const field of document.querySelectorAll('input[name="anonymous_id"]')) field.value = id;
  }

  function decide(word) {
    document.cookie = `${CONSENT}=${word}; Path=/; Max-Age=${YEAR}; SameSite=Lax`;
    show(word);
    if (needsConsent && word !== "granted") return location.reload();
    start().then((tracker) => {
      tracker.consent?.(word);
      name(tracker);
    });
  }

  function show(word) {
    document.getElementById("consent-banner").hidden = Boolean(word);
    document.getElementById("consent-again").hidden = !word;
  }

  function clicked(event) {
    const link = event.target.closest("a[data-told]");
    if (link) tell(link.dataset.told, { href: link.getAttribute("href") });
  }

  function sent(event) {
    const told = event.target.dataset.told;
    if (!told) return;
    const { event: happened, properties } = JSON.parse(told);
    const { email, first_name } = Object.fromEntries(new FormData(event.target));
    tell(happened, { ...properties, email, first_name });
  }

  // The page is about to go: nothing here waits, the tracker sees to it that it arrives.
  function tell(event, properties) {
    if (started) started.then((tracker) => tracker.track(event, properties));
  }

  // A page that was kept alive for the way back: the visitor may have decided on another since.
  function restored(event) {
    if (!event.persisted) return;
    const word = cookie(CONSENT);
    show(word);
    if (needsConsent && started && word !== "granted") return location.reload();
    started?.then(name);
  }

  const word = cookie(CONSENT);
  show(word);
  if (!needsConsent || word === "granted") start().then((tracker) => word && tracker.consent?.(word));
  addEventListener("pageshow", restored);
  document.addEventListener("click", clicked);
  document.addEventListener("submit", sent);
  for (const button of document.querySelectorAll("button[data-consent]"))
    button.addEventListener("click", () => decide(button.dataset.consent));
  document.getElementById("consent-again").addEventListener("click", () => show(""));
})();
