// On which ground people may be written to, and how that can be shown.

import { h } from "./dom.js";
import { field } from "./fields.js";
import { tongue } from "./texts.js";
import { t } from "./words.js";

const BASES = ["none", "consent", "legitimate-interest", "existing-relationship"];

// The element that asks for a claim; `claimOf` reads it from the values of its form.
export function proof({ bundle, was }) {
  const consent = h("div", {},
    h("p", {}, t("imports.all_five")),
    field({ name: "statement", kind: "select", label: t("imports.statement"), value: was.statement ?? "", options: [["", t("imports.column_tells")], ...bundle.statements.map((each) => [each.id, `${each.id}: ${each.text}`])] }),
    h("div", { class: "row" },
      field({ name: "given_at", kind: "date", label: t("imports.given_at"), hint: t("imports.given_hint"), value: (was.given_at ?? "").slice(0, 10) }),
      field({ name: "language", kind: "select", label: t("imports.language"), value: was.language ?? bundle.languages[0], options: bundle.languages.map((each) => [each, tongue(each)]) })),
    field({ name: "consent_source", label: t("imports.consent_source"), hint: t("imports.consent_source_hint"), value: was.source ?? "", maxlength: 200 }),
    field({ name: "evidence", label: t("imports.evidence"), hint: t("imports.evidence_hint"), value: was.evidence ?? "", maxlength: 200 }),
    field({ name: "evidence_file", kind: "file", label: t("imports.evidence_file") }));
  const said = h("p", { role: "status" });
  const suit = (basis) => {
    consent.hidden = basis !== "consent";
    said.textContent = t(`imports.basis_text.${basis}`);
  };
  const basis = field({ name: "basis", kind: "radios", label: t("imports.basis"), required: true, value: was.basis ?? "none", options: BASES.map((each) => [each, t(`imports.basis.${each}`)]), changed: suit });
  suit(was.basis ?? "none");
  return h("div", {}, basis, said, consent);
}

// What was said, as the API takes it.
export function claimOf({ basis, statement, given_at: given, language, consent_source: source, evidence }) {
  if (basis !== "consent") return { basis };
  return { basis, statement, language, given_at: given ? `${given}T00:00:00Z` : null, source, evidence };
}
