//! `review.toml` → [`Review`], with errors that point at file, line and column.
//!
//! The schema is the types of [`crate::model::review`]: their JSON Schema drives the check of shape
//! ([`shape`]), so a key added to a type is known here, published by [`schema`] and suggested on a typing
//! error without another list to keep. What a schema cannot say (a path that leaves the build, two
//! artifacts of one name) is in [`rules`]. Both run over the parsed document with its spans and not over
//! deserialised values: serde loses the place of a key inside a tagged table, and stops at the first error.
//!
//! This module reads no file: the caller does, and names it.

mod document;
mod error;
mod nearest;
mod rules;
mod shape;

use toml::de::DeTable;

use crate::model::Review;

pub use error::ManifestError;
pub use error::Problem;

use document::Node;

/// The schema version this program reads.
pub const VERSION: i64 = 1;

/// The review that `text` describes. `file` is what messages call it.
///
/// # Errors
/// [`ManifestError`] with every problem found, each with its line, column and what to do.
pub fn load(text: &str, file: &str) -> Result<Review, ManifestError> {
    let text = text.strip_prefix('\u{feff}').unwrap_or(text);
    let failed = |problems| ManifestError::new(file, text, problems);
    let (table, errors) = DeTable::parse_recoverable(text);
    if !errors.is_empty() {
        // What the reader says after its first error is mostly an echo of it.
        let first = errors.iter().min_by_key(|error| error.span().map_or(0, |span| span.start));
        return Err(failed(first.into_iter().map(error::syntax).collect()));
    }
    let document = Node::root(&table);
    if let Some(problem) = rules::other_version(&document) {
        return Err(failed(vec![problem])); // whatever else is said under another schema means nothing here
    }
    let mut problems = shape::check(&document);
    problems.extend(rules::check(&document));
    if !problems.is_empty() {
        return Err(failed(problems));
    }
    toml::from_str(text).map_err(|error| failed(vec![error::syntax(&error)]))
}

/// [`load`] from the bytes of a file, which have to be UTF-8.
///
/// # Errors
/// As [`load`]; and where the bytes are not UTF-8, with the place of the first that is not.
pub fn read(bytes: &[u8], file: &str) -> Result<Review, ManifestError> {
    match std::str::from_utf8(bytes) {
        Ok(text) => load(text, file),
        Err(error) => {
            let text = String::from_utf8_lossy(bytes);
            let at = error.valid_up_to();
            let problem = Problem::new(at..at, "this byte is not UTF-8").help("save the file as UTF-8");
            Err(ManifestError::new(file, &text, vec![problem]))
        }
    }
}

/// A manifest that loads, with a comment on everything it can hold.
pub fn template() -> String {
    include_str!("template.toml").to_owned()
}

/// The manifest's JSON Schema (draft 2020-12).
pub fn schema() -> serde_json::Value {
    schemars::schema_for!(Review).to_value()
}
