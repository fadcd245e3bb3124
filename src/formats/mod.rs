//! One artifact's bytes → [`crate::model::Anatomy`]: a partition into regions, its members and its facts.
//!
//! A format sees ONE artifact, does no I/O, never fails and never trusts. One file per format and one line in
//! the table here.
