//! What goes along to a person, as the device writes it.
//!
//! Written by hand, as the dialogue's memory is: what serde derives for it would be six kilobytes of every visitor's download.

use zg_domain::{ItemFeedback, Packet, Shopping, Wanted};

use crate::to_json;

/// The JSON of a [`crate::cli::PacketTag`].
#[must_use]
pub fn packet_json(packet: &Packet) -> String {
    let list = |texts: &mut dyn Iterator<Item = &str>| texts.map(|text| to_json(&text)).collect::<Vec<_>>().join(",");
    let facts: Vec<String> =
        packet.facts.iter().map(|(name, value)| [to_json(&**name), to_json(&**value)].join(":")).collect();
    [
        "{\"wants\":",
        &to_json(&*packet.wants),
        ",\"intent\":",
        &to_json(&*packet.intent),
        ",\"facts\":{",
        &facts.join(","),
        "},\"tried\":[",
        &list(&mut packet.tried.iter().map(String::as_str)),
        "],\"moods\":[",
        &list(&mut packet.moods.iter().map(|mood| mood.label())),
        if packet.priority { "],\"priority\":true}" } else { "]}" },
    ]
    .concat()
}

/// The body of a request for a person.
#[must_use]
pub fn handoff_json(reason: Option<&str>, packet: Option<&str>) -> String {
    let reason = reason.map(|reason| ["\"reason\":", &to_json(&reason)].concat());
    let packet = packet.map(|packet| ["\"packet\":", packet].concat());
    ["{", &reason.into_iter().chain(packet).collect::<Vec<_>>().join(","), "}"].concat()
}

fn names<'n>(texts: impl Iterator<Item = &'n String>) -> String {
    ["[", &texts.map(|text| to_json(&**text)).collect::<Vec<_>>().join(","), "]"].concat()
}

/// A list that is wanted, for the host: the fields of [`crate::cli::EffectLine::Recommend`], and the shopper's tastes as
/// `[kind, value, weight]`.
#[must_use]
pub fn wanted_json(wanted: &Wanted, shopping: &Shopping) -> String {
    let dismissed: Vec<String> = wanted
        .dismissed
        .iter()
        .map(|(item, why)| ["[", &to_json(&**item), ",\"", why.name(), "\"]"].concat())
        .collect();
    let tastes: Vec<String> = shopping
        .tastes
        .iter()
        .map(|taste| {
            let (value, weight) = (to_json(&*taste.value), taste.weight.to_string());
            ["[\"", taste.kind.name(), "\",", &value, ",", &weight, "]"].concat()
        })
        .collect();
    let price =
        wanted.price.map(|(least, most)| [",\"price\":[", &least.to_string(), ",", &most.to_string(), "]"].concat());
    [
        "{\"id\":",
        &to_json(&*wanted.id),
        ",\"occasion\":\"",
        wanted.occasion.name(),
        "\",\"session\":",
        &names(wanted.session.iter()),
        ",\"hidden\":",
        &names(wanted.hidden.iter()),
        ",\"liked\":",
        &names(wanted.liked.iter()),
        ",\"dismissed\":[",
        &dismissed.join(","),
        "],\"tastes\":[",
        &tastes.join(","),
        "],\"k\":",
        &wanted.k.to_string(),
        price.as_deref().unwrap_or_default(),
        "}",
    ]
    .concat()
}

/// What was done with a product, for the host: the fields of [`crate::cli::EffectLine::Learn`], `kind` as `type`.
#[must_use]
pub fn learn_json(feedback: &ItemFeedback) -> String {
    let request = feedback.request.as_ref().map(|request| [",\"request\":", &to_json(&**request)].concat());
    let slot = feedback.slot.map(|slot| [",\"slot\":", &slot.to_string()].concat());
    let why = feedback.why.map(|why| [",\"reason\":\"", why.name(), "\""].concat());
    [
        "{\"type\":\"",
        feedback.kind.name(),
        "\",\"item\":",
        &to_json(&*feedback.item),
        request.as_deref().unwrap_or_default(),
        slot.as_deref().unwrap_or_default(),
        why.as_deref().unwrap_or_default(),
        "}",
    ]
    .concat()
}
