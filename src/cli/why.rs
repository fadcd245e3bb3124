//! `pellucid why`: which files went into an output of a review's build, and how one of them did.

use std::path::Path;
use std::path::PathBuf;

use crate::cli::print;
use crate::exit::Exit;
use crate::host::files;
use crate::model::Evidence;
use crate::model::RunTrace;
use crate::model::Sha256;
use crate::model::trace::TRACE_VERSION;
use crate::report;

/// Tells which files of the source and the environment went into an output, and by which commands one of them did.
///
/// Reads what a review left, and builds nothing. The record of processes and files is held against its digest in
/// the evidence. Exit codes: 0 told, 2 there is no such review, output or file, 4 the record is not the one the
/// evidence names.
#[derive(Debug, clap::Args)]
pub struct Args {
    /// The output: as the recipe lists it, or its file name.
    #[arg(value_name = "OUTPUT")]
    pub output: String,
    /// A file of the source, or of the environment by its absolute path.
    #[arg(value_name = "FILE")]
    pub file: Option<String>,
    /// The folder a review left [default: the only one below `out`].
    #[arg(long, value_name = "FOLDER")]
    pub review: Option<PathBuf>,
    /// Write the OmniBOR input manifest of the output instead.
    #[arg(long, conflicts_with = "file")]
    pub omnibor: bool,
}

/// Runs the verb.
pub fn run(args: &Args) -> Exit {
    match tell(args) {
        Ok(text) => {
            print::result(&text);
            Exit::Met
        }
        Err((exit, message)) => {
            print::error(message);
            exit
        }
    }
}

fn tell(args: &Args) -> Result<String, (Exit, String)> {
    let request = |message: String| (Exit::Request, message);
    let folder = match &args.review {
        Some(folder) => folder.clone(),
        None => only_review(Path::new("out")).map_err(request)?,
    };
    let read = |name: &str| {
        let path = folder.join(name);
        files::read_bounded(&path, LARGEST).map_err(|error| {
            request(format!(
                "reading {}: {error}; give the folder a review left with --review",
                path.display()
            ))
        })
    };
    let not_one = |name: &str, error: serde_json::Error| {
        request(format!("{} is not what a review leaves: {error}", folder.join(name).display()))
    };
    let evidence: Evidence =
        serde_json::from_slice(&read("evidence.json")?).map_err(|error| not_one("evidence.json", error))?;
    let bytes = read(TRACE)?;
    let recorded = evidence.recorded.runs.iter().find(|run| run.name == "nominal");
    let found = Sha256::of(&bytes);
    if recorded.and_then(|run| run.trace_sha256) != Some(found) {
        let path = folder.join(TRACE);
        let message =
            format!("{} has digest {found}, which is not the one the evidence names", path.display());
        return Err((Exit::Trust, message));
    }
    let trace: RunTrace = serde_json::from_slice(&bytes).map_err(|error| not_one(TRACE, error))?;
    if trace.trace_version != TRACE_VERSION {
        return Err(request(format!(
            "{TRACE} is of version {}, this program reads {TRACE_VERSION}",
            trace.trace_version
        )));
    }
    if args.omnibor {
        let none = || request(format!("the run has no output `{}`", args.output));
        let (manifest, without) = report::omnibor(&trace, &args.output).ok_or_else(none)?;
        if !without.is_empty() {
            let files = without.join(", ");
            print::error(format!(
                "the manifest lacks files that went in and whose content has no id here: {files}"
            ));
        }
        return Ok(manifest);
    }
    report::why(&trace, &args.output, args.file.as_deref()).map_err(request)
}

/// Where the record of the nominal run stands.
const TRACE: &str = "logs/nominal/trace.json";
/// Bytes of a record that are read.
const LARGEST: u64 = 4 << 30;

/// The one review in `folder`.
fn only_review(folder: &Path) -> Result<PathBuf, String> {
    let entries = std::fs::read_dir(folder).into_iter().flatten().flatten();
    let mut reviews: Vec<PathBuf> =
        entries.map(|entry| entry.path()).filter(|path| path.join(TRACE).is_file()).collect();
    reviews.sort();
    match reviews.as_slice() {
        [one] => Ok(one.clone()),
        [] => Err("no review with a build is below `out`; give the folder one left with --review".to_owned()),
        more => {
            let names: Vec<String> = more.iter().map(|path| path.display().to_string()).collect();
            Err(format!("several reviews are below `out`; choose one with --review: {}", names.join(", ")))
        }
    }
}
