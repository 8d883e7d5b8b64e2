// The operators' API: `docs/openapi-desk.yaml` describes every path. Answers are plain documents;
// whatever else comes is a ProblemError, which `sentence` tells to a person.

import { renewed, SignedOutError, token } from "./session.js";
import { has, t } from "./words.js";

const BASE = "/desk/v1";
// Document → the ETag it was read with, so that nobody has to carry it along.
const TAGS = new WeakMap();

export class ProblemError extends Error {
  constructor(status, document = {}) {
    super(document.title ?? String(status));
    this.status = status;
    this.code = document.code ?? "";
    this.title = document.title ?? "";
    this.detail = document.detail ?? "";
  }
}

export const api = {
  get: (path, query = {}, more = {}) => call("GET", path, { query, ...more }),
  post: (path, body, more = {}) => call("POST", path, { body, ...more }),
  // `read`: the document that was read before; if somebody changed it since, the call is refused.
  put: (path, body, more = {}) => call("PUT", path, { body, ...more }),
  remove: (path, more = {}) => call("DELETE", path, more),
  // An answer that is a file (a CSV): its text.
  text: (path, query = {}) => call("GET", path, { query, as: "text" }),
};

// A path with its values escaped: path`/people/${id}/notes`.
export function path(parts, ...values) {
  return parts.reduce((all, part, i) => all + encodeURIComponent(values[i - 1]) + part);
}

// The ETag that a document was read with; empty when it had none.
export function tagOf(document) {
  return TAGS.get(document) ?? "";
}

async function call(method, where, { query = {}, body, read, signal, as = "json" } = {}) {
  const asked = new URLSearchParams();
  for (const [name, value] of Object.entries(query)) {
    if (value !== undefined && value !== null && value !== "") asked.set(name, value);
  }
  const address = `${BASE}${where}${asked.size ? `?${asked}` : ""}`;
  const send = async () => {
    const headers = { authorization: `Bearer ${await token()}` };
    if (body !== undefined) headers["content-type"] = "application/json";
    const tag = read === undefined ? "" : tagOf(read);
    if (tag) headers["if-match"] = tag;
    const sent = body === undefined ? undefined : JSON.stringify(body);
    return await fetch(address, { method, headers, body: sent, signal, cache: "no-store" });
  };
  let answer = await send();
  if (answer.status === 401) {
    await renewed();
    answer = await send();
  }
  if (answer.status === 401) throw new SignedOutError();
  if (!answer.ok) throw new ProblemError(answer.status, await answer.json().catch(() => ({})));
  if (as === "text") return await answer.text();
  const document = answer.status === 204 ? {} : await answer.json();
  const tag = answer.headers.get("etag");
  if (tag) TAGS.set(document, tag);
  return document;
}

// What went wrong and what to do, in a sentence or two of the operator's language.
export function sentence(error) {
  if (error instanceof SignedOutError) return t("problem.signed_out");
  if (error instanceof ProblemError) {
    const own = `problem.${error.code}`;
    const said = has(own) ? t(own) : error.title || t("problem.fault");
    // A detail names the mend; it is in English wherever the operator is.
    return error.detail ? `${said} ${error.detail}` : said;
  }
  if (error instanceof TypeError) return t("problem.network");
  return t("problem.fault");
}
