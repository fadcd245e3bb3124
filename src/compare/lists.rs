//! Lists of digests that a container carries of itself: a wheel's RECORD, a Debian package's md5sums.
//!
//! Such a list is derived: it must equal its function of the other members. It is recomputed here, on both
//! sides: every other member is listed once with its right digest and size, and nothing else is listed. Then
//! two lists that differ say nothing that the members do not say themselves.

use std::collections::BTreeMap;

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use sha2::Digest;

use crate::formats;
use crate::formats::Budget;
use crate::model::Anatomy;
use crate::model::Content;
use crate::model::path::unescape;

/// Whether the member `name` of this container is a list that holds for the other members; why not, if it is
/// one and does not. `None`: it is no such list.
pub fn holds(bytes: &[u8], anatomy: &Anatomy, name: &str, budget: &Budget) -> Option<Result<(), String>> {
    let is_record = name.ends_with(".dist-info/RECORD") && name.matches('/').count() == 1;
    (is_record && anatomy.format == "zip").then(|| record(bytes, anatomy, name, budget))
}

/// Members and listed files taken into account.
const LARGEST: usize = 100_000;

/// RECORD (Binary distribution format, "The RECORD file"): `path,sha256=<unpadded base64url>,size`.
fn record(bytes: &[u8], anatomy: &Anatomy, name: &str, budget: &Budget) -> Result<(), String> {
    let mut listed: BTreeMap<Vec<u8>, (String, String)> = BTreeMap::new();
    let own = anatomy.members.iter().find(|member| member.name == name).ok_or("it is not there")?;
    let content = formats::member_bytes(bytes, anatomy, own, budget)?;
    let text = std::str::from_utf8(&content).map_err(|_| "it is not UTF-8")?;
    let (ends, bare) = (text.matches("\r\n").count(), text.matches('\n').count());
    if ends != 0 && ends != bare {
        return Err("its lines end in two ways".to_owned());
    }
    for line in text.lines() {
        let mut fields = line.rsplitn(3, ',');
        let (Some(size), Some(digest), Some(path)) = (fields.next(), fields.next(), fields.next()) else {
            return Err(format!("a line is not path, digest, size: {line:?}"));
        };
        // Quoted once, or not at all; readers take anything else for another name.
        let quoted = path.strip_prefix('"').and_then(|path| path.strip_suffix('"'));
        let path = quoted.unwrap_or(path);
        if path.contains('"') {
            return Err(format!("a line quotes its path in another way: {line:?}"));
        }
        let path = path.as_bytes().to_vec();
        if listed.insert(path, (digest.to_owned(), size.to_owned())).is_some() || listed.len() > LARGEST {
            return Err(format!("it lists a file twice, or too many: {line:?}"));
        }
    }
    let signatures = [format!("{name}.jws"), format!("{name}.p7s")];
    for member in &anatomy.members {
        let is_folder = member.name.ends_with('/');
        if is_folder || signatures.contains(&member.name) {
            continue;
        }
        let Some((digest, size)) = listed.remove(&unescape(&member.name)) else {
            return Err(format!("it omits {}", member.name));
        };
        if member.name == name {
            if !digest.is_empty() || !size.is_empty() {
                return Err("it gives a digest of itself".to_owned());
            }
            continue;
        }
        let content = match member.content {
            Content::Empty => Vec::new().into(),
            _ => formats::member_bytes(bytes, anatomy, member, budget)?,
        };
        let computed = format!("sha256={}", URL_SAFE_NO_PAD.encode(sha2::Sha256::digest(&content)));
        if digest != computed || size != content.len().to_string() {
            return Err(format!("it gives another digest or size of {}", member.name));
        }
    }
    match listed.keys().next() {
        Some(path) => Err(format!("it lists {}, which is not there", String::from_utf8_lossy(path))),
        None => Ok(()),
    }
}

/// What a Debian package installs.
#[derive(Debug)]
pub struct Installed {
    /// MD5 digests of its files, by path below the root.
    digests: BTreeMap<Vec<u8>, String>,
    /// Its size as the control file states it: KiB, each file rounded up, one for everything else.
    size: u64,
}

