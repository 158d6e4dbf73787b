//! What a message shows besides its words: products, an order's way, a coupon, a form, a rating.

use wasm_bindgen::JsCast;
use web_sys::{FormData, HtmlFormElement};
use yew::prelude::*;
use zg_proto::{Card, CardField, QuickReply};

use super::icon::{Glyph, icon};
use super::message::{Act, BubbleProps};
use crate::link::page_address;
use crate::locale::Locale;

/// The cards of a message. What asks for something is shown by the newest message alone: an old question has no answer any more.
pub fn cards(props: &BubbleProps) -> Html {
    let message = &props.entry.shown.message;
    let shown = message.cards.iter().filter_map(|card| {
        Some(match card.kind.as_str() {
            "product" => product(props, card),
            "order" => order(props, card),
            "compare" => compare(props, card),
            "coupon" => {
                html! { <Coupon card={card.clone()} locale={props.locale.clone()} on_act={props.on_act.clone()} /> }
            }
            "form" if props.current => form(props, card),
            "rating" if props.current => rating(props),
            "image" => {
                html! { <Picture card={card.clone()} text={message.text.clone()} on_act={props.on_act.clone()} /> }
            }
            _ => return None,
        })
    });
    let shown: Vec<Html> = shown.collect();
    match shown.len() {
        0 => Html::default(),
        1 => html! { <div class="cards">{for shown}</div> },
        // Reached by the arrow keys as well: what scrolls must take the focus.
        _ => html! {
            <ul class="cards cards--many" tabindex="0" aria-label={props.locale.text("cards")}>
                {for shown.into_iter().map(|card| html! { <li>{card}</li> })}
            </ul>
        },
    }
}

/// Whether the words of a message stand in its card as well: those of a form do, line by line.
pub fn replaces_text(props: &BubbleProps) -> bool {
    props
        .entry
        .shown
        .message
        .cards
        .iter()
        .any(|card| card.kind == "image" || card.kind == "compare" || card.kind == "form" && props.current)
}

fn picture(props: &BubbleProps, card: &Card) -> Html {
    let Some(src) = page_address(&card.image, &props.site) else { return Html::default() };
    // A picture that does not come leaves no hole.
    let onerror = Callback::from(|event: Event| {
        if let Some(image) = event.target().and_then(|target| target.dyn_into::<web_sys::HtmlElement>().ok()) {
            image.set_hidden(true);
        }
    });
    html! { <img class="card__image" {src} alt="" loading="lazy" decoding="async" referrerpolicy="no-referrer" {onerror} /> }
}

/// The title, which leads to its page where it has one.
fn title(props: &BubbleProps, card: &Card, words: &str) -> Html {
    let words = words.to_owned();
    match page_address(&card.url, &props.site) {
        Some(href) => {
            let (on_act, id) = (props.on_act.clone(), card.id.clone());
            let onclick = (card.kind == "product" && !id.is_empty())
                .then(|| Callback::from(move |_: MouseEvent| on_act.emit(Act::Follow(id.clone()))));
            // The shop's own pages open where the shopper is.
            let target = (!props.site.is_empty() || !href.starts_with('/')).then_some("_blank");
            html! { <a class="card__title" {href} {target} rel="noopener" dir="auto" {onclick}>{words}</a> }
        }
        None => html! { <p class="card__title" dir="auto">{words}</p> },
    }
}

fn line(class: &'static str, words: &str) -> Html {
    html! { if !words.is_empty() { <p {class} dir="auto">{words.to_owned()}</p> } }
}

fn product(props: &BubbleProps, card: &Card) -> Html {
    html! {
        <article class="card card--product" part="card">
            {picture(props, card)}
            <div class="card__body">
                {title(props, card, &card.title)}
                <p class="card__prices">
                    if !card.price.is_empty() { <span class="card__price">{card.price.clone()}</span> }
                    if !card.was.is_empty() { <s aria-label={props.locale.with("card-was", "value", &card.was)}>{card.was.clone()}</s> }
                </p>
                {line("card__note", &card.note)}
                {presses(props, card)}
            </div>
        </article>
    }
}

