// What each column of a file is, as it was suggested and as somebody says.

import { h } from "./dom.js";
import { field } from "./fields.js";
import { disclosure, unique } from "./parts.js";
import { keyOf } from "./saving.js";
import { whenShown } from "./texts.js";
import { known, t } from "./words.js";

const LEFT_OUT = "";
const OWN = "trait.";
const TRAIT = /^[a-z][a-z0-9_]{0,31}$/;
const ORDERS = ["", "dmy", "mdy", "ymd"];

// The element of a mapping; `read()` gives it as the API takes it.
export function mapping(look, fields) {
  const { columns } = look;
  const headers = [...Object.keys(columns.columns), ...columns.ignored, ...look.passed_over.filter((each) => !columns.ignored.includes(each))];
  const rows = headers.map((header) => column(header, columns.columns[header] ?? LEFT_OUT, fields));
  const dates = field({ name: "dates", kind: "select", label: t("imports.dates"), hint: look.unclear_dates.length ? t("imports.dates_unclear", { columns: look.unclear_dates.join(", ") }) : "", value: columns.dates, options: ORDERS.map((each) => [each, t(`imports.dates.${each || "clear"}`)]) });
  const region = field({ name: "region", label: t("imports.region"), hint: t("imports.region_hint"), value: columns.region, maxlength: 2 });
  const zone = field({ name: "zone", label: t("imports.zone"), value: columns.zone, required: true });
  const encoding = field({ name: "encoding", label: t("imports.encoding"), hint: t("imports.encoding_hint"), value: columns.encoding });
  const made = h("div", {},
    h("p", {}, t(look.confirmed ? "imports.mapped_before" : "imports.suggested")),
    rows, h("div", { class: "row" }, dates, region), disclosure(t("imports.rarely"), h("div", { class: "row" }, zone, encoding)));
  made.read = () => {
    const read = rows.map((each) => each.read());
    return {
      columns: Object.fromEntries(read.filter(([, to]) => to)),
      ignored: read.filter(([, to]) => !to).map(([header]) => header),
      dates: dates.read(),
      region: region.read().toUpperCase(),
      zone: zone.read(),
      encoding: encoding.read(),
      delimiter: columns.delimiter,
      employers: columns.employers,
    };
  };
  return made;
}

function column(header, to, fields) {
  const id = unique("column");
  const own = to.startsWith(OWN);
  const trait = whenShown(field({ name: `${id}.trait`, label: t("imports.trait", { column: header }), required: true, value: own ? to.slice(OWN.length) : keyOf(header).replaceAll("-", "_"), check: (value) => (TRAIT.test(value) ? "" : t("imports.trait_wrong")) }));
  const options = [[LEFT_OUT, t("imports.left_out")], ...fields.map((each) => [each, known("imports.field", each)]), [OWN, t("imports.own")]];
  const is = field({ name: `${id}.is`, kind: "select", label: t("imports.column", { column: header }), required: false, options, value: own ? OWN : to, changed: (value) => { trait.hidden = value !== OWN; } });
  trait.hidden = !own;
  const made = h("div", { class: "row", role: "group", "aria-label": header }, is, trait);
  made.read = () => [header, is.read() === OWN ? `${OWN}${trait.read()}` : is.read()];
  return made;
}
