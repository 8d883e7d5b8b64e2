// The job that a page is about, from the JobPosting that it tells search engines (JSON-LD).

import { text } from "./place.js";

const JOB_POSTING = /(^|[/:#])JobPosting$/;
const DEEPEST = 9;

const list = (value) => (Array.isArray(value) ? value : value == null ? [] : [value]);

/** The first text that one of these holds, directly or under one of the names. */
function first(value, ...names) {
  for (const each of list(value)) {
    const found =
      each && typeof each === "object"
        ? names.map((name) => first(each[name], ...names)).find(Boolean)
        : String(each).trim();
    if (found) {
      return text(found, 500);
    }
  }
  return "";
}

/** All job postings in a document, however deep they lie in graphs, lists and pages. */
function postings(value, depth = 0) {
  if (!value || typeof value !== "object" || depth > DEEPEST) {
    return [];
  }
  if (list(value["@type"]).some((type) => JOB_POSTING.test(type))) {
    return [value];
  }
  return Object.values(value).flatMap((each) => postings(each, depth + 1));
}

const addresses = (posting) => list(posting.jobLocation).map((place) => place.address || place);

function job(posting) {
  const page = location.origin + location.pathname;
  const url = first(posting.url) || page;
  const where = ["addressLocality", "addressRegion", "addressCountry", "name"];
  const remote = posting.jobLocationType === "TELECOMMUTE" ? "Remote" : "";
  return {
    job_id: first(posting.identifier, "value", "@value") || url,
    title: first(posting.title || posting.name),
    category: first(posting.occupationalCategory || posting.industry, "name", "codeValue"),
    location: first(addresses(posting), ...where) || remote,
    url,
  };
}

function read(script) {
  try {
    return postings(JSON.parse(script.textContent));
  } catch (broken) {
    // Somebody else's slip; a later edition of it is looked at again.
    return [];
  }
}

const here = ({ url }) => new URL(url, location.href).pathname === location.pathname;

/**
 * The job that these scripts tell of; none if they tell of several, as lists of jobs do, unless
 * one of them has this page's address.
 */
export function jobIn(scripts) {
  const byId = new Map();
  for (const posting of scripts.flatMap(read)) {
    const found = job(posting);
    byId.has(found.job_id) || byId.set(found.job_id, found);
  }
  const jobs = [...byId.values()];
  return jobs.length > 1 ? jobs.find(here) : jobs[0];
}
