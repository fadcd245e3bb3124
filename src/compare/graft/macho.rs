//! Mach-O code signatures: one load command and a superblob at the end of `__LINKEDIT` (xnu,
//! osfmk/kern/cs_blobs.h; mach-o/loader.h).
//!
//! Signing writes five things and no more: the load command in the room behind the last one, the two counts in the
//! header that follow from it, the sizes of `__LINKEDIT`, up to fifteen zeros of alignment, and the superblob. A
//! rebuilt image that is signed too, as linkers do without a key, loses its own signature first.

use sha2::Digest;

use super::Transplant;
use super::Written;
use super::der;
use super::le32;
use super::le64;
use super::range;
use crate::model::Label;

const COMMAND: usize = 0x1d;
const COMMAND_SIZE: usize = 16;

/// The shipped image's signature on the rebuilt image; `None` where the shipped one has none, or either is not a
/// little-endian thin image whose signature can be taken off.
pub fn transplant(shipped: &[u8], rebuilt: &[u8]) -> Option<Transplant> {
    let theirs = Image::read(shipped)?;
    let signature = theirs.signature?;
    let mut grafted = unsigned(rebuilt)?;
    let ours = Image::read(&grafted).filter(|ours| ours.signature.is_none())?;
    let room = ours.commands_end..ours.commands_end.checked_add(COMMAND_SIZE)?;
    if grafted.get(room.clone())?.iter().any(|byte| *byte != 0) {
        return None;
    }
    let padding = signature.start.checked_sub(grafted.len()).filter(|padding| *padding < 16)?;
    let command = signature.command..signature.command.checked_add(COMMAND_SIZE)?;
    grafted.get_mut(room)?.copy_from_slice(shipped.get(command.clone())?);
    put32(&mut grafted, 16, ours.commands.checked_add(1)?)?;
    put32(&mut grafted, 20, ours.commands_size.checked_add(COMMAND_SIZE)?)?;
    let mut written = vec![
        Written { range: range(16..24), label: Label::Derived, name: "number and size of load commands" },
        Written { range: range(command), label: Label::Signature, name: "load command code signature" },
    ];
    for field in theirs.linkedit_sizes() {
        let value = shipped.get(field.clone())?.to_vec();
        grafted.get_mut(field.clone())?.copy_from_slice(&value);
        written.push(Written { range: range(field), label: Label::Derived, name: "sizes of __LINKEDIT" });
    }
    let end = grafted.len();
    grafted.resize(end + padding, 0);
    grafted.extend_from_slice(shipped.get(signature.start..)?);
    if padding > 0 {
        let filler = range(end..signature.start);
        written.push(Written { range: filler, label: Label::Derived, name: "filler before the signature" });
    }
    let blob = range(signature.start..shipped.len());
    written.push(Written { range: blob, label: Label::Signature, name: "code signature" });
    written.sort_by_key(|written| written.range.start);
    let covers = covers(&theirs, signature, shipped, rebuilt);
    Some(Transplant { scheme: "mach-o-code-signature", grafted, written, covers })
}

/// Where the parts stand that signing changes.
struct Image {
    wide: bool,
    commands: usize,
    commands_size: usize,
    commands_end: usize,
    /// The load command of `__LINKEDIT`, and where that segment starts in the file.
    linkedit: (usize, usize),
    signature: Option<Signature>,
}

#[derive(Clone, Copy)]
struct Signature {
    command: usize,
    start: usize,
    size: usize,
}

