//! `pellucid build`: the build stage alone, or what it would do.

use std::path::PathBuf;

use crate::build::Run;
use crate::build::Variation;
use crate::cli::print;
use crate::cli::review;
use crate::cli::review::Stopped;
use crate::exit::Exit;
use crate::model::run::Outcome;

/// Builds the recipe of a review in the sandbox, nominally and with every condition varied, and compares the two.
///
/// It judges nothing and shows nothing to a policy. Exit codes: 0 both runs gave the same bytes (or --explain),
/// 1 they did not, 2 the request is wrong, 3 a run was not built.
#[derive(Debug, clap::Args)]
pub struct Args {
    /// The review: a folder with a review.toml, or the file itself
    #[arg(value_name = "REVIEW")]
    pub review: PathBuf,
    /// Print what the sandbox would do, and do nothing
    #[arg(long)]
    pub explain: bool,
    /// With --explain: the varied run in the place of the nominal one
    #[arg(long, requires = "explain")]
    pub varied: bool,
    /// Folder for logs and outputs [default: out/NAME-VERSION-build]
    #[arg(long, value_name = "FOLDER")]
    pub out: Option<PathBuf>,
    /// Folder for downloads, kept by digest [default: the user's cache folder]
    #[arg(long, value_name = "FOLDER")]
    pub cache: Option<PathBuf>,
}

/// Runs the verb.
pub fn run(args: &Args) -> Exit {
    let done = if args.explain { explain(args) } else { rebuild(args) };
    match done {
        Ok((exit, text)) => {
            print::result(&text);
            exit
        }
        Err(stopped) => {
            print::error(stopped.message);
            stopped.exit
        }
    }
}

fn explain(args: &Args) -> Result<(Exit, String), Stopped> {
    let variation = if args.varied { Variation::All } else { Variation::Nominal };
    review::explain(&args.review, &variation).map(|text| (Exit::Met, text))
}

fn rebuild(args: &Args) -> Result<(Exit, String), Stopped> {
    let (runs, folder) = review::build_alone(&args.review, args.out.clone(), args.cache.clone())?;
    let mut text = String::new();
    let mut exit = Exit::Met;
    for run in &runs {
        text.push_str(&format!("{}: {}\n", run.record.name, review::outcome_text(&run.record.outcome)));
        for note in &run.record.notes {
            text.push_str(&format!("  note: {note}\n"));
        }
        if run.record.outcome != Outcome::Built {
            exit = Exit::Inconclusive;
        }
    }
    if let [nominal, varied] = runs.as_slice() {
        let digests = |run: &Run| -> Vec<_> {
            run.record.outputs.iter().map(|output| (output.path.text(), output.sha256)).collect()
        };
        let (ours, others) = (digests(nominal), digests(varied));
        for (index, (path, sha256)) in ours.iter().enumerate() {
            let same = others.get(index).is_some_and(|(_, other)| other == sha256);
            let word = if same { "same" } else { "differs" };
            text.push_str(&format!("{word:<8} {sha256}  {path}\n"));
            if !same && exit == Exit::Met {
                exit = Exit::NotMet;
            }
        }
    }
    text.push_str(&format!("logs and outputs: {}\n", folder.display()));
    Ok((exit, text))
}
