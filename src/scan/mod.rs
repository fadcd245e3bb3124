//! Source tree or artifact → [`ScanEvidence`]: capabilities, endpoints, flows, findings, coverage.
//!
//! ```text
//! file ─classify→ text ──→ hidden text, endpoints, indicators, checks ─┐
//!                  └ code ─lower→ unit ─┬─ link (all files together) ──┼→ ScanEvidence
//!                 binary, archive ─walk→ imports, strings, members ────┘
//! ```
//! Does no I/O: file contents come through a reader the caller hands in. Files are read in parallel, in
//! batches bounded by their bytes, largest first; results stand in input order, so nothing depends on the
//! number of threads. Nothing is left out because of where it lies or what the vendor's files say.

pub mod address;
pub mod artifact;
pub mod checks;
pub mod classify;
pub mod code;
pub mod draft;
pub mod endpoints;
mod file;
pub mod hidden;
pub mod indicators;
mod merge;
mod parts;
pub mod symbols;
pub mod syntax;
pub mod text;

use std::ops::Deref;

use rayon::prelude::*;

use self::code::Api;
use self::code::Catalogues;
use self::file::Scanned;
use self::merge::Gathered;
use crate::model::Limits;
use crate::model::NotExamined;
use crate::model::RelPath;
use crate::model::ScanEvidence;

/// A file of the source tree.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SourceFile {
    /// Relative to the root of the source.
    pub path: RelPath,
    /// Bytes.
    pub size: u64,
}

/// How a tree is scanned. None of it decides what is looked at.
#[derive(Clone, Debug)]
pub struct Options {
    /// Bytes of files read at once.
    pub in_flight: u64,
    /// Bounds on descending into archives in the tree.
    pub limits: Limits,
    /// APIs the review declares.
    pub apis: Vec<Api>,
}

impl Default for Options {
    fn default() -> Options {
        Options { in_flight: 256 << 20, limits: Limits::default(), apis: Vec::new() }
    }
}

/// Scans the tree of `files`, whose contents `reader` gives.
///
/// A file that cannot be read is recorded as not examined, and counted. The evidence is the same for any
/// number of threads.
pub fn scan_source<B, R>(files: &[SourceFile], reader: &R, options: &Options) -> ScanEvidence
where
    B: Deref<Target = [u8]>,
    R: Fn(&RelPath) -> Result<B, String> + Sync + ?Sized,
{
    scan_source_noting(files, reader, options, &|_| {})
}

/// [`scan_source`], telling `note` the size of each file when it is done: for a progress bar.
pub fn scan_source_noting<B, R>(
    files: &[SourceFile],
    reader: &R,
    options: &Options,
    note: &(dyn Fn(u64) + Sync),
) -> ScanEvidence
where
    B: Deref<Target = [u8]>,
    R: Fn(&RelPath) -> Result<B, String> + Sync + ?Sized,
{
    roomy(|| scan_tree(files, reader, options, note))
}

fn scan_tree<B, R>(
    files: &[SourceFile],
    reader: &R,
    options: &Options,
    note: &(dyn Fn(u64) + Sync),
) -> ScanEvidence
where
    B: Deref<Target = [u8]>,
    R: Fn(&RelPath) -> Result<B, String> + Sync + ?Sized,
{
    let (catalogues, mut gathered) = prepare(&options.apis);
    let total = files.iter().map(|file| file.size).sum();
    let mut scanned: Vec<(usize, Vec<Scanned>)> = Vec::with_capacity(files.len());
    for batch in batches(files, options.in_flight) {
        let done: Vec<(usize, Vec<Scanned>)> = batch
            .into_par_iter()
            .with_max_len(1)
            .filter_map(|index| {
                let file = files.get(index)?;
                let path = file.path.text();
                let scanned = match reader(&file.path) {
                    Ok(bytes) => file::scan(&path, &bytes, total, &catalogues, &options.limits),
                    Err(reason) => {
                        let reason = format!("could not be read ({reason}): nothing of it was scanned");
                        vec![Scanned::unread(file.size, NotExamined::new("scan", path, reason))]
                    }
                };
                note(file.size);
                Some((index, scanned))
            })
            .collect();
        scanned.extend(done);
    }
    scanned.sort_by_key(|(index, _)| *index);
    for (_, levels) in scanned {
        // What is inside an archive of the tree is scanned; the tree's coverage counts the tree's files.
        for (depth, level) in levels.into_iter().enumerate() {
            gathered.add(level, depth == 0);
        }
    }
    gathered.finish(&catalogues)
}

/// Scans one artifact called `name`: every level of it is counted in the coverage.
pub fn scan_artifact(name: &str, bytes: &[u8], limits: &Limits) -> ScanEvidence {
    roomy(|| {
        let (catalogues, mut gathered) = prepare(&[]);
        let path = crate::model::path::escape(name.as_bytes());
        for level in file::scan(&path, bytes, bytes.len() as u64, &catalogues, limits) {
            gathered.add(level, true);
        }
        gathered.finish(&catalogues)
    })
}

/// Runs `work` on as many threads as it would have run on, with room for deeply nested source: lowering
/// follows the nesting, and a thread's ordinary stack ends a few thousand levels down.
fn roomy<T: Send>(work: impl FnOnce() -> T + Send) -> T {
    const STACK: usize = 256 << 20;
    let threads = rayon::current_num_threads();
    match rayon::ThreadPoolBuilder::new().num_threads(threads).stack_size(STACK).build() {
        Ok(pool) => pool.install(work),
        Err(_) => work(),
    }
}

fn prepare(apis: &[Api]) -> (Catalogues, Gathered) {
    let mut gathered = Gathered::default();
    let catalogues = Catalogues::new(apis).unwrap_or_else(|reason| {
        let reason = format!("{reason}: the review's own APIs were not looked for");
        gathered.not_examined.push(NotExamined::new("scan", "declared APIs", reason));
        Catalogues::default()
    });
    (catalogues, gathered)
}

/// Indices of `files`, largest first, in batches of at most `in_flight` bytes (or one larger file).
fn batches(files: &[SourceFile], in_flight: u64) -> Vec<Vec<usize>> {
    let size = |index: &usize| files.get(*index).map_or(0, |file| file.size);
    let mut order: Vec<usize> = (0..files.len()).collect();
    order.sort_by_key(|index| (std::cmp::Reverse(size(index)), *index));
    let mut batches: Vec<Vec<usize>> = Vec::new();
    let mut room = 0u64;
    for index in order {
        let bytes = size(&index);
        match batches.last_mut() {
            Some(batch) if bytes <= room => {
                batch.push(index);
                room -= bytes;
            }
            _ => {
                batches.push(vec![index]);
                room = in_flight.saturating_sub(bytes);
            }
        }
    }
    batches
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn batches_hold_every_file_once_and_no_more_bytes_than_allowed() {
        let sizes = [5, 100, 0, 60, 60, 7, 300, 1];
        let files: Vec<SourceFile> = sizes
            .iter()
            .enumerate()
            .map(|(n, size)| SourceFile { path: RelPath::from(n.to_string().as_str()), size: *size })
            .collect();
        let batches = batches(&files, 120);
        let mut all: Vec<usize> = batches.iter().flatten().copied().collect();
        all.sort_unstable();
        assert_eq!(all, (0..sizes.len()).collect::<Vec<_>>());
        for batch in &batches {
            assert!(batch.len() == 1 || batch.iter().map(|i| sizes[*i]).sum::<u64>() <= 120, "{batch:?}");
        }
        assert_eq!(batches[0], [6], "the largest first");
    }
}
