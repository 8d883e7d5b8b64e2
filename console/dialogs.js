// Dialogs: what asks before it is done.

import { h } from "./dom.js";
import { field, form } from "./fields.js";
import { button, unique } from "./parts.js";
import { t } from "./words.js";

// A dialog with any content. `make(close)` gives the content. Resolves to what `close` was given;
// to undefined when it was left. The focus goes back to where it was.
export function dialog(title, make) {
  const id = unique("dialog");
  const before = document.activeElement;
  return new Promise((resolve) => {
    let said;
    const made = h("dialog", { "aria-labelledby": id });
    const close = (value) => {
      said = value;
      made.close();
    };
    made.append(h("h2", { id, tabindex: -1 }, title));
    made.append(...[make(close)].flat(Infinity).filter(Boolean));
    made.addEventListener("close", () => {
      made.remove();
      if (before?.isConnected) before.focus();
      resolve(said);
    });
    document.body.append(made);
    made.showModal();
    (made.querySelector("[autofocus]") ?? made.querySelector("h2")).focus();
  });
}

// Asks before something is done, which `run` then does: the dialog stays open until it is, and
// tells what went wrong. `phrase` has to be typed first. `fields` are asked along, and handed to
// `run`. Resolves to what `run` gave; undefined when nobody said yes.
export function confirm({ title, text, action, run, phrase = "", fields = [], danger = false }) {
  return dialog(title, (close) => {
    const typed = phrase
      ? field({
          name: "phrase",
          label: t("shell.phrase", { phrase }),
          required: true,
          check: (said) => (said === phrase ? "" : t("shell.phrase_wrong")),
        })
      : null;
    return [
      [text].flat().map((each) => (each instanceof Node ? each : h("p", {}, each))),
      form({
        fields: [fields, typed].flat(),
        submit: action,
        kind: danger ? "danger" : "first",
        actions: [button(t("shell.cancel"), () => close(undefined))],
        run: async (values) => close((await run(values)) ?? true),
      }),
    ];
  });
}
