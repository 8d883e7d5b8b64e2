// A condition from filters that are picked, and written out so that it can be read and changed.

import { api } from "./api.js";
import { fill, h } from "./dom.js";
import { field, form } from "./fields.js";
import { button } from "./parts.js";
import { t } from "./words.js";

const ACTIVITIES = [
  ...["Job Viewed", "Job Searched", "Content Viewed", "Application Started", "Application Submitted"],
  ...["Application Stage Changed", "Application Rejected", "Application Withdrawn", "Candidate Hired"],
  ...["Talent Network Joined", "Job Alert Created", "Event Registered", "Event Attended", "Referral Made"],
  ...["Mail Submitted", "Mail Opened", "Mail Clicked", "Mail Replied", "Address Confirmed", "Unsubscribed"],
];
const MAX_CHARS = 2000;

// A text of CEL; JSON writes one in the same way.
const text = (value) => JSON.stringify(value);
const within = (set) => (value) => `${text(value)} in person.${set}`;
const inDays = (days) => t("builder.in_days", { n: days });

// What can be asked: `asks` are fields by name, `cel` the condition, `said` the same in words.
const FILTERS = {
  did: {
    asks: ["activity", "days"],
    cel: ({ activity, days }) => `person.did(${text(activity)}, ${days})`,
    said: ({ activity, days }) => `${t(`event.${activity}`)} ${inDays(days)}`,
  },
  times: {
    asks: ["activity", "times", "days"],
    cel: ({ activity, times, days }) => `person.times(${text(activity)}, ${days}) >= ${times}`,
    said: ({ activity, times, days }) => `${t(`event.${activity}`)}: ${t("builder.at_least", { n: times })} ${inDays(days)}`,
  },
  seen: {
    asks: ["days"],
    cel: ({ days }) => `person.seen(${days})`,
    said: ({ days }) => `${t("builder.seen")} ${inDays(days)}`,
  },
  consents: { asks: ["topic"], cel: ({ topic }) => within("consents")(topic), said: ({ topic }) => t("builder.agreed", { topic }) },
  lists: { asks: ["list"], cel: ({ list }) => within("lists")(list), said: ({ list }) => t("builder.on_list", { list }) },
  stages: { asks: ["value"], cel: ({ value }) => within("stages")(value), said: ({ value }) => `${t("builder.stages")}: ${value}` },
  jobs: { asks: ["value"], cel: ({ value }) => within("jobs")(value), said: ({ value }) => `${t("builder.jobs")}: ${value}` },
  interests: { asks: ["value"], cel: ({ value }) => within("interests")(value), said: ({ value }) => `${t("builder.interests")}: ${value}` },
  sources: { asks: ["value"], cel: ({ value }) => within("sources")(value), said: ({ value }) => `${t("builder.sources")}: ${value}` },
  traits: {
    asks: ["trait", "value"],
    cel: ({ trait, value }) => within("traits")(`${trait}=${value}`),
    said: ({ trait, value }) => `${trait} = ${value}`,
  },
  country: {
    asks: ["country"],
    cel: ({ country }) => `person.country == ${text(country.toUpperCase())}`,
    said: ({ country }) => `${t("builder.country")}: ${country.toUpperCase()}`,
  },
  language: { asks: ["value"], cel: ({ value }) => `person.language == ${text(value)}`, said: ({ value }) => `${t("builder.language")}: ${value}` },
  reachable: { asks: [], cel: () => "person.reachable", said: () => t("builder.reachable") },
  confirmed: { asks: [], cel: () => "person.confirmed", said: () => t("builder.confirmed") },
  hired: { asks: [], cel: () => "person.hired", said: () => t("builder.hired") },
};

