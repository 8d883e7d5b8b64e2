// Plays visitors with the unmodified @segment/analytics-node; the protocol is told in players.py.
import { createInterface } from "node:readline";
import { Analytics } from "@segment/analytics-node";

const [host] = process.argv.slice(2);
const clients = new Map();

function client(visitor, writeKey) {
  const name = `${visitor} ${writeKey}`;
  if (!clients.has(name)) {
    clients.set(name, new Analytics({ host, writeKey, maxRetries: 3 }));
  }
  return clients.get(name);
}

function call(analytics, { kind, event, name, anonymousId, userId, ...rest }, done) {
  const who = { ...(anonymousId && { anonymousId }), ...(userId && { userId }) };
  const when = rest.timestamp ? { timestamp: new Date(rest.timestamp) } : {};
  const what = { track: { event }, page: { name }, identify: {} }[kind];
  analytics[kind]({ ...rest, ...who, ...when, ...what }, done);
}

async function play({ id, visitor, writeKey, calls }) {
  const analytics = client(visitor, writeKey);
  const failed = [];
  const clickedAt = Date.now();
  for (const each of calls) {
    call(analytics, each, (error) => error && failed.push(String(error.message ?? error)));
  }
  // One burst, one request: what was queued leaves now, and is answered before we go on.
  await analytics.flush();
  process.stdout.write(`${JSON.stringify({ id, clickedAt, failed })}\n`);
}

for await (const line of createInterface({ input: process.stdin })) {
  play(JSON.parse(line));
}
// The end of the input ends the day; a kept connection would hold the process a little longer.
process.exit(0);
