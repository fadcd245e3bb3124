//! A commit of a git repository: the tree as it is stored, without filters, hooks, attributes or checkout.
//!
//! libgit2 reads the objects; `export-ignore`, `text`, `filter` and whatever else the repository says about
//! itself is not asked for. A remote repository is brought by the ordinary `git` client as a bare clone,
//! which runs nothing of it. Recorded and not taken in: submodules (other repositories) and what Git LFS
//! pointers stand for.

use std::collections::BTreeSet;
use std::path::Path;
use std::path::PathBuf;

use git2::ObjectType;
use git2::Oid;
use git2::Repository;
use rayon::prelude::*;

use crate::host::process;
use crate::model::Limits;
use crate::model::NotExamined;
use crate::model::RelPath;
use crate::model::Sha256;
use crate::model::Snapshot;
use crate::model::evidence::Fetched;
use crate::model::path::escape;
use crate::model::snapshot::Entry;
use crate::model::snapshot::Kind;

use super::Acquired;
use super::SourceError;
use super::cache::Cache;
use super::directory;
use super::materialise::Folder;

/// Exports `commit`, or the commit of `tag`, of `repository` into the empty folder `into`.
pub fn acquire(
    repository: &str,
    commit: Option<&str>,
    tag: Option<&str>,
    base: &Path,
    cache: &Cache,
    into: &Path,
) -> Result<Acquired, SourceError> {
    let asked = Asked { repository, commit, tag };
    let path = match place(repository, base) {
        Place::Local(path) => path,
        Place::Remote => asked.bring(cache)?,
    };
    let opened = open(&path).map_err(|error| asked.error(error.message()))?;
    let (commit, mut origin) = asked.resolve(&opened)?;
    let tree = commit.tree().map_err(|error| asked.error(error.message()))?;
    origin.push(fetched("commit", commit.id()));
    origin.push(fetched("tree", tree.id()));
    let listed = asked.list(&opened, tree.id())?;
    let folder = Folder::new(into);
    let entries: Result<Vec<(Entry, bool)>, SourceError> = listed
        .into_par_iter()
        .map_init(|| open(&path), |opened, item| asked.take(opened.as_ref(), &folder, item))
        .collect();
    let entries = entries?;
    let mut problems: Vec<NotExamined> = entries.iter().filter_map(not_taken_in).collect();
    let entries: Vec<Entry> = entries.into_iter().map(|(entry, _)| entry).collect();
    problems.extend(directory::outside(&entries)?);
    let snapshot = Snapshot::new(entries, problems);
    folder.finish(&snapshot.entries)?;
    Ok(Acquired { snapshot, root: into.to_owned(), origin })
}

enum Place {
    Local(PathBuf),
    Remote,
}

/// A path, or a URL of the `file` scheme, is local; `scheme://` and `host:path` are remote.
fn place(repository: &str, base: &Path) -> Place {
    if let Some(path) = repository.strip_prefix("file://") {
        return Place::Local(PathBuf::from(path));
    }
    let before_slash = repository.split('/').next().unwrap_or_default();
    if before_slash.contains(':') && !base.join(repository).exists() {
        return Place::Remote;
    }
    Place::Local(base.join(repository))
}

/// Opens the repository at `path` itself, and none that a folder above may be.
fn open(path: &Path) -> Result<Repository, git2::Error> {
    let none: [&std::ffi::OsStr; 0] = [];
    Repository::open_ext(path, git2::RepositoryOpenFlags::NO_SEARCH, none)
}

fn fetched(name: &str, id: Oid) -> Fetched {
    Fetched { name: name.to_owned(), by: "git".to_owned(), digest: id.to_string(), size: 0 }
}

struct Asked<'a> {
    repository: &'a str,
    commit: Option<&'a str>,
    tag: Option<&'a str>,
}

/// One path of the tree, before its content is read.
struct Listed {
    path: RelPath,
    mode: i32,
    id: Oid,
}

