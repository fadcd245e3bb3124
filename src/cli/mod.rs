//! The command line: definitions, one file per verb, and the exit code.
//!
//! Nothing but the result goes to standard output; progress and errors go to standard error.

use clap::Parser;
use clap::Subcommand;

use crate::exit::Exit;

pub mod compare;
pub mod keygen;
pub mod print;
pub mod progress;
pub mod report;
pub mod sandbox;
pub mod verify;

/// Proves what shipped software is and what it can send out.
#[derive(Parser)]
#[command(name = "pellucid", version, about, max_term_width = 100)]
#[command(after_help = "Exit codes: 0 policy met, 1 policy not met, 2 the request is wrong, \
3 inconclusive, 4 signature or tamper failure, 5 internal error.")]
struct Arguments {
    #[command(subcommand)]
    verb: Verb,
}

#[derive(Subcommand)]
enum Verb {
    /// Compare a shipped file with a rebuilt one: the account of every byte.
    Compare(compare::CompareArgs),
    Keygen(keygen::Args),
    Report(report::Args),
    Verify(verify::Args),
}

/// Parses the arguments and runs the verb.
pub fn main() -> Exit {
    let arguments = match Arguments::try_parse() {
        Ok(arguments) => arguments,
        Err(error) => {
            let asked = !error.use_stderr();
            let _ = error.print();
            return if asked { Exit::Met } else { Exit::Request };
        }
    };
    match arguments.verb {
        Verb::Compare(args) => compare::run(&args),
        Verb::Keygen(args) => keygen::run(&args),
        Verb::Report(args) => report::run(&args),
        Verb::Verify(args) => verify::run(&args),
    }
}
