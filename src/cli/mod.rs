//! The command line: definitions, one file per verb, and the exit code.
//!
//! Nothing but the result goes to standard output; progress and errors go to standard error.

use crate::exit::Exit;
use clap::Parser;
use clap::Subcommand;

pub mod build;
pub mod compare;
pub mod init;
pub mod keygen;
mod lock;
pub mod print;
pub mod progress;
pub mod report;
pub mod review;
pub mod rules;
pub mod sandbox;
pub mod scan;
pub mod schema;
pub mod verify;
pub mod why;

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
    /// Carry one review from source to verdict
    Review(review::Args),
    /// Build a review's recipe twice and compare, or explain what the sandbox would do
    Build(build::Args),
    /// Tell which files went into an output of a review, and how
    Why(why::Args),
    /// Check an attestation, and what it attests, offline
    Verify(verify::Args),
    /// Compare a shipped file with a rebuilt one: the account of every byte
    Compare(compare::Args),
    /// List what a file or a folder can send, and where to
    Scan(scan::Args),
    /// What the scan's catalogue knows: list, explain, test
    Rules(rules::Args),
    /// Render the report of a review again, from its evidence alone
    Report(report::Args),
    /// Write a commented review.toml to start from
    Init(init::Args),
    /// Write down which packages a build's environment takes
    Lock(lock::Args),
    /// Make a key pair to sign attestations with
    Keygen(keygen::Args),
    /// Print the JSON Schema of a record
    Schema(schema::Args),
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
        Verb::Review(args) => review::run(&args),
        Verb::Build(args) => build::run(&args),
        Verb::Why(args) => why::run(&args),
        Verb::Verify(args) => verify::run(&args),
        Verb::Compare(args) => compare::run(&args),
        Verb::Scan(args) => scan::run(&args),
        Verb::Rules(args) => rules::run(&args),
        Verb::Report(args) => report::run(&args),
        Verb::Init(args) => init::run(&args),
        Verb::Lock(args) => lock::run(&args),
        Verb::Keygen(args) => keygen::run(&args),
        Verb::Schema(args) => schema::run(&args),
    }
}
