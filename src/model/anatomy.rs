//! The anatomy of one artifact: a partition of its bytes into regions, and the members inside it.
//!
//! A format opens ONE artifact and never sees two. Opening never fails and never trusts: what could not be
//! read is a region named for what it is, and a problem.

use std::ops::Range;
use std::sync::Arc;

/// One artifact's bytes as consecutive regions, its members, its facts and the problems met.
///
/// Invariant ([`Anatomy::check`], property-tested on every format): the regions are sorted, start at 0,
/// leave no hole, do not overlap, are not empty, and end at `size`.
#[derive(Clone, Debug, Default)]
pub struct Anatomy {
    /// The format's registry name: `elf`, `zip`, `raw`, …
    pub format: &'static str,
    /// The artifact's size in bytes.
    pub size: u64,
    /// The partition.
    pub regions: Vec<Region>,
    /// What is inside, in the order it stands in the artifact.
    pub members: Vec<Member>,
    /// What stands packed together, in one region or over several: the files of a 7z folder, the blocks of an image.
    pub packs: Vec<Pack>,
    /// What the headers say: imports, needed libraries, producer, …
    pub facts: Vec<Fact>,
    /// What could not be read or did not add up, as sentences.
    pub problems: Vec<String>,
}

/// A byte range with a role. Its `name` is its identity for pairing with another artifact's region.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Region {
    /// Bytes of the artifact.
    pub range: Range<u64>,
    /// What the bytes are for; decides what may ever explain a difference in them.
    pub role: Role,
    /// Identity within the artifact: `.text`, `member usr/bin/hello: header: mtime`, `end of archive`.
    pub name: String,
    /// Whether the bytes are what their format prescribes.
    pub check: Check,
}

/// What a region's bytes are for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Role {
    /// Structure: magic, counts, offsets, flags, section and program headers.
    Header,
    /// The encoded content of a member; accounted recursively.
    Member,
    /// A checksum, digest, build-id or size: a function of other bytes of the artifact.
    Derived,
    /// A point in time.
    Timestamp,
    /// A cryptographic signature or certificate.
    Signature,
    /// Alignment filler whose value the format prescribes.
    Padding,
    /// Bytes no structure of the format refers to.
    Gap,
    /// Bytes after the format's end.
    Trailing,
    /// Machine code or bytecode, or anything that can carry it. Never explained by resemblance.
    Code,
    /// Initialised data, resources, relocations.
    Data,
    /// Read-only text: string tables, string literals.
    Strings,
    /// Symbol tables.
    Symbols,
    /// Debug information.
    Debug,
    /// Names of members, paths.
    Name,
    /// Permission bits, types, owners of a member.
    Mode,
    /// User and group ids and names of a member.
    Owner,
    /// What tool made this, at which version: `.comment`, producer fields, compressor hints.
    Toolchain,
    /// Free-form extra data a reader ignores: comments, extra fields.
    Extra,
}

/// Whether a region's bytes are what they ought to be, by the format's own rule.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Check {
    /// No rule determines the bytes.
    None,
    /// Recomputed from other bytes, or compared with the prescribed value: they hold.
    Holds,
    /// They do not hold; the sentence says how.
    Fails(String),
}

/// Something inside an artifact that is an artifact itself.
#[derive(Clone, Debug)]
pub struct Member {
    /// Its name, escaped as [`super::path::escape`] does; empty for the sole content of a compressor.
    pub name: String,
    /// Index into [`Anatomy::regions`] of the region (role [`Role::Member`]) that holds its encoded bytes;
    /// `None` for a member without content of its own (directory, link, empty file).
    pub region: Option<usize>,
    /// How the content is got.
    pub content: Content,
    /// What the container says about it, in a fixed order: `type`, `mode`, `link`, `uid`, …
    pub attributes: Vec<(&'static str, String)>,
    /// The content, where opening had to decode it to find where it ends, and it is of moderate size, or where
    /// it stands in several regions: `formats::member_bytes` gives it without doing that twice.
    pub decoded: Option<Arc<Vec<u8>>>,
}

/// Encoded regions whose decoded content the container divides among files or fields: it belongs to no one region.
///
/// The regions' bytes have one label, the worst of what is inside and of how it was encoded.
#[derive(Clone, Debug)]
pub struct Pack {
    /// Its identity for pairing with another artifact's pack: `folder 1`, `inode table`.
    pub name: String,
    /// The regions (role [`Role::Member`]) that hold it, each of them in no other pack.
    pub blocks: Vec<Block>,
    /// The decoded bytes, as the container's readers see them: files one after the other.
    pub content: Arc<Vec<u8>>,
    /// A partition of `content`: its members are the files, under the container's name for each.
    pub inside: Arc<Anatomy>,
}

/// One region of a [`Pack`].
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Block {
    /// Index into [`Anatomy::regions`].
    pub region: usize,
    /// How its bytes were decoded, every one of them.
    pub packing: Packing,
}

/// How a block of a [`Pack`] was decoded: decides whether another encoding of the same content may be explained.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Packing {
    /// As it stands.
    Stored,
    /// One stream of this coding, behind so many bytes of a marker.
    Coded(Coding, u64),
    /// One run of the LZMA range coder, to its end, whose header stands elsewhere.
    Lzma,
    /// LZMA2 chunks and their end mark, without a container around them.
    Lzma2,
    /// In a way of which it is not known what else it has room for.
    Unknown,
}

