//! What a review leaves, and where.

use std::path::Path;
use std::path::PathBuf;

use super::Folders;
use super::Stopped;
use crate::attest;
use crate::build::Run;
use crate::exit::Exit;
use crate::host::files;
use crate::model::Evidence;
use crate::model::RelPath;
use crate::model::Sha256;
use crate::model::Verdict;
use crate::model::path::unescape;
use crate::model::run::Outcome;
use crate::report;

/// Files of an earlier review that must not stand beside the results of this one.
const LEFT_BY_A_REVIEW: [&str; 9] = [
    "evidence.json",
    "verdict.json",
    "report.html",
    "report.txt",
    "attestation.intoto.json",
    "attestation.sigstore.json",
    "logs",
    "rebuilt",
    "work",
];

/// Makes the folders of a review, empty of what an earlier one left.
///
/// # Errors
/// A sentence, where the output folder cannot be used.
pub fn prepare(base: PathBuf, out: PathBuf, cache: PathBuf, manifest: Sha256) -> Result<Folders, String> {
    let say = |what: &str, path: &Path, error: std::io::Error| {
        format!("{what} {}: {error}; choose another --out; nothing was checked", path.display())
    };
    std::fs::create_dir_all(&out).map_err(|error| say("making the output folder", &out, error))?;
    let out = out.canonicalize().map_err(|error| say("finding the output folder", &out, error))?;
    for name in LEFT_BY_A_REVIEW {
        let path = out.join(name);
        files::remove(&path).map_err(|error| say("removing what an earlier review left at", &path, error))?;
    }
    let work = out.join("work");
    std::fs::create_dir_all(&work).map_err(|error| say("making the work folder", &work, error))?;
    let shared =
        std::path::absolute(&cache).unwrap_or_else(|_| cache.clone()).join("runs").join(manifest.hex());
    // Where another review of the same manifest is at work, or there is no cache, the runs are this one's alone.
    let taken = files::take_folder(&shared).ok().flatten();
    let runs = if taken.is_some() { shared } else { work.join("runs") };
    Ok(Folders { base, out, work, cache, runs, _taken: taken })
}

/// Writes what the review leaves and removes the work folder. Gives the files written, the page first.
pub fn write(
    folders: &Folders,
    evidence: &Evidence,
    verdict: &Verdict,
    runs: &[Run],
    tree: &Path,
    key: Option<&attest::SigningKey>,
) -> Result<Vec<PathBuf>, Stopped> {
    let internal = |error: String| Stopped::new(Exit::Internal, error);
    let evidence_bytes = report::canonical(evidence).map_err(|error| internal(error.to_string()))?;
    let verdict_bytes = report::canonical(verdict).map_err(|error| internal(error.to_string()))?;
    let excerpts = |path: &str, line: u32| excerpt(tree, path, line);
    let page = report::html(evidence, verdict, &excerpts).map_err(|error| internal(error.to_string()))?;
    let mut written = vec![
        ("report.html", page.into_bytes()),
        ("evidence.json", evidence_bytes.clone()),
        ("verdict.json", verdict_bytes),
    ];
    if let Some(key) = key {
        let statement =
            attest::statement(evidence, verdict, &evidence_bytes).map_err(|e| internal(e.to_string()))?;
        let envelope = attest::sign(&statement, key).map_err(|error| internal(error.to_string()))?;
        written.push(("attestation.intoto.json", envelope.dsse()));
        written.push(("attestation.sigstore.json", envelope.bundle()));
    }
    let mut paths = Vec::new();
    for (name, bytes) in written {
        let path = folders.out.join(name);
        files::write_atomically(&path, &bytes)
            .map_err(|error| internal(format!("writing {}: {error}", path.display())))?;
        paths.push(path);
    }
    keep_runs(folders, runs)
        .map_err(|error| internal(format!("keeping the runs' outputs and logs: {error}")))?;
    clean(folders).map_err(|error| internal(format!("removing the work folders: {error}")))?;
    Ok(paths)
}

/// Removes what was private to the review.
pub fn clean(folders: &Folders) -> std::io::Result<()> {
    files::remove(&folders.runs)?;
    files::remove(&folders.work)
}

/// The lines around `line` of a file of the source, for the page.
fn excerpt(tree: &Path, path: &str, line: u32) -> Option<Vec<(u32, String)>> {
    let file = files::under(tree, &RelPath::from_bytes(unescape(path)));
    let bytes = files::read_bounded(&file, 4 << 20).ok()?;
    let text = String::from_utf8_lossy(&bytes);
    let first = line.saturating_sub(2).max(1);
    let lines = text.lines().enumerate().skip(first as usize - 1).take(4);
    Some(lines.map(|(index, text)| (index as u32 + 1, text.chars().take(200).collect())).collect())
}

/// What a person reads when the review is done: the summary, then where the files are.
pub fn terminal(evidence: &Evidence, verdict: &Verdict, written: &[PathBuf]) -> String {
    let mut text = report::terminal(evidence, verdict, super::super::report::style());
    text.push('\n');
    for path in written {
        text.push_str(&format!("written: {}\n", path.display()));
    }
    text
}

/// Moves the logs and the outputs of the runs out of the work folder.
pub fn keep_runs(folders: &Folders, runs: &[Run]) -> std::io::Result<()> {
    for run in runs {
        if run.log.is_file() {
            files::move_to(&run.log, &folders.out.join("logs").join(&run.measure.log))?;
        }
        if run.trace.is_file() {
            let folder = folders.out.join("logs").join(&run.record.name);
            files::move_to(&run.trace, &folder.join("trace.json"))?;
        }
        for built in &run.outputs {
            let name = Path::new(&built.output).file_name().map(PathBuf::from).unwrap_or_default();
            files::move_to(&built.path, &folders.out.join("rebuilt").join(&run.record.name).join(name))?;
        }
    }
    Ok(())
}

/// How a run that was not built ended, as text for the terminal.
pub fn outcome_text(outcome: &Outcome) -> String {
    let with_tail = |what: String, tail: &[String]| {
        tail.iter().fold(format!("{what}; the log ends:"), |text, line| format!("{text}\n    {line}"))
    };
    match outcome {
        Outcome::Built => "it was built".to_owned(),
        Outcome::Failed { command, code, log_tail } => {
            with_tail(format!("`{command}` ended with code {code}"), log_tail)
        }
        Outcome::LimitReached { message, log_tail, .. } | Outcome::BadOutput { message, log_tail } => {
            with_tail(message.clone(), log_tail)
        }
        Outcome::Refused { message } => message.clone(),
    }
}
