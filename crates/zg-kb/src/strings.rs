//! Many short texts in one: a hundred thousand of their own would cost more in headers than in text.

/// Texts one after the other, found by number.
#[derive(Debug, Default)]
pub(crate) struct Strings {
    text: String,
    /// Where each ends.
    ends: Vec<u32>,
    /// Bytes between two of them that belong to neither.
    gap: u32,
}

impl Strings {
    /// The lines of a text, without their line feeds; `None` where the last has none.
    pub(crate) fn of_lines(text: &str) -> Option<Self> {
        if !(text.is_empty() || text.ends_with('\n')) || u32::try_from(text.len()).is_err() {
            return None;
        }
        let feeds = text.bytes().enumerate().filter(|(_, byte)| *byte == b'\n');
        Some(Self { ends: feeds.map(|(at, _)| at as u32).collect(), text: text.to_owned(), gap: 1 }.shrunk())
    }

    /// Adds one. There are never more than 4 GiB of them: they come from a file that cannot be larger.
    pub(crate) fn push(&mut self, text: &str) {
        debug_assert_eq!(self.gap, 0, "lines are given at once");
        self.text.push_str(text);
        self.ends.push(self.text.len() as u32);
    }

    /// Without the place that was held for more.
    pub(crate) fn shrunk(mut self) -> Self {
        self.text.shrink_to_fit();
        self.ends.shrink_to_fit();
        self
    }

    pub(crate) fn len(&self) -> usize {
        self.ends.len()
    }

    /// # Panics
    /// For a number that is not below [`Strings::len`].
    pub(crate) fn get(&self, at: usize) -> &str {
        let start = at.checked_sub(1).map_or(0, |before| self.ends[before] + self.gap);
        &self.text[start as usize..self.ends[at] as usize]
    }
}
