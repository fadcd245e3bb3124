//! tar: V7, ustar (POSIX.1-1988), GNU and PAX (POSIX.1-2001), every header field of every entry.
//!
//! Extension headers (`x`, `L`, `K`) belong to the entry they speak of: their regions carry its name. Where
//! readers disagree (a lone zero block, a damaged header, a link with a size) the reading that shows most is
//! taken and the disagreement is a problem.

use super::field;
use super::partition::Builder;
use super::partition::DETAILED_ENTRIES;
use super::partition::holds;
use crate::model::Anatomy;
use crate::model::Content;
use crate::model::Role;
use crate::model::path::escape;

/// The registry name.
pub const NAME: &str = "tar";

/// A first header whose checksum holds; or, by name, an archive of nothing but zero blocks.
pub fn recognise(bytes: &[u8], name: &str) -> bool {
    match field::slice(bytes, 0, BLOCK) {
        Some(block) => checksum_holds(block) || name.ends_with(".tar") && field::is_zero(block),
        None => false,
    }
}

/// Regions per entry: one per header field, PAX record and long name, the content and its padding; at the end
/// `end of archive`, its zero fill, and trailing bytes.
pub fn open(bytes: &[u8], _: &str) -> Anatomy {
    let mut builder = Builder::new(NAME, bytes);
    let mut reader = Reader::new(bytes);
    while reader.step(&mut builder, DETAILED_ENTRIES) {}
    builder.finish()
}

const BLOCK: u64 = 512;

/// The fields all variants share: offset, length, role, name.
const FIELDS: &[(u64, u64, Role, &str)] = &[
    (0, 100, Role::Name, "name"),
    (100, 8, Role::Mode, "mode"),
    (108, 16, Role::Owner, "uid and gid"),
    (124, 12, Role::Header, "size"),
    (136, 12, Role::Timestamp, "mtime"),
    (148, 8, Role::Derived, "checksum"),
    (156, 1, Role::Mode, "type"),
    (157, 100, Role::Name, "link name"),
    (257, 8, Role::Header, "magic and version"),
    (265, 64, Role::Owner, "user and group name"),
    (329, 16, Role::Mode, "device"),
];

/// An extension header is refused as text beyond this; its bytes are one region then.
const LARGEST_EXTENSION: u64 = 16 << 20;

/// Extension headers kept for the entry they speak of; a writer needs three.
const PENDING: usize = 1000;

/// The walk over the blocks.
#[derive(Clone)]
pub struct Reader<'a> {
    bytes: &'a [u8],
    /// Where the next entry's first block is.
    pub at: u64,
    /// Extension headers whose entry has not come yet.
    pending: Vec<Header<'a>>,
    entries: u64,
    globals: u64,
}

