//! The tree as it grows: which names are admitted, what stands twice, where links lead.

use std::collections::BTreeMap;
use std::io;
use std::io::Read;

use crate::model::Limits;
use crate::model::RelPath;
use crate::model::path::escape;
use crate::model::snapshot::Entry;
use crate::model::snapshot::Kind;

use super::Sink;
use super::UnpackError;
use super::meter::Content;
use super::meter::Meter;

/// Path and reason of what was not taken in.
type Problems = Vec<(String, String)>;

/// What an archive has given so far.
pub struct Tree<'s> {
    entries: BTreeMap<Vec<u8>, Entry>,
    problems: Problems,
    strip: u32,
    sink: &'s mut dyn Sink,
    /// The bounds.
    pub meter: Meter,
}

/// What the archive says about a member besides its content.
#[derive(Clone, Copy)]
pub struct About<'a> {
    /// The name as it stands in the archive.
    pub name: &'a [u8],
    /// Permission bits.
    pub mode: u32,
    /// Seconds since the epoch.
    pub mtime: Option<i64>,
}

/// Linux' bounds on a name and a path; what exceeds them cannot be materialised.
const NAME_MAX: usize = 255;
const PATH_MAX: usize = 4095;

impl<'s> Tree<'s> {
    /// Nothing yet, of an archive of `encoded` bytes.
    pub fn new(encoded: usize, strip: u32, limits: Limits, sink: &'s mut dyn Sink) -> Tree<'s> {
        let meter = Meter::new(encoded, limits);
        Tree { entries: BTreeMap::new(), problems: Vec::new(), strip, sink, meter }
    }

    /// The entries in order of path, and the problems; where every link stays inside.
    pub fn finish(self) -> Result<(Vec<Entry>, Problems), UnpackError> {
        let entries: Vec<Entry> = self.entries.into_values().collect();
        match links_outside(&entries) {
            Some(outside) => match outside.first() {
                Some((path, target)) => {
                    let reason = format!("it links to {}, outside the tree", escape(target.as_bytes()));
                    Err(UnpackError::refused(path.as_bytes(), reason))
                }
                None => Ok((entries, self.problems)),
            },
            None => Err(UnpackError::TooLarge("symbolic links through too many others".to_owned())),
        }
    }

    /// Records what is not taken in.
    pub fn problem(&mut self, name: &[u8], reason: impl Into<String>) -> Result<(), UnpackError> {
        self.meter.member(name.len())?;
        self.problems.push((escape(name), reason.into()));
        Ok(())
    }

    /// A folder.
    pub fn directory(&mut self, about: About<'_>) -> Result<(), UnpackError> {
        let Some(path) = self.admit(about.name, true)? else { return Ok(()) };
        self.meter.member(path.len())?;
        match self.entries.get_mut(&path) {
            // A folder stands twice where the archive implies it before it names it: what it says counts.
            Some(entry) if entry.kind == Kind::Directory => {
                (entry.mode, entry.mtime) = (about.mode, about.mtime);
                Ok(())
            }
            Some(_) => Err(UnpackError::refused(about.name, "another member of this name is no folder")),
            None => self.insert(path, about, Kind::Directory),
        }
    }

    /// A regular file of `size` bytes.
    pub fn file(&mut self, about: About<'_>, size: u64, content: &mut dyn Read) -> Result<(), UnpackError> {
        if size > self.meter.member_size() {
            let most = self.meter.member_size();
            return Err(UnpackError::TooLarge(format!("{} is larger than {most} bytes", escape(about.name))));
        }
        let mut content = Content::new(content, size);
        let Some(path) = self.admit(about.name, false)? else {
            self.drain(&mut content, about.name)?;
            return self.problem(about.name, "dropped by strip-components");
        };
        let path = RelPath::from_bytes(path);
        let known = self.entries.get(path.as_bytes()).cloned();
        let written = match known {
            None => self.sink.file(&path, &mut content),
            Some(_) => Ok(()),
        };
        if let (Err(error), None) = (written, &content.failed) {
            return Err(UnpackError::Write { path: path.text(), error });
        }
        self.drain(&mut content, about.name)?;
        let kind = Kind::File { size, sha256: content.digest() };
        match known {
            None => self.insert(path.as_bytes().to_vec(), about, kind),
            Some(entry) if entry.kind == kind && entry.mode == about.mode => {
                self.problem(about.name, "stands twice with the same content; taken in once")
            }
            Some(_) => Err(UnpackError::refused(
                about.name,
                "another member has this name and not this content: tools disagree on which one counts",
            )),
        }
    }

    /// A symbolic link.
    pub fn symlink(&mut self, about: About<'_>, target: &[u8]) -> Result<(), UnpackError> {
        if target.is_empty() || target.contains(&0) || target.len() > PATH_MAX {
            return Err(UnpackError::refused(about.name, "a symbolic link with an impossible target"));
        }
        let Some(path) = self.admit(about.name, false)? else {
            return self.problem(about.name, "dropped by strip-components");
        };
        let kind = Kind::Symlink { target: RelPath::from_bytes(target) };
        self.meter.member(target.len())?;
        match self.entries.get(&path) {
            None => self.insert(path, About { mode: 0o777, ..about }, kind),
            Some(entry) if entry.kind == kind => {
                self.problem(about.name, "stands twice with the same target; taken in once")
            }
            Some(_) => {
                Err(UnpackError::refused(about.name, "another member has this name and is not this link"))
            }
        }
    }

    /// A hard link to `target`, a member that came before.
    pub fn hard_link(&mut self, about: About<'_>, target: &[u8]) -> Result<(), UnpackError> {
        let outside = "a hard link to something the archive does not hold before it";
        let Some(of) = self.admit(target, true).map_err(|_| UnpackError::refused(about.name, outside))?
        else {
            return Err(UnpackError::refused(about.name, outside));
        };
        let Some(path) = self.admit(about.name, false)? else {
            return self.problem(about.name, "dropped by strip-components");
        };
        let entry = match self.entries.get(&of) {
            Some(entry) if entry.kind != Kind::Directory => entry.clone(),
            _ => return Err(UnpackError::refused(about.name, outside)),
        };
        if path == of {
            return self.problem(about.name, "a hard link to itself");
        }
        let same = About { name: about.name, mode: entry.mode, mtime: entry.mtime };
        match (&entry.kind, self.entries.contains_key(&path)) {
            (_, true) => {
                Err(UnpackError::refused(about.name, "another member has the name of this hard link"))
            }
            (Kind::File { size, .. }, false) => {
                self.meter.bytes(*size)?;
                let to = RelPath::from_bytes(path.clone());
                self.sink
                    .copy(&to, &RelPath::from_bytes(of))
                    .map_err(|error| UnpackError::Write { path: to.text(), error })?;
                self.insert(path, same, entry.kind)
            }
            (_, false) => self.insert(path, same, entry.kind),
        }
    }

    fn drain(&self, content: &mut Content<'_>, name: &[u8]) -> Result<(), UnpackError> {
        let result = match content.failed.take() {
            Some(error) => Err(error),
            None => io::copy(content, &mut io::sink()).map(|_| ()),
        };
        match result {
            Ok(()) if content.left() == 0 => Ok(()),
            Ok(()) => Err(UnpackError::Broken(format!("the content of {} ends early", escape(name)))),
            Err(error) => Err(self.meter.explain(&error, &format!("the content of {}", escape(name)))),
        }
    }

    fn insert(&mut self, path: Vec<u8>, about: About<'_>, kind: Kind) -> Result<(), UnpackError> {
        for (at, _) in path.iter().enumerate().filter(|(_, byte)| **byte == b'/') {
            let folder = &path[..at];
            if !self.entries.contains_key(folder) {
                self.meter.member(folder.len())?;
                let path = RelPath::from_bytes(folder);
                let implied = Entry { path, mode: 0o755, mtime: None, kind: Kind::Directory };
                self.entries.insert(folder.to_vec(), implied);
            }
        }
        self.meter.member(path.len())?;
        let entry =
            Entry { path: RelPath::from_bytes(path.clone()), mode: about.mode, mtime: about.mtime, kind };
        self.entries.insert(path, entry);
        Ok(())
    }

    /// The path of a member named `name`: inside, plain, below folders only. `None` for the root itself and
    /// for what `strip` leaves nothing of.
    fn admit(&self, name: &[u8], folder: bool) -> Result<Option<Vec<u8>>, UnpackError> {
        let refuse = |reason: &str| Err(UnpackError::refused(name, reason));
        if name.is_empty() || name.contains(&0) {
            return refuse("an empty name, or one with a NUL byte");
        }
        if name.starts_with(b"/") {
            return refuse("an absolute path");
        }
        if name.ends_with(b"/") && !folder {
            return refuse("the name of a folder on something that is none");
        }
        let parts: Vec<&[u8]> =
            name.split(|byte| *byte == b'/').filter(|part| !part.is_empty() && *part != b".").collect();
        if parts.contains(&&b".."[..]) {
            return refuse("a path with `..` in it");
        }
        let kept = parts.get(usize::try_from(self.strip).unwrap_or(usize::MAX)..).unwrap_or_default();
        let path = kept.join(&b'/');
        if path.len() > PATH_MAX || kept.iter().any(|part| part.len() > NAME_MAX) {
            return refuse("a path longer than a file system takes");
        }
        for (at, _) in path.iter().enumerate().filter(|(_, byte)| **byte == b'/') {
            if self.entries.get(&path[..at]).is_some_and(|above| above.kind != Kind::Directory) {
                return refuse("a path through a link or a file of the archive");
            }
        }
        Ok((!path.is_empty()).then_some(path))
    }
}

/// Symbolic links followed in one resolution before it is a loop, as Linux counts.
const HOPS: u32 = 40;
/// Bytes of path handled in all resolutions together.
const WORK: u64 = 1 << 30;

/// The symbolic links of `entries` that lead out of the tree, with their targets: absolute ones, and those
/// that climb above the root when followed through the tree's other links. `None` where following them
/// takes more work than any real tree asks for.
pub fn links_outside(entries: &[Entry]) -> Option<Vec<(RelPath, RelPath)>> {
    let links: BTreeMap<&[u8], &[u8]> = entries
        .iter()
        .filter_map(|entry| match &entry.kind {
            Kind::Symlink { target } => Some((entry.path.as_bytes(), target.as_bytes())),
            _ => None,
        })
        .collect();
    let mut work = WORK;
    let mut outside = Vec::new();
    for (path, target) in &links {
        if leads_outside(&links, path, &mut work)? {
            outside.push((RelPath::from_bytes(*path), RelPath::from_bytes(*target)));
        }
    }
    Some(outside)
}

fn leads_outside(links: &BTreeMap<&[u8], &[u8]>, path: &[u8], work: &mut u64) -> Option<bool> {
    let mut at: Vec<u8> = Vec::new();
    let mut ahead: Vec<&[u8]> = path.split(|byte| *byte == b'/').rev().collect();
    let mut hops = 0;
    while let Some(part) = ahead.pop() {
        *work = work.checked_sub(at.len() as u64 + part.len() as u64 + 1)?;
        match part {
            b"" | b"." => continue,
            b".." if at.is_empty() => return Some(true),
            b".." => {
                let above = at.iter().rposition(|byte| *byte == b'/').unwrap_or(0);
                at.truncate(above);
                continue;
            }
            _ => {}
        }
        let above = at.len();
        if !at.is_empty() {
            at.push(b'/');
        }
        at.extend_from_slice(part);
        if let Some(target) = links.get(at.as_slice()) {
            hops += 1;
            if target.starts_with(b"/") {
                return Some(true);
            }
            if hops > HOPS {
                return Some(false); // a loop leads nowhere
            }
            at.truncate(above);
            *work = work.checked_sub(target.len() as u64)?;
            ahead.extend(target.split(|byte| *byte == b'/').rev());
        }
    }
    Some(false)
}
