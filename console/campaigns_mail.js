// A letter as a mail, while it is written. Only examples, which the engine makes, are exact.

import { h } from "./dom.js";
import { mailFrame } from "./parts.js";
import { t } from "./words.js";

const SAMPLE_NAME = "Kari";
// Mail programs have no style of ours: a letter stands in plain type, as wide as mails are.
const BODY = { margin: "0", padding: "1.5rem", background: "#eef3f2", color: "#1d2b2c", font: "16px/1.5 Arial, sans-serif" };
const SHEET = { "max-width": "600px", margin: "0 auto", padding: "1.5rem", background: "#fff" };
const BUTTON_TEXT = { color: "#4b5c5b", "font-size": "13px" };

// A frame that shows whatever letter it is given, again and again: {element, show(letter)}.
export function livePreview({ title, tag, brand }) {
  const frame = mailFrame("", title);
  let latest = "";
  const post = () => frame.contentWindow?.postMessage({ html: latest }, "*");
  frame.addEventListener("load", post);
  const show = (letter) => {
    latest = mail(letter, { tag, brand });
    post();
  };
  return { element: frame, show };
}

// The letter as a page. It is made of elements, so that what somebody typed is text.
export function mail({ subject, text, block = "" }, { tag, brand }) {
  const name = brand?.name ?? "";
  const paragraphs = filled(text, name).split(/\n\s*\n/).map((each) => each.trim()).filter(Boolean);
  const sheet = h("div", { style: SHEET },
    h("p", { style: { "font-weight": "bold", "border-bottom": "1px solid #d5dfde", "padding-bottom": "12px" } }, filled(subject, name)),
    paragraphs.map((each) => h("p", {}, each)),
    block ? h("p", { style: { border: "1px dashed #4b5c5b", padding: "12px" } }, t("campaigns.block_here", { block })) : null,
    h("p", { style: BUTTON_TEXT }, [name, t("campaigns.unsubscribe_here")].filter(Boolean).join(" · ")));
  return h("html", { lang: tag }, h("head"), h("body", { style: BODY }, sheet)).outerHTML;
}

// What a template fills in, with a reader made up; what stands between `if` and `endif` is shown.
export function filled(text, name) {
  const values = { "person.first_name": SAMPLE_NAME, "brand.name": name };
  return text
    .replace(/\{%-?.*?-?%\}/gs, "")
    .replace(/\{\{-?\s*([a-z_.]+)[^}]*\}\}/g, (_, path) => values[path] ?? `[${path}]`);
}
