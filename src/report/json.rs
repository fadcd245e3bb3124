//! `evidence.json` and `verdict.json`: the bytes, and the schemas they are held against.

use schemars::Schema;
use serde::Serialize;

use crate::model::Evidence;
use crate::model::Verdict;

/// The one JSON form of a public record: fields in the order their type states them, maps by key, two
/// spaces of indentation, a newline at the end. Digests in statements are digests of these bytes.
///
/// # Errors
/// Where the record cannot be written as JSON, which no record of [`crate::model`] is.
pub fn canonical(record: &impl Serialize) -> Result<Vec<u8>, serde_json::Error> {
    let mut bytes = serde_json::to_vec_pretty(record)?;
    bytes.push(b'\n');
    Ok(bytes)
}

/// The JSON Schema (draft 2020-12) of `evidence.json`, version 1.
pub fn schema_evidence() -> Schema {
    schemars::schema_for!(Evidence)
}

/// The JSON Schema (draft 2020-12) of `verdict.json`.
pub fn schema_verdict() -> Schema {
    schemars::schema_for!(Verdict)
}