/// What the package in `bytes` installs; `None` where it has not exactly one archive of files, or that one cannot be
/// read without doubt. Its contents count against `budget`.
pub fn installed(bytes: &[u8], package: &Anatomy, budget: &Budget) -> Option<Installed> {
    let mut archives = package.members.iter().filter(|member| member.name.starts_with("data.tar"));
    let (archive, None) = (archives.next()?, archives.next()) else { return None };
    let packed = formats::member_bytes(bytes, package, archive, budget).ok()?;
    let outer = formats::open(&archive.name, &packed);
    let content = match formats::joined(&packed, &outer, budget) {
        Some(content) => content.ok()?,
        None => packed.as_ref().into(),
    };
    let tar = formats::open("data.tar", &content);
    if tar.format != "tar" || !tar.problems.is_empty() {
        return None;
    }
    let mut files: BTreeMap<Vec<u8>, String> = BTreeMap::new();
    let mut size = 0;
    for member in &tar.members {
        let attribute = |key: &str| member.attributes.iter().find(|(known, _)| *known == key).map(|(_, v)| v);
        let digest = match attribute("type").map(String::as_str) {
            Some("file") => {
                let content = formats::member_bytes(&content, &tar, member, budget).ok()?;
                size += content.len().div_ceil(1024) as u64;
                hex(&md5::Md5::digest(&content))
            }
            Some("hard-link") => files.get(&below_root(attribute("link")?))?.clone(),
            Some("symlink" | "directory" | "character-device" | "block-device" | "fifo") => {
                size += 1;
                continue;
            }
            _ => return None,
        };
        if files.insert(below_root(&member.name), digest).is_some() || files.len() > LARGEST {
            return None;
        }
    }
    Some(Installed { digests: files, size })
}

/// Whether `list` is the md5sums file (deb-md5sums(5): `digest  path`) of a package that installs `installed`: every
/// line right, every file listed once. Configuration files below `etc` may be missing, as the tool that writes the
/// list leaves them out: gives those.
///
/// # Errors
/// A sentence fragment: what it lists wrongly.
pub fn md5sums(list: &[u8], installed: &Installed) -> Result<Vec<Vec<u8>>, String> {
    let mut left = installed.digests.clone();
    let text = std::str::from_utf8(list).map_err(|_| "it is not UTF-8")?;
    for line in text.strip_suffix('\n').unwrap_or(text).split('\n') {
        let (digest, path) =
            line.split_once("  ").ok_or_else(|| format!("a line is no digest and path: {line:?}"))?;
        if left.remove(path.as_bytes()).as_deref() != Some(digest) {
            return Err(format!("it gives another digest of {path}, or lists it twice"));
        }
    }
    match left.keys().find(|path| !path.starts_with(b"etc/")) {
        Some(path) => Err(format!("it omits {}", String::from_utf8_lossy(path))),
        None => Ok(left.into_keys().collect()),
    }
}

/// The control file of a package (deb-control(5)) without its installed size, and how much larger that is than what
/// the package installs: the tool that computes it counts the control folder too, of which a package shows a part.
///
/// # Errors
/// A sentence fragment: what is wrong with it.
pub fn control_without_size(control: &[u8], installed: &Installed) -> Result<(Vec<u8>, u64), String> {
    let mut rest = Vec::with_capacity(control.len());
    let mut stated = None;
    for line in control.split_inclusive(|byte| *byte == b'\n') {
        let Some(value) = line.strip_prefix(b"Installed-Size: ") else {
            rest.extend_from_slice(line);
            continue;
        };
        let number = std::str::from_utf8(value).ok().and_then(|value| value.strip_suffix('\n'));
        let number =
            number.filter(|number| !number.starts_with(['0', '+'])).and_then(|n| n.parse::<u64>().ok());
        if stated.replace(number.ok_or("its installed size is no number")?).is_some() {
            return Err("it states two installed sizes".to_owned());
        }
        // What is left keeps the place of the line, so that it cannot move either.
        rest.extend_from_slice(b"Installed-Size\n");
    }
    let surplus =
        stated.and_then(|stated| stated.checked_sub(installed.size)).filter(|surplus| *surplus <= 1024);
    Ok((rest, surplus.ok_or_else(|| format!("it states another installed size than {}", installed.size))?))
}

/// A member's name as the list writes it.
fn below_root(name: &str) -> Vec<u8> {
    let name = unescape(name);
    name.strip_prefix(b"./").unwrap_or(&name).to_vec()
}

fn hex(digest: &[u8]) -> String {
    digest.iter().map(|byte| format!("{byte:02x}")).collect()
}
