//! How a shop's assistant speaks, in every channel.

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

    /// The assistant's own words in this style. `smile`: nothing is wrong, and they may be light.
    #[must_use]
    pub fn dress(&self, text: &str, smile: bool) -> String {
        let mut dressed = text.to_owned();
        if self.polite {
            // The plural has no polite form.
            dressed = dressed.replace('你', "您").replace("您们", "你们").replace("您們", "你們");
        }
        if self.formal {
            dressed = dressed.replace('！', "。").replace(['～', '~'], "");
        }
        if !smile {
            dressed.retain(|c| !is_emoji(c));
        } else if self.emoji && !self.formal {
            dressed.push_str(" 😊");
        }
        dressed
    }
}

fn is_emoji(c: char) -> bool {
    matches!(c, '\u{1f300}'..='\u{1faff}' | '\u{2600}'..='\u{27bf}' | '\u{fe0f}')
}
