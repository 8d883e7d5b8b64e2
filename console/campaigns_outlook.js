// What a campaign would come to: everybody judged, examples as they would be sent, testers' mails.

import "./reasons_words.js";
import { api } from "./api.js";
import { fill, h } from "./dom.js";
import { badge, button, disclosure, empty, failed, mailFrame, section } from "./parts.js";
import { followed } from "./texts.js";
import { moment, time } from "./times.js";
import { known, t } from "./words.js";

const EXAMPLES = 10;

// Exact numbers per gate, in words; asked for by a button, and followed until everybody is judged.
export function outlook(at, where, read) {
  const place = h("div", { role: "status" });
  const show = (preview) => fill(place, preview.asked ? told(preview) : h("p", {}, t("campaigns.no_preview")));
  const go = () => followed({
    read: () => api.get(`${where}/preview`, {}, { signal: at.signal }),
    show,
    done: (preview) => !preview.asked || preview.complete || !preview.current,
    signal: at.signal,
  });
  go().catch(failed);
  const ask = button(t("campaigns.preview"), async () => {
    show(await api.post(`${where}/preview`));
    await go();
  }, { kind: "first" });
  const may = at.may("campaigns_change") || at.may("campaigns_launch");
  return section(t("campaigns.outlook"), h("p", {}, t("campaigns.outlook_text")), place, may && !read.lacking ? ask : null);
}

// "8 412: 6 020 now, 1 404 held until …, 988 never, because …".
export function told(preview) {
  const held = Object.entries(preview.held).sort(([, a], [, b]) => b.count - a.count);
  const never = Object.entries(preview.never).sort(([, a], [, b]) => b - a);
  const all = (counts) => counts.reduce((sum, n) => sum + n, 0);
  const [waiting, not] = [all(held.map(([, each]) => each.count)), all(never.map(([, n]) => n))];
  const judged = preview.now + waiting + not;
  return [
    preview.current ? null : h("p", { class: "notice wrong" }, t("campaigns.preview_old")),
    preview.complete ? null : h("p", {}, t("campaigns.judging", { judged, n: preview.people })),
    judged || preview.complete ? h("p", { class: "strong" }, t("campaigns.in_words", { n: judged, now: preview.now, held: waiting, never: not })) : null,
    held.length ? [h("h3", {}, t("campaigns.held")), h("ul", {}, held.map(([reason, { count, until }]) => h("li", {}, t("campaigns.held_until", { n: count, until: moment(until), reason: known("reason", reason) }))))] : null,
    never.length ? [h("h3", {}, t("campaigns.never")), h("ul", {}, never.map(([reason, n]) => h("li", {}, t("campaigns.never_because", { n, reason: known("reason", reason) }))))] : null,
    preview.at ? h("p", { class: "quiet-text" }, t("campaigns.as_of"), " ", time(preview.at)) : null,
  ];
}

// Mails as they would leave now, of people whom the operator may see.
export function examples(at, where) {
  const place = h("div", {});
  const show = async () => {
    fill(place, h("p", { role: "status" }, t("shell.loading")));
    try {
      const { items } = await api.get(`${where}/examples`, { limit: EXAMPLES }, { signal: at.signal });
      fill(place, items.length ? items.map(example) : empty(t("campaigns.no_example"), t("campaigns.no_example_text")));
      place.querySelector("details")?.setAttribute("open", "");
    } catch (error) {
      fill(place);
      throw error;
    }
  };
  return section(t("campaigns.examples"), h("p", {}, t("campaigns.examples_text")), place, button(t("campaigns.show_examples", { n: EXAMPLES }), show));
}

function example({ from, subject, html }, i) {
  const shown = disclosure(`${i + 1}. ${subject}`, h("p", { class: "quiet-text" }, t("campaigns.from", { from })));
  // Ten mails at once are much to draw: each when it is looked at.
  shown.addEventListener("toggle", () => {
    if (shown.open && !shown.querySelector("iframe")) shown.append(mailFrame(html, subject));
  });
  return shown;
}

// A test mail to those who look at it first.
export function seeds(at, where, content) {
  const place = h("ul", { "aria-live": "polite" });
  const text = content.seeds.length ? t("campaigns.seed_text", { to: content.seeds.join(", ") }) : t("campaigns.no_seeds");
  const send = button(t("campaigns.seed"), async () => {
    const { items } = await api.post(`${where}/seed`);
    fill(place, items.map(({ address, said }) => h("li", {}, `${address}: `, badge(said))));
  });
  const may = at.may("campaigns_launch") || at.may("campaigns_change");
  return section(t("campaigns.seed_title"), h("p", {}, text), place, content.seeds.length && may ? send : null);
}
