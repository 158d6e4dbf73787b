// Replies on their way. A reply keeps its id through every try, so the shopper never reads it twice.

import { reply, Problem } from "./api.js";

const KEY = "zhanggui.console.outbox";
const TRIES = 6;

/** Oldest first: `{ conversation, id, text, at, state: "pending" | "failed", code }`. */
let entries = [];
let changed = () => {};
let sent = () => {};
const busy = new Set();

export function start({ onChange, onSent }) {
  changed = onChange;
  sent = onSent;
  // A reload in the middle of a reply must not lose it.
  try {
    entries = JSON.parse(sessionStorage.getItem(KEY)) ?? [];
  } catch {
    entries = [];
  }
  for (const conversation of new Set(entries.map((entry) => entry.conversation))) void drain(conversation);
}

export function clear() {
  entries = [];
  keep();
}

function keep() {
  sessionStorage.setItem(KEY, JSON.stringify(entries));
  changed();
}

export const pending = (conversation) => entries.filter((entry) => entry.conversation === conversation);

export function send(conversation, text) {
  entries.push({ conversation, id: `r-${crypto.randomUUID?.() ?? uuid()}`, text, at: Date.now(), state: "pending" });
  keep();
  void drain(conversation);
}

export function retry(id) {
  const entry = entries.find((other) => other.id === id);
  if (!entry) return;
  entry.state = "pending";
  keep();
  void drain(entry.conversation);
}

export function discard(id) {
  entries = entries.filter((entry) => entry.id !== id);
  keep();
}

/** Sends what is pending in a conversation, one after another, so that the order is the order of writing. */
async function drain(conversation) {
  if (busy.has(conversation)) return;
  busy.add(conversation);
  try {
    for (;;) {
      const entry = entries.find((other) => other.conversation === conversation && other.state === "pending");
      if (!entry) return;
      await deliver(entry);
    }
  } finally {
    busy.delete(conversation);
  }
}

async function deliver(entry) {
  for (let n = 1; ; n += 1) {
    try {
      const ack = await reply(entry.conversation, { id: entry.id, text: entry.text });
      entries = entries.filter((other) => other !== entry);
      sent(entry, ack.seq);
      keep();
      return;
    } catch (problem) {
      if (!(problem instanceof Problem)) throw problem;
      if (!problem.temporary || n >= TRIES) {
        entry.state = "failed";
        entry.code = problem.code;
        keep();
        return;
      }
      const millis = problem.retryAfter * 1000 || Math.min(4000, 300 * 2 ** n) * (0.5 + Math.random());
      await new Promise((resolve) => setTimeout(resolve, millis));
    }
  }
}

/** `randomUUID` exists on secure origins only, and a desk on a shop's own network may be plain http. */
function uuid() {
  return [...crypto.getRandomValues(new Uint8Array(16))].map((byte) => byte.toString(16).padStart(2, "0")).join("");
}
