//! How a shop's assistant speaks, in every channel.

use crate::manner::Tone;

/// The shop's settings.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Style {
    /// What the assistant calls itself; empty: it says what it is.
    pub name: String,
    /// `您` rather than `你`.
    pub polite: bool,
    /// A smile where nothing is wrong.
    pub emoji: bool,
    /// Long answers begin with their first paragraph, and a button gives the rest.
    pub short: bool,
    /// No exclamation marks and no wavy lines.
    pub formal: bool,
}

impl Style {
    /// Reads the fields that [`Style::line`] wrote; `None` for any others.
    pub fn read<'f>(mut fields: impl Iterator<Item = &'f str>) -> Option<Self> {
        let name = fields.next()?.to_owned();
        let mut flag = |name: &str| Some(fields.next()? == name);
        Some(Self {
            name,
            polite: flag("polite")?,
            emoji: flag("emoji")?,
            short: flag("short")?,
            formal: flag("formal")?,
        })
    }

    /// The fields, separated by tabs.
    #[cfg(feature = "build")]
    #[must_use]
    pub fn line(&self) -> String {
        let flag = |set: bool, name: &str| if set { name.to_owned() } else { String::new() };
        [
            self.name.clone(),
            flag(self.polite, "polite"),
            flag(self.emoji, "emoji"),
            flag(self.short, "short"),
            flag(self.formal, "formal"),
        ]
        .join("\t")
    }

    /// The assistant's own words in this style and tone. `light`: nothing is wrong, and a smile may be added.
    #[must_use]
    pub fn dress(&self, text: &str, tone: Tone, light: bool) -> String {
        let mut dressed = text.to_owned();
        if self.polite {
            // The plural has no polite form.
            dressed = dressed.replace('你', "您").replace("您们", "你们").replace("您們", "你們");
        }
        if self.formal {
            dressed = dressed.replace('！', "。").replace(['～', '~'], "");
        }
        if tone == Tone::Sober || self.formal {
            dressed.retain(|c| !is_emoji(c));
        } else if self.emoji && light {
            dressed.push_str(" 😊");
        }
        dressed
    }
}

fn is_emoji(c: char) -> bool {
    matches!(c, '\u{1f300}'..='\u{1faff}' | '\u{2600}'..='\u{27bf}' | '\u{fe0f}')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_shop_speaks_as_it_wants_and_soberly_where_something_is_wrong() {
        let plain = Style::default();
        let warm = Style { polite: true, emoji: true, ..Style::default() };
        let formal = Style { formal: true, emoji: true, ..Style::default() };
        for (style, tone, light, expected) in [
            (&plain, Tone::Plain, true, "你好！你们的礼物🎁到了～"),
            (&plain, Tone::Sober, false, "你好！你们的礼物到了～"),
            (&warm, Tone::Warm, true, "您好！你们的礼物🎁到了～ 😊"),
            (&warm, Tone::Plain, false, "您好！你们的礼物🎁到了～"),
            (&warm, Tone::Sober, true, "您好！你们的礼物到了～"),
            (&formal, Tone::Warm, true, "你好。你们的礼物到了"),
        ] {
            assert_eq!(style.dress("你好！你们的礼物🎁到了～", tone, light), expected, "{style:?} {tone:?}");
        }
    }
}
