//! APK Signature Scheme v2 and v3: a block of pairs between the last entry and the central directory
//! (source.android.com, "APK signature scheme v2").
//!
//! Signing inserts the block, before it zeros up to a whole page of 4,096 bytes, and moves the end record's pointer
//! to the directory.

use sha2::Digest;

use super::Transplant;
use super::Written;
use super::le16;
use super::le32;
use super::le64;
use super::range;
use crate::model::Label;

const MAGIC: &[u8] = b"APK Sig Block 42";

/// The shipped file's signing block in the rebuilt file; `None` where the shipped one has none.
pub fn transplant(shipped: &[u8], rebuilt: &[u8]) -> Option<Transplant> {
    let (theirs, ours) = (Layout::read(shipped)?, Layout::read(rebuilt)?);
    let block = theirs.block?;
    let entries = ours.block.unwrap_or(ours.directory);
    let mut grafted = rebuilt.get(..entries)?.to_vec();
    let filler = entries..if is_filler(entries, block) { block } else { entries };
    grafted.resize(filler.end, 0);
    grafted.extend_from_slice(shipped.get(block..theirs.directory)?);
    let directory = u32::try_from(grafted.len()).ok()?;
    grafted.extend_from_slice(rebuilt.get(ours.directory..)?);
    let pointer = grafted.len() - (rebuilt.len() - ours.end) + 16;
    grafted.get_mut(pointer..pointer + 4)?.copy_from_slice(&directory.to_le_bytes());
    let mut written = vec![
        Written { range: range(filler), label: Label::Derived, name: "zeros up to a whole page" },
        Written { range: range(block..theirs.directory), label: Label::Signature, name: "apk signing block" },
        Written {
            range: range(theirs.end + 16..theirs.end + 20),
            label: Label::Derived,
            name: "end record: offset of the directory",
        },
    ];
    written.retain(|written| !written.range.is_empty());
    let covers = theirs.covers(shipped, block);
    Some(Transplant { scheme: "apk-signing-block", grafted, written, covers })
}

/// Whether a signer fills what stands between the end of the entries and the block.
pub fn is_filler(end: usize, block: usize) -> bool {
    block.checked_sub(end).is_some_and(|len| len < 4096) && block.is_multiple_of(4096)
}

/// Where the parts of an APK stand.
pub struct Layout {
    /// Where the signing block starts.
    pub block: Option<usize>,
    /// Where the central directory starts.
    pub directory: usize,
    /// Where the end record starts.
    pub end: usize,
}

impl Layout {
    /// The layout of a zip whose end record ends it.
    pub fn read(bytes: &[u8]) -> Option<Layout> {
        let lowest = bytes.len().saturating_sub(22 + 0xffff);
        let end = (lowest..=bytes.len().checked_sub(22)?).rev().find(|at| {
            bytes.get(*at..*at + 4) == Some(b"PK\x05\x06")
                && le16(bytes, *at + 20).is_some_and(|comment| *at + 22 + comment == bytes.len())
        })?;
        let directory = le32(bytes, end + 16)?;
        let fits = le32(bytes, end + 12)?.checked_add(directory)? == end;
        let magic = directory.checked_sub(16).and_then(|at| bytes.get(at..directory)) == Some(MAGIC);
        let block = match magic {
            true => {
                let size = le64(bytes, directory.checked_sub(24)?)?;
                let start = directory.checked_sub(size)?.checked_sub(8)?;
                Some(start).filter(|start| le64(bytes, *start) == Some(size))
            }
            false => None,
        };
        fits.then_some(Layout { block, directory, end })
    }

