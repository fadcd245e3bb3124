//! The scan suite.

#[path = "scan/code_fixtures.rs"]
mod code_fixtures;

#[path = "scan/text_tree.rs"]
mod text_tree;

#[path = "scan/embedded.rs"]
mod embedded;

#[path = "scan/labelled.rs"]
mod labelled;

#[path = "scan/mutations.rs"]
mod mutations;

#[path = "scan/severity.rs"]
mod severity;

#[path = "scan/idioms.rs"]
mod idioms;
