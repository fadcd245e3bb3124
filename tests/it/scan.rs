//! The scan suite.

#[path = "scan/code_fixtures.rs"]
mod code_fixtures;
