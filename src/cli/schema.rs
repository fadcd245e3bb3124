//! `pellucid schema`: the JSON Schemas of what is read and written.

use crate::exit::Exit;
use crate::manifest;
use crate::model::Evidence;
use crate::model::RunTrace;
use crate::model::Verdict;

/// Prints the JSON Schema (draft 2020-12) of a record.
#[derive(clap::Args, Debug)]
pub struct Args {
    /// The record.
    #[arg(value_enum)]
    record: Record,
}

/// A record with a published schema.
#[derive(Clone, Copy, Debug, PartialEq, Eq, clap::ValueEnum)]
pub enum Record {
    /// review.toml
    Review,
    /// evidence.json
    Evidence,
    /// verdict.json
    Verdict,
    /// trace.json beside the log of a run
    Trace,
}

/// Prints the schema.
pub fn run(args: &Args) -> Exit {
    let schema = match args.record {
        Record::Review => manifest::schema(),
        Record::Evidence => schemars::schema_for!(Evidence).to_value(),
        Record::Verdict => schemars::schema_for!(Verdict).to_value(),
        Record::Trace => schemars::schema_for!(RunTrace).to_value(),
    };
    super::print::result(&format!("{schema:#}\n"));
    Exit::Met
}
