//! Reading labels from the ends of lines.

use std::collections::BTreeMap;

/// What one line's label says.
#[derive(Clone, Debug, Default)]
pub struct Label {
    /// Category ids of which a record must cover the line.
    pub expected: Vec<String>,
    /// Kinds counted neither way here.
    pub maybe: Vec<String>,
    /// Nothing may be reported.
    pub safe: bool,
    /// No flow may end here.
    pub safe_flow: bool,
}

/// The labels of a text by line, from 1. A label word that is not known is a mistake in the fixture.
pub fn read(path: &str, text: &str) -> BTreeMap<u32, Label> {
    let mut labels = BTreeMap::new();
    for (index, line) in text.lines().enumerate() {
        let line = line.trim_end().trim_end_matches("*/").trim_end();
        let Some(comment) = comment(line) else { continue };
        labels.insert(index as u32 + 1, parse(path, index + 1, comment));
    }
    labels
}

/// The last comment of the line that opens with a label word.
fn comment(line: &str) -> Option<&str> {
    ["// ", "# ", "/* "]
        .iter()
        .flat_map(|open| line.rmatch_indices(open).map(|(at, open)| &line[at + open.len()..]))
        .filter(|text| ["expect:", "maybe:"].iter().any(|word| text.starts_with(word)) || is_safe(text))
        .min_by_key(|text| text.len())
}

fn is_safe(text: &str) -> bool {
    text == "safe" || text.starts_with("safe: ")
}

fn parse(path: &str, line: usize, comment: &str) -> Label {
    let mut label = Label::default();
    let mut state = "";
    for word in comment.split_whitespace() {
        match (word, state) {
            ("expect:" | "maybe:" | "safe" | "safe:", _) => {
                label.safe |= word == "safe";
                state = word;
            }
            ("flow", "safe:") => label.safe_flow = true,
            (id, "expect:") => label.expected.push(id.to_owned()),
            (kind, "maybe:") => label.maybe.push(kind.to_owned()),
            _ => panic!("{path}:{line}: `{comment}` is not a label"),
        }
    }
    label
}
