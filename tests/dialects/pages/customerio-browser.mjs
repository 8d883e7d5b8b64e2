import { AnalyticsBrowser } from "@customerio/cdp-analytics-browser";
import { settings, visit } from "./visit.mjs";

const { key, url, remote } = window.given;
const integrations = settings("Customer.io Data Pipelines");
const [whose, how] = remote
  ? [{ writeKey: key, cdnURL: `${url}/customerio` }, {}]
  : [{ writeKey: key, cdnSettings: { integrations } }, { integrations }];
const analytics = AnalyticsBrowser.load(whose, how);
visit(analytics);
