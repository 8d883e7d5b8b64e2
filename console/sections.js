// Every section of the console. A section's module exports `routes`, [{path, allowed, show}], and
// `nav`, {path, label, allowed}; README.md says what they hold.

import * as campaigns from "./campaigns.js";
import * as candidates from "./candidates.js";
import * as forms from "./forms.js";
import * as imports from "./imports.js";
import * as reports from "./reports.js";
import * as segments from "./segments.js";
import * as sending from "./sending.js";

const SECTIONS = [candidates, segments, campaigns, forms, imports, reports, sending];

export const routes = SECTIONS.flatMap((each) => each.routes);
export const nav = SECTIONS.flatMap((each) => each.nav ?? []);
