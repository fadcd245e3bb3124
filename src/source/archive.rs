//! An archive, pinned by digest. Reading and refusing are `formats::unpack`'s.

use std::path::Path;

use crate::formats::unpack;
use crate::formats::unpack::UnpackError;
use crate::host::files;
use crate::model::Limits;
use crate::model::NotExamined;
use crate::model::Sha256;
use crate::model::Snapshot;
use crate::model::evidence::Fetched;

use super::Acquired;
use super::SourceError;
use super::error::shown;
use super::materialise::Folder;

/// Unpacks the archive `file`, which has to have the digest `wanted`, into the empty folder `into`.
pub fn acquire(file: &Path, wanted: &Sha256, strip: u32, into: &Path) -> Result<Acquired, SourceError> {
    let bytes = files::open(file).map_err(|error| SourceError::read(file, error))?;
    // The digest is taken of the bytes that are unpacked, not of the file a second time.
    let found = Sha256::of(&bytes);
    if found != *wanted {
        return Err(SourceError::WrongDigest { what: shown(file), found, wanted: *wanted });
    }
    let mut folder = Folder::new(into);
    let unpacked =
        unpack::unpack(&bytes, strip, &Limits::default(), &mut folder).map_err(|error| match error {
            UnpackError::Write { path, error } => SourceError::Write { path, error },
            error => SourceError::Archive { archive: shown(file), error },
        })?;
    folder.finish(&unpacked.entries)?;
    let problems = unpacked
        .problems
        .into_iter()
        .map(|(path, reason)| NotExamined::new("source", path, reason))
        .chain(unpacked.entries.iter().filter_map(special_bits))
        .collect();
    let name = file.file_name().map(|name| crate::model::path::escape(name.as_encoded_bytes()));
    let origin = Fetched {
        name: name.unwrap_or_default(),
        by: "file".to_owned(),
        digest: found.hex(),
        size: bytes.len() as u64,
    };
    Ok(Acquired {
        snapshot: Snapshot::new(unpacked.entries, problems),
        root: into.to_owned(),
        origin: vec![origin],
    })
}

fn special_bits(entry: &crate::model::snapshot::Entry) -> Option<NotExamined> {
    let bits = entry.mode & 0o7000;
    let reason =
        format!("mode {:04o}: the set-id and sticky bits are recorded, and left out on disk", entry.mode);
    (bits != 0).then(|| NotExamined::new("source", entry.path.text(), reason))
}
