//! Who is here, how to reach a person, how to close. These three never move.

use yew::prelude::*;
use zg_proto::HandoffTag;
use zg_proto::port::Models;

use super::icon::{Glyph, icon};
use super::panel::with_chat;
use crate::chat::Chat;
use crate::state::Phase;

pub fn header(chat: &Chat) -> Html {
    let (key, value) = chat.state.headline();
    let headline = chat.locale.with(key, "value", &value);
    let online = chat.state.status.as_ref().is_some_and(|status| status.online);
    let tone = match (chat.state.phase, chat.handoff()) {
        (Phase::Failed, _) => "state--failed",
        (Phase::Starting, _) => "state--waiting",
        _ if !online => "state--offline",
        (Phase::Ready, HandoffTag::Queued) => "state--waiting",
        (Phase::Ready, _) => "state--online",
    };
    // Only a breath in the dot: questions are answered without the models too.
    let learning = chat.state.status.as_ref().is_some_and(|status| status.models == Models::Loading);
    let models = chat.state.status.as_ref().map(|status| match status.models {
        Models::Absent => "absent",
        Models::Loading => "loading",
        Models::Ready => "ready",
    });
    let on_close = with_chat(chat, |chat, _| chat.port.close());

    html! {
        // No banner: the page has its own, and this is a part of a dialog.
        <div class="header" part="header" data-models={models}>
            <span class="mark" aria-hidden="true"><slot name="mark">{icon(Glyph::Spark)}</slot></span>
            <div class="header__who">
                <h2 class="header__name">{chat.t("title")}</h2>
                <p class={classes!("state", tone, learning.then_some("state--learning"))} role="status">{headline}</p>
            </div>
            <PersonButton />
            if chat.port.closable {
                <button type="button" class="button button--icon" part="close" aria-label={chat.t("close")} onclick={on_close}>
                    {icon(Glyph::Close)}
                </button>
            }
        </div>
    }
}

/// One tap to a person in every state; once there, the way back.
#[component]
fn PersonButton() -> Html {
    let chat = use_context::<Chat>().expect("App provides it");
    let asking = use_state(|| false);
    let handoff = chat.handoff();
    let failed = chat.state.phase == Phase::Failed;
    // A question that is no longer the question must not be answered by the next press.
    {
        let asking = asking.clone();
        use_effect_with(handoff, move |_| asking.set(false));
    }

    let label = match handoff {
        HandoffTag::Queued => "person-leave",
        HandoffTag::Assigned if *asking => "person-end-confirm",
        HandoffTag::Assigned => "person-end",
        HandoffTag::New | HandoffTag::Contained | HandoffTag::Ended => "person",
    };
    let on_click = {
        let asking = asking.clone();
        with_chat(&chat, move |chat, _: MouseEvent| match handoff {
            HandoffTag::Queued => chat.leave_person(),
            // Ending a talk with a person by a slip of the finger costs the place in the queue: ask once more.
            HandoffTag::Assigned if !*asking => asking.set(true),
            HandoffTag::Assigned => chat.leave_person(),
            _ if failed || chat.without_people() => asking.set(!*asking),
            _ => chat.request_person(),
        })
    };
    let on_blur = {
        let asking = asking.clone();
        Callback::from(move |_| {
            if handoff == HandoffTag::Assigned {
                asking.set(false);
            }
        })
    };
    // Nothing about a person is silent, least of all that there is none.
    let unavailable = *asking && !handoff.with_people() && (failed || chat.without_people());
    let contact = if failed { chat.port.help.clone() } else { chat.port.contact.clone() };

    html! {
        <>
            <button
                type="button"
                class={classes!("button", "button--person", handoff.with_people().then_some("button--quiet"))}
                part="person"
                onclick={on_click}
                onblur={on_blur}
            >
                {icon(if handoff.with_people() { Glyph::Close } else { Glyph::Person })}
                <span>{chat.t(label)}</span>
            </button>
            if unavailable {
                <p class="notice" role="alert">
                    {chat.t(if failed { "failed-text" } else { "person-unavailable" })}
                    if !contact.is_empty() {
                        {" "}
                        <a class="link" href={contact} target="_blank" rel="noopener">{chat.t(if failed { "help" } else { "contact" })}</a>
                    }
                </p>
            }
        </>
    }
}
