//! Where the words are, what has left the device, and how to have them or be rid of them.

use std::fmt::Write;

use wasm_bindgen::JsCast;
use web_sys::{FormData, HtmlFormElement};
use yew::prelude::*;
use zg_proto::AuthorTag;
use zg_proto::port::{Delivery, ToEngine};

use super::icon::{Glyph, icon};
use super::panel::with_chat;
use crate::chat::Chat;
use crate::state::State;

#[component]
pub fn Privacy() -> Html {
    let chat = use_context::<Chat>().expect("App provides it");
    let open = use_state(|| false);
    let asking = use_state(|| false);
    let copied = use_state(|| false);
    let pending = chat.state.status.as_ref().map_or(0, |status| status.pending);
    let offline = chat.state.status.as_ref().is_some_and(|status| !status.online);
    let key = match () {
        () if pending > 0 && offline => "note-pending",
        () if chat.handoff().with_people() => "note-person",
        () => "note-local",
    };
    let n_here = chat.state.entries.len();
    let toggle = {
        let (open, asking, copied) = (open.clone(), asking.clone(), copied.clone());
        Callback::from(move |_: MouseEvent| {
            open.set(!*open);
            asking.set(false);
            copied.set(false);
        })
    };
    let close = {
        let open = open.clone();
        Callback::from(move |event: KeyboardEvent| {
            if event.key() == "Escape" && *open {
                event.stop_propagation();
                open.set(false);
            }
        })
    };
    let erase = {
        let (asking, open) = (asking.clone(), open.clone());
        with_chat(&chat, move |chat, _: MouseEvent| {
            if *asking {
                chat.erase();
                open.set(false);
            }
            asking.set(!*asking);
        })
    };
    let unask = {
        let asking = asking.clone();
        Callback::from(move |_| asking.set(false))
    };
    let copy = {
        let copied = copied.clone();
        with_chat(&chat, move |chat, _: MouseEvent| {
            chat.port.copy(&transcript(chat));
            copied.set(true);
        })
    };
    let enlarge = with_chat(&chat, |chat, _: MouseEvent| chat.enlarge(!chat.state.large));
    let print = with_chat(&chat, |chat, _: MouseEvent| chat.port.print(&chat.locale));
    let report = with_chat(&chat, |chat, _: MouseEvent| chat.port.report());
    let n_acted = chat.state.status.as_ref().map_or(0, |status| status.acted as usize);
    let opens = n_here > 0 || !chat.without_people();
    let (n_sent, shown) = (n_sent(&chat.state), *open && opens);
    let line = |key: &str, n: usize| html! { <li>{chat.locale.with(key, "n", &n.to_string())}</li> };

    html! {
        <div class="privacy" onkeydown={close}>
            if shown {
                <section id="receipt" class="receipt" aria-label={chat.t("receipt")}>
                    <ul>
                        {line("receipt-here", n_here)}
                        if n_sent > 0 || n_acted == 0 {
                            {line(if n_sent > 0 { "receipt-sent" } else { "receipt-none-sent" }, n_sent)}
                        }
                        if n_acted > 0 {
                            {line("receipt-acted", n_acted)}
                        }
                        if let Some(shares) = chat.port.shares {
                            <li>{chat.t(shares)}</li>
                        }
                        <li>{chat.t("receipt-models")}</li>
                    </ul>
                    {tastes(&chat)}
                    {elsewhere(&chat)}
                    <div class="receipt__actions">
                        <button type="button" class="button button--plain" onclick={copy}>
                            {chat.t(if *copied { "copied" } else { "copy" })}
                        </button>
                        <button type="button" class="button button--plain" aria-pressed={chat.state.large.to_string()} onclick={enlarge}>{chat.t("large")}</button>
                        <button type="button" class="button button--plain" onclick={print}>{chat.t("print")}</button>
                        <button type="button" class="button button--plain" onclick={report}>{chat.t("report")}</button>
                        <button type="button" class="button button--plain button--warn" onclick={erase} onblur={unask}>
                            {chat.t(if *asking { "erase-confirm" } else { "erase" })}
                        </button>
                    </div>
                </section>
            }
            <p class="footnote">
                <span>{chat.locale.with(key, "n", &pending.to_string())}</span>
                if opens {
                    <button type="button" class="button--text" aria-expanded={shown.to_string()} aria-controls={shown.then_some("receipt")} onclick={toggle}>
                        {chat.t("privacy-more")}
                    </button>
                }
            </p>
        </div>
    }
}