impl Image {
    fn read(bytes: &[u8]) -> Option<Image> {
        let (wide, header) = match bytes.get(..4)? {
            [0xcf, 0xfa, 0xed, 0xfe] => (true, 32),
            [0xce, 0xfa, 0xed, 0xfe] => (false, 28),
            _ => return None,
        };
        let (commands, commands_size) = (le32(bytes, 16)?, le32(bytes, 20)?);
        let commands_end = commands_size.checked_add(header).filter(|end| *end <= bytes.len())?;
        let mut at = header;
        let (mut linkedit, mut signature) = (None, None);
        for _ in 0..commands {
            let (kind, size) = (le32(bytes, at)?, le32(bytes, at + 4)?);
            let next = at.checked_add(size).filter(|next| size >= 8 && *next <= commands_end)?;
            if matches!(kind, 0x1 | 0x19) && bytes.get(at + 8..at + 24)? == b"__LINKEDIT\0\0\0\0\0\0" {
                let start = if wide { le64(bytes, at + 40)? } else { le32(bytes, at + 32)? };
                if linkedit.replace((at, start)).is_some() {
                    return None;
                }
            }
            if kind == COMMAND {
                let found =
                    Signature { command: at, start: le32(bytes, at + 8)?, size: le32(bytes, at + 12)? };
                let ends = found.start.checked_add(found.size) == Some(bytes.len());
                // It must stand last, in the file and among the commands: then nothing has to move.
                if size != COMMAND_SIZE || next != commands_end || !ends || signature.replace(found).is_some()
                {
                    return None;
                }
            }
            at = next;
        }
        let linkedit = linkedit?;
        (at == commands_end).then_some(Image {
            wide,
            commands,
            commands_size,
            commands_end,
            linkedit,
            signature,
        })
    }

    /// The fields of `__LINKEDIT`'s size in memory and in the file.
    fn linkedit_sizes(&self) -> [std::ops::Range<usize>; 2] {
        let at = self.linkedit.0;
        if self.wide { [at + 32..at + 40, at + 48..at + 56] } else { [at + 28..at + 32, at + 36..at + 40] }
    }
}

/// The image without its signature. Its `__LINKEDIT` keeps the sizes it has: a graft writes them anew.
fn unsigned(bytes: &[u8]) -> Option<Vec<u8>> {
    let image = Image::read(bytes)?;
    let mut body = bytes.to_vec();
    if let Some(signature) = image.signature {
        body.get_mut(signature.command..signature.command + COMMAND_SIZE)?.fill(0);
        put32(&mut body, 16, image.commands.checked_sub(1)?)?;
        put32(&mut body, 20, image.commands_size.checked_sub(COMMAND_SIZE)?)?;
        body.truncate(signature.start);
    }
    Some(body)
}

fn put32(bytes: &mut [u8], at: usize, value: usize) -> Option<()> {
    let value = u32::try_from(value).ok()?;
    bytes.get_mut(at..at + 4)?.copy_from_slice(&value.to_le_bytes());
    Some(())
}

/// Whether everything that signing wrote is a signature of this image and nothing besides.
fn covers(theirs: &Image, at: Signature, shipped: &[u8], rebuilt: &[u8]) -> Result<String, String> {
    let [memory, file] = theirs.linkedit_sizes().map(|field| match field.len() {
        8 => le64(shipped, field.start),
        _ => le32(shipped, field.start),
    });
    let (memory, file) = memory.zip(file).ok_or("its __LINKEDIT is damaged")?;
    // Linkers give the exact size, codesign whole pages.
    let pages = [1, 0x1000, 0x4000].map(|page| file.checked_next_multiple_of(page));
    if theirs.linkedit.1.checked_add(file) != Some(shipped.len()) || !pages.contains(&Some(memory)) {
        return Err("the sizes of __LINKEDIT are not those of what stands in it".to_owned());
    }
    let place = shipped.get(at.start..).unwrap_or_default();
    let blobs = Blobs::read(place)?;
    let own = Image::read(rebuilt).and_then(|image| image.signature);
    let own = own.and_then(|own| Blobs::read(rebuilt.get(own.start..)?).ok());
    let mut directories = Vec::new();
    for (slot, blob) in &blobs.0 {
        match slot {
            0 | 0x1000..=0x1004 => directories.push(*blob),
            // Requirements are expressions of a few dozen bytes; more of them is room for something else.
            2 if be32(blob, 0) == Some(0xfade_0c01) && blob.len() <= 4096 => {}
            0x10000 if be32(blob, 0) == Some(0xfade_0b01) => {}
            5 | 7 => {
                // Entitlements are rights the system grants: what only the vendor has is not part of a signature.
                let same = own.as_ref().is_some_and(|own| own.find(*slot) == Some(blob));
                if !same {
                    return Err("it carries entitlements that the rebuilt image does not have".to_owned());
                }
            }
            slot => {
                return Err(format!("it carries a blob of kind {slot:#x}, which a signature does not need"));
            }
        }
    }
    let first = *directories.first().ok_or("it has no code directory")?;
    let mut external = false;
    for directory in &directories {
        external |= code_directory(directory, &blobs, shipped.get(..at.start).unwrap_or_default())?;
    }
    let signer = match blobs.find(0x10000) {
        None => "it names no signer",
        Some(cms) if cms.len() == 8 => "it names no signer",
        Some(cms) => {
            let signed = der::signed(cms.get(8..).unwrap_or_default())?;
            let stated = signed.message_digest.ok_or("its signer signs no attributes")?;
            if signed.content.is_some() || sha2::Sha256::digest(first).as_slice() != stated {
                return Err("what its signer signs is not the code directory".to_owned());
            }
            if signed.unsigned.iter().any(|oid| !der::COUNTERSIGNATURES.contains(oid)) {
                return Err("an unsigned attribute rides in it".to_owned());
            }
            "its signer signs the code directory; the certificates were not looked at"
        }
    };
    let elsewhere = match external {
        true => "; it states digests of the bundle's other files, which are not here",
        false => "",
    };
    Ok(format!("the digest of every page is the one the code directory states; {signer}{elsewhere}"))
}

