//! What an empty transcript shows: a greeting, where the words go, and questions to begin with.

use yew::prelude::*;

use super::icon::{Glyph, icon};
use super::panel::with_chat;
use crate::chat::Chat;

pub fn welcome(chat: &Chat) -> Html {
    let starters = chat.state.starters.iter().map(|starter| {
        let on_click = {
            let (chat, starter) = (chat.clone(), starter.clone());
            Callback::from(move |_| chat.press("", &starter))
        };
        html! {
            <li key={starter.value.clone()}>
                <button type="button" class="choice" part="choice" onclick={on_click}>
                    <span>{starter.label.clone()}</span>
                    {icon(Glyph::Arrow)}
                </button>
            </li>
        }
    });

    html! {
        <div class="welcome">
            <slot name="greeting">
                <p class="welcome__greeting">{chat.t("greeting")}</p>
                <p class="welcome__more">{chat.t("greeting-more")}</p>
            </slot>
            if chat.state.large && !chat.without_people() {
                <ul class="choices">
                    <li>
                        <button type="button" class="choice choice--person" part="choice" onclick={with_chat(chat, |chat, _: MouseEvent| chat.request_person())}>
                            {icon(Glyph::Person)}
                            <span>{chat.t("person")}</span>
                        </button>
                    </li>
                </ul>
            }
            if !chat.state.starters.is_empty() {
                <h3 class="welcome__label">{chat.t("starters")}</h3>
                <ul class="choices">{for starters}</ul>
            }
            <p class="welcome__privacy">
                {chat.t(if chat.port.tasks { "privacy-tasks" } else { "privacy" })}
                if let Some(shares) = chat.port.shares { {" "}{chat.t(shares)} }
            </p>
        </div>
    }
}
