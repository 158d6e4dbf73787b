// The operator's side of /v1: requests with the CSRF token, problems as errors, the stream of events.

/** A refusal. `code` is the problem's stable word, or `network` where nothing came back. */
export class Problem extends Error {
  constructor(code, status, retryAfter) {
    super(code);
    this.code = code;
    this.status = status;
    this.retryAfter = retryAfter;
  }

  /** Whether the same request may succeed later. */
  get temporary() {
    return this.code === "network" || this.status === 429 || this.status >= 500;
  }
}

let csrfToken = "";
let onSignedOut = () => {};

export function whenSignedOut(listener) {
  onSignedOut = listener;
}

async function request(method, path, body) {
  const headers = { accept: "application/json" };
  if (method !== "GET") headers["x-csrf-token"] = csrfToken;
  if (body !== undefined) headers["content-type"] = "application/json";
  let response;
  try {
    response = await fetch(`/v1/operator${path}`, {
      method,
      headers,
      body: body === undefined ? undefined : JSON.stringify(body),
      credentials: "same-origin",
      // Without a limit a dead connection would hold a reply back for minutes.
      signal: AbortSignal.timeout(15000),
    });
  } catch {
    throw new Problem("network", 0, 0);
  }
  const text = await response.text().catch(() => "");
  let value = null;
  try {
    value = text ? JSON.parse(text) : null;
  } catch {
    // A proxy's error page: its status says enough.
  }
  if (response.ok) return value;
  const problem = new Problem(value?.code ?? "internal", response.status, Number(response.headers.get("retry-after")) || 0);
  if (problem.code === "unauthorized") {
    localStorage.removeItem(SIGNED_IN);
    onSignedOut();
  }
  throw problem;
}

// The cookie is out of a script's reach; this says whether asking for its session is worth a refusal in the log.
const SIGNED_IN = "zhanggui.signed-in";
export const mayBeSignedIn = () => localStorage.getItem(SIGNED_IN) !== null;

function remember(session) {
  csrfToken = session.csrf_token;
  localStorage.setItem(SIGNED_IN, "");
  return session;
}

export const signIn = async (name, password) => remember(await request("POST", "/session", { name, password }));
export const session = async () => remember(await request("GET", "/session"));
export const signOut = () => request("DELETE", "/session");
export const queue = async () => (await request("GET", "/queue")).items;
export const act = (id, action) => request("POST", `/conversations/${encodeURIComponent(id)}/${action}`);
export const seen = (id, seq) => request("POST", `/conversations/${encodeURIComponent(id)}/seen`, { seq });
/** The address of the picture that a message shows. */
export const image = (id, message) => `/v1/operator/conversations/${encodeURIComponent(id)}/images/${encodeURIComponent(message)}`;
export const profile = (id) => request("GET", `/conversations/${encodeURIComponent(id)}/profile`);
/** Says that the shopper is also who `other` names. */
export const mergeProfile = (id, other) => request("POST", `/conversations/${encodeURIComponent(id)}/profile/merges`, { profile: other });
export const undoMerge = (id, merge) => request("POST", `/conversations/${encodeURIComponent(id)}/profile/merges/undo`, { merge });
export const reply = (id, message) => request("POST", `/conversations/${encodeURIComponent(id)}/messages`, message);

/** State and every message after `after`, however many pages that takes. */
export async function view(id, after) {
  let conversation = await request("GET", `/conversations/${encodeURIComponent(id)}?after=${after}`);
  const messages = conversation.messages;
  while (conversation.next) {
    conversation = await request("GET", `/conversations/${encodeURIComponent(id)}?after=${conversation.next}`);
    messages.push(...conversation.messages);
  }
  return { ...conversation, messages };
}

/**
 * Follows the desk until closed. The browser reconnects by itself; where it gives up, as after a restart
 * behind a proxy, this does. After each connection the server says `ready`.
 */
export function follow(on) {
  let source = null;
  let timer = 0;
  let closed = false;
  const connect = () => {
    source = new EventSource("/v1/operator/events");
    for (const name of ["ready", "queue", "message", "typing"]) {
      source.addEventListener(name, (event) => on[name]?.(JSON.parse(event.data)));
    }
    source.addEventListener("error", () => {
      on.lost();
      if (source.readyState !== EventSource.CLOSED || closed) return;
      // Jitter, so that a restart is not followed by everybody at once.
      timer = setTimeout(() => session().then(connect, (problem) => problem.temporary && retry()), wait());
    });
  };
  const wait = () => 500 + Math.random() * 1500;
  const retry = () => {
    if (!closed) timer = setTimeout(() => session().then(connect, (problem) => problem.temporary && retry()), wait());
  };
  connect();
  return () => {
    closed = true;
    clearTimeout(timer);
    source.close();
  };
}
