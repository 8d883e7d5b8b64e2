import { AnalyticsBrowser } from "@segment/analytics-next";
import { settings, visit } from "./visit.mjs";

const { key, url, remote } = window.given;
const integrations = settings("Segment.io");
// `remote`: the settings come from where a deployment serves them, and nothing is given here.
const [whose, how] = remote
  ? [{ writeKey: key, cdnURL: url }, {}]
  : [{ writeKey: key, cdnSettings: { integrations } }, { integrations }];
const analytics = AnalyticsBrowser.load(whose, how);
visit(analytics);
