//! The text box at the foot of the widget. It owns the draft and nothing else.

use web_sys::HtmlTextAreaElement;
use yew::prelude::*;
use zg_domain::MAX_MESSAGE_BYTES;
use zg_proto::QuickReply;
use zg_proto::port::Suggestion;

use super::icon::{Glyph, icon};
use super::panel::with_chat;
use super::privacy::Privacy;
use crate::chat::Chat;
use crate::suggestions::Suggestions;

/// The counter shows when so many bytes are left.
const COUNTED_BYTES: usize = 2048;
/// What browsers report for keys that an input method has taken.
const KEY_PROCESS: u32 = 229;

#[derive(Properties, PartialEq)]
pub struct ComposerProps {
    pub input: NodeRef,
}

#[component]
pub fn Composer(props: &ComposerProps) -> Html {
    let chat = use_context::<Chat>().expect("App provides it");
    let draft = use_state_eq(String::new);
    // The suggestion that the arrow keys have reached.
    let active = use_state_eq(|| None::<usize>);
    let n_bytes = draft.trim().len();
    let too_long = n_bytes > MAX_MESSAGE_BYTES;
    let idle = n_bytes == 0 || too_long;
    let found = use_reducer(Suggestions::default);
    {
        let (port, found) = (chat.port.clone(), found.dispatcher());
        use_effect_with((), move |()| port.on_suggestions(Callback::from(move |change| found.dispatch(change))));
    }
    let suggestions = if draft.trim().is_empty() { &[][..] } else { &found.items[..] };
    let active_now = active.filter(|at| *at < suggestions.len());

    let clear = {
        let (draft, active, input) = (draft.clone(), active.clone(), props.input.clone());
        with_chat(&chat, move |chat, ()| {
            draft.set(String::new());
            active.set(None);
            chat.suggest("");
            if let Some(element) = input.cast::<HtmlTextAreaElement>() {
                element.set_value("");
                // A press on a button must not cost a phone its keyboard.
                let _ = element.focus();
            }
        })
    };
    let send = {
        let (input, clear) = (props.input.clone(), clear.clone());
        with_chat(&chat, move |chat, ()| {
            // From the element, not from the state: the last key may not have been drawn yet.
            let Some(element) = input.cast::<HtmlTextAreaElement>() else { return };
            let text = element.value();
            if text.trim().is_empty() || text.trim().len() > MAX_MESSAGE_BYTES {
                return;
            }
            chat.say(&text);
            clear.emit(());
        })
    };
    let pick = {
        let (clear, found) = (clear.clone(), found.clone());
        with_chat(&chat, move |chat, at: usize| {
            if let Some(Suggestion { entry, question }) = found.items.get(at).cloned() {
                chat.press("", &QuickReply { label: question, value: format!("ask:{entry}") });
                clear.emit(());
            }
        })
    };
    let on_input = {
        let (draft, active) = (draft.clone(), active.clone());
        with_chat(&chat, move |chat, event: InputEvent| {
            let text = event.target_unchecked_into::<HtmlTextAreaElement>().value();
            chat.suggest(&text);
            draft.set(text);
            active.set(None);
        })
    };
    let on_keydown = {
        let (send, pick, active, n) = (send.clone(), pick.clone(), active.clone(), suggestions.len());
        with_chat(&chat, move |chat, event: KeyboardEvent| {
            // Keys that an input method has taken are its own: Safari has ended the composition by then, hence the key code.
            if event.is_composing() || event.key_code() == KEY_PROCESS {
                return;
            }
            match event.key().as_str() {
                "Enter" if !event.shift_key() => {
                    event.prevent_default();
                    match active_now {
                        Some(at) => pick.emit(at),
                        None => send.emit(()),
                    }
                }
                // Up from the text, or down from it, and round again through the text itself.
                key @ ("ArrowDown" | "ArrowUp") if n > 0 => {
                    event.prevent_default();
                    let last = n - 1;
                    active.set(match (active_now, key) {
                        (None, "ArrowUp") => Some(last),
                        (None, _) => Some(0),
                        (Some(at), "ArrowUp") => at.checked_sub(1),
                        (Some(at), _) => (at < last).then_some(at + 1),
                    });
                }
                "Escape" if n > 0 => {
                    // The list is closed, and the panel stays.
                    event.stop_propagation();
                    active.set(None);
                    chat.suggest("");
                }
                _ => {}
            }
        })
    };
    // Why a picture was not sent, until the next one.
    let refused = use_state_eq(String::new);
    let attach = {
        let refused = refused.clone();
        with_chat(&chat, move |chat, event: Event| {
            if chat.handoff().with_people() {
                let refused = refused.clone();
                chat.port.attach(&event, &chat.t("image-sent"), move |key| refused.set(key));
            }
        })
    };
    // Without this the browser would leave the page for the picture.
    let on_dragover = Callback::from(|event: DragEvent| event.prevent_default());

    let on_submit = send.reform(|event: SubmitEvent| event.prevent_default());

    let with_people = chat.handoff().with_people();
    let placeholder = chat.t(if with_people { "placeholder-person" } else { "placeholder" });
    let left = (MAX_MESSAGE_BYTES as i64 - n_bytes as i64).to_string();
    let listed = !suggestions.is_empty();

    html! {
        <form class="composer" part="composer" onsubmit={on_submit} ondragover={with_people.then_some(on_dragover)} ondrop={attach.reform(|event: DragEvent| event.into())}>
            if listed {
                <ul id={LIST} class="suggestions" part="suggestions" role="listbox" aria-label={chat.t("suggestions")}>
                    {for suggestions.iter().enumerate().map(|(at, one)| option(at, &one.question, &draft, active_now == Some(at), &pick))}
                </ul>
            }
            // Said once the list has changed, apart from the transcript: what can be seen has to be heard of.
            <p class="hidden" role="status">
                {if listed { chat.locale.with("suggestions-count", "n", &suggestions.len().to_string()) } else { String::new() }}
            </p>
            <div class="composer__box">
                if with_people {
                    <label class="button button--icon composer__image" part="image">
                        {icon(Glyph::Image)}
                        <input type="file" class="hidden" accept="image/*" aria-label={chat.t("image")} onchange={attach.clone()} />
                    </label>
                }
                // The mirror gives the box its height: it holds the same text in the same grid cell.
                <div class="composer__grow">
                    <div class="composer__mirror" aria-hidden="true">{(*draft).clone()}{"\n"}</div>
                    <textarea
                        ref={props.input.clone()}
                        class="composer__input"
                        part="input"
                        rows="1"
                        enterkeyhint="send"
                        autocomplete="off"
                        aria-label={chat.t("message")}
                        aria-invalid={too_long.then_some("true")}
                        aria-autocomplete="list"
                        aria-controls={listed.then_some(LIST)}
                        aria-activedescendant={active_now.map(id_of)}
                        {placeholder}
                        oninput={on_input}
                        onkeydown={on_keydown}
                        onpaste={attach}
                    />
                </div>
                <button type="submit" class="button composer__send" part="send" aria-label={chat.t("send")} aria-disabled={idle.to_string()}>
                    {icon(Glyph::Send)}
                </button>
            </div>
            if !refused.is_empty() && with_people {
                <p class="composer__count composer__count--over" role="status">{chat.t(&refused)}</p>
            }
            if n_bytes + COUNTED_BYTES > MAX_MESSAGE_BYTES {
                <p class={classes!("composer__count", too_long.then_some("composer__count--over"))} role="status">
                    {chat.locale.with(if too_long { "too-long" } else { "bytes-left" }, "n", left.trim_start_matches('-'))}
                </p>
            }
            <Privacy />
            <slot name="foot" />
        </form>
    }
}

const LIST: &str = "suggestions";

fn id_of(at: usize) -> String {
    format!("suggestion-{at}")
}

/// A question that what is typed may become, with what is typed set off where it stands in it.
fn option(at: usize, question: &str, draft: &str, active: bool, pick: &Callback<usize>) -> Html {
    let typed = draft.trim();
    let found = (!typed.is_empty()).then(|| question.find(typed)).flatten();
    let (before, same, after) = match found {
        Some(start) => (&question[..start], typed, &question[start + typed.len()..]),
        None => (question, "", ""),
    };
    // The press must not take the focus from the text before the click is one.
    let stay = Callback::from(|event: MouseEvent| event.prevent_default());
    html! {
        <li
            id={id_of(at)}
            class={classes!("suggestion", active.then_some("suggestion--active"))}
            part="suggestion"
            role="option"
            aria-selected={active.to_string()}
            onmousedown={stay}
            onclick={pick.reform(move |_| at)}
        >
            <span dir="auto">{before.to_owned()}<span class="suggestion__same">{same.to_owned()}</span>{after.to_owned()}</span>
        </li>
    }
}
