//! The text box at the foot of the widget. It owns the draft and nothing else.

use web_sys::HtmlTextAreaElement;
use yew::prelude::*;
use zg_domain::MAX_MESSAGE_BYTES;

use super::icon::{Glyph, icon};
use super::panel::with_chat;
use crate::chat::Chat;

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
    let draft = use_state(String::new);
    let n_bytes = draft.trim().len();
    let too_long = n_bytes > MAX_MESSAGE_BYTES;
    let idle = n_bytes == 0 || too_long;

    let send = {
        let (draft, input) = (draft.clone(), props.input.clone());
        with_chat(&chat, move |chat, ()| {
            // From the element, not from the state: the last key may not have been drawn yet.
            let Some(element) = input.cast::<HtmlTextAreaElement>() else { return };
            let text = element.value();
            if text.trim().is_empty() || text.trim().len() > MAX_MESSAGE_BYTES {
                return;
            }
            chat.say(&text);
            element.set_value("");
            draft.set(String::new());
            // A press on the button must not cost a phone its keyboard.
            let _ = element.focus();
        })
    };
    let on_input = {
        let draft = draft.clone();
        Callback::from(move |event: InputEvent| draft.set(event.target_unchecked_into::<HtmlTextAreaElement>().value()))
    };
    let on_keydown = {
        let send = send.clone();
        Callback::from(move |event: KeyboardEvent| {
            // Enter that accepts an input method's word: Safari has ended the composition by then, hence the key code.
            let composing = event.is_composing() || event.key_code() == KEY_PROCESS;
            if event.key() == "Enter" && !event.shift_key() && !composing {
                event.prevent_default();
                send.emit(());
            }
        })
    };
    let on_submit = send.reform(|event: SubmitEvent| event.prevent_default());

    let with_people = chat.handoff().with_people();
    let placeholder = chat.t(if with_people { "placeholder-person" } else { "placeholder" });
    let left = (MAX_MESSAGE_BYTES as i64 - n_bytes as i64).to_string();

    html! {
        <form class="composer" part="composer" onsubmit={on_submit}>
            <div class="composer__box">
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
                        {placeholder}
                        oninput={on_input}
                        onkeydown={on_keydown}
                    />
                </div>
                <button type="submit" class="button composer__send" part="send" aria-label={chat.t("send")} aria-disabled={idle.to_string()}>
                    {icon(Glyph::Send)}
                </button>
            </div>
            if n_bytes + COUNTED_BYTES > MAX_MESSAGE_BYTES {
                <p class={classes!("composer__count", too_long.then_some("composer__count--over"))} role="status">
                    {chat.locale.with(if too_long { "too-long" } else { "bytes-left" }, "n", left.trim_start_matches('-'))}
                </p>
            }
            <Footnote />
        </form>
    }
}

/// Where the words are, and how to be rid of them.
#[component]
fn Footnote() -> Html {
    let chat = use_context::<Chat>().expect("App provides it");
    let asking = use_state(|| false);
    let pending = chat.state.status.as_ref().map_or(0, |status| status.pending);
    let offline = chat.state.status.as_ref().is_some_and(|status| !status.online);
    let key = match () {
        () if pending > 0 && offline => "note-pending",
        () if chat.handoff().with_people() => "note-person",
        () => "note-local",
    };
    let erasable = !chat.state.entries.is_empty();
    let on_click = {
        let asking = asking.clone();
        with_chat(&chat, move |chat, _: MouseEvent| {
            if *asking {
                chat.erase();
            }
            asking.set(!*asking);
        })
    };
    let on_blur = {
        let asking = asking.clone();
        Callback::from(move |_| asking.set(false))
    };

    html! {
        <p class="footnote">
            <span>{chat.locale.with(key, "n", &pending.to_string())}</span>
            if erasable {
                <button type="button" class="button--text" onclick={on_click} onblur={on_blur}>
                    {chat.t(if *asking { "erase-confirm" } else { "erase" })}
                </button>
            }
        </p>
    }
}
