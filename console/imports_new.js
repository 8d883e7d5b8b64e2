// Bringing a file in: chosen, uploaded, its columns said, its proof, looked through, started.

import { api, path, ProblemError } from "./api.js";
import { confirm } from "./dialogs.js";
import { fill, h } from "./dom.js";
import { field, form } from "./fields.js";
import { counted } from "./imports_counts.js";
import { mapping } from "./imports_columns.js";
import { proof, claimOf } from "./imports_proof.js";
import { button, disclosure, link, notice, page, section } from "./parts.js";
import { keyOf } from "./saving.js";
import { followed } from "./texts.js";
import { t } from "./words.js";

const MAX_BYTES = 268_435_456;
const MAX_PROOF_BYTES = 16 * 1024 * 1024;
const SOURCE = /^[a-z0-9][a-z0-9-]{0,47}$/;

export async function bring(at) {
  const [bundle, lists] = await Promise.all([
    api.get("/bundle", {}, { signal: at.signal }),
    at.may("lists_see") ? api.get("/lists", {}, { signal: at.signal }) : { items: [] },
  ]);
  const place = h("div", {});
  return page(t("imports.make"), h("p", {}, t("imports.make_text")), choose(at, { bundle, lists: lists.items, place }), place);
}

function choose(at, room) {
  const told = h("p", { role: "status" });
  const file = field({ name: "file", kind: "file", label: t("imports.file"), hint: t("imports.file_hint"), required: true, accept: ".csv,text/csv,text/plain", check: (each) => sized(each, MAX_BYTES), changed: (each) => name(each) });
  const source = field({ name: "source", label: t("imports.source"), hint: t("imports.source_hint"), required: true, maxlength: 48, check: (each) => (SOURCE.test(each) ? "" : t("imports.source_wrong")) });
  const name = (each) => { if (each && !source.read()) source.write(keyOf(each.name.replace(/\.\w+$/, ""))); };
  return section(t("imports.step_file"), form({
    label: t("imports.step_file"),
    fields: [file, source],
    submit: t("imports.look_at_it"),
    actions: [told],
    run: async ({ file: chosen, source: from }) => {
      fill(room.place);
      const upload = await uploaded(chosen, (share) => fill(told, t("imports.uploading", { percent: Math.round(share * 100) })));
      fill(told);
      const asked = { source: from };
      await look(at, { ...room, upload, asked });
    },
  }));
}

function sized(file, most) {
  if (file.size === 0) return t("imports.file_empty");
  return file.size > most ? t("imports.file_large", { n: Math.round(most / 1_048_576) }) : "";
}

// Puts a file to where the API says; its id. `told` hears how much of it is there (0 to 1).
async function uploaded(file, told) {
  const { upload, url, headers } = await api.post("/uploads", { bytes: file.size });
  await new Promise((resolve, reject) => {
    // fetch tells nobody how far an upload is.
    const call = new XMLHttpRequest();
    call.open("PUT", url);
    for (const [name, value] of Object.entries(headers)) call.setRequestHeader(name, value);
    call.upload.addEventListener("progress", ({ loaded, total }) => told(total ? loaded / total : 0));
    call.addEventListener("load", () => (call.status < 300 ? resolve() : reject(new TypeError("upload"))));
    for (const way of ["error", "abort", "timeout"]) call.addEventListener(way, () => reject(new TypeError("upload")));
    call.send(file);
  });
  return upload;
}

// Has the file looked through, and shows what it would come to, with the means to say it better.
async function look(at, room) {
  const { place, upload, asked } = room;
  const where = path`/uploads/${upload}`;
  const told = h("p", { role: "status" }, t("imports.looking"));
  if (!place.hasChildNodes()) fill(place, told);
  await api.post(`${where}/look`, asked);
  const state = await followed({ read: () => api.get(where, {}, { signal: at.signal }), show: () => null, done: (each) => !["waiting", "looking"].includes(each.state), signal: at.signal, every: 1_000 });
  if (!state) return;
  if (state.state === "refused") {
    fill(place, section(t("imports.refused_file"), h("p", { role: "alert" }, state.message), state.look ? null : h("p", {}, t("imports.refused_text"))));
    return;
  }
  show(at, room, state);
}

