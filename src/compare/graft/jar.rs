//! Signed JARs and APKs: a manifest with a digest of every entry, a signature file with digests of the manifest,
//! and a PKCS#7 block over that (Oracle, "JAR File Specification", "Signed JAR File"; for the APK signing block
//! that may follow, see `apk`).
//!
//! Signing adds three entries, or puts a longer manifest in the place of the one there was, and so moves the other
//! entries and the directory. A graft puts those three where the vendor has them, keeps every other entry's record
//! as it was rebuilt, and computes the offsets anew.

use std::collections::BTreeMap;
use std::ops::Range;

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use sha2::Digest;

use super::Transplant;
use super::Written;
use super::apk;
use super::der;
use super::le16;
use super::le32;
use super::range;
use crate::compare::deflate;
use crate::formats;
use crate::model::Coding;
use crate::model::Label;

const MANIFEST: &[u8] = b"META-INF/MANIFEST.MF";

/// Content of one entry taken into account.
const LARGEST: u64 = 1 << 30;

/// The shipped archive's signature entries (and signing block) in the rebuilt archive; `None` where the shipped
/// one has no signature file.
pub fn transplant(shipped: &[u8], rebuilt: &[u8]) -> Option<Transplant> {
    let (theirs, ours) = (Archive::read(shipped)?, Archive::read(rebuilt)?);
    theirs.entries.iter().find(|entry| entry.is_signature() && entry.name.ends_with(b".SF"))?;
    let mut grafted = Vec::with_capacity(shipped.len());
    let mut written = Vec::new();
    let mut rest = ours.entries.iter().enumerate().filter(|(_, entry)| !entry.is_signature());
    let mut place = vec![0usize; ours.entries.len()];
    let mut keep = |grafted: &mut Vec<u8>, (nth, entry): (usize, &Entry<'_>)| -> Option<()> {
        *place.get_mut(nth)? = grafted.len();
        grafted.extend_from_slice(rebuilt.get(entry.record.clone())?);
        Some(())
    };
    for entry in &theirs.entries {
        if entry.is_signature() {
            let start = grafted.len();
            grafted.extend_from_slice(shipped.get(entry.record.clone())?);
            written.push(written_by_signer(start..grafted.len(), entry));
        } else if let Some(next) = rest.next() {
            keep(&mut grafted, next)?;
        }
    }
    for next in rest {
        keep(&mut grafted, next)?;
    }
    if let Some(block) = theirs.layout.block {
        let filler = grafted.len()..grafted.len() + theirs.filler;
        grafted.resize(filler.end, 0);
        if !filler.is_empty() {
            let filler = range(filler);
            written.push(Written { range: filler, label: Label::Derived, name: "zeros up to a whole page" });
        }
        let start = grafted.len();
        grafted.extend_from_slice(shipped.get(block..theirs.layout.directory)?);
        let block = range(start..grafted.len());
        written.push(Written { range: block, label: Label::Signature, name: "apk signing block" });
    }
    let directory = grafted.len();
    let mut rest = ours.in_directory().into_iter().filter(|(_, entry)| !entry.is_signature());
    let mut count = 0u16;
    let mut central = |grafted: &mut Vec<u8>, bytes: &[u8], offset: usize| -> Option<Range<usize>> {
        let start = grafted.len();
        grafted.extend_from_slice(bytes);
        let field = grafted.get_mut(start + 42..start + 46)?;
        field.copy_from_slice(&u32::try_from(offset).ok()?.to_le_bytes());
        count = count.checked_add(1)?;
        Some(start..start + bytes.len())
    };
    let mut moved = Vec::new();
    for (_, entry) in theirs.in_directory() {
        if entry.is_signature() {
            let bytes = shipped.get(entry.central.clone())?;
            written.push(written_by_signer(central(&mut grafted, bytes, entry.record.start)?, entry));
        } else if let Some((nth, entry)) = rest.next() {
            let at = central(&mut grafted, rebuilt.get(entry.central.clone())?, *place.get(nth)?)?;
            moved.push(at.start + 42..at.start + 46);
        }
    }
    for (nth, entry) in rest {
        central(&mut grafted, rebuilt.get(entry.central.clone())?, *place.get(nth)?)?;
    }
    let end = grafted.len();
    grafted.extend_from_slice(rebuilt.get(ours.layout.end..)?);
    let mut put = |at: usize, value: &[u8]| -> Option<()> {
        grafted.get_mut(at..at + value.len())?.copy_from_slice(value);
        Some(())
    };
    put(end + 8, &count.to_le_bytes())?;
    put(end + 10, &count.to_le_bytes())?;
    put(end + 12, &u32::try_from(end - directory).ok()?.to_le_bytes())?;
    put(end + 16, &u32::try_from(directory).ok()?.to_le_bytes())?;
    let name = "offset of a local header";
    written.extend(moved.into_iter().map(|at| Written { range: range(at), label: Label::Derived, name }));
    let counts = "end record: counts, size and offset of the directory";
    written.push(Written { range: range(end + 8..end + 20), label: Label::Derived, name: counts });
    written.sort_by_key(|written| written.range.start);
    let covers = covers(&theirs, &ours, shipped, rebuilt);
    let scheme = if theirs.layout.block.is_some() { "jar, apk-signing-block" } else { "jar" };
    Some(Transplant { scheme, grafted, written, covers })
}