/// What may be done with a product. Each says which one it is of: a list has several.
fn presses(props: &BubbleProps, card: &Card) -> Html {
    let press = |field: &CardField| {
        let label = [&*field.label, " · ", &*card.title].concat();
        let reply = QuickReply { label: label.clone(), value: field.value.clone() };
        let act = Act::Press(props.entry.shown.message.id.clone(), reply);
        let onclick = props.on_act.reform(move |_: MouseEvent| act.clone());
        html! { <button type="button" class="button--text" aria-label={label} {onclick}>{field.label.clone()}</button> }
    };
    let presses: Vec<Html> = card.fields.iter().filter(|field| field.kind == "press").map(press).collect();
    html! { if !presses.is_empty() { <p class="card__presses">{for presses}</p> } }
}

/// Two products side by side.
fn compare(props: &BubbleProps, card: &Card) -> Html {
    let row = |field: &CardField| {
        let other = field.options.first().map(|option| option.label.clone()).unwrap_or_default();
        html! {
            <tr>
                <th scope="row" dir="auto">{field.label.clone()}</th>
                <td dir="auto">{field.value.clone()}</td>
                <td dir="auto">{other}</td>
            </tr>
        }
    };
    html! {
        <div class="card card--compare" part="card">
            <table aria-label={props.locale.text("card-compare")}>
                <thead>
                    <tr>
                        <td></td>
                        <th scope="col" dir="auto">{card.title.clone()}</th>
                        <th scope="col" dir="auto">{card.note.clone()}</th>
                    </tr>
                </thead>
                <tbody>{for card.fields.iter().map(row)}</tbody>
            </table>
        </div>
    }
}

fn order(props: &BubbleProps, card: &Card) -> Html {
    let of_kind = |kinds: &'static [&str]| card.fields.iter().filter(move |field| kinds.contains(&field.kind.as_str()));
    let number = props.locale.with("card-order", "value", &card.id);
    let facts = of_kind(&["fact"]).map(|field| {
        html! { <div><dt>{field.label.clone()}</dt><dd dir="auto">{field.value.clone()}</dd></div> }
    });
    // The newest first: it is what was asked for.
    let steps: Vec<&CardField> = of_kind(&["done", "now"]).collect();
    let step = |field: &&CardField| {
        let now = field.kind == "now";
        html! {
            <li class={classes!("step", now.then_some("step--now"))} aria-current={now.then_some("step")}>
                <span dir="auto">{field.label.clone()}</span>
                <time>{field.value.clone()}</time>
            </li>
        }
    };

    html! {
        <article class="card card--order" part="card">
            <header class="card__head">
                {picture(props, card)}
                <div class="card__body">
                    <p class="card__status" dir="auto">{card.note.clone()}</p>
                    {line("card__name", &card.title)}
                    {title(props, card, &number)}
                </div>
            </header>
            if card.fields.iter().any(|field| field.kind == "fact") {
                <dl class="facts">{for facts}</dl>
            }
            if !steps.is_empty() {
                <ol class="steps" aria-label={props.locale.text("card-steps")}>{for steps.iter().rev().map(step)}</ol>
            }
        </article>
    }
}

#[derive(Properties, PartialEq)]
struct CouponProps {
    card: Card,
    locale: std::rc::Rc<Locale>,
    on_act: Callback<Act>,
}

#[component]
fn Coupon(props: &CouponProps) -> Html {
    let copied = use_state(|| false);
    let card = &props.card;
    let on_click = {
        let (copied, code, on_act) = (copied.clone(), card.code.clone(), props.on_act.clone());
        Callback::from(move |_: MouseEvent| {
            on_act.emit(Act::Copy(code.clone()));
            copied.set(true);
        })
    };
    html! {
        <article class="card card--coupon" part="card">
            <div class="card__body">
                {line("card__title", &card.title)}
                {line("card__note", &card.note)}
                <p class="card__code">{card.code.clone()}</p>
            </div>
            <button type="button" class="button button--plain" onclick={on_click}>
                <span>{props.locale.text(if *copied { "copied" } else { "copy-code" })}</span>
            </button>
        </article>
    }
}

