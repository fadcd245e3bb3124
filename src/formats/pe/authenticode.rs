//! What an Authenticode signature covers, and the digest it states.
//!
//! This checks that a signature speaks of this file; it does not check the signature.

use std::ops::Range;

use sha2::Digest;
use sha2::Sha256;
use sha2::Sha384;
use sha2::Sha512;

use super::image;
use super::image::Image;
use crate::formats::field;

/// The ranges of an image that its Authenticode digest covers, in order: all but the checksum, the security
/// directory's entry and the certificate table. `None` if `bytes` are no PE image.
pub fn covered(bytes: &[u8]) -> Option<Vec<Range<u64>>> {
    let image = Image::read(bytes)?;
    let checksum = image.optional + 64;
    let entry = image.directories + image::SECURITY * 8;
    let size = bytes.len() as u64;
    if image.directory_count <= image::SECURITY {
        return Some(vec![0..checksum, checksum + 4..size]);
    }
    let (table, len) = image.directory(image::SECURITY).unwrap_or((size, 0));
    let table = table.clamp(entry + 8, size);
    let after = table.saturating_add(len).min(size);
    Some(vec![0..checksum, checksum + 4..entry, entry + 8..table, after..size])
}

/// The digest that PKCS#7 `data` of an Authenticode signature states: the algorithm's OID as DER content
/// bytes, and the digest.
pub fn stated_digest(data: &[u8]) -> Option<(&[u8], &[u8])> {
    // ContentInfo { oid, [0] SignedData { version, algorithms, ContentInfo { oid, [0] SpcIndirectDataContent
    //   { data, DigestInfo { AlgorithmIdentifier { oid, … }, digest } } } … } }
    let content_info = Der::first(data, 0x30)?;
    let explicit = content_info.skip(1)?.expect(0xa0)?;
    let signed_data = Der::first(explicit, 0x30)?;
    let inner = Der::at(signed_data.skip(2)?.expect(0x30)?).skip(1)?.expect(0xa0)?;
    let indirect = Der::first(inner, 0x30)?;
    let digest_info = Der::at(indirect.skip(1)?.expect(0x30)?);
    let algorithm = Der::at(digest_info.expect(0x30)?).expect(0x06)?;
    let digest = digest_info.skip(1)?.expect(0x04)?;
    Some((algorithm, digest))
}

/// Whether the digest that `pkcs7` states is that of the image in `bytes`: its hex, or how it differs. `None`
/// where none is stated, or one of an algorithm this program does not compute (SHA-1, MD5).
pub(super) fn verify_digest(bytes: &[u8], pkcs7: &[u8]) -> Option<Result<String, String>> {
    let (algorithm, stated) = stated_digest(pkcs7)?;
    let ranges = covered(bytes)?;
    let computed = match algorithm {
        [0x60, 0x86, 0x48, 1, 0x65, 3, 4, 2, 1] => digest::<Sha256>(bytes, &ranges),
        [0x60, 0x86, 0x48, 1, 0x65, 3, 4, 2, 2] => digest::<Sha384>(bytes, &ranges),
        [0x60, 0x86, 0x48, 1, 0x65, 3, 4, 2, 3] => digest::<Sha512>(bytes, &ranges),
        _ => return None,
    };
    Some(match computed == stated {
        true => Ok(hex(stated)),
        false => {
            Err(format!("the signature states digest {}, the image's is {}", hex(stated), hex(&computed)))
        }
    })
}

/// The whole length of the DER value at the start of `data`, header included.
pub(super) fn der_length(data: &[u8]) -> Option<u64> {
    if data.first() != Some(&0x30) {
        return None;
    }
    Der::header(data).map(|(header, len)| (header + len) as u64)
}

fn digest<D: Digest>(bytes: &[u8], ranges: &[Range<u64>]) -> Vec<u8> {
    let mut digest = D::new();
    for range in ranges {
        digest.update(field::clamped(bytes, range.clone()));
    }
    digest.finalize().to_vec()
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

/// A run of DER values.
#[derive(Clone, Copy)]
struct Der<'a> {
    rest: &'a [u8],
}

impl<'a> Der<'a> {
    fn at(rest: &'a [u8]) -> Der<'a> {
        Der { rest }
    }

    /// The values within the first value of `data`, which has `tag`.
    fn first(data: &'a [u8], tag: u8) -> Option<Der<'a>> {
        Der::at(data).expect(tag).map(Der::at)
    }

    /// The content of the next value, which has `tag`.
    fn expect(self, tag: u8) -> Option<&'a [u8]> {
        let (header, len) = Der::header(self.rest)?;
        (self.rest.first() == Some(&tag)).then_some(())?;
        self.rest.get(header..header.checked_add(len)?)
    }

    /// The run after the next `count` values.
    fn skip(self, count: usize) -> Option<Der<'a>> {
        let mut rest = self.rest;
        for _ in 0..count {
            let (header, len) = Der::header(rest)?;
            rest = rest.get(header.checked_add(len)?..)?;
        }
        Some(Der { rest })
    }

    /// Header and content length of the value at the start of `data`; definite lengths of up to four bytes.
    fn header(data: &[u8]) -> Option<(usize, usize)> {
        match *data.get(1)? {
            short @ 0..=0x7f => Some((2, usize::from(short))),
            long @ 0x81..=0x84 => {
                let count = usize::from(long & 0x7f);
                let digits = data.get(2..2 + count)?;
                let len = digits.iter().fold(0usize, |len, digit| len << 8 | usize::from(*digit));
                Some((2 + count, len))
            }
            _ => None,
        }
    }
}
