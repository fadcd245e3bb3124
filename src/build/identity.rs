//! Which compiler it calls itself: another name for the environment's own, to prove that a name is all that
//! differs.
//!
//! A compiler writes its name and package version into every object. The linker's build-id is a digest over
//! that, also where the text itself is stripped afterwards, so that two revisions that generate the same code
//! give different programs. [`disguise`] makes copies of the compiler and of its start files that carry another
//! version; a run that has them in the place of the originals, and then equals what was shipped, proves that
//! the compiler's revision is the cause, and the only one. It is no reproduction: the environment is not the
//! vendor's.

use std::collections::BTreeMap;
use std::fs;
use std::io::Read;
use std::os::unix::fs::PermissionsExt;
use std::path::Path;
use std::path::PathBuf;

use jiff::fmt::rfc2822;
use memchr::memmem;
use object::LittleEndian;
use object::elf::FileHeader64;
use object::read::elf::FileHeader;
use object::read::elf::SectionHeader;

use crate::host::files;
use crate::host::sandbox::World;
use crate::model::run::UsedFile;

/// The name the compiler among the `used` files of `world` gives itself, without its parentheses:
/// `Debian 12.2.0-14+deb12u1`. `None` where none was used or it gives none of this kind.
pub fn own(world: &World, used: &[UsedFile]) -> Option<String> {
    let compilers = used.iter().filter(|file| {
        let name = file.path.as_bytes().rsplit(|byte| *byte == b'/').next().unwrap_or_default();
        [&b"cc1"[..], b"cc1plus", b"cc1obj", b"f951", b"lto1"].contains(&name)
    });
    compilers.into_iter().find_map(|file| {
        let bytes = files::open(&on_disk(world, &file.path.text())).ok()?;
        let start = memmem::find(&bytes, b"(Debian ")? + 1;
        let name = bytes.get(start..)?.split(|byte| *byte == b')').next()?;
        let plain = |byte: &u8| byte.is_ascii_alphanumeric() || b" .+~-".contains(byte);
        (name.len() < 80 && name.iter().all(plain)).then(|| String::from_utf8_lossy(name).into_owned())
    })
}

/// The names the compiler called `own` had before `moment` (seconds since the epoch), the newest first, three
/// at most, each with the reason to think of it; from the history its package has in the environment.
pub fn earlier(world: &World, own: &str, moment: i64) -> Vec<(String, String)> {
    let Some((maker, version)) = own.split_once(' ') else { return Vec::new() };
    let Ok(folders) = fs::read_dir(world.root.join("usr/share/doc")) else { return Vec::new() };
    let mut histories: Vec<PathBuf> = folders
        .flatten()
        .filter(|folder| folder.file_name().to_string_lossy().starts_with("gcc-"))
        .map(|folder| folder.path().join("changelog.Debian.gz"))
        .collect();
    histories.sort();
    let history = histories
        .iter()
        .filter_map(|path| releases(path))
        .find(|list| list.first().is_some_and(|(newest, _)| newest == version));
    let before = history.into_iter().flatten().filter(|(name, date)| name != version && *date <= moment);
    before
        .take(3)
        .map(|(name, date)| {
            let day = jiff::Timestamp::from_second(date).map(|at| at.to_string()).unwrap_or_default();
            let day = day.split('T').next().unwrap_or_default().to_owned();
            (
                format!("{maker} {name}"),
                format!("it was the newest from {day} on, before the artifact's newest time"),
            )
        })
        .collect()
}

/// Bytes of a package's history that are read.
const HISTORY: u64 = 16 << 20;

/// Versions and their dates, newest first (deb-changelog(5)).
fn releases(path: &Path) -> Option<Vec<(String, i64)>> {
    let packed = files::open(path).ok()?;
    let mut text = Vec::new();
    flate2::read::MultiGzDecoder::new(&*packed).take(HISTORY).read_to_end(&mut text).ok()?;
    let text = String::from_utf8_lossy(&text);
    let mut list = Vec::new();
    let mut version = None;
    for line in text.lines() {
        if let Some((_, rest)) = line.split_once(" (").filter(|_| !line.starts_with(' ')) {
            version = rest.split_once(')').map(|(version, _)| version.to_owned());
        } else if let Some((_, date)) = line.strip_prefix(" -- ").and_then(|line| line.split_once(">  ")) {
            let date = rfc2822::DateTimeParser::new().relaxed_weekday(true).parse_timestamp(date).ok();
            list.extend(version.take().zip(date.map(|date| date.as_second())));
        }
    }
    Some(list)
}