fn written_by_signer(at: Range<usize>, entry: &Entry<'_>) -> Written {
    match entry.name == MANIFEST {
        true => {
            Written { range: range(at), label: Label::Derived, name: "manifest with the entries' digests" }
        }
        false => Written { range: range(at), label: Label::Signature, name: "signature file and block" },
    }
}

/// A zip whose entries, directory and end record fill it.
struct Archive<'a> {
    layout: apk::Layout,
    /// In order of place.
    entries: Vec<Entry<'a>>,
    /// Zeros between the last entry and the signing block.
    filler: usize,
}

struct Entry<'a> {
    name: &'a [u8],
    /// From the local header to the next entry's.
    record: Range<usize>,
    /// The record in the directory.
    central: Range<usize>,
}

impl<'a> Archive<'a> {
    fn read(bytes: &'a [u8]) -> Option<Archive<'a>> {
        let layout = apk::Layout::read(bytes)?;
        let mut entries = Vec::new();
        let mut at = layout.directory;
        while at < layout.end {
            let field = |offset| le16(bytes, at + offset);
            let (name, extra, comment) = (field(28)?, field(30)?, field(32)?);
            let end = at + 46 + name + extra + comment;
            let name = bytes.get(at + 46..at + 46 + name)?;
            if bytes.get(at..at + 4)? != b"PK\x01\x02" || end > layout.end {
                return None;
            }
            let start = le32(bytes, at + 42)?;
            entries.push(Entry { name, record: start..start, central: at..end });
            at = end;
        }
        entries.sort_by_key(|entry| entry.record.start);
        let mut next = layout.block.unwrap_or(layout.directory);
        for entry in entries.iter_mut().rev() {
            entry.record.end = next;
            next = entry.record.start;
            if entry.record.is_empty() || bytes.get(next..next + 4)? != b"PK\x03\x04" {
                return None;
            }
        }
        let mut filler = 0;
        if let (Some(block), Some(last)) = (layout.block, entries.last_mut()) {
            let end = last.own_end(bytes)?;
            let zero = bytes.get(end..block)?.iter().all(|byte| *byte == 0);
            if zero && apk::is_filler(end, block) {
                filler = block - end;
                last.record.end = end;
            }
        }
        let counts = (le16(bytes, layout.end + 8)?, le16(bytes, layout.end + 10)?);
        let plain = bytes.get(layout.end + 4..layout.end + 8)? == [0; 4];
        let whole = next == 0 && plain && counts == (entries.len(), entries.len());
        whole.then_some(Archive { layout, entries, filler })
    }

    /// The entries with their index, in the order of the directory.
    fn in_directory(&self) -> Vec<(usize, &Entry<'a>)> {
        let mut entries: Vec<_> = self.entries.iter().enumerate().collect();
        entries.sort_by_key(|(_, entry)| entry.central.start);
        entries
    }

    fn find(&self, name: &[u8]) -> Option<&Entry<'a>> {
        self.entries.iter().find(|entry| entry.name == name)
    }
}