fn form(props: &BubbleProps, card: &Card) -> Html {
    let message = &props.entry.shown.message;
    let names: Vec<String> =
        card.fields.iter().filter(|field| field.kind != "fact").map(|field| field.name.clone()).collect();
    let on_submit = props.on_act.reform(move |event: SubmitEvent| {
        event.prevent_default();
        let form = event.target().and_then(|target| target.dyn_into::<HtmlFormElement>().ok());
        let data = form.and_then(|form| FormData::new_with_form(&form).ok());
        let value = |name: &String| data.as_ref().and_then(|data| data.get(name).as_string()).unwrap_or_default();
        Act::Form(names.iter().map(|name| [name, " ", &value(name)].concat()).collect())
    });
    // The words without the lines that the fields are.
    let lead = message.text.lines().next().unwrap_or_default().to_owned();
    html! {
        <form class="card card--form" part="card" onsubmit={on_submit}>
            <p class="form__lead">{lead}</p>
            {for card.fields.iter().map(|field| entry(field, &props.locale))}
            <button type="submit" class="button button--fill">{card.action.clone()}</button>
        </form>
    }
}

fn entry(field: &CardField, locale: &Locale) -> Html {
    let CardField { name, label, value, kind, options } = field.clone();
    let input = match kind.as_str() {
        "fact" => {
            return html! { <p class="form__field"><span>{label}</span><span class="form__fact" dir="auto">{value}</span></p> };
        }
        "choice" => {
            let option = |option: QuickReply| {
                let selected = option.value == value;
                html! { <option value={option.value} {selected}>{option.label}</option> }
            };
            html! {
                <select class="form__input" {name}>
                    <option value="">{locale.text("form-none")}</option>
                    {for options.into_iter().map(option)}
                </select>
            }
        }
        "order" => html! {
            <input class="form__input" {name} {value} inputmode="text" autocomplete="off" maxlength="64"
                pattern="[0-9A-Za-z\\-]{4,64}" title={locale.text("form-order")} />
        },
        _ => {
            let rows = if value.chars().count() > 18 { "2" } else { "1" };
            html! { <textarea class="form__input" {name} {value} {rows} autocomplete="off" maxlength="200" dir="auto" /> }
        }
    };
    html! { <label class="form__field"><span>{label}</span>{input}</label> }
}

fn rating(props: &BubbleProps) -> Html {
    let id = &props.entry.shown.message.id;
    let star = |n: usize| {
        let label = ["★".repeat(n), "☆".repeat(5 - n)].concat();
        let act = Act::Press(id.clone(), QuickReply { label, value: ["rate:", &n.to_string()].concat() });
        let on_click = props.on_act.reform(move |_: MouseEvent| act.clone());
        html! {
            <button type="button" class="star" aria-label={props.locale.with("stars", "n", &n.to_string())} onclick={on_click}>
                {icon(Glyph::Star)}
            </button>
        }
    };
    html! { <div class="card card--rating" part="card" role="group" aria-label={props.locale.text("rating")}>{for (1..=5).map(star)}</div> }
}

#[derive(Properties, PartialEq)]
struct PictureProps {
    card: Card,
    /// What stands for it.
    text: String,
    on_act: Callback<Act>,
}

/// A picture of the shopper's own, as it is kept here.
#[component]
fn Picture(props: &PictureProps) -> Html {
    let canvas = use_node_ref();
    {
        let (canvas, on_act) = (canvas.clone(), props.on_act.clone());
        use_effect_with(props.card.image.clone(), move |data| {
            if let Some(element) = canvas.cast::<web_sys::Element>() {
                on_act.emit(Act::Paint(element, data.clone()));
            }
        });
    }
    let (width, height) = props.card.note.split_once('x').unwrap_or(("320", "240"));
    let (width, height) = (width.to_owned(), height.to_owned());
    html! { <canvas ref={canvas} class="card__shown" role="img" aria-label={props.text.clone()} {width} {height} /> }
}
