//! Finished runs kept and taken up again: what was built once under the same source, environment and
//! conditions is not built a second time, also after the power failed in between.
//!
//! A run is finished when `run.json` stands in its folder; it is written last, whole or not at all. It is taken
//! up only where everything it depended on is still the same, the environment's files by their digests.

use std::path::Path;

use serde::Deserialize;
use serde::Serialize;

use super::BuiltOutput;
use super::Request;
use super::Run;
use super::record;
use super::used;
use crate::host::files;
use crate::host::sandbox::World;
use crate::model::Sha256;
use crate::model::evidence::RunMeasure;
use crate::model::run::Condition;
use crate::model::run::Outcome;
use crate::model::run::RunRecord;

#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Finished {
    key: Sha256,
    record: RunRecord,
    measure: RunMeasure,
}

/// The name of everything a run depends on, but for the environment's files: snapshot, recipe, inputs,
/// conditions, and the program that builds.
pub fn key(request: &Request<'_>, name: &str, conditions: &[Condition]) -> Option<Sha256> {
    let mut inputs = Vec::new();
    for (input, path) in &request.inputs {
        inputs.push((input, files::digest_below(path).ok()?));
    }
    let program = env!("CARGO_PKG_VERSION");
    let parts = (program, name, request.snapshot.root, request.recipe, inputs, conditions);
    Some(Sha256::of(&serde_json::to_vec(&parts).ok()?))
}

/// Writes down that the run in `folder` is finished. A run that was not built is not kept: it is tried again.
pub fn keep(folder: &Path, key: Sha256, run: &Run) {
    if run.record.outcome == Outcome::Built {
        let finished = Finished { key, record: run.record.clone(), measure: run.measure.clone() };
        if let Ok(text) = serde_json::to_vec_pretty(&finished) {
            // Where it cannot be kept it is built again next time; that costs time and nothing else.
            let _ = files::write_atomically(&folder.join(FILE), &text);
        }
    }
}

/// The finished run in `folder`, where it is the run that `key` names and nothing it used has changed.
pub fn take_up(request: &Request<'_>, folder: &Path, key: Sha256, world: &World) -> Option<Run> {
    let text = files::read_bounded(&folder.join(FILE), 1 << 30).ok()?;
    let finished: Finished =
        serde_json::from_slice(&text).ok().filter(|found: &Finished| found.key == key)?;
    let log = folder.join("build.log");
    if Sha256::of(&files::open(&log).ok()?) != finished.measure.log_sha256? {
        return None;
    }
    let trace = folder.join(record::TRACE);
    if files::open(&trace).ok().map(|bytes| Sha256::of(&bytes)) != finished.measure.trace_sha256 {
        return None;
    }
    let mut outputs = Vec::new();
    let mut found = Vec::new();
    for (index, output) in request.recipe.outputs.iter().enumerate() {
        let path = folder.join("outputs").join(index.to_string());
        found.push(Sha256::of(&files::open(&path).ok()?));
        outputs.push(BuiltOutput { output: output.clone(), path });
    }
    let mut recorded: Vec<Sha256> = finished.record.outputs.iter().map(|output| output.sha256).collect();
    recorded.sort();
    found.sort();
    let unchanged = found == recorded && used::is_unchanged(&finished.record.trace.environment_read, world);
    unchanged.then_some(Run { record: finished.record, measure: finished.measure, outputs, log, trace })
}

/// Forgets that the run in `folder` was finished, before it is run again.
pub fn forget(folder: &Path) -> std::io::Result<()> {
    match std::fs::remove_file(folder.join(FILE)) {
        Err(error) if error.kind() != std::io::ErrorKind::NotFound => Err(error),
        _ => Ok(()),
    }
}

const FILE: &str = "run.json";
