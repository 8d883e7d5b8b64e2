// Texts in each language of the brand, and what is asked again until it is done.

import "./saving_words.js";
import { h } from "./dom.js";
import { field } from "./fields.js";
import { notice } from "./parts.js";
import { language, t } from "./words.js";

const tongues = new Intl.DisplayNames([language], { type: "language" });

// A language as the operator calls it.
export function tongue(tag) {
  return tongues.of(tag) ?? tag;
}

// A field for each language, named `name.en`; `gathered` puts them together again.
export function texts({ name, label, languages, value = {}, required = true, ...more }) {
  return languages.map((tag) =>
    field({ name: `${name}.${tag}`, label: t("saving.in", { label, language: tongue(tag) }), value: value[tag] ?? "", required, lang: tag, ...more }),
  );
}

// What is filled in of such fields, by language; those without a word are left out.
export function gathered(values, name, languages) {
  const found = languages.map((tag) => [tag, values[`${name}.${tag}`] ?? ""]);
  return Object.fromEntries(found.filter(([, text]) => text));
}

// A field that is asked only while it is shown: what is hidden stands in nobody's way.
export function whenShown(made) {
  const all = made.check;
  made.check = () => (made.closest("[hidden]") ? "" : all());
  return made;
}

// What people call the topics of consent: a map from key to name; the key where none is told.
export async function topicNames(signal) {
  const found = await fetch("/content/v1/topics", { signal, headers: { "accept-language": language } });
  const { topics } = found.ok ? await found.json() : { topics: [] };
  return new Map(topics.map(({ key, name }) => [key, name]));
}

// A text in the operator's language, else in the first that it is there in.
export function said(all) {
  return all[language] || Object.values(all)[0] || "";
}

// Asks again and again until `done(answer)`, and tells `show(answer)` each time. Ends with the page.
export async function followed({ read, show, done, signal, every = 2_000 }) {
  for (;;) {
    const answer = await read();
    if (signal.aborted) return undefined;
    show(answer);
    if (done(answer)) return answer;
    await pause(every, signal);
    if (signal.aborted) return undefined;
  }
}

function pause(ms, signal) {
  return new Promise((resolve) => {
    const timer = setTimeout(resolve, ms);
    signal.addEventListener("abort", () => { clearTimeout(timer); resolve(); }, { once: true });
  });
}

// To the clipboard; where the browser allows none, the text is there to be selected.
export async function copied(text) {
  try {
    await navigator.clipboard.writeText(text);
    notice(t("shell.copied"));
  } catch {
    notice(text);
  }
}

// A line to copy: selectable, and with a button beside it in the caller's hands.
export function line(text) {
  return h("p", { class: "code" }, h("code", {}, text));
}

// A file of text, made here and saved by the browser.
export function download(name, text, type = "text/csv;charset=utf-8") {
  const address = URL.createObjectURL(new Blob([text], { type }));
  const made = document.createElement("a");
  made.href = address;
  made.download = name;
  document.body.append(made);
  made.click();
  made.remove();
  URL.revokeObjectURL(address);
}

// A moment of the operator's clock with its offset: "2026-12-01T09:00" is "2026-12-01T09:00:00+01:00".
export function withOffset(local) {
  const east = -new Date(local).getTimezoneOffset();
  const two = (n) => String(Math.trunc(n)).padStart(2, "0");
  const clock = local.length === 16 ? `${local}:00` : local;
  return `${clock}${east < 0 ? "-" : "+"}${two(Math.abs(east) / 60)}:${two(Math.abs(east) % 60)}`;
}

// The other way: a moment on the operator's clock.
export function localOf(iso) {
  if (!iso) return "";
  const moment = new Date(iso);
  const shifted = new Date(moment.getTime() - moment.getTimezoneOffset() * 60_000);
  return shifted.toISOString().slice(0, 16);
}
