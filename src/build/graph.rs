//! From what the keeper saw to the graph of processes and files that is written down.

use std::collections::BTreeMap;
use std::collections::BTreeSet;
use std::path::PathBuf;

use rayon::iter::IntoParallelIterator;
use rayon::iter::ParallelIterator;

use super::Request;
use super::used::Place;
use super::used::Sorter;
use super::used::gitoid;
use crate::host::files;
use crate::host::sandbox::Seen;
use crate::host::sandbox::World;
use crate::model::RelPath;
use crate::model::trace::FileOrigin;
use crate::model::trace::RunTrace;
use crate::model::trace::TRACE_VERSION;
use crate::model::trace::TracedFile;
use crate::model::trace::TracedOutput;
use crate::model::trace::TracedStep;

/// The graph of a run of `request` in `world`; `outputs` are the recipe's with the absolute path each was found at.
pub fn graph(seen: &Seen, request: &Request<'_>, world: &World, outputs: &[(String, RelPath)]) -> RunTrace {
    let tree = request.tree;
    let sorter = Sorter::new(request.snapshot, &world.build_path);
    let mut named: BTreeSet<&RelPath> = outputs.iter().map(|(_, path)| path).collect();
    let host_read = |step: &'_ crate::host::sandbox::Step| -> Vec<&RelPath> {
        step.host_read.iter().filter_map(|id| seen.host_files.get(*id as usize)).collect()
    };
    for step in &seen.steps {
        named.insert(&step.program);
        named.extend(step.read.iter().chain(&step.written));
        named.extend(host_read(step));
    }
    let order: BTreeMap<&RelPath, u32> = named.iter().copied().zip(0..).collect();
    let index = |path: &RelPath| order.get(path).copied().unwrap_or_default();
    let indices = |paths: &mut dyn Iterator<Item = &RelPath>| paths.map(index).collect::<BTreeSet<u32>>();
    let files = named.into_iter().collect::<Vec<_>>().into_par_iter().map(|path| {
        let (path, origin, on_disk) = match sorter.place(path) {
            Place::Source(inner) => {
                let on_disk = files::under(tree, &inner);
                (inner, FileOrigin::Source, Some(on_disk))
            }
            Place::Built(inner) => (inner, FileOrigin::Built, None),
            Place::Input(inner) => (path.clone(), FileOrigin::Input, offered(request, &inner)),
            Place::Environment => (path.clone(), FileOrigin::Environment, Some(world.on_disk(path))),
            Place::Passing => (path.clone(), FileOrigin::Built, None),
        };
        TracedFile { path, origin, gitoid: on_disk.and_then(|file| gitoid(&file)) }
    });
    let files = files.collect();
    // What was written to a pipe: by whom, in both directions.
    let mut writers: BTreeMap<u64, BTreeSet<u32>> = BTreeMap::new();
    let mut has_reader: BTreeSet<u64> = BTreeSet::new();
    for (number, step) in (0u32..).zip(&seen.steps) {
        for pipe in &step.pipes_out {
            writers.entry(*pipe).or_default().insert(number);
        }
        has_reader.extend(&step.pipes_in);
    }
    let mut heard: Vec<BTreeSet<u32>> = vec![BTreeSet::new(); seen.steps.len()];
    for (number, step) in (0u32..).zip(&seen.steps) {
        let own = step.pipes_in.iter().filter_map(|pipe| writers.get(pipe)).flatten().copied();
        if let Some(heard) = heard.get_mut(number as usize) {
            heard.extend(own.filter(|other| *other != number));
        }
        // A pipe nobody has for standard input: whoever started the step reads it.
        if step.pipes_out.iter().any(|pipe| !has_reader.contains(pipe))
            && let Some(heard) = step.parent.and_then(|parent| heard.get_mut(parent))
        {
            heard.insert(number);
        }
    }
    let steps = seen.steps.iter().zip(heard).map(|(step, heard)| TracedStep {
        program: index(&step.program),
        line: step.line.clone(),
        parent: step.parent.and_then(|parent| u32::try_from(parent).ok()),
        read: indices(&mut step.read.iter().chain(host_read(step))).into_iter().collect(),
        written: indices(&mut step.written.iter()).into_iter().collect(),
        heard: heard.into_iter().collect(),
    });
    RunTrace {
        trace_version: TRACE_VERSION,
        steps: steps.collect(),
        outputs: outputs
            .iter()
            .map(|(output, path)| TracedOutput { output: output.clone(), file: index(path) })
            .collect(),
        files,
        truncated: seen.truncated,
    }
}

/// Where on this machine the file lies that stands at `inner` under `/inputs`.
fn offered(request: &Request<'_>, inner: &RelPath) -> Option<PathBuf> {
    let inner = inner.as_bytes();
    let (name, rest) = match inner.iter().position(|byte| *byte == b'/') {
        Some(at) => (&inner[..at], Some(RelPath::from_bytes(&inner[at + 1..]))),
        None => (inner, None),
    };
    let (_, at) = request.inputs.iter().find(|(known, _)| known.as_bytes() == name)?;
    match rest {
        None => Some(at.clone()),
        Some(rest) => rest.stays_inside().then(|| files::under(at, &rest)),
    }
}
