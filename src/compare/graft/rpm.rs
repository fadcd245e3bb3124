//! RPM packages: the signature header between the lead and the header (rpm-software-management.github.io/rpm,
//! "RPM V4 Package format"; RFC 4880 for the signatures in it).
//!
//! Signing rewrites the signature header and nothing else: it adds the signatures and takes their room from a
//! reserved entry of zeros, or lets the header grow. The digests and sizes that stand beside them are those of
//! the unsigned package.

use sha2::Digest;

use super::Transplant;
use super::Written;
use super::range;
use crate::model::Label;

/// Where the lead ends and the signature header starts.
const LEAD: usize = 96;

/// Tags of the signature header that are signatures: DSA and RSA over the header, PGP and GPG over header and
/// payload.
const SIGNATURES: [u32; 4] = [267, 268, 1002, 1005];
const OVER_ALL: [u32; 2] = [1002, 1005];
const REGION: u32 = 62;
const SHA256: u32 = 273;
const RESERVED: u32 = 1008;
/// In the header itself: the digest of the payload as it stands, and the algorithm it was made with.
const PAYLOAD_DIGEST: u32 = 5092;
const PAYLOAD_ALGORITHM: u32 = 5093;

/// The shipped package's signature header on the rebuilt package; `None` where the shipped one has no signature.
pub fn transplant(shipped: &[u8], rebuilt: &[u8]) -> Option<Transplant> {
    let (theirs, ours) = (Header::read(shipped, LEAD)?, Header::read(rebuilt, LEAD)?);
    theirs.entries.iter().find(|entry| SIGNATURES.contains(&entry.tag))?;
    let (end, own) = (theirs.end.checked_next_multiple_of(8)?, ours.end.checked_next_multiple_of(8)?);
    let mut grafted = rebuilt.get(..LEAD)?.to_vec();
    grafted.extend_from_slice(shipped.get(LEAD..end)?);
    grafted.extend_from_slice(rebuilt.get(own..)?);
    let written =
        vec![Written { range: range(LEAD..end), label: Label::Signature, name: "signature header" }];
    Some(Transplant { scheme: "rpm", grafted, written, covers: covers(&theirs, &ours, shipped, end) })
}

/// A header: its entries and where it ends.
struct Header<'a> {
    start: usize,
    entries: Vec<Entry<'a>>,
    store: &'a [u8],
    end: usize,
}

struct Entry<'a> {
    tag: u32,
    kind: u32,
    offset: usize,
    count: usize,
    value: &'a [u8],
}

impl<'a> Header<'a> {
    fn read(bytes: &'a [u8], start: usize) -> Option<Header<'a>> {
        // The four bytes behind the magic are reserved; another value there is not a header anyone wrote.
        if bytes.get(start..start.checked_add(8)?)? != [0x8e, 0xad, 0xe8, 1, 0, 0, 0, 0] {
            return None;
        }
        let (count, size) = (be32(bytes, start + 8)?, be32(bytes, start + 12)?);
        let store_at = start.checked_add(16)?.checked_add(count.checked_mul(16)?)?;
        let end = store_at.checked_add(size)?;
        let store = bytes.get(store_at..end)?;
        let entries = (0..count).map(|nth| {
            let at = start + 16 + nth * 16;
            let word = |field: usize| u32::try_from(be32(bytes, at + field)?).ok();
            let (kind, offset, count) = (word(4)?, be32(bytes, at + 8)?, be32(bytes, at + 12)?);
            let from = store.get(offset..)?;
            let len = match kind {
                3 => count.checked_mul(2)?,
                4 => count.checked_mul(4)?,
                5 => count.checked_mul(8)?,
                // A string: up to its NUL, which belongs to it.
                6 if count == 1 => from.iter().position(|byte| *byte == 0)? + 1,
                7 => count,
                8 | 9 => strings(from, count)?,
                _ => return None,
            };
            Some(Entry { tag: word(0)?, kind, offset, count, value: from.get(..len)? })
        });
        Some(Header { start, entries: entries.collect::<Option<Vec<_>>>()?, store, end })
    }

    fn find(&self, tag: u32) -> Option<&Entry<'a>> {
        self.entries.iter().find(|entry| entry.tag == tag)
    }