impl Asked<'_> {
    fn error(&self, reason: impl Into<String>) -> SourceError {
        let reason = escape(reason.into().as_bytes());
        SourceError::Git { repository: escape(self.repository.as_bytes()), reason }
    }

    /// The commit, and records of the tag where one was asked for.
    fn resolve<'r>(&self, opened: &'r Repository) -> Result<(git2::Commit<'r>, Vec<Fetched>), SourceError> {
        let mut origin = Vec::new();
        let mut tagged = None;
        if let Some(tag) = self.tag {
            let name = format!("refs/tags/{tag}");
            if !git2::Reference::is_valid_name(&name) {
                return Err(self.error(format!("`{tag}` is not a name a tag can have")));
            }
            let object = opened
                .find_reference(&name)
                .and_then(|reference| reference.resolve())
                .and_then(|reference| reference.target().ok_or_else(|| git2::Error::from_str("no target")))
                .and_then(|id| opened.find_object(id, None))
                .map_err(|_| {
                    self.error(format!("there is no tag `{tag}`; correct `tag`, or fetch the tags"))
                })?;
            origin.push(fetched(&format!("tag {}", escape(tag.as_bytes())), object.id()));
            let commit = object
                .peel_to_commit()
                .map_err(|_| self.error(format!("the tag `{tag}` is not of a commit")))?;
            tagged = Some(commit);
        }
        let Some(wanted) = self.commit else {
            return match tagged {
                Some(commit) => Ok((commit, origin)),
                None => Err(self.error("neither a commit nor a tag is named")),
            };
        };
        let commit = Oid::from_str(wanted)
            .ok()
            .filter(|_| wanted.len() == 40)
            .ok_or_else(|| self.error(format!("`{wanted}` is not a full commit id")))
            .and_then(|id| {
                let missing = format!("there is no commit {wanted}; correct `commit`, or fetch it (a shallow clone lacks history)");
                opened.find_commit(id).map_err(|_| self.error(missing))
            })?;
        match tagged {
            Some(tagged) if tagged.id() != commit.id() => Err(self.error(format!(
                "the tag `{}` is of commit {}, but the manifest says {wanted}: the tag was moved, or one of the two is wrong",
                self.tag.unwrap_or_default(),
                tagged.id(),
            ))),
            _ => Ok((commit, origin)),
        }
    }

    /// Every path below the tree `root`, in order.
    fn list(&self, opened: &Repository, root: Oid) -> Result<Vec<Listed>, SourceError> {
        let limits = Limits::default();
        let mut listed = Vec::new();
        let mut names = 0u64;
        let mut ahead = vec![(Vec::new(), root)];
        while let Some((above, id)) = ahead.pop() {
            let tree = opened.find_tree(id).map_err(|error| self.error(error.message()))?;
            let mut seen = BTreeSet::new();
            for entry in tree.iter() {
                let name = entry.name_bytes();
                let plain = RelPath::from_bytes(name).stays_inside() && !name.contains(&b'/');
                if !plain || name.eq_ignore_ascii_case(b".git") || !seen.insert(name.to_vec()) {
                    let reason =
                        format!("its tree holds the name `{}`, which git itself forbids there", escape(name));
                    return Err(self.error(reason));
                }
                let mut path = above.clone();
                path.extend_from_slice(name);
                names += path.len() as u64;
                // A tree may hold itself many times over: few objects, and no end of paths.
                if listed.len() as u64 >= limits.members || names > 1 << 30 || path.len() > 4095 {
                    return Err(self.error("its tree has more or longer paths than this program takes in"));
                }
                if entry.kind() == Some(ObjectType::Tree) {
                    ahead.push(([path.as_slice(), b"/"].concat(), entry.id()));
                }
                listed.push(Listed {
                    path: RelPath::from_bytes(path),
                    mode: entry.filemode(),
                    id: entry.id(),
                });
            }
        }
        listed.sort_by(|a, b| a.path.cmp(&b.path));
        Ok(listed)
    }

    /// Reads one path's content and writes it; says whether it is a Git LFS pointer.
    fn take(
        &self,
        opened: Result<&Repository, &git2::Error>,
        folder: &Folder,
        item: Listed,
    ) -> Result<(Entry, bool), SourceError> {
        let Listed { path, mode, id } = item;
        let entry = |mode, kind| Entry { path: path.clone(), mode, mtime: None, kind };
        match mode {
            0o040_000 => return Ok((entry(0o755, Kind::Directory), false)),
            0o160_000 => return Ok((entry(0o755, Kind::Submodule { commit: id.to_string() }), false)),
            _ => {}
        }
        let failed = |error: &git2::Error| self.error(format!("{}: {}", path.text(), error.message()));
        let opened = opened.map_err(failed)?;
        let odb = opened.odb().map_err(|error| failed(&error))?;
        let (size, _) = odb.read_header(id).map_err(|error| failed(&error))?;
        if size as u64 > Limits::default().member_size {
            return Err(
                self.error(format!("{}: {size} bytes are more than this program takes in", path.text()))
            );
        }
        let blob = opened.find_blob(id).map_err(|error| failed(&error))?;
        match mode {
            0o120_000 => {
                let target = RelPath::from_bytes(blob.content());
                if blob.content().is_empty() || blob.content().contains(&0) || blob.size() > 4095 {
                    return Err(self.error(format!("{}: a link with an impossible target", path.text())));
                }
                Ok((entry(0o777, Kind::Symlink { target }), false))
            }
            0o100_644 | 0o100_664 | 0o100_755 => {
                let (size, sha256) = folder
                    .write(&path, &mut blob.content())
                    .map_err(|error| SourceError::Write { path: path.text(), error })?;
                let mode = if mode == 0o100_755 { 0o755 } else { 0o644 };
                Ok((entry(mode, Kind::File { size, sha256 }), is_lfs_pointer(blob.content())))
            }
            other => Err(self.error(format!("{}: mode {other:o} is none that git writes", path.text()))),
        }
    }

    /// A bare clone of a remote repository, kept in the cache under the digest of its URL.
    fn bring(&self, cache: &Cache) -> Result<PathBuf, SourceError> {
        let place = cache.root().join("git").join(Sha256::of(self.repository.as_bytes()).hex());
        // A commit cannot change; a tag can, so without a commit the remote is asked again.
        if self.commit.is_some() && open(&place).is_ok_and(|opened| self.resolve(&opened).is_ok()) {
            return Ok(place);
        }
        let work = cache.workplace()?;
        let clone = work.path().join("clone.git");
        let arguments = [
            "GIT_TERMINAL_PROMPT=0",
            "GIT_ALLOW_PROTOCOL=https:http:ssh:git",
            "git",
            "clone",
            "--bare",
            "--quiet",
            "--template=",
            "--",
            self.repository,
        ];
        let arguments = arguments.iter().map(std::ffi::OsStr::new).chain([clone.as_os_str()]);
        process::run("env", arguments, work.path()).map_err(|error| SourceError::Client {
            what: format!("git repository {}", escape(self.repository.as_bytes())),
            error,
        })?;
        let above = place.parent().unwrap_or(&place);
        std::fs::create_dir_all(above).map_err(|error| SourceError::write(above, error))?;
        if place.exists() {
            std::fs::remove_dir_all(&place).map_err(|error| SourceError::write(&place, error))?;
        }
        std::fs::rename(&clone, &place).map_err(|error| SourceError::write(&place, error))?;
        Ok(place)
    }
}

/// The Git LFS pointer format: a small text file that starts with its version line.
fn is_lfs_pointer(content: &[u8]) -> bool {
    content.len() < 1024 && content.starts_with(b"version https://git-lfs.")
}

fn not_taken_in((entry, lfs): &(Entry, bool)) -> Option<NotExamined> {
    let reason = match &entry.kind {
        Kind::Submodule { commit } => {
            format!("a submodule, commit {commit} of another repository; not taken in")
        }
        _ if *lfs => "a Git LFS pointer; the content it stands for is not in the repository".to_owned(),
        _ => return None,
    };
    Some(NotExamined::new("source", entry.path.text(), reason))
}
