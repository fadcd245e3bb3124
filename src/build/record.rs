//! From how a sandbox ended to the record of a run.

use std::path::Path;
use std::path::PathBuf;

use super::BuiltOutput;
use super::Request;
use super::Run;
use super::environment;
use crate::host::files;
use crate::host::sandbox::Collected;
use crate::host::sandbox::End;
use crate::host::sandbox::Ended;
use crate::host::sandbox::Limit;
use crate::model::RunTrace;
use crate::model::Sha256;
use crate::model::evidence::RunMeasure;
use crate::model::path::escape;
use crate::model::review::Recipe;
use crate::model::run::Condition;
use crate::model::run::Outcome;
use crate::model::run::Output;
use crate::model::run::RunRecord;
use crate::model::run::Setting;
use crate::model::run::Trace;

/// What is known of a run beside how it ended.
pub struct Observed {
    /// Its conditions.
    pub conditions: Vec<Condition>,
    /// What it used.
    pub trace: Trace,
    /// Which process used it.
    pub graph: RunTrace,
}

/// The run of `name` in `folder`: its record, its outputs under plain names, and what it took.
pub fn finish(
    request: &Request<'_>,
    name: &str,
    observed: Observed,
    folder: &Path,
    log: PathBuf,
    ended: Ended,
) -> Run {
    let recipe = request.recipe;
    let tail = log_tail(&log);
    let mut outcome = outcome(recipe, ended.end, &tail);
    let mut built = Vec::new();
    let mut outputs = Vec::new();
    if outcome == Outcome::Built {
        match take_outputs(recipe, folder, &ended.outputs) {
            Ok((files, records)) => (built, outputs) = (files, records),
            Err(message) => outcome = Outcome::BadOutput { message, log_tail: tail },
        }
    }
    let trace = folder.join(TRACE);
    // Where it cannot be written its digest is missing, and `why` says that there is none.
    let text = serde_json::to_vec(&observed.graph).unwrap_or_default();
    let written = files::write_atomically(&trace, &text);
    let measure = RunMeasure {
        name: name.to_owned(),
        wall_ms: ended.wall_ms,
        cpu_ms: ended.cpu_ms,
        max_rss_kib: ended.max_rss_kib,
        log_sha256: files::open(&log).ok().map(|bytes| Sha256::of(&bytes)),
        log: format!("{name}/build.log"),
        trace_sha256: written.ok().map(|()| Sha256::of(&text)),
    };
    let record = RunRecord {
        name: name.to_owned(),
        conditions: observed.conditions,
        sandbox: settings(recipe),
        outcome,
        outputs,
        notes: ended.notes,
        trace: observed.trace,
    };
    Run { record, measure, outputs: built, log, trace }
}

/// The file that holds the graph of processes and files.
pub const TRACE: &str = "trace.json";

/// Gives the copies plain names of their own and takes their digests.
fn take_outputs(
    recipe: &Recipe,
    folder: &Path,
    collected: &[Collected],
) -> Result<(Vec<BuiltOutput>, Vec<Output>), String> {
    let mut files = Vec::new();
    let mut records = Vec::new();
    for (index, (output, found)) in recipe.outputs.iter().zip(collected).enumerate() {
        let copy = folder.join("outputs").join(index.to_string());
        let step = |error: std::io::Error| format!("reading the copy of output `{output}`: {error}");
        let bytes = files::open(&copy).map_err(step)?;
        if bytes.len() as u64 != found.size {
            return Err(format!("the copy of output `{output}` has not the size the sandbox reported"));
        }
        let path = found.path.clone();
        records.push(Output { path, size: found.size, mode: found.mode, sha256: Sha256::of(&bytes) });
        files.push(BuiltOutput { output: output.clone(), path: copy });
    }
    records.sort_by(|a, b| a.path.cmp(&b.path));
    Ok((files, records))
}

fn outcome(recipe: &Recipe, end: End, tail: &[String]) -> Outcome {
    let log_tail = tail.to_vec();
    match end {
        End::Built => Outcome::Built,
        End::Failed { command, code } => {
            let command = recipe.commands.get(command).cloned().unwrap_or_default();
            Outcome::Failed { command, code, log_tail }
        }
        End::Limit(limit) => {
            let (name, message) = limit_sentence(recipe, limit);
            Outcome::LimitReached { limit: name.to_owned(), message, log_tail }
        }
        End::BadOutput(message) => Outcome::BadOutput { message, log_tail },
        End::Refused(message) => {
            let message =
                format!("{message}; nothing was built, because nothing is built outside the sandbox");
            Outcome::Refused { message }
        }
    }
}

fn limit_sentence(recipe: &Recipe, limit: Limit) -> (&'static str, String) {
    let limits = &recipe.limits;
    let (name, what, key) = match limit {
        Limit::Time => ("time", format!("{} seconds", limits.time_seconds), "time-seconds"),
        Limit::Cpu => ("cpu", format!("{} processor seconds", limits.cpu_seconds), "cpu-seconds"),
        Limit::Memory => ("memory", format!("{} MiB of memory", limits.memory_mib), "memory-mib"),
        Limit::Processes => ("processes", format!("{} processes at once", limits.processes), "processes"),
        Limit::Output => {
            ("output", format!("{} MiB written, or as many files as fit", limits.output_mib), "output-mib")
        }
        Limit::Log => ("log", format!("{} MiB of log", limits.log_mib), "log-mib"),
    };
    let message = format!(
        "the run reached its limit of {what} and was ended; if an honest build needs more, raise `{key}` under \
         [build.limits]"
    );
    (name, message)
}

/// Lines of the log a record shows.
const TAIL_LINES: usize = 20;
/// Bytes of one of them.
const TAIL_WIDTH: usize = 400;
/// Bytes of the log that are looked at for them.
const TAIL_BYTES: usize = 64 * 1024;

fn log_tail(log: &Path) -> Vec<String> {
    let Ok(bytes) = files::open(log) else { return Vec::new() };
    let tail = &bytes[bytes.len().saturating_sub(TAIL_BYTES)..];
    let mut lines: Vec<&[u8]> = tail.split(|byte| *byte == b'\n').collect();
    if lines.last().is_some_and(|line| line.is_empty()) {
        lines.pop();
    }
    let shown = lines.len().saturating_sub(TAIL_LINES);
    lines[shown..].iter().map(|line| escape(&line[..line.len().min(TAIL_WIDTH)])).collect()
}

/// What the sandbox gives, as far as it does not depend on the build.
pub fn settings(recipe: &Recipe) -> Vec<Setting> {
    let limits = &recipe.limits;
    [
        ("environment", environment::sentence(&recipe.environment)),
        ("network", "none: a network namespace of its own with loopback only".to_owned()),
        ("processes", format!("a process-id namespace of its own; at most {} at once", limits.processes)),
        ("privileges", "none: no capabilities, no-new-privileges, system call filter".to_owned()),
        (
            "writable",
            format!(
                "one tmpfs of {} MiB: build folder, home, /tmp, /var/tmp, /run, /dev/shm",
                limits.output_mib
            ),
        ),
        ("memory", format!("at most {} MiB, watched; each process by RLIMIT_DATA", limits.memory_mib)),
        ("time", format!("at most {} s", limits.time_seconds)),
        ("processors", format!("at most {} s of all processes together, watched", limits.cpu_seconds)),
        ("log", format!("at most {} MiB", limits.log_mib)),
    ]
    .map(|(name, value)| Setting { name: name.to_owned(), value })
    .to_vec()
}
