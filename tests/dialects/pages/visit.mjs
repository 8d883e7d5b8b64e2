// One visitor, the same for every SDK: looks around, joins, is known from then on; the page after
// the first only loads the SDK. `window.given` is what the test gives: url, key, name, calls and
// options; `window.told` is what the page has called.

const CALLS = {
  page: (sdk) => sdk.page("Jobs", { mark: "page" }),
  viewed: (sdk) => sdk.track("Job Viewed", { mark: "viewed", job_id: "J-1" }),
  identify: (sdk, member) => sdk.identify(member, { mark: "identify", first_name: "Ada" }),
  group: (sdk) => sdk.group("G-1", { mark: "group" }),
  alias: (sdk, member) => sdk.alias(member, "someone-before"),
  saved: (sdk) => sdk.track("Saved", { mark: "saved" }),
};

export function visit(sdk) {
  window.told = [];
  window.call = (mark) => {
    window.told.push(mark);
    CALLS[mark](sdk, `member-${window.given.name}`);
  };
  if (location.pathname.endsWith("/jobs")) window.given.calls.forEach(window.call);
}

// Host and prefix without the protocol, as Segment's family wants them.
export function settings(name) {
  const { url, key, strategy } = window.given;
  const target = { apiKey: key, apiHost: `${url.replace("http://", "")}/v1`, protocol: "http" };
  if (strategy) {
    target.deliveryStrategy = { strategy, config: { size: 3, timeout: 100 } };
  }
  return { [name]: target };
}