impl<'a> Reader<'a> {
    /// Before the archive's first byte.
    pub fn new(bytes: &'a [u8]) -> Reader<'a> {
        Reader { bytes, at: 0, pending: Vec::new(), entries: 0, globals: 0 }
    }

    /// Claims the next entry with its extension headers, field by field if it is among the first `detailed`, or the
    /// end of the archive; whether more follows.
    pub fn step(&mut self, builder: &mut Builder<'a>, detailed: u64) -> bool {
        let size = self.bytes.len() as u64;
        loop {
            let Some(block) = field::slice(self.bytes, self.at, BLOCK) else {
                builder.problem("the archive has no end-of-archive blocks");
                builder.claim(self.at, size.saturating_sub(self.at), Role::Trailing, "incomplete block");
                break;
            };
            if field::is_zero(block) {
                end(builder, self.at);
                break;
            }
            self.at = match Header::read(self.bytes, self.at) {
                Some(header) => self.header(builder, header, detailed),
                None => resume(builder, self.at),
            };
            if self.pending.len() > PENDING {
                self.orphans(builder);
            }
            if self.pending.is_empty() {
                self.at = self.at.min(size);
                return true;
            }
        }
        self.orphans(builder);
        self.at = size;
        false
    }

    /// Claims what `header` starts, or keeps it for its entry; gives the offset of the next header.
    fn header(&mut self, builder: &mut Builder<'a>, header: Header<'a>, detailed: u64) -> u64 {
        match header.kind {
            b'x' | b'L' | b'K' => {
                let end = header.end(header.size);
                self.pending.push(header);
                end
            }
            b'g' => {
                self.globals += 1;
                let label = format!("global header #{}", self.globals);
                fields(builder, &header, &label, true);
                extension(builder, &header, &label)
            }
            _ => self.entry(builder, header, detailed),
        }
    }

    /// Claims one entry with the extension headers before it.
    fn entry(&mut self, builder: &mut Builder<'a>, header: Header<'a>, detailed: u64) -> u64 {
        self.entries += 1;
        let detailed = self.entries <= detailed;
        let pending = std::mem::take(&mut self.pending);
        let pax = Overrides::read(&pending);
        let name = pax.path.clone().unwrap_or_else(|| header.name());
        let link = pax.link.clone().unwrap_or_else(|| header.text(157, 100).to_vec());
        let label = builder.label(&name);
        for before in &pending {
            let label = format!("{label}: {}", before.what());
            fields(builder, before, &label, detailed);
            extension(builder, before, &label);
        }
        if pax.path.is_some() && pending.iter().any(|extension| extension.kind == b'x') {
            let plain = header.name();
            if !plain.is_empty() && !name.starts_with(&plain) && !plain_stand_in(&plain, &name) {
                let problem =
                    format!("{label}: its header names it {:?}, a PAX record overrides that", escape(&plain));
                builder.problem(problem);
            }
        }
        fields(builder, &header, &label, detailed);
        let sparse = header.sparse_blocks();
        builder.claim(header.at + BLOCK, sparse * BLOCK, Role::Header, format!("{label}: sparse map"));
        let given = pax.size.unwrap_or(header.size);
        let size = if header.has_content() { given } else { 0 };
        if given != size {
            let problem = format!(
                "{label}: is no regular file and says it has {given} bytes; readers disagree on what follows"
            );
            builder.problem(problem);
        }
        if matches!(header.kind, b'0' | 0) && name.ends_with(b"/") {
            builder.problem(format!("{label}: a regular file by type, a directory by name"));
        }
        let at = header.content_at();
        let claim = builder.claim(at, size, Role::Member, label.clone());
        let end = at.saturating_add(size);
        builder.padding(end, pad(size), format!("{label}: padding"));
        let attributes = attributes(&header, &link, &pax);
        let content = if size == 0 { Content::Empty } else { Content::Stored };
        builder.member(&name, (size > 0).then_some(claim), content, attributes);
        end.saturating_add(pad(size))
    }

    /// Extension headers no entry follows.
    fn orphans(&mut self, builder: &mut Builder<'a>) {
        for (index, header) in std::mem::take(&mut self.pending).iter().enumerate() {
            let label = format!("orphan #{} {}", index + 1, header.what());
            builder.problem(format!("{label}: no entry follows it"));
            fields(builder, header, &label, true);
            extension(builder, header, &label);
        }
    }
}

/// Claims the fields of one header block.
fn fields(builder: &mut Builder<'_>, header: &Header<'_>, label: &str, detailed: bool) {
    if !detailed {
        builder.claim(header.at, BLOCK, Role::Header, format!("{label}: header"));
        return;
    }
    for (at, len, role, name) in FIELDS {
        let check = match role {
            Role::Derived => {
                holds(checksum_holds(header.block), || "the header checksum does not hold".to_owned())
            }
            _ => crate::model::Check::None,
        };
        builder.claim_checked(header.at + at, *len, *role, format!("{label}: {name}"), check);
    }
    let rest = header.at + 345;
    if header.ustar {
        builder.claim(rest, 155, Role::Name, format!("{label}: prefix"));
        builder.padding(rest + 155, 12, format!("{label}: header padding"));
    } else if header.gnu {
        builder.claim(rest, 24, Role::Timestamp, format!("{label}: atime and ctime"));
        builder.claim(rest + 24, 126, Role::Header, format!("{label}: gnu fields"));
        builder.padding(rest + 150, 17, format!("{label}: header padding"));
    } else {
        builder.padding(rest, 167, format!("{label}: header padding"));
    }
}

/// Claims the content of an extension header, record by record; gives the offset after it.
fn extension(builder: &mut Builder<'_>, header: &Header<'_>, label: &str) -> u64 {
    let at = header.content_at();
    let end = at.saturating_add(header.size);
    if matches!(header.kind, b'L' | b'K') {
        builder.claim(at, header.size, Role::Name, format!("{label}: text"));
    } else {
        let mut next = at;
        for record in records(header.content()) {
            let role = record_role(record.key);
            builder.claim(next, record.len, role, format!("{label}: {}", escape(record.key)));
            if role == Role::Mode {
                let problem = format!("{label}: {} grants {}", escape(record.key), escape(record.value));
                builder.problem(problem);
            }
            next = next.saturating_add(record.len);
        }
        if next < end {
            builder.problem(format!("{label}: {} bytes of it are no PAX records", end - next));
            builder.claim(next, end - next, Role::Extra, format!("{label}: no records"));
        }
    }
    builder.padding(end, pad(header.size), format!("{label}: padding"));
    header.end(header.size)
}

/// The end of the archive at `at`: zero blocks, then whatever follows.
fn end(builder: &mut Builder<'_>, at: u64) {
    let size = builder.size();
    let rest = field::from(builder.bytes(), at);
    let zeros = rest.iter().position(|byte| *byte != 0).map_or(rest.len() as u64, |first| {
        let first = first as u64;
        first - first % BLOCK
    });
    if zeros < 2 * BLOCK {
        builder.problem("a lone zero block ends the archive; some readers read on");
    }
    let marker = zeros.min(2 * BLOCK);
    builder.padding(at, marker, "end of archive");
    builder.padding(at + marker, zeros - marker, "zero fill");
    if at + zeros < size {
        let trailing = size - at - zeros;
        builder.problem(format!("{trailing} bytes follow the end of the archive"));
        builder.claim(at + zeros, trailing, Role::Trailing, "trailing bytes");
    }
}

/// The next block that is a header or zero, after one that is neither; what lies between is a gap.
fn resume(builder: &mut Builder<'_>, from: u64) -> u64 {
    let bytes = builder.bytes();
    let mut at = from + BLOCK;
    while let Some(block) = field::slice(bytes, at, BLOCK) {
        if checksum_holds(block) || field::is_zero(block) {
            break;
        }
        at += BLOCK;
    }
    builder.problem(format!("the header at {from} is damaged; reading resumes at {at}"));
    let end = if at.saturating_add(BLOCK) > builder.size() { builder.size() } else { at };
    builder.claim(from, end - from, Role::Gap, "damaged header");
    end
}

/// One header block, read.
#[derive(Clone)]
struct Header<'a> {
    bytes: &'a [u8],
    at: u64,
    block: &'a [u8],
    kind: u8,
    size: u64,
    gnu: bool,
    ustar: bool,
}