/// The blobs of a superblob by their slot, in order of place.
struct Blobs<'a>(Vec<(usize, &'a [u8])>);

impl<'a> Blobs<'a> {
    /// Blobs that fill the superblob; behind it, zeros alone.
    fn read(place: &'a [u8]) -> Result<Blobs<'a>, String> {
        let damaged = || "its superblob is damaged".to_owned();
        let size = be32(place, 4).filter(|_| be32(place, 0) == Some(0xfade_0cc0)).ok_or_else(damaged)?;
        let superblob = place.get(..size).ok_or_else(damaged)?;
        if place.get(size..).is_none_or(|rest| rest.iter().any(|byte| *byte != 0)) {
            return Err("bytes other than zero follow its superblob".to_owned());
        }
        let count = be32(superblob, 8).filter(|count| *count <= 32).ok_or_else(damaged)?;
        let index = |nth: usize| Some((be32(superblob, 12 + nth * 8)?, be32(superblob, 16 + nth * 8)?));
        let mut starts = (0..count).map(index).collect::<Option<Vec<_>>>().ok_or_else(damaged)?;
        starts.sort_by_key(|(_, start)| *start);
        let mut at = 12 + count * 8;
        let mut blobs: Vec<(usize, &[u8])> = Vec::new();
        for (slot, start) in starts {
            // Linkers align blobs; the room between them must be empty.
            let gap = superblob.get(at..start).ok_or_else(damaged)?;
            let len = be32(superblob, start.saturating_add(4)).ok_or_else(damaged)?;
            let end = start.checked_add(len).filter(|_| len >= 8).ok_or_else(damaged)?;
            let blob = superblob.get(start..end).ok_or_else(damaged)?;
            if gap.len() >= 16 || gap.iter().any(|byte| *byte != 0) {
                return Err("its superblob holds bytes that belong to no blob".to_owned());
            }
            if blobs.iter().any(|(known, _)| *known == slot) {
                return Err("two of its blobs have one slot".to_owned());
            }
            blobs.push((slot, blob));
            at = end;
        }
        match superblob.get(at..).is_some_and(|rest| rest.len() < 16 && rest.iter().all(|byte| *byte == 0)) {
            true => Ok(Blobs(blobs)),
            false => Err("bytes follow the last of its blobs".to_owned()),
        }
    }

    fn find(&self, slot: usize) -> Option<&&'a [u8]> {
        self.0.iter().find(|(known, _)| *known == slot).map(|(_, blob)| blob)
    }
}

