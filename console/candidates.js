// Candidates: find somebody, or everybody a condition holds for.

import "./candidates_words.js";
import { api } from "./api.js";
import { h } from "./dom.js";
import { field, form } from "./fields.js";
import { paged } from "./listing.js";
import { link, page } from "./parts.js";
import { time } from "./times.js";
import { t } from "./words.js";

export const nav = [{ path: "/candidates", label: "candidates.title", allowed: "find" }];

export const routes = [{ path: "/candidates", allowed: "find", show: search }];

function search(at) {
  const asked = at.query.get("q") ?? "";
  const ask = form({
    label: t("candidates.find"),
    fields: [field({ name: "q", kind: "search", label: t("candidates.who"), hint: t("candidates.who_hint"), value: asked, required: true })],
    submit: t("candidates.find"),
    run: ({ q }) => at.go(`/candidates?${new URLSearchParams({ q })}`),
  });
  return page(t("candidates.title"), h("section", {}, ask), asked ? found(at, { q: asked }) : null);
}

function found(at, query) {
  return paged({
    load: (cursor) => api.get("/people", { ...query, cursor }, { signal: at.signal }),
    caption: t("candidates.title"),
    columns: [
      { head: t("candidates.name"), cell: (each) => link(named(each), `/console/candidates/${each.person}`) },
      { head: t("candidates.last_seen"), cell: (each) => time(each.last_seen) },
    ],
    empty: [t("candidates.nobody"), t("candidates.nobody_text")],
  });
}

// What to call somebody: their name, else their address, else their id.
export function named(each) {
  return [each.first_name, each.last_name].filter(Boolean).join(" ") || each.email || each.person;
}