    /// Whether the block holds signatures alone, and each states the digest of this file.
    ///
    /// # Errors
    /// A sentence fragment: what it holds besides, or what it does not cover.
    pub fn covers(&self, bytes: &[u8], block: usize) -> Result<String, String> {
        let pairs = bytes.get(block + 8..self.directory.saturating_sub(24)).ok_or("the block is damaged")?;
        let mut schemes = Vec::new();
        let mut at = 0;
        while at < pairs.len() {
            let length = le64(pairs, at).ok_or("the block is damaged")?;
            let end = at.checked_add(8).and_then(|start| start.checked_add(length));
            let pair = end.and_then(|end| pairs.get(at + 8..end)).ok_or("the block is damaged")?;
            at += 8 + length;
            let value = pair.get(4..).ok_or("the block is damaged")?;
            match le32(pair, 0).unwrap_or(0) {
                0x7109_871a => schemes.push(("v2", value)),
                0xf053_68c0 => schemes.push(("v3", value)),
                0x1b93_ad61 => schemes.push(("v3.1", value)),
                0x4272_6577 if value.iter().all(|byte| *byte == 0) => {}
                0x4272_6577 => return Err("the block's filler is not zero".to_owned()),
                id => return Err(format!("the block holds a pair {id:#010x} that is no signature")),
            }
        }
        if schemes.is_empty() {
            return Err("the block holds no signature".to_owned());
        }
        let mut names = Vec::new();
        for (name, value) in schemes {
            self.scheme(bytes, block, value).map_err(|reason| format!("{name}: {reason}"))?;
            names.push(name);
        }
        Ok(format!(
            "the digest of the file is the one that {} states; its certificates were not looked at",
            names.join(" and ")
        ))
    }

    fn scheme(&self, bytes: &[u8], block: usize, value: &[u8]) -> Result<(), String> {
        let damaged = || "the signer is damaged".to_owned();
        let mut signers = Prefixed(Prefixed(value).next().ok_or_else(damaged)?);
        let signer = signers.next().ok_or_else(damaged)?;
        if signers.next().is_some() {
            return Err("there is more than one signer".to_owned());
        }
        let signed_data = Prefixed(signer).next().ok_or_else(damaged)?;
        let digests = Prefixed(signed_data).next().ok_or_else(damaged)?;
        let mut known = 0;
        for digest in Prefixed(digests) {
            let stated = digest.get(4..).and_then(|rest| Prefixed(rest).next()).ok_or_else(damaged)?;
            let computed = match le32(digest, 0) {
                Some(0x0101 | 0x0103 | 0x0201 | 0x0301) => self.digest::<sha2::Sha256>(bytes, block),
                Some(0x0102 | 0x0104 | 0x0202) => self.digest::<sha2::Sha512>(bytes, block),
                _ => continue,
            };
            if computed != stated {
                return Err("the digest it states is not the file's".to_owned());
            }
            known += 1;
        }
        match known {
            0 => Err("its digests are of kinds that are not computed here".to_owned()),
            _ => Ok(()),
        }
    }

    /// The digest over entries, directory and end record, in pieces of 1 MiB; the end record counts as if the
    /// directory began where the block does.
    fn digest<D: Digest>(&self, bytes: &[u8], block: usize) -> Vec<u8> {
        let mut end = bytes.get(self.end..).unwrap_or_default().to_vec();
        if let (Some(field), Ok(block)) = (end.get_mut(16..20), u32::try_from(block)) {
            field.copy_from_slice(&block.to_le_bytes());
        }
        let entries = bytes.get(..block).unwrap_or_default();
        let directory = bytes.get(self.directory..self.end).unwrap_or_default();
        let (mut count, mut pieces) = (0u32, Vec::new());
        for piece in [entries, directory, &end].into_iter().flat_map(|part| part.chunks(1 << 20)) {
            let mut digest = D::new();
            digest.update([0xa5]);
            digest.update(u32::try_from(piece.len()).unwrap_or(0).to_le_bytes());
            digest.update(piece);
            pieces.extend_from_slice(&digest.finalize());
            count += 1;
        }
        let mut digest = D::new();
        digest.update([0x5a]);
        digest.update(count.to_le_bytes());
        digest.update(&pieces);
        digest.finalize().to_vec()
    }
}

/// Values that each stand behind their little-endian 32-bit length.
struct Prefixed<'a>(&'a [u8]);

impl<'a> Iterator for Prefixed<'a> {
    type Item = &'a [u8];

    fn next(&mut self) -> Option<&'a [u8]> {
        let end = le32(self.0, 0)?.checked_add(4)?;
        let value = self.0.get(4..end)?;
        self.0 = self.0.get(end..)?;
        Some(value)
    }
}
