// Keeps the page of the door and its script for when there is no network; nothing else.
"use strict";
const KEPT = "rapport-door-1";
const OURS = /\/check-in(?:\.js)?$/;

self.addEventListener("install", () => self.skipWaiting());
self.addEventListener("activate", (event) => event.waitUntil(self.clients.claim()));
self.addEventListener("fetch", (event) => {
  const { request } = event;
  if (request.method !== "GET" || !OURS.test(new URL(request.url).pathname)) return;
  event.respondWith(
    (async () => {
      const kept = await caches.open(KEPT);
      try {
        const answer = await fetch(request);
        if (answer.ok) await kept.put(request.url, answer.clone());
        else await kept.delete(request.url);
        return answer;
      } catch (error) {
        const before = await kept.match(request.url);
        if (before) return before;
        throw error;
      }
    })(),
  );
});