/// Whether a code directory states the digests of `code` and of the other blobs, and holds nothing else; says
/// whether it states digests of other files too.
fn code_directory(directory: &[u8], blobs: &Blobs<'_>, code: &[u8]) -> Result<bool, String> {
    let damaged = || "its code directory is damaged".to_owned();
    let word = |at: usize| be32(directory, at).ok_or_else(damaged);
    let version = word(8)?;
    let header = match version {
        0x20001 => 44,
        0x20100 => 48,
        0x20200 => 52,
        0x20300 => 64,
        0x20400 => 88,
        0x20500 => 96,
        _ => return Err(format!("its code directory is of version {version:#x}, which is not known here")),
    };
    let (hashes, special, slots, limit) = (word(16)?, word(24)?, word(28)?, word(32)?);
    let byte = |at: usize| directory.get(at).copied().ok_or_else(damaged);
    let (size, kind, page) = (usize::from(byte(36)?), byte(37)?, byte(39)?);
    // Spare fields, scattered code and a 64-bit limit: none is used by what stands in one file.
    let unused = |from: usize, to: usize| header < to || directory.get(from..to).is_some_and(is_zero);
    if word(0)? != 0xfade_0c02 || !unused(40, 48) || !unused(52, 64) || !unused(92, 96) || special > 16 {
        return Err("its code directory uses fields that are not known here".to_owned());
    }
    let digest = |bytes: &[u8]| -> Option<Vec<u8>> {
        Some(match (kind, size) {
            (2, 32) => sha2::Sha256::digest(bytes).to_vec(),
            (3, 20) => sha2::Sha256::digest(bytes).get(..20)?.to_vec(),
            (4, 48) => sha2::Sha384::digest(bytes).to_vec(),
            _ => return None,
        })
    };
    if limit != code.len() {
        return Err("its code directory does not reach to where the signature starts".to_owned());
    }
    // What stands between the header and the digests: the identifier, a team, and zeros.
    let first = special.checked_mul(size).and_then(|len| hashes.checked_sub(len)).ok_or_else(damaged)?;
    let team = if header >= 52 { word(48)? } else { 0 };
    let mut at = header;
    for start in [word(20)?, team].into_iter().filter(|start| *start > 0) {
        let text = directory.get(start..first).filter(|_| start == at).ok_or_else(damaged)?;
        let len = text.iter().position(|byte| *byte == 0).ok_or_else(damaged)?;
        if len > 256 || !text.iter().take(len).all(u8::is_ascii_graphic) {
            return Err("its identifier is not a plain name".to_owned());
        }
        at = start + len + 1;
    }
    let filler = directory.get(at..first).ok_or_else(damaged)?;
    if filler.len() >= 16 || !is_zero(filler) {
        return Err("its code directory holds bytes that belong to no field".to_owned());
    }
    let end = slots.checked_mul(size).and_then(|len| hashes.checked_add(len));
    if end != Some(directory.len()) {
        return Err("bytes follow the digests of its code directory".to_owned());
    }
    let stated = |at: usize| directory.get(at..at + size).ok_or_else(damaged);
    let mut external = false;
    for slot in 1..=special {
        let stated = stated(hashes - slot * size)?;
        match blobs.find(slot) {
            Some(blob) if digest(blob).as_deref() == Some(stated) => {}
            Some(_) => return Err(format!("the digest it states of blob {slot} is not that blob's")),
            None if is_zero(stated) => {}
            // Info.plist and the list of resources stand beside the image, in its bundle.
            None if slot == 1 || slot == 3 => external = true,
            None => return Err(format!("it states a digest of blob {slot}, which is not there")),
        }
    }
    let covered = |slot: usize| slot <= special || blobs.find(slot).is_none();
    if ![2, 5, 7].into_iter().all(covered) {
        return Err("a blob of it is not covered by the code directory".to_owned());
    }
    let page = match page {
        12..=14 => 1usize << page,
        _ => return Err("its pages are of a size that is not known here".to_owned()),
    };
    if slots != code.len().div_ceil(page) {
        return Err("it does not state one digest for each page".to_owned());
    }
    for (nth, page) in code.chunks(page).enumerate() {
        let computed = digest(page).ok_or("its digests are of an algorithm that is not computed here")?;
        if computed != stated(hashes + nth * size)? {
            return Err(format!("the digest it states of page {nth} is not that page's"));
        }
    }
    Ok(external)
}

fn is_zero(bytes: &[u8]) -> bool {
    bytes.iter().all(|byte| *byte == 0)
}

fn be32(bytes: &[u8], at: usize) -> Option<usize> {
    usize::try_from(u32::from_be_bytes(bytes.get(at..at.checked_add(4)?)?.try_into().ok()?)).ok()
}
