//! The command line: definitions, one file per verb, and the exit code.

pub mod sandbox;

use crate::exit::Exit;

pub mod compare;
pub mod print;

/// Parses the arguments and runs the verb.
pub fn main() -> Exit {
    Exit::Request
}