    /// Whether every byte of the store belongs to a value, and no tag stands twice.
    fn is_tiled(&self) -> Result<(), String> {
        let mut tags: Vec<u32> = self.entries.iter().map(|entry| entry.tag).collect();
        tags.sort_unstable();
        if tags.windows(2).any(|pair| pair.first() == pair.get(1)) {
            return Err("a tag of its signature header stands twice".to_owned());
        }
        let mut values: Vec<(usize, usize, usize)> = self
            .entries
            .iter()
            .map(|entry| {
                let align = match entry.kind {
                    3 => 2,
                    4 => 4,
                    5 => 8,
                    _ => 1,
                };
                (entry.offset, entry.value.len(), align)
            })
            .collect();
        values.sort_unstable();
        let mut at = 0usize;
        for (offset, len, align) in values {
            let gap = self.store.get(at..offset).ok_or("two values of its signature header overlap")?;
            if gap.len() >= align || gap.iter().any(|byte| *byte != 0) {
                return Err("its signature header holds bytes that belong to no value".to_owned());
            }
            at = offset + len;
        }
        match at == self.store.len() {
            true => Ok(()),
            false => Err("bytes follow the last value of its signature header".to_owned()),
        }
    }

    /// Whether the region entry is the one its format prescribes: it names all entries and stands at the end.
    fn has_plain_region(&self) -> bool {
        let size = i32::try_from(self.entries.len() * 16).unwrap_or(0);
        let mut expected = vec![0, 0, 0, 62, 0, 0, 0, 7];
        expected.extend((-size).to_be_bytes());
        expected.extend([0, 0, 0, 16]);
        self.entries.first().is_some_and(|first| {
            first.tag == REGION && first.kind == 7 && first.count == 16 && first.value == expected
        })
    }
}

/// The length of `count` strings that stand one after the other.
fn strings(from: &[u8], count: usize) -> Option<usize> {
    let mut at = 0usize;
    for _ in 0..count {
        at += from.get(at..)?.iter().position(|byte| *byte == 0)? + 1;
    }
    Some(at)
}

fn covers(theirs: &Header<'_>, ours: &Header<'_>, shipped: &[u8], end: usize) -> Result<String, String> {
    theirs.is_tiled()?;
    if !theirs.has_plain_region() {
        return Err("the region of its signature header is not the whole of it".to_owned());
    }
    if shipped.get(theirs.end..end).is_none_or(|filler| filler.iter().any(|byte| *byte != 0)) {
        return Err("the filler behind its signature header is not zero".to_owned());
    }
    for entry in &theirs.entries {
        match entry.tag {
            REGION => {}
            tag if SIGNATURES.contains(&tag) && entry.kind == 7 => {}
            RESERVED if entry.kind == 7 && entry.value.iter().all(|byte| *byte == 0) => {}
            RESERVED => return Err("its reserved space is not zero".to_owned()),
            tag => {
                let same =
                    ours.find(tag).is_some_and(|own| own.kind == entry.kind && own.value == entry.value);
                if !same {
                    return Err(format!("tag {tag} of its signature header is not what the rebuilt one has"));
                }
            }
        }
    }
    let missing = ours
        .entries
        .iter()
        .find(|own| !SIGNATURES.contains(&own.tag) && own.tag != RESERVED && theirs.find(own.tag).is_none());
    if let Some(missing) = missing {
        return Err(format!("its signature header lacks tag {}", missing.tag));
    }
    let header = Header::read(shipped, end).ok_or("the header behind it is damaged")?;
    let blob = shipped.get(header.start..header.end).unwrap_or_default();
    let payload = shipped.get(header.end..).unwrap_or_default();
    let stated = theirs.find(SHA256).ok_or("it states no SHA-256 of its header")?;
    if stated.value != hex(&sha2::Sha256::digest(blob)).as_bytes() {
        return Err("the SHA-256 it states is not that of its header".to_owned());
    }
    let algorithm = header.find(PAYLOAD_ALGORITHM).map(|entry| entry.value);
    let digest = header.find(PAYLOAD_DIGEST).map(|entry| entry.value);
    let payload_held =
        algorithm == Some(&[0, 0, 0, 8]) && digest == Some(hex(&sha2::Sha256::digest(payload)).as_bytes());
    let mut over_all = false;
    for entry in theirs.entries.iter().filter(|entry| SIGNATURES.contains(&entry.tag)) {
        let all = OVER_ALL.contains(&entry.tag);
        over_all |= all;
        openpgp(entry.value, &[blob, if all { payload } else { &[] }])?;
    }
    if !payload_held && !over_all {
        return Err("nothing it signs states the digest of the payload".to_owned());
    }
    Ok("the digests of header and payload are those the package states; each signature states the first 16 bits of \
        the digest it signs, and they are right: the rest takes the signer's key, which is not in the package"
        .to_owned())
}

