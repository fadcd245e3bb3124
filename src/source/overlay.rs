//! Laying one tree over another: what a rehearsal's vendor has that the reviewer has not.

use std::collections::BTreeMap;
use std::fs;

use super::Acquired;
use super::SourceError;
use crate::host::files;
use crate::model::RelPath;
use crate::model::Snapshot;
use crate::model::snapshot::Entry;
use crate::model::snapshot::Kind;

/// `under` with every regular file and folder of `over` added, or put in the place of its own.
///
/// # Errors
/// Where `over` holds something else, puts a file in the place of what is no file, or cannot be copied.
pub fn lay_over(under: Acquired, over: &Acquired) -> Result<Acquired, SourceError> {
    let mut entries: BTreeMap<RelPath, Entry> =
        under.snapshot.entries.iter().map(|entry| (entry.path.clone(), entry.clone())).collect();
    for entry in &over.snapshot.entries {
        let refuse = |reason: &str| SourceError::Tree { path: entry.path.text(), reason: reason.to_owned() };
        let (from, to) = (files::under(&over.root, &entry.path), files::under(&under.root, &entry.path));
        let there = entries.get(&entry.path).map(|old| &old.kind);
        match (&entry.kind, there) {
            (Kind::Directory, None) => {
                fs::create_dir_all(&to).map_err(|error| SourceError::write(&to, error))?;
            }
            (Kind::Directory, Some(Kind::Directory)) => continue,
            (Kind::File { .. }, None | Some(Kind::File { .. })) => {
                files::remove(&to).map_err(|error| SourceError::write(&to, error))?;
                fs::copy(&from, &to).map_err(|error| SourceError::write(&to, error))?;
            }
            _ => return Err(refuse("an overlay holds files and folders, each over its own kind")),
        }
        entries.insert(entry.path.clone(), entry.clone());
    }
    let problems = under.snapshot.problems.iter().chain(&over.snapshot.problems).cloned().collect();
    Ok(Acquired { snapshot: Snapshot::new(entries.into_values().collect(), problems), ..under })
}