/// How a member's bytes are got from its region.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Content {
    /// No content: a directory, a link, an empty file.
    Empty,
    /// The region's bytes as they stand.
    Stored,
    /// The region's bytes decoded; see `formats::decode`.
    Coded(Coding),
    /// Encrypted or of an unknown method: compared as encoded bytes, and reported as not examined.
    Opaque,
}

/// An encoding whose decoded form is accounted recursively.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Coding {
    /// RFC 1951 raw deflate.
    Deflate,
    /// RFC 1950 zlib.
    Zlib,
    /// bzip2.
    Bzip2,
    /// One or more xz streams.
    Xz,
    /// The legacy `.lzma` container.
    LzmaAlone,
    /// RFC 8878 zstd frames.
    Zstd,
    /// An lz4 frame.
    Lz4,
}

/// A key and a value read from the artifact: `("import", "connect")`, `("needed", "libc.so.6")`.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Fact {
    /// What it is.
    pub key: &'static str,
    /// Escaped text.
    pub value: String,
}

/// Bounds on descending into containers. Reaching one is recorded as not examined.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Limits {
    /// Levels of containers.
    pub depth: u32,
    /// Decoded bytes of one member.
    pub member_size: u64,
    /// Decoded bytes altogether.
    pub total_size: u64,
    /// Decoded size over encoded size, enforced above 1 MiB decoded.
    pub ratio: u64,
    /// Members altogether.
    pub members: u64,
}

impl Default for Limits {
    fn default() -> Limits {
        Limits { depth: 16, member_size: 4 << 30, total_size: 16 << 30, ratio: 2000, members: 2_000_000 }
    }
}

impl Anatomy {
    /// The size of the artifact that `regions` partition, or a sentence on where they do not.
    pub fn check(&self) -> Result<(), String> {
        let mut at = 0;
        for region in &self.regions {
            if region.range.start != at {
                return Err(format!("{} starts at {} where {at} is next", region.name, region.range.start));
            }
            if region.range.end <= region.range.start {
                return Err(format!("{} is empty or inverted: {:?}", region.name, region.range));
            }
            at = region.range.end;
        }
        if at != self.size {
            return Err(format!("the regions end at {at} of {} bytes", self.size));
        }
        for member in &self.members {
            match member.region.map(|index| self.regions.get(index)) {
                Some(Some(region)) if region.role == Role::Member => {}
                None => {}
                other => return Err(format!("member {:?} points at region {other:?}", member.name)),
            }
        }
        for pack in &self.packs {
            let region = |block: &Block| self.regions.get(block.region);
            if !pack.blocks.iter().all(|block| region(block).is_some_and(|r| r.role == Role::Member)) {
                return Err(format!("pack {:?} points at regions that hold no member", pack.name));
            }
            if pack.inside.size != pack.content.len() as u64 {
                return Err(format!("the inside of pack {:?} is not of its size", pack.name));
            }
            pack.inside.check().map_err(|broken| format!("pack {:?}: {broken}", pack.name))?;
        }
        Ok(())
    }
}

impl Region {
    /// The region's length in bytes.
    pub fn len(&self) -> u64 {
        self.range.end - self.range.start
    }

    /// Whether the region has no bytes (never so in a valid anatomy).
    pub fn is_empty(&self) -> bool {
        self.range.end <= self.range.start
    }

    /// The region's bytes within the artifact.
    pub fn bytes<'a>(&self, artifact: &'a [u8]) -> &'a [u8] {
        let clamp = |offset: u64| usize::try_from(offset).unwrap_or(usize::MAX).min(artifact.len());
        artifact.get(clamp(self.range.start)..clamp(self.range.end)).unwrap_or_default()
    }
}