impl Entry<'_> {
    /// Whether this is the manifest, a signature file or a signature block.
    fn is_signature(&self) -> bool {
        let Some(name) = self.name.strip_prefix(b"META-INF/") else { return false };
        let stem =
            [&b".SF"[..], b".RSA", b".DSA", b".EC"].iter().find_map(|suffix| name.strip_suffix(*suffix));
        let plain = |stem: &[u8]| {
            let known =
                |byte: &u8| byte.is_ascii_uppercase() || byte.is_ascii_digit() || b"_-".contains(byte);
            (1..=8).contains(&stem.len()) && stem.iter().all(known)
        };
        self.name == MANIFEST || stem.is_some_and(plain)
    }

    /// Where the entry's record ends by its own fields.
    fn own_end(&self, bytes: &[u8]) -> Option<usize> {
        let at = self.record.start;
        let packed = le32(bytes, self.central.start + 20)?;
        let end = (at + 30 + le16(bytes, at + 26)? + le16(bytes, at + 28)?).checked_add(packed)?;
        let descriptor = match (le16(bytes, at + 6)? & 8, bytes.get(end..end.checked_add(4)?)) {
            (0, _) => 0,
            (_, Some(b"PK\x07\x08")) => 16,
            _ => 12,
        };
        Some(end + descriptor)
    }

    /// What the entry holds, if its record holds nothing else.
    fn content(&self, bytes: &[u8]) -> Result<Vec<u8>, String> {
        let name = String::from_utf8_lossy(self.name).into_owned();
        let read = || -> Option<Result<Vec<u8>, String>> {
            let record = bytes.get(self.record.clone())?;
            let start = 30 + le16(record, 26)? + le16(record, 28)?;
            let central = bytes.get(self.central.clone())?;
            let (packed, size) = (le32(central, 20)?, le32(central, 24)?);
            let data = record.get(start..start.checked_add(packed)?)?;
            Some(match le16(central, 10)? {
                0 if packed == size => Ok(data.to_vec()),
                8 => formats::decode(Coding::Deflate, data, LARGEST.min(size as u64))
                    .map_err(|e| e.to_string()),
                method => Err(format!("it is of method {method}")),
            })
        };
        match read() {
            Some(content) => content.map_err(|error| format!("{name}: {error}")),
            None => Err(format!("{name}: its record is damaged")),
        }
    }

    /// Whether the records of an entry that signing wrote are plain: nothing stands in them but what the content
    /// determines, and a time.
    fn is_plain(&self, bytes: &[u8], content: &[u8]) -> bool {
        let check = || -> Option<bool> {
            let (record, central) = (bytes.get(self.record.clone())?, bytes.get(self.central.clone())?);
            let (flags, packed) = (le16(central, 8)?, le32(central, 20)?);
            let crc = crc32fast::hash(content).to_le_bytes();
            let sizes = [u32::try_from(packed).ok()?, u32::try_from(content.len()).ok()?];
            let sizes = [crc, sizes[0].to_le_bytes(), sizes[1].to_le_bytes()].concat();
            let behind = flags & 8 != 0;
            let data_at = 30 + self.name.len();
            let data = record.get(data_at..data_at.checked_add(packed)?)?;
            let descriptor = record.get(data_at + packed..)?;
            // The versions signers write, of a system of no attributes (MS-DOS) or of none used (Unix).
            let versions = record.get(4..6) == central.get(6..8)
                && matches!(central.get(4..8), Some([0 | 10 | 20, 0 | 3, 10 | 20, 0]));
            let fields = flags & !0x808 == 0
                && record.get(6..14) == central.get(8..16)
                && central.get(16..28) == Some(&sizes)
                && record.get(14..26) == Some(if behind { &[0; 12] } else { &sizes })
                && le16(record, 26)? == self.name.len()
                && le16(record, 28)? == 0
                && record.get(30..data_at) == Some(self.name)
                // No extra field, no comment, first disk, no attributes.
                && central.len() == 46 + self.name.len()
                && central.get(30..42) == Some(&[0; 12]);
            let ends = match behind {
                true => descriptor.strip_prefix(b"PK\x07\x08") == Some(&sizes),
                false => descriptor.is_empty(),
            };
            let packed_plainly = le16(central, 10)? == 0 || deflate::holds_only_content(data).is_ok();
            Some(versions && fields && ends && packed_plainly)
        };
        check() == Some(true)
    }
}