function show(at, room, state) {
  const { place, asked, bundle, lists } = room;
  const columns = mapping(state.look, state.fields);
  const proofs = proof({ bundle, was: asked.claim ?? {} });
  const list = field({ name: "list", label: t("imports.list"), hint: t("imports.list_hint", { lists: lists.map((each) => each.key).slice(0, 5).join(", ") }), value: asked.list ?? "", maxlength: 64 });
  const kept = field({ name: "kept_days", kind: "number", min: 1, max: 3650, label: t("imports.kept_days"), hint: t("imports.kept_hint"), value: asked.kept_days ?? 90, required: true });
  const again = form({
    label: t("imports.step_map"),
    fields: [section(t("imports.step_map"), columns), section(t("imports.step_proof"), proofs), section(t("imports.step_more"), list, kept)],
    submit: t("imports.look_again"),
    run: async (values) => {
      const claim = await withProof(claimOf(values), values.evidence_file);
      await look(at, { ...room, asked: { source: asked.source, columns: columns.read(), claim, list: values.list, kept_days: values.kept_days } });
    },
  });
  fill(place, dryRun(at, room, state.look), again);
  const heading = place.querySelector("h2");
  heading.tabIndex = -1;
  heading.focus();
}

// The claim with its file of evidence, which is uploaded as the pool was.
async function withProof(claim, file) {
  if (!file) return claim;
  const wrong = sized(file, MAX_PROOF_BYTES);
  if (wrong) throw unfit(wrong);
  return { ...claim, evidence_upload: await uploaded(file, () => null) };
}

// What the file would come to; nothing is written yet.
function dryRun(at, room, found) {
  const { asked } = room;
  const sure = Boolean(asked.columns);
  const rows = (all, name) => (all.length ? disclosure(t(name, { n: all.length }), h("ul", {}, all.map(({ row, what }) => h("li", {}, t("imports.row", { row, what }))))) : null);
  const unclear = found.unclear_dates.length && !found.columns.dates;
  const start = button(t("imports.start", { n: found.rows }), () => begin(at, room, found), { kind: "first" });
  return section(t("imports.dry_run"),
    h("p", {}, t("imports.dry_text", { n: found.rows })),
    found.imported_before ? h("p", { class: "notice wrong" }, t("imports.before"), " ", link(found.imported_before, path`/console/imports/${found.imported_before}`)) : null,
    counted(found.counts),
    rows(found.refused, "imports.refused_rows"), rows(found.doubtful, "imports.doubtful_rows"), rows(found.joins, "imports.joins_rows"),
    Object.keys(found.employers).length ? disclosure(t("imports.employers"), h("ul", {}, Object.entries(found.employers).map(([as, to]) => h("li", {}, `${as} → ${to}`)))) : null,
    found.passed_over.length ? h("p", {}, t("imports.passed_over", { columns: found.passed_over.join(", ") })) : null,
    unclear ? h("p", { class: "notice wrong" }, t("imports.unclear", { columns: found.unclear_dates.join(", ") })) : null,
    sure && !unclear && !found.imported_before ? h("div", { class: "actions" }, start) : h("p", { class: "strong" }, t(found.imported_before ? "imports.before_text" : "imports.confirm_first")));
}

async function begin(at, { upload, asked }, found) {
  const without = found.counts.without_proof ?? 0;
  const where = path`/uploads/${upload}`;
  const started = await confirm({
    title: t("imports.start_title"),
    text: [t("imports.start_text", { n: found.rows }), without ? t("imports.start_without", { n: without, days: asked.kept_days }) : t("imports.start_mailable"), t("imports.start_no_mail")],
    action: t("imports.start", { n: found.rows }),
    run: async () => {
      await api.post(`${where}/start`, asked);
      const state = await followed({ read: () => api.get(where, {}, { signal: at.signal }), show: () => null, done: (each) => each.import !== null || each.state === "refused", signal: at.signal, every: 1_000 });
      if (state?.state === "refused") throw unfit(state.message);
      return state?.import;
    },
  });
  if (!started) return;
  await at.go(path`/imports/${started}`);
  notice(t("imports.begun"));
}

// What is not as it must be, and why: told like a refusal of the API's.
function unfit(detail) {
  return new ProblemError(422, { code: "unfit", detail });
}
