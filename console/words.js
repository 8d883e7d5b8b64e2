// What the console says, in the operator's language. A key has a text, or texts by the plural of
// `n` (one, other). `{name}` is filled in; numbers as the language writes them.

const KNOWN = { en: {}, nb: {} };
const CHOSEN = "rapport.language";

export const languages = Object.freeze({ en: "English", nb: "Norsk" });
export const language = chosen();

const plurals = new Intl.PluralRules(language);
const numbers = new Intl.NumberFormat(language);

// Words of a section. Every key in every language: `tests/browser` compares them.
export function addWords(words) {
  for (const [tag, said] of Object.entries(words)) Object.assign(KNOWN[tag], said);
}

// All that was added, for the test.
export function allWords() {
  return KNOWN;
}

export function has(key) {
  return key in KNOWN[language];
}

// The text of a key. An unknown key is a defect, and is shown as itself.
export function t(key, values = {}) {
  const said = KNOWN[language][key] ?? KNOWN.en[key] ?? key;
  const text = typeof said === "string" ? said : said[plurals.select(values.n)] ?? said.other;
  return text.replace(/\{(\w+)\}/g, (whole, name) =>
    name in values ? shown(values[name]) : whole,
  );
}

// What is said of a value of a closed list (`known("stage", "hired")`); the value itself, in plain
// letters, when nothing is.
export function known(list, value) {
  const key = `${list}.${value}`;
  return has(key) ? t(key) : String(value).replaceAll("_", " ");
}

export function number(n) {
  return numbers.format(n);
}

export function speak(tag) {
  localStorage.setItem(CHOSEN, tag);
  location.reload();
}

function shown(value) {
  return typeof value === "number" ? numbers.format(value) : String(value);
}

function chosen() {
  const wanted = [localStorage.getItem(CHOSEN), ...navigator.languages];
  for (const each of wanted) {
    const tag = (each ?? "").toLowerCase().split("-")[0];
    if (tag === "en") return "en";
    if (["nb", "no", "nn"].includes(tag)) return "nb";
  }
  return "en";
}