/// What is remembered of the shopper's tastes: to be seen, and to be taken out.
fn tastes(chat: &Chat) -> Html {
    let tastes = chat.state.status.as_ref().map_or(&[][..], |status| &status.tastes);
    if tastes.is_empty() {
        return Html::default();
    }
    let forget = |taste: &str| {
        let taste = taste.to_owned();
        with_chat(chat, move |chat, _: MouseEvent| chat.port.post(&ToEngine::Forget { taste: taste.clone() }))
    };
    let taste = |taste: &String| {
        let (kind, value) = taste.split_once(' ').unwrap_or_default();
        let words = chat.locale.with(&["taste-", kind].concat(), "value", value);
        html! {
            <li>
                <button type="button" aria-label={chat.locale.with("taste-forget", "value", &words)} onclick={forget(taste)}>
                    <span>{words}</span>
                    {icon(Glyph::Close)}
                </button>
            </li>
        }
    };
    html! {
        <div class="tastes">
            <p>{chat.t("tastes")}</p>
            <ul>{for tastes.iter().map(taste)}</ul>
            <button type="button" class="button--text" onclick={forget("")}>{chat.t("tastes-clear")}</button>
        </div>
    }
}

/// Going on with people at another device: a code to take there, or one that came from there.
fn elsewhere(chat: &Chat) -> Html {
    if chat.without_people() {
        return Html::default();
    }
    let code = chat.state.status.as_ref().map_or("", |status| &status.code);
    let ask = with_chat(chat, |chat, _: MouseEvent| chat.port.post(&ToEngine::Continue { code: String::new() }));
    let on_submit = with_chat(chat, |chat, event: SubmitEvent| {
        event.prevent_default();
        let form = event.target().and_then(|target| target.dyn_into::<HtmlFormElement>().ok());
        let data = form.and_then(|form| FormData::new_with_form(&form).ok());
        let code = data.and_then(|data| data.get("code").as_string()).unwrap_or_default();
        let code = code.trim().to_owned();
        if !code.is_empty() {
            chat.port.post(&ToEngine::Continue { code });
        }
    });
    let word = match code.strip_prefix('!') {
        Some(why) => chat.locale.find(&["continue-", why].concat()).unwrap_or_default(),
        None if code.is_empty() => String::new(),
        None => chat.locale.with("continue-code", "value", code),
    };
    html! {
        <div class="elsewhere">
            <button type="button" class="button button--plain" onclick={ask}>{chat.t("continue")}</button>
            <form onsubmit={on_submit}>
                <input name="code" class="form__input" aria-label={chat.t("continue-enter")} placeholder={chat.t("continue-enter")}
                    autocomplete="one-time-code" autocapitalize="characters" spellcheck="false" maxlength="24" />
                <button type="submit" class="button button--plain">{chat.t("continue-go")}</button>
            </form>
            <p role="status">{word}</p>
        </div>
    }
}

/// Messages that have left the device, or are on their way.
fn n_sent(state: &State) -> usize {
    state.entries.iter().filter(|entry| entry.shown.delivery != Delivery::Local).count()
}

/// The conversation as text, a line a message.
fn transcript(chat: &Chat) -> String {
    let mut text = String::new();
    for entry in &chat.state.entries {
        let message = &entry.shown.message;
        let author = match message.author {
            AuthorTag::Shopper => "author-shopper",
            AuthorTag::Assistant => "author-assistant",
            AuthorTag::Operator => "author-operator",
            AuthorTag::System => "author-system",
        };
        let at = String::from(
            js_sys::Date::new(&(message.at as f64).into()).to_locale_string(&chat.locale.tag, &js_sys::Object::new()),
        );
        let _ = writeln!(text, "[{at}] {}: {}", chat.t(author), message.text);
    }
    text
}
