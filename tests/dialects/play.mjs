// Plays one Node SDK, unmodified: `node play.mjs SDK`; the protocol is told in play.py.
import { text } from "node:stream/consumers";

const together = { flushInterval: 50 };

// What each SDK is called with, and how it is asked to deliver what is left.
const SDKS = {
  "segment-node": async ({ url, key, retries }) => {
    const { Analytics } = await import("@segment/analytics-node");
    const { host, path } = split(url);
    const settings = { ...together, host, path, writeKey: key, flushAt: 3, maxRetries: retries };
    const client = new Analytics(settings);
    return { client, finish: () => client.closeAndFlush({ timeout: 30_000 }) };
  },
  "segment-node-legacy": async ({ url, key, retries }) => {
    const { default: Analytics } = await import("analytics-node");
    const errorHandler = () => {};
    const { host, path } = split(url);
    const settings = { ...together, host, path, flushAt: 3, retryCount: retries, errorHandler };
    const client = new Analytics(key, settings);
    return { client, finish: () => client.flush() };
  },
  "rudder-node": async ({ url, key, retries }) => {
    const { default: Analytics } = await import("@rudderstack/rudder-sdk-node");
    const settings = {
      ...together,
      ...split(url),
      flushAt: 3,
      retryCount: retries,
      logLevel: "none",
      errorHandler: () => {},
    };
    const client = new Analytics(key, settings);
    return { client, finish: () => client.flush() };
  },
  "customerio-node": async ({ url, key, retries }) => {
    const { Analytics } = await import("@customerio/cdp-analytics-node");
    const { host, path } = split(url);
    const settings = { ...together, host, path, writeKey: key, maxRetries: retries };
    const client = new Analytics({ ...settings, maxEventsInBatch: 3 });
    return { client, finish: () => client.closeAndFlush({ timeout: 30_000 }) };
  },
};

function split(url) {
  const { origin, pathname } = new URL(url);
  return { host: origin, path: `${pathname.replace(/\/$/, "")}/v1/batch` };
}

async function play(sdk, given) {
  const { client, finish } = await SDKS[sdk](given);
  const lost = [];
  const told = [];
  const call = (kind, mark, message) =>
    told.push(
      new Promise((resolve) => {
        client[kind](message, (error) => {
          if (error) lost.push(mark);
          resolve();
        });
      }),
    );
  const anonymousId = `visitor-${given.case}`;
  const userId = `member-${given.case}`;
  const both = { anonymousId, userId };
  call("page", "page", { anonymousId, name: "Jobs", properties: { mark: "page" } });
  const viewed = { mark: "viewed", job_id: "J-1" };
  call("track", "viewed", { anonymousId, event: "Job Viewed", properties: viewed });
  const traits = { mark: "identify", first_name: "Ada" };
  call("identify", "identify", { ...both, traits });
  call("group", "group", { ...both, groupId: "G-1", traits: { mark: "group" } });
  call("alias", "alias", { userId, previousId: anonymousId });
  call("track", "saved", { ...both, event: "Saved", properties: { mark: "saved" } });
  await finish();
  await Promise.all(told);
  return [given.case, lost];
}

const [sdk] = process.argv.slice(2);
const cases = JSON.parse(await text(process.stdin));
const lost = await Promise.all(cases.map((each) => play(sdk, each)));
console.log(JSON.stringify(Object.fromEntries(lost)));
process.exit(lost.some(([, marks]) => marks.length) ? 1 : 0);