/// Whether `packet` is one version 4 OpenPGP signature over `parts` and nothing besides (RFC 4880, 5.2.3).
fn openpgp(packet: &[u8], parts: &[&[u8]]) -> Result<(), String> {
    let body = packet_body(packet).ok_or("a signature is not one OpenPGP signature packet")?;
    let damaged = || "an OpenPGP signature is damaged".to_owned();
    let [4, 0, key, hash, ..] = *body else {
        return Err("an OpenPGP signature is of another version or kind".to_owned());
    };
    let hashed_len = be16(body, 4).ok_or_else(damaged)?;
    let hashed_end = 6 + hashed_len;
    let hashed = body.get(6..hashed_end).ok_or_else(damaged)?;
    let unhashed_len = be16(body, hashed_end).ok_or_else(damaged)?;
    let unhashed_end = hashed_end + 2 + unhashed_len;
    let unhashed = body.get(hashed_end + 2..unhashed_end).ok_or_else(damaged)?;
    // The time, the issuer, its fingerprint and name: what signatures carry. Anything else is room for more.
    subpackets(hashed, &[2, 16, 28, 33])?;
    subpackets(unhashed, &[16])?;
    let trailer_len = u32::try_from(hashed_end).map_err(|_| damaged())?;
    let trailer = [&[4, 0xff][..], &trailer_len.to_be_bytes()].concat();
    let signed: Vec<&[u8]> =
        parts.iter().copied().chain([body.get(..hashed_end).unwrap_or_default(), &trailer]).collect();
    let computed = match hash {
        8 => digest::<sha2::Sha256>(&signed),
        9 => digest::<sha2::Sha384>(&signed),
        10 => digest::<sha2::Sha512>(&signed),
        _ => return Err("an OpenPGP signature uses a digest that is not computed here".to_owned()),
    };
    if body.get(unhashed_end..unhashed_end + 2) != computed.get(..2) {
        return Err("an OpenPGP signature is not of this package".to_owned());
    }
    let numbers = match key {
        1 | 3 => 1,
        17 | 19 | 22 => 2,
        _ => return Err("an OpenPGP signature is of a kind of key that is not known here".to_owned()),
    };
    let mut at = unhashed_end + 2;
    for _ in 0..numbers {
        let bits = be16(body, at).ok_or_else(damaged)?;
        let number = body.get(at + 2..at + 2 + bits.div_ceil(8)).ok_or_else(damaged)?;
        let first = number.first().copied().unwrap_or(0);
        if bits == 0 || bits > 8192 || first.leading_zeros() as usize != (8 - bits % 8) % 8 {
            return Err("a number in an OpenPGP signature is not in its shortest form".to_owned());
        }
        at += 2 + number.len();
    }
    match at == body.len() {
        true => Ok(()),
        false => Err("bytes follow the numbers of an OpenPGP signature".to_owned()),
    }
}

/// The body of the one signature packet that fills `packet`, in the old or the new form of headers.
fn packet_body(packet: &[u8]) -> Option<&[u8]> {
    let (header, len) = match *packet.first()? {
        0x88 => (2, usize::from(*packet.get(1)?)),
        0x89 => (3, be16(packet, 1)?),
        0xc2 => match *packet.get(1)? {
            short @ 0..=191 => (2, usize::from(short)),
            first @ 192..=223 => (3, ((usize::from(first) - 192) << 8) + usize::from(*packet.get(2)?) + 192),
            _ => return None,
        },
        _ => return None,
    };
    packet.get(header..).filter(|body| body.len() == len)
}

/// Whether an area holds subpackets of these kinds alone, each of its prescribed length.
fn subpackets(mut area: &[u8], known: &[u8]) -> Result<(), String> {
    while let Some((len, rest)) = area.split_first() {
        let len = usize::from(*len);
        let value = rest.get(..len).filter(|_| (1..192).contains(&len)).ok_or("a subpacket is damaged")?;
        let kind = value.first().copied().unwrap_or(0);
        let expected = match kind & 0x7f {
            2 => 5,
            16 => 9,
            28 if len <= 129 && value.iter().skip(1).all(|byte| (0x20..0x7f).contains(byte)) => len,
            33 => 22,
            _ => 0,
        };
        if !known.contains(&(kind & 0x7f)) || len != expected {
            return Err(format!("an OpenPGP signature carries a subpacket of kind {}", kind & 0x7f));
        }
        area = rest.get(len..).unwrap_or_default();
    }
    Ok(())
}

fn digest<D: Digest>(parts: &[&[u8]]) -> Vec<u8> {
    let mut digest = D::new();
    parts.iter().for_each(|part| digest.update(part));
    digest.finalize().to_vec()
}

/// A digest as the store writes it: lower-case digits and a NUL.
fn hex(digest: &[u8]) -> String {
    digest.iter().map(|byte| format!("{byte:02x}")).collect::<String>() + "\0"
}

fn be16(bytes: &[u8], at: usize) -> Option<usize> {
    Some(usize::from(u16::from_be_bytes(bytes.get(at..at.checked_add(2)?)?.try_into().ok()?)))
}

fn be32(bytes: &[u8], at: usize) -> Option<usize> {
    usize::try_from(u32::from_be_bytes(bytes.get(at..at.checked_add(4)?)?.try_into().ok()?)).ok()
}
