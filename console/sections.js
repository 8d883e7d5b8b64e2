// Every section of the console. A section's module exports `routes`, [{path, allowed, show}], and
// `nav`, {path, label, allowed}; README.md says what they hold.

import * as campaigns from "./campaigns.js";
import * as candidates from "./candidates.js";
import * as reports from "./reports.js";

const SECTIONS = [candidates, campaigns, reports];

export const routes = SECTIONS.flatMap((each) => each.routes);
export const nav = SECTIONS.flatMap((each) => each.nav ?? []);