impl<'a> Header<'a> {
    /// The header at `at`, unless its checksum fails.
    fn read(bytes: &'a [u8], at: u64) -> Option<Header<'a>> {
        let block = field::slice(bytes, at, BLOCK)?;
        if !checksum_holds(block) {
            return None;
        }
        let magic = field::slice(block, 257, 8)?;
        Some(Header {
            bytes,
            at,
            block,
            kind: field::byte(block, 156)?,
            size: number(field::slice(block, 124, 12)?).unwrap_or(0),
            gnu: magic == b"ustar  \0",
            ustar: magic.starts_with(b"ustar\0"),
        })
    }

    fn text(&self, at: u64, len: u64) -> &'a [u8] {
        field::until_nul(field::slice(self.block, at, len).unwrap_or_default())
    }

    fn number(&self, at: u64, len: u64) -> Option<u64> {
        number(field::slice(self.block, at, len)?)
    }

    /// The name in the header itself, prefix joined.
    fn name(&self) -> Vec<u8> {
        let name = self.text(0, 100);
        match self.text(345, 155) {
            prefix if self.ustar && !prefix.is_empty() => [prefix, b"/", name].concat(),
            _ => name.to_vec(),
        }
    }

    /// What kind of extension header this is.
    fn what(&self) -> &'static str {
        match self.kind {
            b'L' => "gnu long name",
            b'K' => "gnu long link",
            _ => "pax header",
        }
    }

    /// Links, devices, directories and fifos have no content, whatever their size field says.
    fn has_content(&self) -> bool {
        !matches!(self.kind, b'1'..=b'6')
    }

    /// Blocks of the old GNU sparse map that follow the header.
    fn sparse_blocks(&self) -> u64 {
        if self.kind != b'S' || field::byte(self.block, 482) != Some(1) {
            return 0;
        }
        let mut blocks = 1;
        while field::byte(self.bytes, self.at + blocks * BLOCK + 504) == Some(1) {
            blocks += 1;
        }
        blocks
    }

    fn content_at(&self) -> u64 {
        self.at + BLOCK * (1 + self.sparse_blocks())
    }

    /// The content of an extension header.
    fn content(&self) -> &'a [u8] {
        let at = self.content_at();
        match self.size {
            0..=LARGEST_EXTENSION => field::clamped(self.bytes, at..at + self.size),
            _ => &[],
        }
    }

    /// Where the next header is, if the content has `size` bytes.
    fn end(&self, size: u64) -> u64 {
        self.content_at().saturating_add(size).saturating_add(pad(size))
    }
}

