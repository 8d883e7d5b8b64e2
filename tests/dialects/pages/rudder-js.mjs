import { RudderAnalytics } from "@rudderstack/analytics-js/bundled";
import { visit } from "./visit.mjs";

const { key, url, remote, beacon } = window.given;
const config = { statsCollection: { errors: { enabled: false }, metrics: { enabled: false } } };
const source = {
  ...{ id: "source", name: "site", writeKey: key, enabled: true, workspaceId: "w" },
  ...{ config, destinations: [] },
};
const options = {
  ...(remote ? { configUrl: url } : { getSourceConfig: () => ({ source }) }),
  ...(beacon && { useBeacon: true, beaconQueueOptions: { maxItems: 3, flushQueueInterval: 300 } }),
};
const analytics = new RudderAnalytics();
analytics.load(key, url, options);
visit(analytics);
