//! From what the keeper saw to what a record states: paths sorted by where they came from, environment files
//! with their digests, and nothing that changes from run to run.

use std::collections::BTreeMap;
use std::collections::BTreeSet;
use std::os::unix::fs::MetadataExt;
use std::path::Path;
use std::sync::LazyLock;
use std::sync::Mutex;

use rayon::iter::IntoParallelIterator;
use rayon::iter::ParallelIterator;

use crate::host::files;
use crate::host::sandbox::Seen;
use crate::host::sandbox::World;
use crate::model::RelPath;
use crate::model::Sha256;
use crate::model::Snapshot;
use crate::model::run::Attempt;
use crate::model::run::Origin;
use crate::model::run::Trace;
use crate::model::run::UsedFile;
use crate::model::run::UsedProgram;

/// The trace of a run over `snapshot` in `world`.
pub fn trace(seen: &Seen, snapshot: &Snapshot, world: &World) -> Trace {
    let build_path = world.build_path.as_str();
    let sort = Sorter::new(snapshot, build_path);
    let mut source_read = BTreeSet::new();
    let mut inputs_read = BTreeSet::new();
    let mut environment = BTreeSet::new();
    let mut programs = BTreeSet::new();
    for path in seen.read.iter().chain(seen.executed.keys()) {
        match sort.place(path) {
            Place::Source(path) => drop(source_read.replace(path)),
            Place::Input(path) => drop(inputs_read.replace(path)),
            Place::Environment => drop(environment.replace(path.clone())),
            Place::Built(_) | Place::Passing => {}
        }
    }
    for path in seen.executed.keys() {
        let program = match sort.place(path) {
            Place::Source(path) => UsedProgram { path, origin: Origin::Source },
            Place::Input(_) => UsedProgram { path: path.clone(), origin: Origin::Input },
            Place::Environment => UsedProgram { path: path.clone(), origin: Origin::Environment },
            Place::Built(path) => UsedProgram { path, origin: Origin::Built },
            Place::Passing => continue,
        };
        programs.insert(program);
    }
    let source_written = seen.written.iter().filter_map(|path| match sort.place(path) {
        Place::Source(path) => Some(path),
        _ => None,
    });
    let attempts = seen.attempts.iter().map(|(what, program)| Attempt {
        what: what.replace(build_path, "."),
        program: match sort.place(program) {
            Place::Source(path) | Place::Built(path) => path,
            _ => program.clone(),
        },
    });
    Trace {
        source_written: source_written.collect(),
        source_read: source_read.into_iter().collect(),
        inputs_read: inputs_read.into_iter().collect(),
        environment_read: digests(environment.into_iter().collect(), world),
        programs: programs.into_iter().collect(),
        attempts: attempts.collect::<BTreeSet<Attempt>>().into_iter().collect(),
        opaque: Vec::new(),
        generated: Vec::new(),
        truncated: seen.truncated,
    }
}

/// Tells where files came from.
pub struct Sorter<'a> {
    build_path: &'a str,
    source: BTreeSet<&'a RelPath>,
}

/// Where a file came from.
pub enum Place {
    /// A file of the snapshot, relative.
    Source(RelPath),
    /// A file under `/inputs`, relative.
    Input(RelPath),
    /// A file of the environment.
    Environment,
    /// A file the build made in its folder, relative.
    Built(RelPath),
    /// A file of `/tmp`, `/proc` and the like.
    Passing,
}

impl<'a> Sorter<'a> {
    /// For runs over `snapshot` in `build_path`.
    pub fn new(snapshot: &'a Snapshot, build_path: &'a str) -> Sorter<'a> {
        Sorter { build_path, source: snapshot.files().map(|(path, ..)| path).collect() }
    }

    /// Where the file at the absolute `path` came from.
    pub fn place(&self, path: &RelPath) -> Place {
        let below = |folder: &str| {
            let rest = path.as_bytes().strip_prefix(folder.as_bytes())?.strip_prefix(b"/")?;
            Some(RelPath::from_bytes(rest))
        };
        if let Some(inner) = below(self.build_path) {
            return if self.source.contains(&inner) { Place::Source(inner) } else { Place::Built(inner) };
        }
        if let Some(inner) = below("/inputs") {
            return Place::Input(inner);
        }
        let environment =
            ["/usr", "/etc", "/bin", "/sbin", "/lib", "/lib32", "/lib64", "/libx32", "/var/lib"];
        if environment.iter().any(|folder| below(folder).is_some()) {
            Place::Environment
        } else {
            Place::Passing
        }
    }
}

/// Files the sandbox makes under `/etc`; their content is in the conditions.
const SYNTHETIC: &[&str] = &[
    "/etc/passwd",
    "/etc/group",
    "/etc/hosts",
    "/etc/hostname",
    "/etc/nsswitch.conf",
    "/etc/resolv.conf",
    "/etc/fstab",
    "/etc/machine-id",
    "/etc/timezone",
];

fn digests(paths: Vec<RelPath>, world: &World) -> Vec<UsedFile> {
    paths
        .into_par_iter()
        .filter(|path| !SYNTHETIC.iter().any(|name| path.as_bytes() == name.as_bytes()))
        .map(|path| {
            let sha256 = digest(&world.on_disk(&path));
            UsedFile { path, sha256 }
        })
        .collect()
}

/// Whether every one of these files still has its digest.
pub fn is_unchanged(used: &[UsedFile], world: &World) -> bool {
    let paths = used.iter().map(|file| file.path.clone()).collect();
    digests(paths, world) == used
}

/// Device, inode, size, and time of the last change of anything about the file.
type Identity = (u64, u64, u64, i64, i64);

/// A compiler is tens of megabytes and every run uses it: digests are kept for as long as the file is the same.
static KNOWN: LazyLock<Mutex<BTreeMap<(Identity, bool), Sha256>>> = LazyLock::new(Mutex::default);

fn digest(path: &Path) -> Option<Sha256> {
    known_or(path, false, Sha256::of)
}

/// The git object id of the file's content.
pub fn gitoid(path: &Path) -> Option<Sha256> {
    known_or(path, true, Sha256::gitoid)
}

fn known_or(path: &Path, which: bool, of: fn(&[u8]) -> Sha256) -> Option<Sha256> {
    let metadata = path.metadata().ok().filter(std::fs::Metadata::is_file)?;
    let identity = (metadata.dev(), metadata.ino(), metadata.size(), metadata.ctime(), metadata.ctime_nsec());
    if let Some(known) = KNOWN.lock().ok().and_then(|known| known.get(&(identity, which)).copied()) {
        return Some(known);
    }
    let sha256 = of(&files::open(path).ok()?);
    if let Ok(mut known) = KNOWN.lock() {
        known.insert((identity, which), sha256);
    }
    Some(sha256)
}
