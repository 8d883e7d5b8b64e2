// What the rows of a file came to, or would come to.

import { h } from "./dom.js";
import { facts } from "./parts.js";
import { known, number, t } from "./words.js";

// Numbers by what they count, in words: the list of a dry run as well as of an import.
export function counted(counts, words = "imports.count") {
  const found = Object.entries(counts);
  return found.length ? facts(found.map(([name, n]) => [known(words, name), number(n)])) : h("p", {}, t("saving.none"));
}