/// What extension headers say in place of the header's own fields.
#[derive(Default)]
struct Overrides {
    path: Option<Vec<u8>>,
    link: Option<Vec<u8>>,
    size: Option<u64>,
    others: Vec<(&'static str, String)>,
}

impl Overrides {
    fn read(pending: &[Header<'_>]) -> Overrides {
        let mut overrides = Overrides::default();
        for header in pending {
            match header.kind {
                b'L' => overrides.path = Some(field::until_nul(header.content()).to_vec()),
                b'K' => overrides.link = Some(field::until_nul(header.content()).to_vec()),
                _ => {
                    for record in records(header.content()) {
                        overrides.take(&record);
                    }
                }
            }
        }
        overrides
    }

    fn take(&mut self, record: &Record<'_>) {
        let text = escape(record.value);
        match record.key {
            b"path" | b"GNU.sparse.name" => self.path = Some(record.value.to_vec()),
            b"linkpath" => self.link = Some(record.value.to_vec()),
            b"size" => self.size = text.parse().ok(),
            b"mtime" => self.others.push(("mtime", text)),
            b"uid" => self.others.push(("uid", text)),
            b"gid" => self.others.push(("gid", text)),
            b"uname" => self.others.push(("uname", text)),
            b"gname" => self.others.push(("gname", text)),
            b"GNU.sparse.realsize" => self.others.push(("sparse", text)),
            key if is_xattr(key) => self.others.push(("xattr", format!("{}={text}", escape(key)))),
            _ => {}
        }
    }
}

/// One PAX record: `len key=value\n`.
struct Record<'a> {
    key: &'a [u8],
    value: &'a [u8],
    len: u64,
}

/// The records of a PAX header, up to the first that is malformed.
fn records(content: &[u8]) -> impl Iterator<Item = Record<'_>> {
    let mut rest = content;
    std::iter::from_fn(move || {
        let space = rest.iter().take(20).position(|byte| *byte == b' ')?;
        let len: u64 = std::str::from_utf8(rest.get(..space)?).ok()?.parse().ok()?;
        let record = field::slice(rest, 0, len)?;
        let body = record.get(space + 1..)?.strip_suffix(b"\n")?;
        let equals = body.iter().position(|byte| *byte == b'=')?;
        rest = field::from(rest, len);
        Some(Record { key: body.get(..equals)?, value: body.get(equals + 1..)?, len })
    })
}

/// What a PAX record is for. Extended attributes of the `security` name space grant rights: a mode.
fn record_role(key: &[u8]) -> Role {
    match key {
        b"path" | b"linkpath" | b"GNU.sparse.name" => Role::Name,
        b"mtime" | b"atime" | b"ctime" | b"LIBARCHIVE.creationtime" => Role::Timestamp,
        b"uid" | b"gid" | b"uname" | b"gname" => Role::Owner,
        b"size" | b"hdrcharset" | b"charset" => Role::Header,
        key if key.starts_with(b"GNU.sparse.") => Role::Header,
        key if is_xattr(key) => Role::Mode,
        _ => Role::Extra,
    }
}

