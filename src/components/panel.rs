//! The panel: header, transcript, composer.

use std::rc::Rc;

use wasm_bindgen::JsCast;
use web_sys::HtmlElement;
use yew::prelude::*;

use super::composer::Composer;
use super::header::header;
use super::transcript::Transcript;
use crate::chat::Chat;
use crate::hooks::use_viewport;
use crate::state::Phase;

#[component]
pub fn Panel() -> Html {
    let chat = use_context::<Chat>().expect("App provides it");
    let open = chat.state.open;
    let panel = use_node_ref();
    let composer = use_node_ref();
    use_viewport(&chat.port, open);

    {
        let (panel, composer) = (panel.clone(), composer.clone());
        use_effect_with(open, move |open| {
            if !*open {
                return;
            }
            // A finger would get a keyboard over what it came to read; a screen reader is told of the dialog instead.
            let target = if touch() { panel } else { composer };
            if let Some(element) = target.cast::<HtmlElement>() {
                // Fails only for an element that cannot be focused.
                let _ = element.focus();
            }
        });
    }

    let on_keydown = {
        let (port, panel, composer) = (chat.port.clone(), panel.clone(), composer.clone());
        Callback::from(move |event: KeyboardEvent| {
            // Between what was said and what is being said.
            if event.key() == "F6" {
                event.prevent_default();
                let transcript =
                    panel.cast::<HtmlElement>().and_then(|panel| panel.query_selector(".scroller").ok().flatten());
                let transcript = transcript.and_then(|transcript| transcript.dyn_into::<HtmlElement>().ok());
                let text = composer.cast::<HtmlElement>();
                let in_text = event.target() == text.clone().map(Into::into);
                if let Some(element) = if in_text { transcript } else { text } {
                    let _ = element.focus();
                }
            }
            // Escape also ends an input method's suggestion list, which is not a wish to close.
            if event.key() == "Escape" && !event.is_composing() {
                event.stop_propagation();
                port.close();
            }
        })
    };

    html! {
        <section
            ref={panel}
            class={classes!("panel", chat.port.framed.then_some("panel--framed"), chat.state.large.then_some("panel--large"))}
            part="panel"
            role="dialog"
            aria-label={chat.t("title")}
            lang={chat.locale.tag.clone()}
            tabindex="-1"
            hidden={!open}
            onkeydown={on_keydown}
        >
            {header(&chat)}
            <Transcript />
            // What is written to an engine that has stopped would be lost without a word.
            if chat.state.phase != Phase::Failed {
                <Composer input={composer} />
            }
        </section>
    }
}

fn touch() -> bool {
    let query = || web_sys::window()?.match_media("(hover: none)").ok()?;
    query().is_some_and(|list| list.matches())
}

/// A callback that does something to the conversation.
pub fn with_chat<E: 'static>(chat: &Chat, act: impl Fn(&Chat, E) + 'static) -> Callback<E> {
    let chat = Rc::new(chat.clone());
    Callback::from(move |event| act(&chat, event))
}
