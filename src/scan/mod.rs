//! Source tree or artifact → [`crate::model::ScanEvidence`]: capabilities, endpoints, flows, findings, coverage.
//!
//! Does no I/O: file contents come through a reader the caller hands in.

pub mod address;
pub mod artifact;
pub mod checks;
pub mod classify;
pub mod draft;
pub mod endpoints;
pub mod hidden;
pub mod indicators;
pub mod symbols;
pub mod syntax;
pub mod text;
pub mod code;
