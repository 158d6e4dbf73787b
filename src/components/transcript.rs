//! The messages, and where the reader is in them.

use web_sys::Element;
use yew::prelude::*;
use zg_proto::AuthorTag;
use zg_proto::port::ToEngine;

use super::icon::{Glyph, icon};
use super::message::{Act, Bubble};
use super::welcome::welcome;
use crate::chat::Chat;
use crate::locale::local_day;
use crate::state::{Phase, Row};

/// Nearer to the end than this counts as being there.
const END_PX: i32 = 64;

#[component]
pub fn Transcript() -> Html {
    let chat = use_context::<Chat>().expect("App provides it");
    let scroller = use_node_ref();
    let at_end = use_mut_ref(|| true);
    let behind = use_state(|| false);

    // A message that has more below it than before, such as what was hidden of it, is at the end no less.
    let last = chat.state.entries.last().map(|entry| (entry.shown.message.id.clone(), entry.shown.hidden.len()));
    let own = chat.state.entries.last().is_some_and(|entry| entry.shown.message.author == AuthorTag::Shopper);
    let writing = chat.state.writing();
    {
        let (scroller, at_end, behind) = (scroller.clone(), at_end.clone(), behind.clone());
        use_effect_with((last, chat.state.entries.len(), writing, chat.state.open), move |_| {
            let Some(element) = scroller.cast::<Element>() else { return };
            // Who scrolled up is reading: say that there is more, and leave the page where it is.
            if own || *at_end.borrow() {
                *at_end.borrow_mut() = true;
                to_end(&element);
            } else {
                behind.set(true);
            }
        });
    }

    let on_scroll = {
        let (scroller, at_end, behind) = (scroller.clone(), at_end.clone(), behind.clone());
        Callback::from(move |_: Event| {
            let Some(element) = scroller.cast::<Element>() else { return };
            let end = element.scroll_height() - element.scroll_top() - element.client_height() < END_PX;
            *at_end.borrow_mut() = end;
            if end && *behind {
                behind.set(false);
            }
        })
    };
    let on_end = {
        let scroller = scroller.clone();
        Callback::from(move |_: MouseEvent| {
            if let Some(element) = scroller.cast::<Element>() {
                to_end(&element);
            }
        })
    };
    let on_act = {
        // Depends on nothing that changes, so that bubbles are drawn again only when they change themselves.
        let chat = chat.clone();
        use_callback((), move |act: Act, ()| match act {
            Act::Press(message, reply) => chat.press(&message, &reply),
            Act::Rate(id, helpful) => chat.rate(&id, helpful),
            Act::Retry(id) => chat.retry(&id),
            Act::Person => chat.request_person(),
            Act::Form(values) => chat.port.post(&ToEngine::Form { values }),
            Act::Speak(text, lang) => chat.port.speak(&text, &lang),
            Act::Reveal(id, k) => chat.port.post(&ToEngine::Reveal { id, k }),
            Act::Follow(item) => chat.port.post(&ToEngine::Clicked { item }),
            Act::Copy(text) => chat.port.copy(&text),
            Act::Paint(canvas, data) => chat.port.paint(&canvas, &data),
        })
    };

    let rows = chat.state.rows(local_day);
    let rows = rows.into_iter().map(|row| match row {
        Row::Day { at } => html! {
            <p key={at} class="day">{chat.locale.day(at)}</p>
        },
        Row::Message { entry, head, tail, current, newest_own } => html! {
            <Bubble
                key={entry.shown.message.id.clone()}
                entry={entry.clone()}
                {head}
                {tail}
                {current}
                {newest_own}
                without_people={chat.without_people()}
                aloud={chat.state.large && chat.port.speaks}
                with_people={chat.handoff().with_people()}
                site={chat.port.site.clone()}
                locale={chat.locale.clone()}
                on_act={on_act.clone()}
            />
        },
    });
    let failed = chat.state.phase == Phase::Failed;
    let empty = chat.state.entries.is_empty();

    html! {
        <div class="transcript">
            <div ref={scroller} class="scroller" part="transcript" tabindex="0" role="region" aria-label={chat.t("transcript")} onscroll={on_scroll}>
                if empty && !failed {
                    {welcome(&chat)}
                }
                <div class="log" role="log" aria-live="polite" aria-relevant="additions">{for rows}</div>
                if failed {
                    <p class="failure" role="alert">
                        {chat.t("failed-text")}
                        {" "}
                        <a class="link" href={chat.port.help.clone()} target="_blank" rel="noopener">{chat.t("help")}</a>
                    </p>
                }
                if writing {
                    <p class="writing" aria-label={chat.t("writing")} role="img"><i /><i /><i /></p>
                }
            </div>
            if *behind {
                <button type="button" class="pill" onclick={on_end}>
                    {icon(Glyph::Down)}
                    <span>{chat.t("new-messages")}</span>
                </button>
            }
        </div>
    }
}

fn to_end(element: &Element) {
    element.set_scroll_top(element.scroll_height());
}
