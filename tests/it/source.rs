//! The source suite: what is taken in, what is refused, and that nothing outside the given folder is touched.

use std::fs;
use std::path::Path;
use std::path::PathBuf;

use pellucid::model::Sha256;
use pellucid::model::review::Input;
use pellucid::model::review::Source;
use pellucid::model::snapshot::Entry;
use pellucid::source;
use pellucid::source::Acquired;
use pellucid::source::Offer;
use pellucid::source::Places;
use pellucid::source::SourceError;

mod archive;
mod directory;
mod environment;
mod files;
mod git;
mod guard;
mod inputs;
mod network;

/// A place for one test: `base` with the vendor's files, `cache`, `tree` to materialise in.
struct Place {
    folder: tempfile::TempDir,
}

impl Place {
    fn new() -> Place {
        let folder = tempfile::tempdir().unwrap();
        fs::create_dir(folder.path().join("base")).unwrap();
        Place { folder }
    }

    fn at(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    /// Writes a file below `base`.
    fn write(&self, name: &str, content: impl AsRef<[u8]>) -> PathBuf {
        let path = self.at("base").join(name);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(&path, content).unwrap();
        path
    }

    /// Brings and lays out inputs of a build, whose lock files may lie in `tree`.
    fn offer(&self, inputs: &[Input]) -> Result<Offer, SourceError> {
        let (base, tree, cache, work) =
            (self.at("base"), self.at("tree"), self.at("cache"), self.at("inputs"));
        let places = Places { base: &base, tree: &tree, cache: &cache, work: &work };
        source::offer(inputs, &places, &|_| {})
    }

    /// Takes `source` in, and checks that everything is as it was outside `tree` and `cache`.
    fn acquire(&self, source: &Source) -> Result<Acquired, SourceError> {
        let before = listing(self.folder.path());
        let result = source::acquire(source, &self.at("base"), &self.at("cache"), &self.at("tree"));
        assert_eq!(listing(self.folder.path()), before, "something outside the tree was touched");
        result
    }
}

/// Paths, kinds, lengths and times of everything but `tree` and `cache`.
fn listing(folder: &Path) -> Vec<String> {
    walkdir::WalkDir::new(folder)
        .min_depth(1)
        .sort_by_file_name()
        .into_iter()
        .filter_entry(|entry| !["tree", "cache"].iter().any(|own| entry.path() == folder.join(own)))
        .map(|entry| {
            let entry = entry.unwrap();
            let metadata = entry.path().symlink_metadata().unwrap();
            format!(
                "{:?} {:?} {} {:?}",
                entry.path(),
                metadata.file_type(),
                metadata.len(),
                metadata.modified()
            )
        })
        .collect()
}

/// The entry of `path`.
fn entry<'a>(acquired: &'a Acquired, path: &str) -> &'a Entry {
    let found = acquired.snapshot.entries.iter().find(|entry| entry.path.text() == path);
    found.unwrap_or_else(|| panic!("{path} is not among {:?}", paths(acquired)))
}

fn paths(acquired: &Acquired) -> Vec<String> {
    acquired.snapshot.entries.iter().map(|entry| entry.path.text()).collect()
}

fn problems(acquired: &Acquired) -> Vec<String> {
    acquired.snapshot.problems.iter().map(|problem| format!("{}: {}", problem.path, problem.reason)).collect()
}

/// That the tree on disk is what the snapshot says: every path, size, digest, link, mode, time, and no more.
fn tree_is_as_described(acquired: &Acquired) {
    use pellucid::model::snapshot::Kind;
    use std::os::unix::ffi::OsStrExt;
    use std::os::unix::fs::MetadataExt;
    let mut described = acquired.snapshot.entries.iter();
    let mut found: Vec<PathBuf> = walkdir::WalkDir::new(&acquired.root)
        .min_depth(1)
        .into_iter()
        .map(|entry| entry.unwrap().path().to_owned())
        .collect();
    let relative = |path: &Path| path.strip_prefix(&acquired.root).unwrap().as_os_str().as_bytes().to_vec();
    found.sort_by_key(|path| relative(path));
    for path in &found {
        let entry = described.next().unwrap_or_else(|| panic!("{path:?} is not in the snapshot"));
        assert_eq!(entry.path.as_bytes(), relative(path));
        let metadata = path.symlink_metadata().unwrap();
        match &entry.kind {
            Kind::File { size, sha256 } => {
                assert!(metadata.is_file());
                assert_eq!((metadata.len(), Sha256::of(&fs::read(path).unwrap())), (*size, *sha256));
                assert_eq!(metadata.mode() & 0o7777, entry.mode & 0o777 | 0o600);
            }
            Kind::Symlink { target } => {
                assert_eq!(fs::read_link(path).unwrap().as_os_str().as_bytes(), target.as_bytes());
            }
            Kind::Directory | Kind::Submodule { .. } => {
                assert!(metadata.is_dir());
                assert_eq!(metadata.mode() & 0o7777, entry.mode & 0o777 | 0o700);
            }
        }
        if let Some(mtime) = entry.mtime {
            assert_eq!(metadata.mtime(), mtime, "{path:?}");
        }
    }
    assert!(described.next().is_none(), "the snapshot has more than the tree");
}
