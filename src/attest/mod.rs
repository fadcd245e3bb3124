//! Statement, DSSE envelope, keys, verification.
//!
//! ```text
//! Evidence + Verdict ─statement→ in-toto Statement v1 ─sign→ Envelope ─┬─dsse→   `*.intoto.json`
//!                                                                      └─bundle→ `*.sigstore.json`
//! file ─verify(key)→ Payload ─check_artifact, check_evidence→ what the statement says follows, or one sentence why not
//! ```
//!
//! Everything here is a function of bytes: no file, no clock, no randomness. The time in a statement is the
//! one the evidence records, and a signature is deterministic (RFC 6979, RFC 8032), so the same evidence and
//! key give the same bytes. What it deliberately does not do: it opens no log, trusts no certificate and
//! asks nobody; trust in a key is the caller's.

mod check;
mod envelope;
mod keys;
mod provenance;
mod statement;

pub use check::CheckError;
pub use check::check_artifact;
pub use check::check_evidence;
pub use check::read as read_statement;
pub use envelope::Envelope;
pub use envelope::PAYLOAD_TYPE;
pub use envelope::Payload;
pub use envelope::VerifyError;
pub use envelope::pae;
pub use envelope::sign;
pub use envelope::verify;
pub use envelope::verify_foreign;
pub use keys::Algorithm;
pub use keys::KeyError;
pub use keys::SigningKey;
pub use keys::VerifyingKey;
pub use provenance::provenance;
pub use statement::PREDICATE_TYPE;
pub use statement::Statement;
pub use statement::StatementError;
pub use statement::statement;