// The builder. `when`: the condition to begin with; `changed(when)` is told of each other one.
// `read()` of the element gives the condition.
export function builder({ when = "", topics = [], lists = [], changed = () => null }) {
  let terms = when ? [{ cel: when, said: t("builder.own") }] : [];
  let any = false;
  const written = field({
    name: "when",
    kind: "textarea",
    label: t("builder.condition"),
    marked: false,
    hint: t("builder.condition_hint"),
    value: when,
    rows: 3,
    class: "code",
    spellcheck: false,
    maxlength: MAX_CHARS,
  });
  const shown = h("ul", { class: "terms" });
  const joined = () => terms.map(({ cel }) => (terms.length > 1 && / && | \|\| /.test(cel) ? `(${cel})` : cel)).join(any ? " || " : " && ");
  const tell = () => {
    fill(shown, terms.length ? terms.map(term) : h("li", { class: "quiet-text" }, t("builder.none")));
    changed(written.read());
  };
  const write = () => {
    written.write(joined());
    tell();
  };
  const term = (each) => {
    const off = button(t("builder.remove"), () => {
      terms = terms.filter((other) => other !== each);
      write();
      written.target.focus();
    }, { kind: "plain" });
    off.setAttribute("aria-label", t("builder.remove_what", { what: each.said }));
    return h("li", {}, each.said, " ", off);
  };
  written.target.addEventListener("change", () => {
    const cel = written.read();
    if (cel === joined()) return;
    terms = cel ? [{ cel, said: t("builder.own") }] : [];
    tell();
  });
  const how = field({
    name: "how",
    kind: "select",
    label: t("builder.how"),
    marked: false,
    options: [["all", t("builder.all")], ["any", t("builder.any")]],
    changed: (said) => {
      any = said === "any";
      write();
    },
  });
  const made = h("div", { class: "builder" }, picker({ topics, lists, add: (each) => { terms.push(each); write(); } }), how, shown, written);
  tell();
  made.read = () => written.read();
  made.complain = (said) => written.complain(said);
  return made;
}

function picker({ topics, lists, add }) {
  const place = h("div", { class: "row" });
  const kinds = Object.keys(FILTERS).filter((kind) => (kind !== "lists" || lists.length) && (kind !== "consents" || topics.length));
  const asked = (kind) => FILTERS[kind].asks.map((name) => input(name, { topics, lists }));
  const kind = field({
    name: "kind",
    kind: "select",
    label: t("builder.filter"),
    marked: false,
    options: kinds.map((each) => [each, t(`builder.${each}`)]),
    changed: (to) => fill(place, asked(to)),
  });
  fill(place, asked(kinds[0]));
  const not = field({ name: "not", kind: "check", label: t("builder.not") });
  return form({
    label: t("builder.filter"),
    fields: [kind, place, not],
    submit: t("builder.add"),
    kind: "",
    run: async (values) => {
      const filter = FILTERS[values.kind];
      const cel = filter.cel(values);
      const said = filter.said(values);
      add(values.not ? { cel: `!${/ /.test(cel) ? `(${cel})` : cel}`, said: t("builder.not_so", { what: said }) } : { cel, said });
    },
  });
}

function input(name, { topics, lists }) {
  const label = t(`builder.ask_${name}`);
  const required = true;
  const whole = (least, most) => (value) => (Number.isInteger(value) && value >= least && value <= most ? "" : t("builder.whole", { least, most }));
  return {
    activity: () => field({ name, label, kind: "select", required, options: ACTIVITIES.map((each) => [each, t(`event.${each}`)]) }),
    days: () => field({ name, label, kind: "number", required, value: 30, min: 1, max: 3650, check: whole(1, 3650) }),
    times: () => field({ name, label, kind: "number", required, value: 2, min: 1, max: 3, check: whole(1, 3) }),
    topic: () => field({ name, label, kind: "select", required, options: topics.map((each) => [each.key, each.name]) }),
    list: () => field({ name, label, kind: "select", required, options: lists.map((each) => [each.key, each.key]) }),
    country: () => field({ name, label, required, maxlength: 2, hint: t("builder.country_hint"), check: (value) => (/^[A-Za-z]{2}$/.test(value) ? "" : t("builder.country_hint")) }),
    trait: () => field({ name, label, required }),
    value: () => field({ name, label, required }),
  }[name]();
}

// How many a condition, a segment or a list has, with what it cost, asked when typing rests.
// `show(query)` asks; an empty query shows nothing.
export function counter({ signal, complain = () => null }) {
  const place = h("p", { class: "count", role: "status" });
  let waiting = null;
  let asked = 0;
  const ask = async (query) => {
    const mine = (asked += 1);
    try {
      const counted = await api.get("/count", query, { signal });
      if (mine !== asked) return;
      complain("");
      const { people, rows_read, views_read, usd } = counted;
      const cost = t("builder.cost", { rows: rows_read, views: views_read, usd: usd.toFixed(6) });
      fill(place, h("span", { class: "strong" }, t("builder.people", { n: people })), " ", h("span", { class: "quiet-text" }, cost));
    } catch (error) {
      if (error.name === "AbortError" || mine !== asked) return;
      fill(place);
      complain(error.code === "unfit" ? error.detail || t("builder.wrong") : error.title || t("builder.wrong"));
    }
  };
  place.show = (query) => {
    clearTimeout(waiting);
    asked += 1;
    fill(place, query ? t("builder.counting") : "");
    if (query) waiting = setTimeout(() => ask(query), 400);
  };
  return place;
}
