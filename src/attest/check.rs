//! Whether an authentic statement follows: is this file among its subjects, is this evidence the one it
//! names, and does judging that evidence again give what it says.

use std::collections::BTreeMap;

use serde_json::Value;

use super::envelope::Payload;
use super::statement::PREDICATE_TYPE;
use super::statement::Statement;
use super::statement::StatementError;
use super::statement::statement;
use crate::model::Evidence;
use crate::model::Sha256;
use crate::model::Verdict;

/// Why an authentic statement does not cover what was given: one sentence that names the thing.
#[derive(Debug, thiserror::Error, PartialEq, Eq)]
pub enum CheckError {
    /// The payload is signed, but is no verdict's statement.
    #[error("the signature holds, but what was signed is no verdict of pellucid: {0}")]
    Statement(String),
    /// No subject has the file's digest.
    #[error("artifact {name} (sha256 {digest}) is not among the attestation's subjects: {subjects}")]
    Artifact {
        /// The file given.
        name: String,
        /// Its digest.
        digest: Sha256,
        /// What the subjects are.
        subjects: String,
    },
    /// The evidence is another one.
    #[error(
        "the evidence given (sha256 {given}) is not the one attested (sha256 {stated}): it was changed, or \
         belongs to another review"
    )]
    EvidenceDigest {
        /// The digest of what was given.
        given: String,
        /// The digest in the statement.
        stated: String,
    },
    /// The evidence has the right digest and cannot be read.
    #[error("the attested evidence cannot be read, so its verdict could not be checked: {0}")]
    EvidenceUnreadable(String),
    /// The statement says something else than the evidence gives.
    #[error(
        "the attested verdict does not follow from the evidence: {place} is stated as {stated} and the \
         evidence gives {derived}"
    )]
    DoesNotFollow {
        /// JSON pointer into the statement.
        place: String,
        /// What the statement holds there.
        stated: String,
        /// What the evidence gives.
        derived: String,
    },
    /// No statement follows from this evidence.
    #[error("no statement follows from the evidence: {0}")]
    Underivable(#[from] StatementError),
}

/// Reads the statement of an authentic payload.
///
/// # Errors
/// [`CheckError::Statement`] where it is not a verdict's statement of this version.
pub fn read(payload: &Payload) -> Result<Statement, CheckError> {
    let any: Value = serde_json::from_slice(payload.bytes())
        .map_err(|error| CheckError::Statement(format!("it is not JSON ({error})")))?;
    let kind = any.get("predicateType").and_then(Value::as_str).unwrap_or("none");
    if kind != PREDICATE_TYPE {
        return Err(CheckError::Statement(format!("its predicate type is {kind:?}, not {PREDICATE_TYPE:?}")));
    }
    serde_json::from_slice(payload.bytes()).map_err(|error| CheckError::Statement(error.to_string()))
}

/// The subject that a file with `digest` is; `name` is what the message calls it.
///
/// # Errors
/// [`CheckError::Artifact`] where there is none.
pub fn check_artifact(statement: &Statement, name: &str, digest: Sha256) -> Result<String, CheckError> {
    let hex = digest.hex();
    let found = statement.subject.iter().find(|subject| subject.digest.get("sha256") == Some(&hex));
    found.map(|subject| subject.name.clone()).ok_or_else(|| CheckError::Artifact {
        name: name.to_owned(),
        digest,
        subjects: subjects(statement),
    })
}

/// The evidence behind an authentic payload and the verdict `judge` gives on it, if every byte of the
/// statement follows from the two.
///
/// # Errors
/// [`CheckError`]: another evidence, an unreadable one, or a statement that says something else.
pub fn check_evidence(
    payload: &Payload,
    evidence_bytes: &[u8],
    judge: impl Fn(&Evidence) -> Verdict,
) -> Result<(Evidence, Verdict), CheckError> {
    let stated = read(payload)?;
    let given = Sha256::of(evidence_bytes).hex();
    let attested = stated.predicate.evidence.digest.get("sha256").cloned().unwrap_or_default();
    if given != attested {
        return Err(CheckError::EvidenceDigest { given, stated: attested });
    }
    let evidence: Evidence = serde_json::from_slice(evidence_bytes)
        .map_err(|error| CheckError::EvidenceUnreadable(error.to_string()))?;
    let verdict = judge(&evidence);
    let derived = statement(&evidence, &verdict, evidence_bytes)?;
    if derived != payload.bytes() {
        let value = |bytes: &[u8]| serde_json::from_slice(bytes).unwrap_or(Value::Null);
        let (place, stated, derived) = first_difference(
            String::new(),
            &value(payload.bytes()),
            &value(&derived),
        )
        .unwrap_or(("the statement's layout".to_owned(), Value::Null, Value::Null));
        return Err(CheckError::DoesNotFollow { place, stated: brief(&stated), derived: brief(&derived) });
    }
    Ok((evidence, verdict))
}

fn subjects(statement: &Statement) -> String {
    let names: Vec<String> = statement
        .subject
        .iter()
        .take(8)
        .map(|subject| {
            let digest = subject.digest.get("sha256").map(String::as_str).unwrap_or("no sha256");
            format!("{} (sha256 {digest})", subject.name)
        })
        .collect();
    let more = statement.subject.len().saturating_sub(names.len());
    let tail = if more == 0 { String::new() } else { format!(", and {more} more") };
    format!("{}{tail}", names.join(", "))
}

/// The first place, in order of the field names, where two JSON values differ.
fn first_difference(place: String, a: &Value, b: &Value) -> Option<(String, Value, Value)> {
    match (a, b) {
        (Value::Object(a), Value::Object(b)) => {
            let keys: BTreeMap<&String, ()> = a.keys().chain(b.keys()).map(|key| (key, ())).collect();
            keys.keys().find_map(|key| {
                let at = |map: &serde_json::Map<String, Value>| map.get(*key).cloned().unwrap_or(Value::Null);
                first_difference(format!("{place}/{key}"), &at(a), &at(b))
            })
        }
        (Value::Array(a), Value::Array(b)) => (0..a.len().max(b.len())).find_map(|index| {
            let at = |list: &[Value]| list.get(index).cloned().unwrap_or(Value::Null);
            first_difference(format!("{place}/{index}"), &at(a), &at(b))
        }),
        (a, b) => (a != b).then(|| (place, a.clone(), b.clone())),
    }
}

fn brief(value: &Value) -> String {
    let text = value.to_string();
    let mut short: String = text.chars().take(120).collect();
    if short.len() < text.len() {
        short.push('…');
    }
    short
}
