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
