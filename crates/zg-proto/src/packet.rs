//! What goes along to a person, as the device writes it.
//!
//! Written by hand, as the dialogue's memory is: what serde derives for it would be six kilobytes of every visitor's download.

use zg_domain::Packet;

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
