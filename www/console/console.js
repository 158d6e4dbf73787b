// The desk: signing in, the frame around queue and conversation, and what happens live.

import * as api from "./api.js";
import { ConversationPane, failure } from "./conversation.js";
import { ICONS, el, icon } from "./dom.js";
import * as locale from "./locale.js";
import * as outbox from "./outbox.js";
import { QueueList } from "./queue.js";

const { t } = locale;
const app = document.getElementById("app");
const SEEN = "zhanggui.console.seen";
/** At most one "I am writing" in this time. */
const TYPING_MILLIS = 3000;

let stop = () => {};

/** The number that the server was last told, by conversation. */
const told = new Map();
/** The number of the newest message seen, by conversation. */
const seen = {
  all: JSON.parse(sessionStorage.getItem(SEEN) ?? "{}"),
  get(id) {
    return Object.hasOwn(this.all, id) ? this.all[id] : 0;
  },
  set(id, seq) {
    if (seq <= this.get(id)) return;
    this.all[id] = seq;
    sessionStorage.setItem(SEEN, JSON.stringify(this.all));
  },
};

function languageButton(redraw) {
  return el("button", {
    type: "button", class: "button button--quiet", "aria-label": t("language_label"),
    onclick: () => locale.other().then(redraw),
  }, t("language"));
}

function brand(tag) {
  return el(tag, { class: "brand" }, el("span", { class: "brand__mark" }, icon(ICONS.mark)), t("brand"), el("span", { class: "brand__desk" }, t("desk")));
}

function showSignIn(notice = "") {
  stop();
  stop = () => {};
  document.title = t("title");
  const error = el("p", { class: "sign-in__error", role: "alert" }, notice);
  const submit = el("button", { type: "submit", class: "button button--primary button--large" }, t("sign_in"));
  const name = el("input", { id: "name", name: "name", autocomplete: "username", required: true, autocapitalize: "none", spellcheck: false });
  const password = el("input", { id: "password", name: "password", type: "password", autocomplete: "current-password", required: true });
  const form = el("form", { class: "sign-in__form", onsubmit: async (event) => {
    event.preventDefault();
    submit.disabled = true;
    submit.textContent = t("signing_in");
    error.textContent = "";
    try {
      showDesk(await api.signIn(name.value.trim(), password.value));
    } catch (problem) {
      const known = problem.code === "rate_limited" ? t("error.rate_limited", { n: problem.retryAfter }) : failure(problem.code);
      error.textContent = known;
      submit.disabled = false;
      submit.textContent = t("sign_in");
      password.select();
    }
  } },
  el("div", { class: "field" }, el("label", { for: "name" }, t("name")), name),
  el("div", { class: "field" }, el("label", { for: "password" }, t("password")), password),
  error, submit);
  app.className = "app app--sign-in";
  app.replaceChildren(
    el("main", { class: "sign-in" }, el("div", { class: "sign-in__head" }, brand("p"), languageButton(() => showSignIn())),
      el("h1", {}, t("sign_in")), el("p", { class: "sign-in__hint" }, t("sign_in_hint")), form));
  name.focus();
}