/// Copies, in `folder`, of those of the `used` files that call the compiler `own`, calling it `name` instead;
/// by the path they stand in for.
///
/// # Errors
/// A sentence, where `name` does not fit in the place of `own`, a file is of a kind that cannot be changed, or
/// a copy cannot be made.
pub fn disguise(
    world: &World,
    used: &[UsedFile],
    (own, name): (&str, &str),
    folder: &Path,
) -> Result<BTreeMap<String, PathBuf>, String> {
    if name.len() > own.len() {
        return Err(format!("`{name}` is longer than `{own}`: it does not fit in its place in the compiler"));
    }
    fs::create_dir_all(folder).map_err(|error| format!("making {}: {error}", folder.display()))?;
    let mut replaced = BTreeMap::new();
    let (old, new) = (format!("({own})"), format!("({name})"));
    for file in used {
        let at = file.path.text();
        let original = on_disk(world, &at);
        let Ok(bytes) = files::open(&original) else { continue };
        if !bytes.starts_with(b"\x7fELF") || memmem::find(&bytes, old.as_bytes()).is_none() {
            continue;
        }
        let changed = rename(&bytes, old.as_bytes(), new.as_bytes())
            .map_err(|reason| format!("giving {at} another name for the compiler: {reason}"))?;
        let copy = folder.join(replaced.len().to_string());
        let failed = |error: std::io::Error| format!("making a copy of {at}: {error}");
        let mode = original.metadata().map_err(failed)?.permissions().mode() | 0o444;
        files::write_atomically(&copy, &changed).map_err(failed)?;
        fs::set_permissions(&copy, fs::Permissions::from_mode(mode)).map_err(failed)?;
        replaced.insert(at, copy);
    }
    Ok(replaced)
}

fn on_disk(world: &World, path: &str) -> PathBuf {
    world.root.join(path.trim_start_matches('/'))
}

/// The ELF file with every `old` replaced: in a program what comes after it in its string moves up; in an
/// object the section that holds the names gets as much shorter.
fn rename(elf: &[u8], old: &[u8], new: &[u8]) -> Result<Vec<u8>, String> {
    let header = FileHeader64::<LittleEndian>::parse(elf).map_err(|_| "not a 64-bit little-endian file")?;
    let mut changed = elf.to_owned();
    if header.e_type(LittleEndian) != object::elf::ET_REL {
        let places: Vec<usize> = memmem::find_iter(elf, old).collect();
        for at in places {
            let end = elf.iter().skip(at).position(|byte| *byte == 0).map_or(elf.len(), |length| at + length);
            fill(&mut changed, at..end, old, new);
        }
        return Ok(changed);
    }
    let sections = header.sections(LittleEndian, elf).map_err(|error| error.to_string())?;
    for (index, section) in sections.enumerate() {
        let Some((offset, size)) = section.file_range(LittleEndian) else { continue };
        let range = usize::try_from(offset).unwrap_or(usize::MAX)
            ..usize::try_from(offset.saturating_add(size)).unwrap_or(usize::MAX);
        let count = elf.get(range.clone()).map_or(0, |bytes| memmem::find_iter(bytes, old).count());
        if count == 0 {
            continue;
        }
        if sections.section_name(LittleEndian, section) != Ok(b".comment") {
            return Err("it stands outside the section for such names".to_owned());
        }
        fill(&mut changed, range, old, new);
        // ELF-64 object file format: the header of section i, and its size 32 bytes into it.
        let at =
            header.e_shoff(LittleEndian) + index.0 as u64 * u64::from(header.e_shentsize(LittleEndian)) + 32;
        let shorter = size - (count * (old.len() - new.len())) as u64;
        let field = usize::try_from(at).ok().and_then(|at| changed.get_mut(at..at + 8));
        field.ok_or("its section headers lie outside")?.copy_from_slice(&shorter.to_le_bytes());
    }
    Ok(changed)
}

/// Replaces within `range`, and fills what becomes free at its end with zeros.
fn fill(bytes: &mut [u8], range: std::ops::Range<usize>, old: &[u8], new: &[u8]) {
    let Some(place) = bytes.get_mut(range) else { return };
    let mut text = Vec::with_capacity(place.len());
    let mut from = 0;
    for at in memmem::find_iter(place, old) {
        text.extend_from_slice(place.get(from..at).unwrap_or_default());
        text.extend_from_slice(new);
        from = at + old.len();
    }
    text.extend_from_slice(place.get(from..).unwrap_or_default());
    text.resize(place.len(), 0);
    place.copy_from_slice(&text);
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_string_is_replaced_in_its_place_and_what_follows_moves_up() {
        let mut bytes = *b"GCC: (Debian 12-14+x) 12.2.0\0next";
        let end = bytes.iter().position(|byte| *byte == 0).unwrap();
        fill(&mut bytes, 0..end, b"(Debian 12-14+x)", b"(Debian 12-1)");
        assert_eq!(&bytes, b"GCC: (Debian 12-1) 12.2.0\0\0\0\0next");
    }

    #[test]
    fn a_history_is_read_newest_first_with_its_dates() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("changelog.Debian.gz");
        let text = "gcc-12 (12.2.0-14) unstable; urgency=medium\n\n  * Text (1).\n\n -- A B <a@b.example>  Sun, 08 Jan 2023 10:12:42 +0100\n\n\
                    gcc-12 (12.2.0-13) unstable; urgency=low\n\n -- A B <a@b.example>  Mon, 02 Jan 2023 22:28:39 +0100\n";
        let mut packed = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::default());
        std::io::Write::write_all(&mut packed, text.as_bytes()).unwrap();
        files::write_atomically(&path, &packed.finish().unwrap()).unwrap();
        let list = releases(&path).unwrap();
        assert_eq!(list, [("12.2.0-14".to_owned(), 1_673_169_162), ("12.2.0-13".to_owned(), 1_672_694_919)]);
    }
}
