//! The subset of Project Fluent that our locale files use: `key = value` lines with `{ $name }` in them.
//!
//! The whole of Fluent (selectors, terms, functions) weighs more than the widget it would serve,
//! so the files keep to this subset and stay readable by any Fluent tool.

/// The messages of one locale.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Catalog {
    messages: Vec<(String, String)>,
}

impl Catalog {
    /// Reads a `.ftl` file. Comments (`#`) and what is not understood are passed over: a broken line costs one message.
    #[must_use]
    pub fn parse(source: &str) -> Self {
        let mut messages: Vec<(String, String)> = Vec::new();
        for line in source.lines() {
            if line.starts_with('#') || line.trim().is_empty() {
                continue;
            }
            // Fluent continues a value on indented lines.
            if line.starts_with([' ', '\t']) {
                if let Some((_, value)) = messages.last_mut() {
                    value.push('\n');
                    value.push_str(line.trim());
                }
                continue;
            }
            if let Some((key, value)) = line.split_once('=') {
                messages.push((key.trim().to_owned(), value.trim().to_owned()));
            }
        }
        // By insertion: a sort of this type alone would be two kilobytes of every visitor's download.
        let mut sorted: Vec<(String, String)> = Vec::with_capacity(messages.len());
        for message in messages {
            sorted.insert(sorted.partition_point(|other| other.0 <= message.0), message);
        }
        Self { messages: sorted }
    }

    #[must_use]
    pub fn keys(&self) -> Vec<&str> {
        self.messages.iter().map(|(key, _)| key.as_str()).collect()
    }

    /// The message for `key` as it is written.
    #[must_use]
    pub fn get(&self, key: &str) -> Option<&str> {
        let found = self.messages.binary_search_by(|(other, _)| other.as_str().cmp(key)).ok()?;
        Some(&self.messages[found].1)
    }

    /// The message for `key` with its variables filled in; the key itself where it is missing, so that a gap is seen.
    #[must_use]
    pub fn text(&self, key: &str, variables: &[(&str, &str)]) -> String {
        let Some(mut rest) = self.get(key) else { return key.to_owned() };
        let mut text = String::with_capacity(rest.len());
        while let Some((before, after)) = rest.split_once('{') {
            text.push_str(before);
            let Some((inside, after)) = after.split_once('}') else {
                text.push('{');
                text.push_str(after);
                return text;
            };
            let name = inside.trim().trim_start_matches('$');
            if let Some((_, value)) = variables.iter().find(|(other, _)| *other == name) {
                text.push_str(value);
            }
            rest = after;
        }
        text.push_str(rest);
        text
    }
}

#[cfg(test)]
mod tests {
    use super::Catalog;

    #[test]
    fn variables_are_filled_and_gaps_are_seen() {
        let catalog = Catalog::parse("# comment\nqueue = 前面还有 { $n } 位\nlong = one\n    two\nodd = a { b\n");
        assert_eq!(catalog.text("queue", &[("n", "3")]), "前面还有 3 位");
        assert_eq!(catalog.text("long", &[]), "one\ntwo");
        assert_eq!(catalog.text("odd", &[]), "a { b");
        assert_eq!(catalog.text("missing", &[]), "missing");
    }
}