function showDesk(session) {
  let items = [];
  let chosen = null;
  let typedAt = 0;
  let refreshing = null;

  const status = el("span", { class: "status status--connecting", role: "status" });
  const toast = el("p", { class: "toast", role: "alert", hidden: true });
  const bar = el("header", { class: "bar" });
  const list = el("nav", { class: "queue" });
  const pane = new ConversationPane(el("main", { class: "pane" }), {
    take: (id) => act(id, "take").then(() => pane.focusComposer()),
    release: (id) => act(id, "release"),
    end: (id) => act(id, "end"),
    back: () => choose(null),
    open: (id) => choose(id),
    complain: (problem) => problem.code !== "unauthorized" && complain(problem),
    typing: (id) => {
      if (Date.now() - typedAt < TYPING_MILLIS) return;
      typedAt = Date.now();
      // Nobody waits for it, so nobody need hear that it failed.
      api.act(id, "typing").catch(() => {});
    },
  });
  const queue = new QueueList(list, choose);

  function frame() {
    bar.replaceChildren(brand("h1"), status,
      el("span", { class: "bar__who", title: session.display_name }, icon(ICONS.person), el("span", {}, session.display_name)),
      languageButton(() => (frame(), pane.rebuild(), draw(), live(status.dataset.state))),
      el("button", { type: "button", class: "button button--quiet", onclick: signOut }, t("sign_out")));
    list.setAttribute("aria-label", t("queue"));
  }

  function live(state) {
    status.dataset.state = state;
    status.className = `status status--${state}`;
    status.replaceChildren(el("span", { class: "status__dot" }), el("span", { class: "status__text" }, t(state)));
  }

  function complain(problem) {
    if (!(problem instanceof api.Problem)) throw problem;
    toast.textContent = failure(problem.code);
    toast.hidden = false;
    clearTimeout(complain.timer);
    complain.timer = setTimeout(() => (toast.hidden = true), 6000);
  }

  const unread = (item) => (item.id === chosen && document.hasFocus() ? 0 : Math.max(0, item.last_seq - seen.get(item.id)));

  function draw() {
    queue.render(items, { chosen, unread: (item) => (item.mine ? unread(item) : 0) });
    const n = items.filter((item) => item.state === "queued" || (item.mine && unread(item) > 0)).length;
    document.title = n > 0 ? `(${n}) ${t("title")}` : t("title");
  }

  /** Reads the queue and what the open conversation lacks. Calls that come meanwhile share the next reading. */
  function refresh() {
    refreshing ??= Promise.resolve().then(async () => {
      refreshing = null;
      try {
        items = await api.queue();
        const open = items.find((item) => item.id === chosen);
        if (open) pane.update(open);
        if (chosen && chosen === pane.id) {
          // Once it has left the queue its state has to be asked for.
          const fresh = !open || open.last_seq > pane.lastSeq ? await api.view(chosen, pane.lastSeq) : null;
          if (fresh && fresh.id === pane.id) {
            pane.add(fresh.messages);
            const { messages: _, next: __, ...item } = fresh;
            pane.update(item);
          }
          look();
        }
        draw();
      } catch (problem) {
        if (problem.code === "not_found") choose(null);
        else if (problem.code !== "unauthorized") complain(problem);
      }
    });
    return refreshing;
  }

  /** What is open and in front has been seen. */
  function look() {
    if (chosen && chosen === pane.id && document.hasFocus()) {
      const newest = pane.lastSeq;
      seen.set(chosen, newest);
      // The shopper is told what their holder has had on the screen.
      if (pane.mine && newest > (told.get(chosen) ?? 0)) {
        told.set(chosen, newest);
        api.seen(chosen, newest).catch(() => told.delete(chosen));
      }
    }
  }

  async function choose(id) {
    const before = chosen;
    chosen = id;
    app.classList.toggle("app--open", id !== null);
    draw();
    if (!id) {
      pane.empty();
      list.querySelector(`[data-id="${CSS.escape(before ?? "")}"]`)?.focus();
      return;
    }
    pane.empty(true);
    try {
      const conversation = await api.view(id, 0);
      if (chosen !== id) return;
      pane.show(conversation);
      look();
      draw();
      pane.focusComposer();
    } catch (problem) {
      if (chosen === id) choose(null);
      if (problem.code !== "unauthorized") complain(problem);
    }
  }

  async function act(id, action) {
    try {
      await api.act(id, action);
    } catch (problem) {
      if (problem.code !== "unauthorized") complain(problem);
    }
    await refresh();
  }

  async function signOut() {
    outbox.clear();
    await api.signOut().catch(() => {});
    showSignIn();
  }

  outbox.start({
    onChange: () => pane.drawMessages(false),
    onSent: (entry, seq) => {
      if (entry.conversation !== pane.id) return;
      pane.add([{ seq, id: entry.id, author: "operator", at: entry.at, text: entry.text, kind: "text" }]);
      look();
    },
  });

  const unfollow = api.follow({
    ready: () => (live("live"), refresh()),
    lost: () => live("offline"),
    queue: () => refresh(),
    message: (event) => {
      const { conversation, ...message } = event;
      if (conversation !== pane.id) return;
      // Anything missing before it is read with the queue, which follows at once.
      pane.add([message]);
      look();
    },
    typing: (event) => event.conversation === pane.id && pane.setTyping(true),
  });
  const clock = setInterval(() => (queue.tick(), pane.tick()), 5000);
  const focused = () => (look(), draw());
  window.addEventListener("focus", focused);
  const escape = (event) => event.key === "Escape" && chosen && !document.querySelector("dialog[open]") && choose(null);
  window.addEventListener("keydown", escape);
  stop = () => {
    unfollow();
    clearInterval(clock);
    window.removeEventListener("focus", focused);
    window.removeEventListener("keydown", escape);
  };

  app.className = "app app--desk";
  frame();
  live("connecting");
  app.replaceChildren(bar, list, pane.root, toast);
  draw();
}

api.whenSignedOut(() => {
  if (app.classList.contains("app--desk")) showSignIn(t("signed_out"));
});

await locale.load();
try {
  if (api.mayBeSignedIn()) showDesk(await api.session());
  else showSignIn("");
} catch (problem) {
  showSignIn(problem.code === "unauthorized" ? "" : failure(problem.code));
}
