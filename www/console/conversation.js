// The pane on the right: transcript, and what the operator can do.

import { image } from "./api.js";
import { ICONS, address, el, icon } from "./dom.js";
import { duration, has, t, time } from "./locale.js";
import * as outbox from "./outbox.js";
import { ProfilePart } from "./profile.js";
import { reason } from "./queue.js";

/** The server's limit on one message, in bytes of UTF-8. */
const MAX_BYTES = 16 * 1024;
/** Nearer to the end than this counts as being there. */
const NEAR = 80;

const encoder = new TextEncoder();

export class ConversationPane {
  /** The item with `messages`, as `api.view` gives it, or null. */
  #conversation = null;
  #drafts = new Map();
  #drawn = new Map();
  /** The newest message was in view when the operator last scrolled. */
  #stuck = true;
  #actions;

  constructor(root, actions) {
    this.root = root;
    this.#actions = actions;
    // A keyboard that slides in, or a composer that grows, must not hide the newest message.
    this.resized = new ResizeObserver(() => this.#stuck && this.#toEnd(false));
    this.#build();
  }

  get id() {
    return this.#conversation?.id ?? null;
  }

  /** Whether the operator holds what is shown. */
  get mine() {
    return this.#conversation?.mine === true;
  }

  /** Up to here nothing is missing. Our own reply may be known before what the shopper wrote just before it. */
  get lastSeq() {
    const messages = this.#conversation?.messages ?? [];
    const gap = messages.findIndex((message, idx) => message.seq !== idx + 1);
    return gap < 0 ? messages.length : gap;
  }

  /** Draws everything anew, as after a change of language. */
  rebuild() {
    const conversation = this.#conversation;
    this.#build();
    if (conversation) this.show(conversation);
  }

  #build() {
    this.#drawn.clear();
    this.head = el("header", { class: "pane__head" });
    this.packet = el("div", { class: "pane__packet" });
    this.profile = new ProfilePart(this.#actions);
    this.log = el("div", { class: "log", role: "log", "aria-live": "polite", "aria-label": t("transcript"), tabIndex: 0, onscroll: () => this.#mark() });
    this.newest = el("button", { type: "button", class: "newest", hidden: true, onclick: () => this.#toEnd(true) }, icon(ICONS.down), t("to_newest"));
    this.typing = el("p", { class: "typing", hidden: true }, t("typing"));
    this.foot = el("footer", { class: "pane__foot" });
    this.root.replaceChildren(this.head, this.packet, this.profile.root, el("div", { class: "pane__body" }, this.log, this.newest), this.typing, this.foot);
    this.input = el("textarea", {
      id: "reply", rows: 1, placeholder: t("placeholder"), autocomplete: "off", enterKeyHint: "send",
      "aria-label": t("composer"), "aria-describedby": "reply-hint", dir: "auto",
      onkeydown: (event) => this.#key(event), oninput: () => this.#typed(),
    });
    this.hint = el("p", { id: "reply-hint", class: "composer__hint" }, t("send_hint"));
    this.submit = el("button", { type: "submit", class: "button button--primary composer__send", "aria-label": t("send"), title: t("send") }, icon(ICONS.send));
    this.form = el("form", { class: "composer", onsubmit: (event) => (event.preventDefault(), this.#send()) },
      el("div", { class: "composer__row" }, this.input, this.submit), this.hint);
    this.resized.disconnect();
    this.resized.observe(this.log);
    this.empty();
  }

  empty(loading = false) {
    this.#conversation = null;
    this.wait = null;
    this.root.classList.add("pane--empty");
    this.head.replaceChildren();
    this.packet.replaceChildren();
    this.profile.clear();
    this.foot.replaceChildren();
    this.#drawn.clear();
    this.log.replaceChildren(el("p", { class: "pane__none" }, icon(ICONS.mark), loading ? t("loading") : t("choose")));
  }

  show(conversation) {
    const another = conversation.id !== this.id || this.root.classList.contains("pane--empty");
    this.#conversation = conversation;
    this.root.classList.remove("pane--empty");
    if (another) {
      this.#drawn.clear();
      this.log.replaceChildren();
      this.setTyping(false);
      void this.profile.show(conversation.id);
    }
    this.#drawHead();
    this.#drawFoot(another);
    this.drawMessages(another);
  }

  /** Takes over state from the queue's newer row. */
  update(item) {
    if (item.id !== this.id) return;
    const before = this.#conversation;
    this.#conversation = { ...before, ...item, messages: before.messages };
    this.#drawHead();
    this.#markSeen();
    // Who it is may have been said meanwhile.
    if (before.subject !== item.subject) void this.profile.show(item.id);
    if (before.state !== item.state || before.mine !== item.mine || before.operator !== item.operator) this.#drawFoot(false);
  }

  /** Adds messages that are not there yet; events may repeat themselves. */
  add(messages) {
    const known = this.#conversation.messages;
    const fresh = messages.filter((message) => !known.some((other) => other.seq === message.seq));
    if (fresh.length === 0) return;
    known.push(...fresh);
    known.sort((a, b) => a.seq - b.seq);
    if (fresh.some((message) => message.author === "shopper")) this.setTyping(false);
    this.drawMessages(false);
  }

  setTyping(on) {
    this.typing.hidden = !on;
    clearTimeout(this.typingTimer);
    if (on) this.typingTimer = setTimeout(() => this.setTyping(false), 5000);
  }

  tick() {
    if (this.wait) this.wait.textContent = this.#waiting();
  }

  #waiting() {
    const { state, since } = this.#conversation;
    return t(state === "queued" ? "waiting_for" : "asked_ago", { time: duration(Date.now() - since) });
  }

  /** What the assistant hands over: the wish, what was told, what was tried, how it felt. */
  #packet() {
    const { packet, subject, subject_name } = this.#conversation;
    const { wants, facts = {}, tried = [], moods = [] } = packet ?? {};
    const word = (key, text) => (has(key) ? t(key) : text);
    const rows = [
      subject && [t("packet.subject"), [subject_name, subject].filter(Boolean).join(" · ")],
      wants && [t("packet.wants"), wants],
      ...Object.entries(facts).filter(([name]) => name !== "outcome").map(([name, value]) => [word(`fact.${name}`, name), word(`fact.${name}.${value}`, value)]),
      tried.length > 0 && [t("packet.tried"), tried.join(", ")],
      moods.some((mood) => mood !== "neutral") && [t("packet.moods"), moods.map((mood) => word(`mood.${mood}`, mood)).join(" → ")],
    ].filter(Boolean);
    if (rows.length === 0) return null;
    return el("dl", { class: "packet", "aria-label": t("packet") }, rows.map(([name, value]) => el("div", {}, el("dt", {}, name), el("dd", { dir: "auto" }, value))));
  }

  #drawHead() {
    const { state, mine, page, locale, operator, reason: why } = this.#conversation;
    this.wait = el("span", { class: "pane__wait" }, this.#waiting());
    const holder = state === "assigned" && !mine ? t("held_by", { name: operator }) : null;
    const stateWord = { queued: t("waiting"), assigned: mine ? t("mine") : holder, ended: t("event.ended") }[state] ?? state;
    const actions = state === "assigned" && mine
      ? [
          el("button", { type: "button", class: "button", onclick: () => this.#actions.release(this.id) }, t("release")),
          el("button", { type: "button", class: "button button--danger", onclick: () => this.#askEnd() }, t("end")),
        ]
      : [];
    this.head.replaceChildren(
      el("button", { type: "button", class: "button button--quiet pane__back", "aria-label": t("back"), onclick: () => this.#actions.back() }, icon(ICONS.back)),
      el("div", { class: "pane__title" },
        el("h2", {}, el("span", { class: `state state--${state}` }, stateWord), this.wait),
        el("p", { class: "pane__facts" }, why && el("span", {}, reason(why)), el("span", { title: t("locale") }, locale), page && address(page))),
      el("div", { class: "pane__actions" }, actions),
    );
    this.packet.replaceChildren(...[this.#packet()].filter(Boolean));
  }

  #drawFoot(another) {
    const { state, mine, operator, id } = this.#conversation;
    if (state === "assigned" && mine) {
      if (this.form.isConnected && !another) return;
      this.input.value = this.#drafts.get(id) ?? "";
      this.foot.replaceChildren(this.form);
      this.#grow();
    } else if (state === "queued") {
      const take = el("button", { type: "button", class: "button button--primary button--large", onclick: () => {
        take.disabled = true;
        take.textContent = t("taking");
        this.#actions.take(id).finally(() => {
          take.disabled = false;
          take.textContent = t("take");
        });
      } }, t("take"));
      this.foot.replaceChildren(el("div", { class: "banner" }, el("p", {}, t("take_hint")), take));
    } else {
      this.foot.replaceChildren(el("div", { class: "banner" }, el("p", {}, state === "assigned" ? t("held_hint", { name: operator }) : t("ended"))));
    }
  }

  focusComposer() {
    if (this.form.isConnected) this.input.focus();
  }

  drawMessages(another) {
    if (!this.#conversation) return;
    const atEnd = another || this.#atEnd();
    const wanted = new Set();
    for (const message of this.#conversation.messages) {
      wanted.add(message.id);
      const drawn = this.#drawn.get(message.id);
      if (drawn && !drawn.dataset.local) continue;
      const element = bubble(message, this.id);
      drawn?.remove();
      this.#drawn.set(message.id, element);
      this.#insert(element, message.seq);
    }
    // What is on its way stands after everything that has arrived.
    for (const entry of outbox.pending(this.id)) {
      if (wanted.has(entry.id)) continue;
      wanted.add(entry.id);
      this.#drawn.get(entry.id)?.remove();
      const element = local(entry);
      this.#drawn.set(entry.id, element);
      this.log.append(element);
    }
    for (const [id, element] of this.#drawn) {
      if (wanted.has(id)) continue;
      element.remove();
      this.#drawn.delete(id);
    }
    this.#markSeen();
    if (atEnd) this.#toEnd(false);
    else this.newest.hidden = false;
  }

  /** Says of our replies which of them the shopper has seen. */
  #markSeen() {
    const { messages, seen = 0 } = this.#conversation;
    for (const { id, seq, author } of messages) {
      const mark = author === "operator" && this.#drawn.get(id)?.querySelector(".message__delivery");
      if (mark && !this.#drawn.get(id).dataset.local) mark.textContent = t(seq <= seen ? "delivery.seen" : "delivery.sent");
    }
  }

  #insert(element, seq) {
    element.dataset.seq = seq;
    const after = [...this.log.children].find((other) => other.dataset.local || Number(other.dataset.seq) > seq);
    this.log.insertBefore(element, after ?? null);
  }

  #atEnd() {
    return this.log.scrollHeight - this.log.scrollTop - this.log.clientHeight < NEAR;
  }

  #toEnd(smooth) {
    const calm = matchMedia("(prefers-reduced-motion: reduce)").matches;
    this.log.scrollTo({ top: this.log.scrollHeight, behavior: smooth && !calm ? "smooth" : "instant" });
    this.#mark();
  }

  #mark() {
    this.#stuck = this.#atEnd();
    if (this.#conversation && this.#stuck) this.newest.hidden = true;
  }

  #key(event) {
    // An Enter that confirms a candidate of an input method is no Enter of ours; 229 is how older browsers say it.
    if (event.key !== "Enter" || event.shiftKey || event.isComposing || event.keyCode === 229) return;
    event.preventDefault();
    this.#send();
  }

  #typed() {
    this.#drafts.set(this.id, this.input.value);
    this.#grow();
    if (this.input.value.trim()) this.#actions.typing(this.id);
  }

  #grow() {
    this.input.style.height = "auto";
    this.input.style.height = `${Math.min(this.input.scrollHeight + 2, 200)}px`;
    const over = encoder.encode(this.input.value).length - MAX_BYTES;
    this.hint.textContent = over > 0 ? t("too_long", { n: over }) : t("send_hint");
    this.hint.classList.toggle("composer__hint--wrong", over > 0);
    this.submit.disabled = over > 0 || this.input.value.trim() === "";
  }

  #send() {
    const text = this.input.value.trim();
    if (this.submit.disabled || !text) return;
    this.input.value = "";
    this.#drafts.delete(this.id);
    this.#grow();
    outbox.send(this.id, text);
    this.#toEnd(false);
  }

  #askEnd() {
    const dialog = el("dialog", { class: "dialog", "aria-labelledby": "end-question", onclose: () => {
      if (dialog.returnValue === "end") this.#actions.end(this.id);
      dialog.remove();
    } },
    el("h2", { id: "end-question" }, t("end_question")),
    el("p", {}, t("end_hint")),
    el("form", { method: "dialog", class: "dialog__actions" },
      el("button", { class: "button", value: "cancel", autofocus: true }, t("cancel")),
      el("button", { class: "button button--danger-solid", value: "end" }, t("end"))));
    document.body.append(dialog);
    dialog.showModal();
  }
}

function bubble(message, conversation) {
  if (message.kind === "event") {
    const known = `event.${message.name}`;
    const text = has(known) ? t(known, { name: message.text }) : t("event.other", { name: message.name });
    return el("p", { class: "event" }, el("span", {}, text), stamp(message.at));
  }
  const notes = [];
  if (message.kind === "answer") {
    notes.push(
      el("span", { class: "note", title: message.question }, t("entry", { id: message.entry })),
      el("span", { class: "note" }, t("confidence", { n: Math.round(message.confidence * 100) })),
      el("span", { class: "note note--quiet" }, t("source", { source: message.source })),
    );
  } else if (message.kind === "clarify" || message.kind === "fallback") {
    notes.push(el("span", { class: "note" }, t(`kind.${message.kind}`)));
  }
  const choices = (message.quick_replies ?? []).map((choice) => choice.label);
  if (choices.length > 0) notes.push(el("span", { class: "note note--quiet" }, t("choices", { choices: choices.join(" / ") })));
  return el("article", { class: `message message--${message.author}` },
    el("header", { class: "message__head" }, el("span", { class: "message__author" }, t(`author.${message.author}`)), stamp(message.at)),
    message.kind === "image" ? shown(image(conversation, message.id), message.text)
      : el("p", { class: "message__text", dir: "auto", lang: message.lang }, plain(message.text)),
    notes.length > 0 && el("p", { class: "message__notes" }, notes),
    message.author === "operator" && el("p", { class: "message__delivery" }, t("delivery.sent")));
}

/** What the shopper shows; larger in a tab of its own. */
function shown(src, words) {
  return el("a", { class: "message__image", href: src, target: "_blank", rel: "noopener" },
    el("img", { src, alt: words, loading: "lazy", decoding: "async" }));
}

/** A reply of ours that the server has not acknowledged. */
function local(entry) {
  const failed = entry.state === "failed";
  const element = el("article", { class: `message message--operator message--${entry.state}` },
    el("header", { class: "message__head" }, el("span", { class: "message__author" }, t("author.operator")), stamp(entry.at)),
    el("p", { class: "message__text", dir: "auto" }, entry.text),
    el("p", { class: "message__delivery", role: failed ? "alert" : undefined },
      failed ? `${t("delivery.failed")} · ${failure(entry.code)}` : t("delivery.pending")),
    failed && el("p", { class: "message__retry" },
      el("button", { type: "button", class: "button button--small", onclick: () => outbox.retry(entry.id) }, t("retry")),
      el("button", { type: "button", class: "button button--small button--quiet", onclick: () => outbox.discard(entry.id) }, t("discard"))));
  element.dataset.local = "yes";
  return element;
}

export const failure = (code) => (has(`error.${code}`) ? t(`error.${code}`) : t("error.other", { code }));

function stamp(at) {
  return el("time", { dateTime: new Date(at).toISOString() }, time(at));
}

/** Links into the shop, `[my orders](/#/orders)`, to their words: from the desk they lead nowhere. */
const plain = (text) => text.replace(/\[([^[\]\n]+)\]\(\/#\/[^)\s]*\)/g, "$1");