fn is_xattr(key: &[u8]) -> bool {
    [&b"SCHILY.xattr."[..], b"LIBARCHIVE.xattr.", b"SCHILY.acl.", b"SCHILY.fflags", b"RHT.security."]
        .iter()
        .any(|prefix| key.starts_with(prefix))
}

/// Python and libarchive put a stand-in such as `PaxHeaders/name`, a cut or a transliterated name, into the
/// header of an entry whose real name a record gives; only a header that names another file is worth a word.
fn plain_stand_in(plain: &[u8], name: &[u8]) -> bool {
    let long = name.len() > 100;
    let last =
        |path: &[u8]| path.rsplit(|byte| *byte == b'/').find(|part| !part.is_empty()).map(<[u8]>::to_vec);
    long || !name.is_ascii() || last(plain) == last(name)
}

/// What the container says about the member.
fn attributes(header: &Header<'_>, link: &[u8], pax: &Overrides) -> Vec<(&'static str, String)> {
    let kind = match header.kind {
        b'0' | 0 | b'7' => "file",
        b'1' => "hard-link",
        b'2' => "symlink",
        b'3' => "character-device",
        b'4' => "block-device",
        b'5' => "directory",
        b'6' => "fifo",
        b'S' => "sparse-file",
        _ => "other",
    };
    let mut attributes = vec![("type", kind.to_owned())];
    if let Some(mode) = header.number(100, 8) {
        attributes.push(("mode", format!("{mode:04o}")));
    }
    if matches!(header.kind, b'1' | b'2') {
        attributes.push(("link", escape(link)));
    }
    let plain = [
        ("uid", header.number(108, 8).map(|n| n.to_string())),
        ("gid", header.number(116, 8).map(|n| n.to_string())),
        ("uname", Some(escape(header.text(265, 32)))),
        ("gname", Some(escape(header.text(297, 32)))),
        ("mtime", header.number(136, 12).map(|n| n.to_string())),
    ];
    for (key, value) in plain {
        let overridden = pax.others.iter().rfind(|(other, _)| *other == key).map(|(_, value)| value.clone());
        if let Some(value) = overridden.or(value) {
            attributes.push((key, value));
        }
    }
    if matches!(header.kind, b'3' | b'4') {
        let number = |at| header.number(at, 8).unwrap_or(0);
        attributes.push(("device", format!("{}:{}", number(329), number(337))));
    }
    attributes.extend(pax.others.iter().filter(|(key, _)| matches!(*key, "xattr" | "sparse")).cloned());
    attributes
}

/// Octal text, or GNU's base-256 for what does not fit.
fn number(text: &[u8]) -> Option<u64> {
    let first = *text.first()?;
    if first & 0x80 != 0 {
        return text.iter().enumerate().try_fold(0u64, |value, (index, byte)| {
            let byte = if index == 0 { byte & 0x3f } else { *byte };
            value.checked_mul(256)?.checked_add(u64::from(byte))
        });
    }
    let digits = text.iter().skip_while(|byte| **byte == b' ').take_while(|byte| !matches!(**byte, b' ' | 0));
    digits.into_iter().try_fold(0u64, |value, digit| match digit {
        b'0'..=b'7' => value.checked_mul(8)?.checked_add(u64::from(digit - b'0')),
        _ => None,
    })
}

/// Whether a block is a header: the sum of its bytes, the checksum field taken as spaces, is what that field
/// says. Some old writers summed signed bytes. An all-zero block is none.
fn checksum_holds(block: &[u8]) -> bool {
    let Some(field) = field::slice(block, 148, 8) else { return false };
    let Some(given) = number(field).filter(|given| *given > 0) else { return false };
    let (mut unsigned, mut signed) = (8 * 32u64, 8 * 32i64);
    for (index, byte) in block.iter().enumerate() {
        if !(148..156).contains(&index) {
            unsigned += u64::from(*byte);
            signed += i64::from(*byte as i8);
        }
    }
    given == unsigned || i64::try_from(given) == Ok(signed)
}

/// Bytes from `size` to the next block.
fn pad(size: u64) -> u64 {
    (BLOCK - size % BLOCK) % BLOCK
}
