// Who is signed in: OAuth code flow with PKCE (RFC 7636). Tokens are in memory and in this tab's
// session storage, and nowhere else; they end with the tab.

const KEPT = "rapport.session";
const LEFT = "rapport.signing-in";
export const WELCOME = "/console/welcome";
// A token that ends so soon is renewed before it is used.
const SOON_MS = 60_000;

let session = kept(KEPT);
let renewing = null;

export class SignedOutError extends Error {}

// The value of a `<meta name="rapport-…">`, which the server put into the page.
export function told(name) {
  return document.querySelector(`meta[name="rapport-${name}"]`)?.content ?? "";
}

export function isSignedIn() {
  return session !== null;
}

// To the page of sign-in, and from there back to where the operator was.
export async function signIn(back = location.pathname + location.search) {
  const verifier = random(48);
  const state = random(16);
  sessionStorage.setItem(LEFT, JSON.stringify({ verifier, state, back }));
  const digest = await crypto.subtle.digest("SHA-256", new TextEncoder().encode(verifier));
  const { authorize } = await endpoints();
  location.assign(
    `${authorize}?${new URLSearchParams({
      response_type: "code",
      client_id: told("client"),
      redirect_uri: location.origin + WELCOME,
      scope: told("scope"),
      state,
      code_challenge: base64url(new Uint8Array(digest)),
      code_challenge_method: "S256",
    })}`,
  );
}

// Takes the code that the sign-in came back with. The path to go on at; null when there is none.
export async function taken(query) {
  const left = kept(LEFT);
  sessionStorage.removeItem(LEFT);
  if (!query.has("code") || left === null || query.get("state") !== left.state) return null;
  await ask({
    grant_type: "authorization_code",
    code: query.get("code"),
    redirect_uri: location.origin + WELCOME,
    code_verifier: left.verifier,
  });
  return left.back;
}

// A token that is good for a minute or more. SignedOutError when there is none to be had.
export async function token() {
  if (session === null) throw new SignedOutError();
  if (Date.now() > session.ends - SOON_MS) await renewed();
  return session.access;
}

// Another token in the place of one that was refused.
export async function renewed() {
  if (!session?.refresh) {
    forget();
    throw new SignedOutError();
  }
  renewing ??= ask({ grant_type: "refresh_token", refresh_token: session.refresh }).finally(() => {
    renewing = null;
  });
  await renewing;
}

export function forget() {
  session = null;
  sessionStorage.removeItem(KEPT);
}

// Ends the session here and at the issuer.
export async function signOut() {
  const { refresh } = session ?? {};
  forget();
  const { revoke, leave } = await endpoints();
  if (refresh && revoke) {
    const body = new URLSearchParams({ token: refresh, client_id: told("client") });
    // Forgotten here already: a pool that cannot be reached ends it by its time.
    await fetch(revoke, { method: "POST", body }).catch(() => null);
  }
  location.assign(leave ?? WELCOME);
}

async function ask(form) {
  const { token: address } = await endpoints();
  const answer = await fetch(address, {
    method: "POST",
    body: new URLSearchParams({ client_id: told("client"), ...form }),
  });
  if (!answer.ok) {
    forget();
    throw new SignedOutError();
  }
  const got = await answer.json();
  session = {
    access: got.access_token,
    refresh: got.refresh_token ?? session?.refresh ?? "",
    ends: Date.now() + got.expires_in * 1000,
  };
  sessionStorage.setItem(KEPT, JSON.stringify(session));
}

let found = null;

// Where the issuer does what: a Cognito domain by its fixed paths, any other by its discovery.
async function endpoints() {
  const base = told("sign-in");
  if (base) {
    const leaving = new URLSearchParams({
      client_id: told("client"),
      logout_uri: location.origin + WELCOME,
    });
    return {
      authorize: `${base}/oauth2/authorize`,
      token: `${base}/oauth2/token`,
      revoke: `${base}/oauth2/revoke`,
      leave: `${base}/logout?${leaving}`,
    };
  }
  found ??= (await fetch(`${told("issuer")}/.well-known/openid-configuration`)).json();
  const known = await found;
  return {
    authorize: known.authorization_endpoint,
    token: known.token_endpoint,
    revoke: known.revocation_endpoint,
    leave: known.end_session_endpoint,
  };
}

function kept(name) {
  try {
    return JSON.parse(sessionStorage.getItem(name));
  } catch {
    return null;
  }
}

function random(bytes) {
  return base64url(crypto.getRandomValues(new Uint8Array(bytes)));
}

function base64url(bytes) {
  return btoa(String.fromCharCode(...bytes))
    .replaceAll("+", "-")
    .replaceAll("/", "_")
    .replaceAll("=", "");
}
