// The list on the left: mine first, then who waits, longest first, then what colleagues hold.

import { el } from "./dom.js";
import { duration, has, t } from "./locale.js";

/** Minutes after which waiting is long, and very long. */
const LONG = 3;
const VERY_LONG = 10;

export const reason = (word) => (has(`reason.${word}`) ? t(`reason.${word}`) : word);

/** How urgent a wait is, for its color; the time itself is there to read. */
export function urgency(since, now = Date.now()) {
  const minutes = (now - since) / 60000;
  if (minutes >= VERY_LONG) return "urgent";
  return minutes >= LONG ? "long" : "short";
}

/**
 * Draws into `root`. Rows are kept by id, so that focus and scroll survive a change.
 * `unread(item)` is a number; `onChoose(id)` is told of a click.
 */
export class QueueList {
  #root;
  #rows = new Map();
  #onChoose;

  constructor(root, onChoose) {
    this.#root = root;
    this.#onChoose = onChoose;
    root.addEventListener("keydown", (event) => this.#move(event));
  }

  render(items, { chosen, unread }) {
    const focused = document.activeElement?.dataset?.id;
    const groups = [
      ["mine", items.filter((item) => item.mine)],
      ["waiting", items.filter((item) => item.state === "queued")],
      ["others", items.filter((item) => item.state === "assigned" && !item.mine)],
    ];
    this.#rows.clear();
    const sections = groups
      .filter(([name, members]) => members.length > 0 || name === "waiting")
      .map(([name, members]) =>
        el(
          "section",
          { class: "queue__group", "aria-label": t(name) },
          el("h2", { class: "queue__heading" }, t(name), el("span", { class: "count" }, String(members.length))),
          members.length === 0
            ? el("p", { class: "queue__empty" }, t("empty_queue"), el("span", {}, t("empty_queue_hint")))
            : el("ul", { class: "queue__items", role: "list" }, members.map((item) => this.#row(item, chosen, unread(item)))),
        ),
      );
    this.#root.replaceChildren(...sections);
    if (focused) this.#rows.get(focused)?.focus({ preventScroll: true });
  }

  #row(item, chosen, unread) {
    const facts = [item.reason && reason(item.reason), item.locale, item.operator && !item.mine && t("held_by", { name: item.operator })];
    const row = el(
      "button",
      {
        type: "button",
        class: "item",
        "data-id": item.id,
        "aria-current": item.id === chosen ? "true" : undefined,
        onclick: () => this.#onChoose(item.id),
      },
      el(
        "span",
        { class: "item__top" },
        el("span", { class: `wait wait--${item.state === "queued" ? urgency(item.since) : "short"}`, "data-since": item.since },
          duration(Date.now() - item.since)),
        el("span", { class: "item__facts" }, facts.filter(Boolean).join(" · ")),
        unread > 0 && el("span", { class: "badge", "aria-label": t("unread", { n: unread }) }, unread > 99 ? "99+" : String(unread)),
      ),
      el("span", { class: "item__preview", dir: "auto" }, item.preview || t("no_text")),
    );
    this.#rows.set(item.id, row);
    return el("li", {}, row);
  }

  /** Only the times, so that a screen reader is not told of a new list every few seconds. */
  tick() {
    for (const wait of this.#root.querySelectorAll("[data-since]")) {
      const since = Number(wait.dataset.since);
      wait.textContent = duration(Date.now() - since);
    }
  }

  #move(event) {
    const step = { ArrowDown: 1, ArrowUp: -1 }[event.key];
    if (!step) return;
    const rows = [...this.#rows.values()];
    const at = rows.indexOf(document.activeElement);
    const next = rows[Math.min(rows.length - 1, Math.max(0, at + step))];
    if (next) {
      event.preventDefault();
      next.focus();
    }
  }
}
