// Tables, and lists that go on page by page.

import { fill, h } from "./dom.js";
import { button, empty as nothing, problem } from "./parts.js";
import { t } from "./words.js";

// A table; on a phone each row is a card. `columns`: [{head, cell(row), numeric, wide}], a cell is
// a node or text; the first one names the row. `sorted`: column → ascending or descending.
export function table({ caption, columns, rows, seen = false }) {
  const heads = columns.map(({ head, numeric, sorted }) =>
    h("th", { scope: "col", role: "columnheader", class: numeric ? "number" : null, "aria-sort": sorted }, head),
  );
  return h(
    "table",
    { role: "table" },
    h("caption", { class: seen ? null : "unseen" }, caption),
    h("thead", { role: "rowgroup" }, h("tr", { role: "row" }, heads)),
    h("tbody", { role: "rowgroup" }, rows.map((row) => line(columns, row))),
  );
}

function line(columns, row) {
  const cells = columns.map(({ head, cell, numeric }, i) =>
    i === 0
      ? h("th", { scope: "row", role: "rowheader" }, cell(row))
      : h("td", { role: "cell", class: numeric ? "number" : null, data: { label: head } }, cell(row)),
  );
  return h("tr", { role: "row" }, cells);
}

// A list that is fetched page by page. `load(cursor)` gives {items, next} as the API does; `empty`
// is [title, text, ...actions]; `show` makes the list of all items so far (a table by default);
// `then(document)` is told of every page that came.
export function paged({ load, caption, columns, empty, show, then = () => null }) {
  const place = h("div", { class: "paged" });
  const list = h("div", { "aria-busy": "true" }, h("p", {}, t("shell.loading")));
  const foot = h("div", { class: "foot" });
  const count = h("p", { role: "status", class: "quiet-text" });
  const items = [];
  let next = null;
  const more = button(t("shell.more"), () => read());
  const read = async () => {
    const answer = await load(next);
    items.push(...answer.items);
    next = answer.next;
    then(answer);
    const made = show ? show(items) : table({ caption, columns, rows: items });
    fill(list, items.length || next ? made : nothing(...empty));
    list.setAttribute("aria-busy", "false");
    count.textContent = items.length ? t("shell.shown", { n: items.length }) : "";
    const had = document.activeElement === more;
    fill(foot, count, next ? more : null);
    if (had && !next) count.textContent += ` ${t("shell.all_shown")}`;
    else if (had) more.focus();
  };
  const begin = async () => {
    try {
      await read();
    } catch (error) {
      if (error?.name !== "AbortError") fill(list, problem(error, begin));
      list.setAttribute("aria-busy", "false");
    }
  };
  begin();
  place.append(list, foot);
  return place;
}
