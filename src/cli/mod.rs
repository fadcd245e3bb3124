//! The command line: definitions, one file per verb, and the exit code.

pub mod sandbox;

use crate::exit::Exit;

pub mod compare;
pub mod keygen;
pub mod print;
pub mod progress;
pub mod report;
pub mod verify;

/// Parses the arguments and runs the verb.
pub fn main() -> Exit {
    Exit::Request
}
