// Who the shopper is over all channels: what the shop vouches for, earlier conversations, and the ledger that puts them together.

import * as api from "./api.js";
import { el } from "./dom.js";
import { has, t, time } from "./locale.js";

export class ProfilePart {
  #id = null;
  #profile = null;
  #actions;

  /** `actions.open(id)` shows another conversation, `actions.complain(problem)` says that something did not work. */
  constructor(actions) {
    this.#actions = actions;
    this.root = el("div", { class: "pane__profile" });
  }

  clear() {
    this.#id = null;
    this.#profile = null;
    this.root.replaceChildren();
  }

  /** Reads it anew and draws it. */
  async show(id) {
    if (id !== this.#id) this.clear();
    this.#id = id;
    let profile;
    try {
      profile = await api.profile(id);
    } catch {
      // The conversation is worth more than what is beside it; whatever is wrong is said there.
      return;
    }
    if (id !== this.#id) return;
    this.#profile = profile;
    this.#draw();
  }

  #draw() {
    const { verified, profile, earlier, devices } = this.#profile;
    const open = this.root.querySelector("details")?.open ?? false;
    const facts = [t(verified ? "profile.verified" : "profile.unverified")];
    if (earlier.length > 0) facts.push(t("profile.earlier_n", { n: earlier.length }));
    const proposals = (profile?.merges ?? []).filter((merge) => isOpen(merge, own(profile))).length;
    if (proposals > 0) facts.push(t("profile.proposals_n", { n: proposals }));
    this.root.replaceChildren(
      el("details", { class: "profile", open },
        el("summary", { class: "profile__head" }, el("strong", {}, t("profile")), " ", facts.join(" · ")),
        el("div", { class: "profile__body" },
          !verified && el("p", { class: "profile__hint" }, t("profile.unverified_hint")),
          profile && this.#facts(profile, devices),
          verified && this.#earlier(profile, earlier),
          profile?.merges.length > 0 && this.#ledger(profile))));
  }

  #facts({ parts, consents }, devices) {
    const word = (key, text) => (has(key) ? t(key) : text);
    const list = (words) => (words.length > 0 ? words.join(", ") : t("profile.none"));
    const agreed = Object.entries(consents.now).filter(([, granted]) => granted).map(([purpose]) => word(`purpose.${purpose}`, purpose));
    const kinds = [...new Set(parts.map((part) => part.kind))].map((kind) => word(`identifier.${kind}`, kind));
    const channels = devices.filter((device) => device.channel).map((device) => word(`channel.${device.channel}`, device.channel));
    const rows = [
      [t("profile.vouched"), list(kinds)],
      [t("profile.agreed"), list(agreed)],
      channels.length > 0 && [t("profile.channels"), list(channels)],
    ].filter(Boolean);
    return el("dl", { class: "profile__facts" }, rows.map(([name, value]) => el("div", {}, el("dt", {}, name), el("dd", {}, value))));
  }

  #earlier({ consents }, earlier) {
    if (consents.now.service === false) return el("p", { class: "profile__hint" }, t("profile.withheld"));
    if (earlier.length === 0) return el("p", { class: "profile__hint" }, t("profile.no_earlier"));
    return el("section", { "aria-label": t("profile.earlier") },
      el("h3", {}, t("profile.earlier")),
      el("ul", { class: "profile__list" }, earlier.map(({ id, opened_at, preview }) =>
        el("li", {}, el("button", { type: "button", class: "profile__earlier", onclick: () => this.#actions.open(id) },
          el("time", { dateTime: new Date(opened_at).toISOString() }, time(opened_at)), " ",
          el("span", { dir: "auto" }, preview || id))))));
  }

  #ledger({ parts, merges }) {
    const known = own({ parts });
    return el("section", { "aria-label": t("profile.ledger") },
      el("h3", {}, t("profile.ledger")),
      el("ul", { class: "profile__list" }, merges.map((merge) => this.#merge(merge, known))));
  }

  #merge(merge, known) {
    const { id, one, other, evidence, confidence, applied, by, operator, note, at, undone } = merge;
    const who = (kind, name) => (kind === "operator" && name ? name : t(`by.${kind}`));
    const why = has(`evidence.${evidence}`) ? t(`evidence.${evidence}`) : evidence;
    const said = t(applied ? "merge.applied" : "merge.proposed", { why, n: Math.round(confidence / 10), who: who(by, operator) });
    // Several rows have the same button: by ear, each says what of.
    const button = (word, quiet, ask) => el("button", {
      type: "button", class: quiet ? "button button--small button--quiet" : "button button--small", "aria-label": `${word}: ${said}`,
      onclick: (event) => this.#act(event, ask),
    }, word);
    const undo = () => api.undoMerge(this.#id, id);
    const buttons = [];
    if (isOpen(merge, known)) {
      // The one of the two that is not shown yet.
      const stranger = known.has(one) ? other : one;
      buttons.push(button(t("merge.accept"), false, () => api.mergeProfile(this.#id, stranger)), button(t("merge.decline"), true, undo));
    } else if (applied && !undone) {
      buttons.push(button(t("merge.undo"), false, undo));
    }
    return el("li", { class: undone ? "profile__merge profile__merge--undone" : "profile__merge" },
      el("span", {}, said, " ", el("time", { dateTime: new Date(at).toISOString() }, time(at))),
      note && el("span", { class: "profile__note", dir: "auto" }, note),
      undone && el("span", {}, t(applied ? "merge.undone" : "merge.declined", { who: who(undone.by, undone.operator), time: time(undone.at) })),
      buttons.length > 0 && el("span", { class: "profile__buttons" }, buttons));
  }

  async #act(event, ask) {
    const id = this.#id;
    event.currentTarget.disabled = true;
    try {
      await ask();
    } catch (problem) {
      this.#actions.complain(problem);
    }
    if (id !== this.#id) return;
    await this.show(id);
    // The button is gone; whoever uses a keyboard goes on from the heading.
    this.root.querySelector("summary")?.focus();
  }
}

const own = (profile) => new Set(profile.parts.map((part) => part.profile));

/** A proposal that nobody has decided: not turned down, and the two are not together by another row. */
const isOpen = ({ one, other, applied, undone }, known) => !applied && !undone && !(known.has(one) && known.has(other));