fn covers(
    theirs: &Archive<'_>,
    ours: &Archive<'_>,
    shipped: &[u8],
    rebuilt: &[u8],
) -> Result<String, String> {
    let mut names: Vec<&[u8]> = theirs.entries.iter().map(|entry| entry.name).collect();
    names.sort_unstable();
    if names.windows(2).any(|pair| pair.first() == pair.get(1)) {
        return Err("two of its entries have one name".to_owned());
    }
    let added: Vec<&Entry<'_>> =
        theirs.entries.iter().filter(|entry| entry.is_signature() && entry.name != MANIFEST).collect();
    let file = added.iter().find(|entry| entry.name.ends_with(b".SF")).ok_or("it has no signature file")?;
    let stem = file.name.strip_suffix(b"SF").unwrap_or_default();
    let block = added.iter().find(|entry| !entry.name.ends_with(b".SF"));
    let block =
        block.filter(|block| block.name.starts_with(stem)).ok_or("its signature file has no block")?;
    if added.len() != 2 {
        return Err("it has more than one signature".to_owned());
    }
    let manifest_entry = theirs.find(MANIFEST).ok_or("it has no manifest")?;
    let manifest = manifest_entry.content(shipped)?;
    let signature_file = file.content(shipped)?;
    let pkcs7 = block.content(shipped)?;
    for (entry, content) in [(manifest_entry, &manifest), (*file, &signature_file), (*block, &pkcs7)] {
        if !entry.is_plain(shipped, content) {
            let name = String::from_utf8_lossy(entry.name);
            return Err(format!("the record of {name} holds more than its content"));
        }
    }
    let mut original = ours.find(MANIFEST).map(|entry| entry.content(rebuilt)).transpose()?;
    // Of the manifest of a rebuilt archive that is signed itself, the sections are its signer's.
    if ours.entries.iter().any(|entry| entry.is_signature() && entry.name != MANIFEST) {
        original = original.map(|manifest| split_section(&manifest).0.to_vec());
    }
    let sections = manifest_covers(theirs, shipped, &manifest, original.as_deref())?;
    signature_file_covers(&signature_file, &manifest, &sections)?;
    let signed = der::signed(&pkcs7)?;
    if signed.content.is_some() || signed.unsigned.iter().any(|oid| !der::COUNTERSIGNATURES.contains(oid)) {
        return Err("its signature block carries more than a signature".to_owned());
    }
    let whole = match theirs.layout.block {
        Some(at) => Some(theirs.layout.covers(shipped, at)?),
        None => None,
    };
    match (signed.message_digest, &whole) {
        (Some(stated), _) if der::digest_like(stated, &signature_file).as_deref() != Some(stated) => {
            return Err("what its block signs is not its signature file".to_owned());
        }
        (None, None) => {
            return Err(
                "its block signs no attributes, so that only the vendor's key could show what it covers"
                    .to_owned(),
            );
        }
        _ => {}
    }
    let mut sentence =
        "the manifest states the digest of every entry, the signature file those of the manifest".to_owned();
    if signed.message_digest.is_some() {
        sentence.push_str(", and the signed attributes that of the signature file");
    }
    if let Some(whole) = whole {
        sentence.push_str("; ");
        sentence.push_str(&whole);
    }
    Ok(sentence + "; the certificates were not looked at")
}

/// The sections that signing added to the manifest, by name; each states the right digest of its entry, and every
/// entry has one.
fn manifest_covers<'m>(
    theirs: &Archive<'_>,
    shipped: &[u8],
    manifest: &'m [u8],
    original: Option<&[u8]>,
) -> Result<BTreeMap<Vec<u8>, &'m [u8]>, String> {
    let rest = match original {
        Some(original) => manifest
            .strip_prefix(original)
            .filter(|_| original.ends_with(b"\n\r\n") || original.ends_with(b"\n\n"))
            .ok_or("its manifest is not the rebuilt one with digests behind it")?,
        None => {
            let (main, rest) = split_section(manifest);
            for (key, value) in attributes(main)? {
                let known = match key.as_str() {
                    "Manifest-Version" => value == "1.0",
                    "Created-By" | "Built-By" => is_plain_name(&value),
                    _ => false,
                };
                if !known {
                    return Err(format!("its manifest states {key}, and the rebuilt file has no manifest"));
                }
            }
            rest
        }
    };
    let mut sections = BTreeMap::new();
    let mut left = rest;
    while !left.is_empty() {
        let (section, next) = split_section(left);
        left = next;
        let mut attributes = attributes(section)?.into_iter();
        let name = attributes.next().filter(|(key, _)| key == "Name").ok_or("a section has no name")?.1;
        let entry = theirs.find(name.as_bytes()).filter(|entry| !entry.is_signature());
        let content = entry
            .ok_or_else(|| format!("its manifest names {name}, which is not there"))?
            .content(shipped)?;
        let mut digests = 0;
        for (key, value) in attributes {
            if key.strip_suffix("-Digest").and_then(|algorithm| stated_digest(algorithm, &content))
                != Some(value)
            {
                return Err(format!("its manifest states a wrong or unknown {key} of {name}"));
            }
            digests += 1;
        }
        if digests == 0 || sections.insert(name.into_bytes(), section).is_some() {
            return Err("a section of its manifest states no digest, or stands twice".to_owned());
        }
    }
    let unsigned = theirs.entries.iter().find(|entry| {
        !entry.is_signature() && !entry.name.ends_with(b"/") && !sections.contains_key(entry.name)
    });
    match unsigned {
        Some(entry) => {
            Err(format!("its manifest states no digest of {}", String::from_utf8_lossy(entry.name)))
        }
        None => Ok(sections),
    }
}

