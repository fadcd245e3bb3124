//! Source tree or artifact → [`crate::model::ScanEvidence`]: capabilities, endpoints, flows, findings, coverage.
//!
//! Does no I/O: file contents come through a reader the caller hands in.

pub mod code;
