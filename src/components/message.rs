//! One message: its text, where it comes from, what can be done about it.

use std::rc::Rc;

use yew::prelude::*;
use zg_proto::port::Delivery;
use zg_proto::{Answer, AuthorTag, Body, QuickReply};

use super::card;
use super::icon::{Glyph, icon};
use crate::chat::HANDOFF;
use crate::link::{Piece, pieces};
use crate::locale::Locale;
use crate::state::Entry;

/// What a press in a message asks for.
#[derive(Debug, Clone, PartialEq)]
pub enum Act {
    /// A quick reply of the message with this id.
    Press(String, QuickReply),
    Rate(String, bool),
    Retry(String),
    Person,
    /// Reads a text aloud, in this language.
    Speak(String, String),
    /// Shows people what was hidden from them in the message with this id, by its number.
    Reveal(String, u32),
    /// The form, sent: names and values.
    Form(Vec<String>),
    /// Puts a text on the clipboard.
    Copy(String),
    /// The link of this product was followed.
    Follow(String),
    /// Draws a picture on a canvas.
    Paint(web_sys::Element, String),
}

#[derive(Properties, PartialEq)]
pub struct BubbleProps {
    pub entry: Rc<Entry>,
    pub head: bool,
    pub tail: bool,
    pub current: bool,
    pub newest_own: bool,
    /// Whether what is said can be read aloud.
    pub aloud: bool,
    pub without_people: bool,
    /// Whether people read what is written.
    pub with_people: bool,
    /// Origin that `/#/…` links belong to where this is not the shop's page.
    pub site: String,
    pub locale: Rc<Locale>,
    pub on_act: Callback<Act>,
}

#[component]
pub fn Bubble(props: &BubbleProps) -> Html {
    let locale = &props.locale;
    let shown = &props.entry.shown;
    let message = &shown.message;

    if let Body::Event { name } = &message.body {
        // The server says who; the engine says the whole sentence; of anything else the name is all there is.
        let named = ["event-", name, "-named"].concat();
        let text = if message.text.is_empty() {
            locale.find(&["event-", name].concat()).unwrap_or_default()
        } else if locale.find(&named).is_some() {
            locale.with(&named, "value", &message.text)
        } else {
            message.text.clone()
        };
        return html! { if !text.is_empty() { <p class="event">{text}</p> } };
    }

    let (author, name) = match message.author {
        AuthorTag::Shopper => ("shopper", "author-shopper"),
        AuthorTag::Operator => ("operator", "author-operator"),
        AuthorTag::Assistant => ("assistant", "author-assistant"),
        AuthorTag::System => ("system", "author-system"),
    };
    let class = classes!(
        "message",
        ["message--", author].concat(),
        props.head.then_some("message--head"),
        props.tail.then_some("message--tail"),
    );
    let replies = replies(props, locale);
    let foot = foot(props, locale);

    html! {
        <article {class} part={["message message-", author].concat()}>
            <span class={if props.head && author == "operator" { "message__author" } else { "hidden" }}>{locale.text(name)}</span>
            if !card::replaces_text(props) {
                <div class="bubble" lang={message.lang.clone()}>
                    <p class="text" dir="auto">{for pieces(&message.text).into_iter().map(|piece| view_piece(piece, &props.site))}</p>
                    if let Body::Answer(answer) = &message.body {
                        {provenance(props, answer)}
                    }
                </div>
            }
            {card::cards(props)}
            if !replies.is_empty() {
                <ul class="choices" aria-label={locale.text("quick-replies")}>{for replies}</ul>
            }
            {hidden(props)}
            if props.aloud && message.author != AuthorTag::Shopper {
                {aloud(props)}
            }
            {foot}
        </article>
    }
}

fn view_piece(piece: Piece<'_>, site: &str) -> Html {
    match piece {
        // What turns all that follows around is nobody's language; what sets a stretch apart may be.
        Piece::Text(text) => html! {{text.replace(['\u{202d}', '\u{202e}'], "")}},
        Piece::Link(link) => {
            html! { <a class="link" href={link.to_owned()} target="_blank" rel="noopener">{link.to_owned()}</a> }
        }
        Piece::Route(route) => view_route(route, route, site),
        Piece::Labelled { label, route } => view_route(label, route, site),
    }
}

/// In a frame of ours the address is the shop's, not the frame's.
fn view_route(label: &str, route: &str, site: &str) -> Html {
    let target = (!site.is_empty()).then_some("_blank");
    html! { <a class="link" href={[site, route].concat()} {target} rel="noopener">{label.to_owned()}</a> }
}