/// Whether the signature file states the digests of the manifest and of its sections, and nothing else.
fn signature_file_covers(
    file: &[u8],
    manifest: &[u8],
    sections: &BTreeMap<Vec<u8>, &[u8]>,
) -> Result<(), String> {
    let (main, mut left) = split_section(file);
    let main_of_manifest = split_section(manifest).0;
    let mut whole = false;
    for (key, value) in attributes(main)? {
        let digest_of = |suffix: &str, bytes: &[u8]| {
            key.strip_suffix(suffix).and_then(|algorithm| stated_digest(algorithm, bytes))
        };
        let known = match key.as_str() {
            "Signature-Version" => value == "1.0",
            "Created-By" => is_plain_name(&value),
            "X-Android-APK-Signed" => {
                value.len() <= 16 && value.bytes().all(|b| b.is_ascii_digit() || b", ".contains(&b))
            }
            _ if digest_of("-Digest-Manifest", manifest).as_ref() == Some(&value) => {
                whole = true;
                true
            }
            _ => digest_of("-Digest-Manifest-Main-Attributes", main_of_manifest).as_ref() == Some(&value),
        };
        if !known {
            return Err(format!("its signature file states {key}, which is wrong or not known here"));
        }
    }
    if !whole {
        return Err("its signature file does not state the digest of the manifest".to_owned());
    }
    let mut seen = Vec::new();
    while !left.is_empty() {
        let (section, next) = split_section(left);
        left = next;
        let mut attributes = attributes(section)?.into_iter();
        let name = attributes.next().filter(|(key, _)| key == "Name").ok_or("a section has no name")?.1;
        let of =
            sections.get(name.as_bytes()).ok_or("its signature file names what the manifest does not")?;
        for (key, value) in attributes {
            if key.strip_suffix("-Digest").and_then(|algorithm| stated_digest(algorithm, of)) != Some(value) {
                return Err(format!("its signature file states a wrong or unknown {key} of {name}"));
            }
        }
        seen.push(name);
    }
    seen.sort_unstable();
    match seen.windows(2).any(|pair| pair.first() == pair.get(1)) {
        true => Err("a section of its signature file stands twice".to_owned()),
        false => Ok(()),
    }
}

/// The first section with the blank line that ends it, and what follows.
fn split_section(bytes: &[u8]) -> (&[u8], &[u8]) {
    let mut at = 0;
    while let Some(line) = bytes.get(at..).and_then(|rest| rest.iter().position(|byte| *byte == b'\n')) {
        let blank = matches!(bytes.get(at..at + line), Some([] | [b'\r']));
        at += line + 1;
        if blank {
            break;
        }
    }
    let at = if at == 0 { bytes.len() } else { at };
    bytes.split_at(at.min(bytes.len()))
}

/// The attributes of a section in order, continued lines joined. Nothing but attributes may stand there.
fn attributes(section: &[u8]) -> Result<Vec<(String, String)>, String> {
    let text = std::str::from_utf8(section).map_err(|_| "a section is not UTF-8")?;
    let body = text.strip_suffix("\r\n\r\n").or_else(|| text.strip_suffix("\n\n"));
    let body = body.ok_or("a section does not end in a blank line")?;
    let mut found: Vec<(String, String)> = Vec::new();
    for line in body.split('\n') {
        let line = line.strip_suffix('\r').unwrap_or(line);
        match (line.strip_prefix(' '), found.last_mut()) {
            (Some(more), Some((_, value))) => value.push_str(more),
            _ => {
                let (key, value) = line.split_once(": ").ok_or("a line of a section is no attribute")?;
                if found.iter().any(|(known, _)| known.eq_ignore_ascii_case(key)) {
                    return Err(format!("a section states {key} twice"));
                }
                found.push((key.to_owned(), value.to_owned()));
            }
        }
    }
    Ok(found)
}

/// The digest of `bytes` as an attribute states it.
fn stated_digest(algorithm: &str, bytes: &[u8]) -> Option<String> {
    Some(match algorithm {
        "SHA-256" => STANDARD.encode(sha2::Sha256::digest(bytes)),
        "SHA-384" => STANDARD.encode(sha2::Sha384::digest(bytes)),
        "SHA-512" => STANDARD.encode(sha2::Sha512::digest(bytes)),
        _ => return None,
    })
}

/// A short printable name: of a tool, or of whoever ran it.
fn is_plain_name(value: &str) -> bool {
    value.len() <= 100 && value.chars().all(|c| c.is_ascii_alphanumeric() || " ._+()/:,-".contains(c))
}
