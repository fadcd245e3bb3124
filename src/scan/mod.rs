//! Source tree or artifact → [`ScanEvidence`]: capabilities, endpoints, flows, findings, coverage.
//!
//! ```text
//! file ─classify→ text ──→ hidden text, endpoints, indicators, checks ─┐
//!                  └ code ─lower→ unit ─┬─ link (all files together) ──┼→ ScanEvidence
//!                 binary, archive ─walk→ imports, strings, members ────┘
//! ```
//! Does no I/O: file contents come through a reader the caller hands in. Files are read in parallel, the
//! largest first, no more bytes at once than [`Options::in_flight`]; results stand in input order, so nothing depends on the
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
use std::sync::Condvar;
use std::sync::Mutex;
use std::sync::PoisonError;

use rayon::prelude::*;

use self::code::Api;
use self::code::Catalogues;
use self::code::Telling;
use self::file::Scan;
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
    /// Bytes of files being scanned at once, by however many threads: parsing takes 20 to 66 times as much.
    pub in_flight: u64,
    /// Whether data is followed from sources to effects through the tree. Without it every file is scanned by
    /// itself, and the evidence says that no flow was looked for.
    pub flows: bool,
    /// Bounds on descending into archives in the tree.
    pub limits: Limits,
    /// APIs the review declares.
    pub apis: Vec<Api>,
}

impl Default for Options {
    fn default() -> Options {
        Options { in_flight: 24 << 20, flows: true, limits: Limits::default(), apis: Vec::new() }
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
    let telling = Telling::default();
    let scan = Scan { total, catalogues: &catalogues, limits: options.limits, flows: options.flows, telling };
    let mut order: Vec<usize> = (0..files.len()).collect();
    let size = |index: &usize| files.get(*index).map_or(0, |file| file.size);
    order.sort_by_key(|index| (std::cmp::Reverse(size(index)), *index));
    let room = Room::new(options.in_flight);
    let mut scanned: Vec<(usize, Vec<Scanned>)> = order
        .into_par_iter()
        .with_max_len(1)
        .filter_map(|index| {
            let file = files.get(index)?;
            let path = file.path.text();
            let _held = room.take(file.size);
            let scanned = match reader(&file.path) {
                Ok(bytes) => file::scan(&path, &bytes, &scan),
                Err(reason) => {
                    let reason = format!("could not be read ({reason}): nothing of it was scanned");
                    vec![Scanned::unread(file.size, NotExamined::new("scan", path, reason))]
                }
            };
            note(file.size);
            Some((index, scanned))
        })
        .collect();
    scanned.sort_by_key(|(index, _)| *index);
    for (number, levels) in scanned {
        // What is inside an archive of the tree is scanned; the tree's coverage counts the tree's files.
        for (depth, level) in levels.into_iter().enumerate() {
            gathered.add(number, level, depth == 0);
        }
    }
    let asleep = std::mem::take(&mut gathered.asleep);
    let read = |number: usize| {
        let file = files.get(number)?;
        let held = room.take(file.size);
        Some((file.path.text(), reader(&file.path).ok()?, held))
    };
    gathered.finish(&catalogues, options.flows, &|telling| {
        let looking = Scan { telling: telling.clone(), ..scan };
        let called: Vec<_> = asleep
            .par_iter()
            .with_max_len(16)
            .filter_map(|number| {
                let (path, bytes, _held) = read(*number)?;
                Some((*number, file::called(&path, *number, &bytes, &looking)?))
            })
            .collect();
        telling.forget_common(called.iter().map(|(_, (language, names))| (*language, names)));
        let waking = Scan { telling: telling.clone(), ..looking };
        called
            .par_iter()
            .with_max_len(1)
            .filter(|(_, (language, names))| waking.telling.is_new(*language, names))
            .filter_map(|(number, (language, _))| {
                let (path, bytes, _held) = read(*number)?;
                Some((*number, file::wake(&path, *number, *language, &bytes, &waking)))
            })
            .collect()
    })
}

/// Scans one artifact called `name`: every level of it is counted in the coverage.
pub fn scan_artifact(name: &str, bytes: &[u8], limits: &Limits) -> ScanEvidence {
    scan_artifact_with(name, bytes, &Options { limits: *limits, ..Options::default() })
}

/// [`scan_artifact`] with `options`.
pub fn scan_artifact_with(name: &str, bytes: &[u8], options: &Options) -> ScanEvidence {
    roomy(|| {
        let (catalogues, mut gathered) = prepare(&options.apis);
        let path = crate::model::path::escape(name.as_bytes());
        let (total, flows) = (bytes.len() as u64, options.flows);
        let telling = Telling::default();
        let scan = Scan { total, catalogues: &catalogues, limits: options.limits, flows, telling };
        for level in file::scan(&path, bytes, &scan) {
            gathered.add(0, level, true);
        }
        gathered.finish(&catalogues, flows, &|_| Vec::new())
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
        let reason = format!(
            "{reason}: the APIs the review declares were not looked for, and none of a language whose rules are at fault"
        );
        gathered.not_examined.push(NotExamined::new("scan", "catalogues", reason));
        Catalogues::default()
    });
    (catalogues, gathered)
}

/// How many bytes may be scanned at once. Threads wait for each other here, never for anything else.
struct Room {
    most: u64,
    taken: Mutex<u64>,
    freed: Condvar,
}

/// Bytes taken of a [`Room`], given back when dropped.
struct Held<'r> {
    room: &'r Room,
    bytes: u64,
}

impl Room {
    fn new(most: u64) -> Room {
        Room { most: most.max(1), taken: Mutex::new(0), freed: Condvar::new() }
    }

    /// Waits until `bytes` fit; what never would has the room for itself.
    fn take(&self, bytes: u64) -> Held<'_> {
        let bytes = bytes.min(self.most);
        let mut taken = self.taken.lock().unwrap_or_else(PoisonError::into_inner);
        while *taken + bytes > self.most {
            taken = self.freed.wait(taken).unwrap_or_else(PoisonError::into_inner);
        }
        *taken += bytes;
        Held { room: self, bytes }
    }
}

impl Drop for Held<'_> {
    fn drop(&mut self) {
        *self.room.taken.lock().unwrap_or_else(PoisonError::into_inner) -= self.bytes;
        self.room.freed.notify_all();
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_more_bytes_are_in_flight_than_allowed_and_a_larger_file_goes_alone() {
        let room = Room::new(100);
        let most = Mutex::new(0u64);
        (0..500u32).into_par_iter().with_max_len(1).for_each(|n| {
            let _held = room.take(u64::from(n % 7 * 30));
            let taken = *room.taken.lock().unwrap();
            let mut most = most.lock().unwrap();
            *most = (*most).max(taken);
        });
        assert!(*most.lock().unwrap() <= 100);
        assert_eq!(*room.taken.lock().unwrap(), 0, "everything was given back");
    }
}
