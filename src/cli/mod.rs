//! The command line: definitions, one file per verb, and the exit code.

pub mod scan;

use crate::exit::Exit;

/// Parses the arguments and runs the verb.
pub fn main() -> Exit {
    Exit::Request
}
