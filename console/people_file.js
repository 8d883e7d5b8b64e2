// Many people as a file for spreadsheets: asked for, waited for, and fetched by a link that ends.

import "./people_file_words.js";
import { api, path } from "./api.js";
import { confirm } from "./dialogs.js";
import { fill, h } from "./dom.js";
import { field } from "./fields.js";
import { button, unique } from "./parts.js";
import { followed } from "./texts.js";
import { moment } from "./times.js";
import { number, t } from "./words.js";

const COLUMNS = ["person", "first_name", "last_name", "email", "phone", "country", "locale", "job_category", "last_seen", "lists", "consents"];

// A button and, once it was pressed, what became of it. `query`: {segment}, {list} or {when}.
export function peopleFile(at, query) {
  const told = h("div", { id: unique("file"), role: "status" });
  return h("div", { class: "file" }, button(t("file.make"), () => make(at, query, told)), told);
}

async function make(at, query, told) {
  const asked = await confirm({
    title: t("file.make"),
    text: t("file.text"),
    action: t("file.write"),
    fields: [field({
      name: "columns",
      kind: "checks",
      label: t("file.columns"),
      required: true,
      value: COLUMNS,
      options: COLUMNS.map((each) => [each, t(`file.${each}`)]),
    })],
    run: ({ columns }) => api.post("/tables", { ...query, columns }),
  });
  if (!asked) return;
  fill(told, h("p", {}, t("file.in_work")));
  const done = await followed({
    read: () => api.get(path`/tables/${asked.table}`, {}, { signal: at.signal }),
    show: () => null,
    done: (answer) => answer.state !== "asked",
    signal: at.signal,
  });
  if (!done) return;
  if (done.state === "refused") {
    fill(told, h("p", { class: "wrong" }, t("file.refused")));
    return;
  }
  fill(
    told,
    h("p", {}, t("file.ready", { n: done.people }), " ", t("file.until", { at: moment(done.expires_at) })),
    done.left_out ? h("p", { class: "wrong" }, t("file.left_out", { n: done.left_out, most: number(done.most) })) : null,
    h("p", {}, h("a", { class: "button", href: done.url, target: "_blank", rel: "noopener noreferrer" }, t("file.fetch"))),
  );
}