/// The buttons under the message; only the newest one's can be pressed, so only it has them.
fn replies(props: &BubbleProps, locale: &Locale) -> Vec<Html> {
    let message = &props.entry.shown.message;
    if !props.current {
        return Vec::new();
    }
    let mut replies: Vec<(String, bool, Act)> = message
        .quick_replies
        .iter()
        .map(|reply| (reply.label.clone(), reply.value == HANDOFF, Act::Press(message.id.clone(), reply.clone())))
        .collect();
    // Where nothing fits, a person is offered, whatever the shop's dialogue leaves out.
    if message.body == Body::Fallback && !replies.iter().any(|(_, person, _)| *person) {
        replies.push((locale.text("person"), true, Act::Person));
    }
    let offered = replies.into_iter().filter(|(_, person, _)| !(*person && props.without_people));
    offered
        .map(|(label, person, act)| {
            let on_click = props.on_act.reform(move |_: MouseEvent| act.clone());
            html! {
                <li key={label.clone()}>
                    <button type="button" class={classes!("choice", person.then_some("choice--person"))} part="choice" onclick={on_click}>
                        if person { {icon(Glyph::Person)} }
                        <span>{label}</span>
                        if !person { {icon(Glyph::Arrow)} }
                    </button>
                </li>
            }
        })
        .collect()
}

fn aloud(props: &BubbleProps) -> Html {
    let message = &props.entry.shown.message;
    let act = Act::Speak(message.text.clone(), message.lang.clone().unwrap_or_else(|| props.locale.tag.clone()));
    let on_click = props.on_act.reform(move |_: MouseEvent| act.clone());
    html! {
        <button type="button" class="button button--plain aloud" onclick={on_click}>
            {icon(Glyph::Speaker)}
            <span>{props.locale.text("read-aloud")}</span>
        </button>
    }
}

/// What people were not shown of the message, and how to show it to them.
fn hidden(props: &BubbleProps) -> Html {
    let shown = &props.entry.shown;
    let one = |(at, masked): (usize, &String)| {
        let id = shown.message.id.clone();
        let on_click = props.on_act.reform(move |_: MouseEvent| Act::Reveal(id.clone(), at as u32));
        html! {
            <button type="button" class="button button--plain" onclick={on_click}>
                {props.locale.with("reveal", "value", masked)}
            </button>
        }
    };
    let left: Vec<Html> = shown.hidden.iter().enumerate().filter(|(_, masked)| !masked.is_empty()).map(one).collect();
    if left.is_empty() || !props.with_people {
        return Html::default();
    }
    html! { <div class="masked"><p>{props.locale.text("hidden")}</p>{for left}</div> }
}

/// Time and delivery.
fn foot(props: &BubbleProps, locale: &Locale) -> Html {
    let shown = &props.entry.shown;
    if shown.delivery == Delivery::Failed {
        let id = shown.message.id.clone();
        let on_click = props.on_act.reform(move |_: MouseEvent| Act::Retry(id.clone()));
        return html! {
            <p class="foot foot--failed">
                {icon(Glyph::Warning)}
                <span>{locale.text("delivery-failed")}</span>
                <button type="button" class="button--text" onclick={on_click}>{locale.text("retry")}</button>
            </p>
        };
    }
    let waiting = shown.delivery == Delivery::Pending;
    if !props.tail && !waiting {
        return Html::default();
    }
    html! {
        <p class="foot">
            <time>{locale.time(shown.message.at)}</time>
            if waiting {
                {icon(Glyph::Clock)}<span>{locale.text("delivery-pending")}</span>
            } else if shown.delivery == Delivery::Seen && props.newest_own {
                {icon(Glyph::Check)}<span>{locale.text("delivery-seen")}</span>
            } else if shown.delivery == Delivery::Sent && props.newest_own {
                {icon(Glyph::Check)}<span>{locale.text("delivery-sent")}</span>
            }
        </p>
    }
}

/// Where an answer comes from, how fresh it is, and whether it helped.
fn provenance(props: &BubbleProps, answer: &Answer) -> Html {
    let locale = &props.locale;
    let shown = &props.entry.shown;
    let rate = |helpful: bool| {
        let id = shown.message.id.clone();
        props.on_act.reform(move |_: MouseEvent| Act::Rate(id.clone(), helpful))
    };
    let dates = [
        answer.verified.as_ref().map(|date| locale.with("verified", "date", &locale.calendar_date(date))),
        answer.valid_until.as_ref().map(|date| locale.with("valid-until", "date", &locale.calendar_date(date))),
    ];
    let dates = dates.into_iter().flatten().map(|date| html! { <span>{date}</span> });
    let thumb = |helpful: bool, glyph, label: &str| {
        html! {
            <button
                type="button"
                class="button button--icon button--small"
                aria-label={locale.text(label)}
                aria-pressed={(shown.helpful == Some(helpful)).to_string()}
                onclick={rate(helpful)}
            >
                {icon(glyph)}
            </button>
        }
    };
    let question = if shown.helpful.is_some() { "rated" } else { "rate" };

    html! {
        <footer class="provenance">
            <p class="provenance__source" title={answer.source.clone()}>{locale.with("source", "question", &answer.question)}</p>
            <p class="provenance__dates">{for dates}</p>
            <div class="provenance__rate" role="group" aria-label={locale.text("rate")}>
                <span>{locale.text(question)}</span>
                {thumb(true, Glyph::ThumbUp, "helpful")}
                {thumb(false, Glyph::ThumbDown, "not-helpful")}
            </div>
        </footer>
    }
}
