//! `pellucid report`: renders a review again, and judges it again, from its evidence alone.

use std::path::PathBuf;

use crate::attest;
use crate::cli::print;
use crate::exit::Exit;
use crate::host::files;
use crate::model::Evidence;
use crate::model::Verdict;
use crate::model::evidence::EVIDENCE_VERSION;
use crate::model::verdict::Decision;
use crate::report;
use crate::report::Style;
use crate::verdict;

/// Renders a review again from its evidence: nothing is fetched, built or scanned.
///
/// The verdict is derived from the evidence and the policy in it, not read from a file. Exit codes: 0 policy
/// met, 1 not met, 2 the evidence cannot be read, 3 inconclusive.
#[derive(Debug, clap::Args)]
pub struct Args {
    /// The evidence of a review: `evidence.json`.
    #[arg(value_name = "EVIDENCE")]
    pub evidence: PathBuf,
    /// What to render.
    #[arg(long, value_enum, default_value_t = Format::Terminal)]
    pub format: Format,
    /// Where to write; standard output where absent.
    #[arg(long, short, value_name = "FILE")]
    pub output: Option<PathBuf>,
}

/// A rendering.
#[derive(Clone, Copy, Debug, PartialEq, Eq, clap::ValueEnum)]
pub enum Format {
    /// The summary for a terminal.
    Terminal,
    /// One self-contained page.
    Html,
    /// The verdict, `verdict.json`.
    Json,
    /// A `.buildinfo` of what was rebuilt: Debian packages, and the packages they were built with.
    Buildinfo,
    /// SLSA Provenance v1 of what was rebuilt, an unsigned in-toto statement.
    Slsa,
}

/// Evidence grows with the source tree: about 200 bytes a path.
const MAX_EVIDENCE: u64 = 4 << 30;

/// Renders, and ends with the code of the verdict.
pub fn run(args: &Args) -> Exit {
    match render(args) {
        Ok((exit, text)) => {
            if args.output.is_none() {
                print::result(&text);
            }
            exit
        }
        Err((exit, message)) => {
            print::error(message);
            exit
        }
    }
}

/// The rendering, written to the file asked for, and the exit code of the verdict.
///
/// # Errors
/// The exit code and the sentence that says what failed.
pub fn render(args: &Args) -> Result<(Exit, String), (Exit, String)> {
    let path = args.evidence.display();
    let request = |what: String| (Exit::Request, what);
    let bytes = files::read_bounded(&args.evidence, MAX_EVIDENCE)
        .map_err(|error| request(format!("reading {path}: {error}; nothing was rendered")))?;
    let evidence: Evidence = serde_json::from_slice(&bytes).map_err(|error| {
        request(format!("{path} is no evidence of a review: {error}; give the `evidence.json` of one"))
    })?;
    if evidence.evidence_version != EVIDENCE_VERSION {
        let found = evidence.evidence_version;
        return Err(request(format!(
            "{path} is evidence of version {found}, this program reads {EVIDENCE_VERSION}"
        )));
    }
    let verdict = verdict::judge(&evidence, &evidence.review.policy);
    let text = format(args, &evidence, &verdict)?;
    if let Some(output) = &args.output {
        files::write_atomically(output, text.as_bytes())
            .map_err(|error| request(format!("writing {}: {error}", output.display())))?;
    }
    Ok((exit(verdict.decision), text))
}

/// The exit code of a decision.
pub fn exit(decision: Decision) -> Exit {
    match decision {
        Decision::Met => Exit::Met,
        Decision::NotMet => Exit::NotMet,
        Decision::Inconclusive => Exit::Inconclusive,
    }
}

/// How standard output is, as far as a report needs to know.
pub fn style() -> Style {
    // `NO_COLOR` and `CLICOLOR` are honoured; a pipe gets no colour and the full width.
    let width = console::Term::stdout().size_checked().map(|(_, columns)| usize::from(columns));
    Style { colour: console::colors_enabled(), width: width.unwrap_or(100) }
}

fn format(args: &Args, evidence: &Evidence, verdict: &Verdict) -> Result<String, (Exit, String)> {
    let internal = |error: String| (Exit::Internal, error);
    match args.format {
        Format::Terminal => {
            let style = if args.output.is_some() { Style { colour: false, width: 100 } } else { style() };
            Ok(report::terminal(evidence, verdict, style))
        }
        Format::Html => report::html(evidence, verdict, &|_, _| None)
            .map_err(|error| internal(format!("filling the page's template: {error}"))),
        Format::Json => report::canonical(verdict)
            .map(|bytes| String::from_utf8_lossy(&bytes).into_owned())
            .map_err(|error| internal(format!("writing the verdict as JSON: {error}"))),
        // These two are of a build, and not every review has one.
        Format::Buildinfo => report::buildinfo(evidence).map_err(|error| (Exit::Request, error)),
        Format::Slsa => attest::provenance(evidence).map_err(|error| (Exit::Request, error)),
    }
}
