//! zip (APPNOTE.TXT 6.3.10), from its central directory.
//!
//! A zip archive can tell a different story to a tool that reads it front to back. Overlapping entries and
//! one name twice are refused; a local header that contradicts the directory, or that it does not list, is a
//! problem.

use std::io::Cursor;
use std::io::Read;

use ::zip::CompressionMethod;
use ::zip::ZipArchive;
use ::zip::read::ZipFile;
use ::zip::result::ZipError;

use crate::model::path::escape;

use super::UnpackError;
use super::meter::Metered;
use super::tree::About;
use super::tree::Tree;

/// Bytes of a symbolic link's target.
const TARGET: u64 = 4096;

/// Whether `archive` starts as a zip archive does: with a member, or empty.
pub fn recognise(archive: &[u8]) -> bool {
    archive.starts_with(b"PK\x03\x04") || archive.starts_with(b"PK\x05\x06")
}

/// Unpacks the zip archive into `tree`.
pub fn unpack(archive: &[u8], tree: &mut Tree<'_>) -> Result<(), UnpackError> {
    let mut zip = ZipArchive::new(Cursor::new(archive)).map_err(|error| broken(&error))?;
    if zip.has_duplicate_names() {
        return Err(UnpackError::refused(
            b"",
            "two members have one name: tools disagree on which one counts",
        ));
    }
    if zip.has_overlapping_entries().map_err(|error| broken(&error))? {
        return Err(UnpackError::refused(b"", "members overlap, as in a decompression bomb"));
    }
    if let Err(error) = zip.validate_header_consistency() {
        tree.problem(b"", format!("{error}; what its directory lists was taken in"))?;
    }
    for index in 0..zip.len() {
        let mut file = zip.by_index(index).map_err(|error| broken(&error))?;
        member(&mut file, tree)?;
    }
    Ok(())
}

fn member<R: Read>(file: &mut ZipFile<'_, R>, tree: &mut Tree<'_>) -> Result<(), UnpackError> {
    let name = file.name_raw().to_vec();
    let refuse = |reason: &str| Err(UnpackError::refused(&name, reason));
    if file.encrypted() {
        return refuse("it is encrypted");
    }
    if !matches!(file.compression(), CompressionMethod::Stored | CompressionMethod::Deflated) {
        return refuse("it is compressed by a method this program does not read");
    }
    let folder = name.ends_with(b"/");
    let stated = file.unix_mode().filter(|mode| mode & 0o7777 != 0);
    let mode = stated.map_or(if folder { 0o755 } else { 0o644 }, |mode| mode & 0o7777);
    let about = About { name: &name, mode, mtime: mtime(file) };
    let size = file.size();
    match stated.map(|mode| mode & 0o170_000) {
        _ if folder && size > 0 => refuse("content on something that is no regular file"),
        _ if folder => tree.directory(about),
        Some(0o040_000) => refuse("a folder without the name of one"),
        Some(0o120_000) if size > TARGET => refuse("a symbolic link with an impossible target"),
        Some(0o120_000) => {
            let mut target = Vec::new();
            Metered::new(file, tree.meter.clone())
                .take(TARGET)
                .read_to_end(&mut target)
                .map_err(|error| tree.meter.explain(&error, &format!("the target of {}", escape(&name))))?;
            tree.symlink(about, &target)
        }
        Some(0 | 0o100_000) | None => {
            let mut content = Metered::new(file, tree.meter.clone());
            tree.file(about, size, &mut content)?;
            // The checksum is verified when the end is read.
            let mut more = [0u8; 1];
            match content.read(&mut more) {
                Ok(0) => Ok(()),
                Ok(_) => Err(UnpackError::Broken(format!("{} is larger than stated", escape(&name)))),
                Err(error) => Err(tree.meter.explain(&error, &format!("the content of {}", escape(&name)))),
            }
        }
        Some(_) => tree.problem(&name, "a device, FIFO or socket; not taken in"),
    }
}

/// The modification time: zip states it without a zone, and it is read as UTC, so that it is the same
/// everywhere.
fn mtime<R: Read>(file: &ZipFile<'_, R>) -> Option<i64> {
    let stated = file.last_modified()?;
    let small = |number: u8| i8::try_from(number).ok();
    let date = jiff::civil::DateTime::new(
        i16::try_from(stated.year()).ok()?,
        small(stated.month())?,
        small(stated.day())?,
        small(stated.hour())?,
        small(stated.minute())?,
        small(stated.second())?,
        0,
    );
    Some(date.ok()?.to_zoned(jiff::tz::TimeZone::UTC).ok()?.timestamp().as_second())
}

fn broken(error: &ZipError) -> UnpackError {
    UnpackError::Broken(error.to_string())
}
