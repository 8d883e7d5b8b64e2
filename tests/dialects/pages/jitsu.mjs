import { jitsuAnalytics } from "@jitsu/js";
import { visit } from "./visit.mjs";

const { key, url } = window.given;
const analytics = jitsuAnalytics({ host: url, writeKey: `${key}:secret` });
visit(analytics);
