//! ar (static libraries) and deb (an ar with prescribed members): every header field.
//!
//! Format: the common, GNU and BSD variants as `ar(5)` describes them; deb(5) for the order of members.

use super::field;
use super::partition::Builder;
use super::partition::DETAILED_ENTRIES;
use super::partition::holds;
use crate::model::Anatomy;
use crate::model::Content;
use crate::model::Role;
use crate::model::path::escape;

/// The registry name.
pub const NAME: &str = "ar";

/// The registry name of a Debian binary package.
pub const DEB: &str = "deb";

/// The archive magic, thin or not.
pub fn recognise(bytes: &[u8], _: &str) -> bool {
    bytes.starts_with(MAGIC) || bytes.starts_with(THIN)
}

/// An archive whose first member is `debian-binary`.
pub fn recognise_deb(bytes: &[u8], _: &str) -> bool {
    bytes.starts_with(b"!<arch>\ndebian-binary")
}

/// Regions per member: its header's fields, the content, the padding byte.
pub fn open(bytes: &[u8], _: &str) -> Anatomy {
    let mut builder = Builder::new(NAME, bytes);
    read(&mut builder);
    builder.finish()
}

/// As [`open`]; members beyond `data.tar` and missing ones are problems. Fact `deb-member` per member.
pub fn open_deb(bytes: &[u8], _: &str) -> Anatomy {
    let mut builder = Builder::new(DEB, bytes);
    let names = read(&mut builder);
    for name in &names {
        builder.fact("deb-member", name);
    }
    let expected: [&[u8]; 3] = [b"debian-binary", b"control.tar", b"data.tar"];
    for (index, prefix) in expected.iter().enumerate() {
        if !names.get(index).is_some_and(|name| name.starts_with(prefix)) {
            builder.problem(format!("member {} ought to be {}", index + 1, escape(prefix)));
        }
    }
    for name in names.get(3..).unwrap_or_default() {
        builder.problem(format!("member {} stands after data.tar; dpkg passes over it", escape(name)));
    }
    builder.finish()
}

const MAGIC: &[u8] = b"!<arch>\n";
const THIN: &[u8] = b"!<thin>\n";

/// The header: offset, length, role, name.
const FIELDS: &[(u64, u64, Role, &str)] = &[
    (0, 16, Role::Name, "name"),
    (16, 12, Role::Timestamp, "mtime"),
    (28, 12, Role::Owner, "uid and gid"),
    (40, 8, Role::Mode, "mode"),
    (48, 10, Role::Header, "size"),
    (58, 2, Role::Header, "end of header"),
];
const HEADER: u64 = 60;

/// Claims everything; gives the names of the first members that are files.
fn read<'a>(builder: &mut Builder<'a>) -> Vec<Vec<u8>> {
    let mut reader = Reader::new(builder.bytes());
    while reader.step(builder, DETAILED_ENTRIES) {}
    reader.names
}

/// Names kept of a package's members: three are expected, and a reader needs a few more to see what is wrong.
const NAMES: usize = 100;

/// Reading member after member.
#[derive(Clone)]
pub struct Reader<'a> {
    bytes: &'a [u8],
    /// Where the next member starts.
    pub at: u64,
    thin: bool,
    long: &'a [u8],
    count: u64,
    names: Vec<Vec<u8>>,
}

impl<'a> Reader<'a> {
    /// Before the archive's first byte.
    pub fn new(bytes: &'a [u8]) -> Reader<'a> {
        Reader { bytes, at: 0, thin: bytes.starts_with(THIN), long: &[], count: 0, names: Vec::new() }
    }

    /// Claims the next member, its header field by field if it is among the first `detailed`; whether more follows.
    pub fn step(&mut self, builder: &mut Builder<'a>, detailed: u64) -> bool {
        let (bytes, size) = (self.bytes, self.bytes.len() as u64);
        if self.at == 0 {
            builder.claim(0, 8, Role::Header, "magic");
            self.at = 8.min(size);
            return self.at < size;
        }
        let at = self.at;
        let Some(header) = field::slice(bytes, at, HEADER).filter(|header| header.ends_with(b"`\n")) else {
            builder.problem(format!("{} bytes at {at} start with no member header", size.saturating_sub(at)));
            builder.claim(at, size.saturating_sub(at), Role::Trailing, "trailing bytes");
            self.at = size;
            return false;
        };
        self.count += 1;
        let raw = trimmed(field::clamped(header, 0..16));
        let content_size = number(field::clamped(header, 48..58), 10).unwrap_or(0);
        let data = at + HEADER;
        let kind = Kind::of(raw);
        let (name, inline) = name_of(bytes, data, raw, self.long);
        let label = match kind {
            Kind::Symbols => "symbol index".to_owned(),
            Kind::LongNames => "long names".to_owned(),
            Kind::File => builder.label(&name),
        };
        if self.count <= detailed {
            for (offset, len, role, field) in FIELDS {
                builder.claim(at + offset, *len, *role, format!("{label}: {field}"));
            }
        } else {
            builder.claim(at, HEADER, Role::Header, format!("{label}: header"));
        }
        let stored = if self.thin && kind == Kind::File { 0 } else { content_size };
        let inline = inline.min(stored);
        builder.claim(data, inline, Role::Name, format!("{label}: long name"));
        let end = data.saturating_add(stored);
        let body = data + inline;
        match kind {
            Kind::Symbols => {
                builder.claim(body, stored - inline, Role::Symbols, label.clone());
            }
            Kind::LongNames => {
                self.long = field::clamped(bytes, data..end);
                builder.claim(body, stored, Role::Name, label.clone());
            }
            Kind::File => {
                let claim = builder.claim(body, stored - inline, Role::Member, label.clone());
                let content = match (self.thin, stored - inline) {
                    (true, _) => Content::Opaque,
                    (_, 0) => Content::Empty,
                    _ => Content::Stored,
                };
                if self.thin {
                    builder.problem(format!("{label}: a thin archive names the file and does not hold it"));
                }
                builder.member(&name, Some(claim), content, attributes(header));
                if builder.keeps() && self.names.len() < NAMES {
                    self.names.push(name);
                }
            }
        }
        if end % 2 == 1 && end < size {
            let newline = field::byte(bytes, end) == Some(b'\n');
            let check = holds(newline, || "the padding byte is not a newline".to_owned());
            builder.claim_checked(end, 1, Role::Padding, format!("{label}: padding"), check);
        }
        self.at = end.saturating_add(end % 2).min(size);
        self.at < size
    }
}

/// What a member is for.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Kind {
    Symbols,
    LongNames,
    File,
}

impl Kind {
    fn of(raw: &[u8]) -> Kind {
        match raw {
            b"/" | b"/SYM64/" | b"__.SYMDEF" | b"__.SYMDEF SORTED" | b"__.SYMDEF_64" => Kind::Symbols,
            b"//" | b"ARFILENAMES/" => Kind::LongNames,
            _ => Kind::File,
        }
    }
}

/// The member's name, and how many bytes of its content are that name (BSD `#1/len`).
fn name_of(bytes: &[u8], data: u64, raw: &[u8], long: &[u8]) -> (Vec<u8>, u64) {
    if let Some(len) = raw.strip_prefix(b"#1/").and_then(|len| number(len, 10)) {
        let name = field::clamped(bytes, data..data.saturating_add(len.min(65_536)));
        return (field::until_nul(name).to_vec(), len);
    }
    if let Some(offset) = raw.strip_prefix(b"/").and_then(|offset| number(offset, 10)) {
        let rest = field::from(long, offset);
        let end = rest.iter().position(|byte| matches!(byte, b'\n' | 0)).unwrap_or(rest.len());
        let name = rest.get(..end).unwrap_or_default();
        return (name.strip_suffix(b"/").unwrap_or(name).to_vec(), 0);
    }
    (raw.strip_suffix(b"/").unwrap_or(raw).to_vec(), 0)
}

/// What the header says about the member.
fn attributes(header: &[u8]) -> Vec<(&'static str, String)> {
    let text = |from, to| escape(trimmed(field::clamped(header, from..to)));
    let mut attributes = vec![("type", "file".to_owned())];
    if let Some(mode) = number(field::clamped(header, 40..48), 8) {
        attributes.push(("mode", format!("{:04o}", mode & 0o7777)));
    }
    attributes.extend([("uid", text(28, 34)), ("gid", text(34, 40)), ("mtime", text(16, 28))]);
    attributes
}

fn trimmed(text: &[u8]) -> &[u8] {
    text.trim_ascii_end()
}

/// Digits, then spaces.
fn number(text: &[u8], radix: u64) -> Option<u64> {
    let digits = trimmed(text);
    if digits.is_empty() {
        return None;
    }
    digits.iter().try_fold(0u64, |value, digit| {
        let digit = u64::from(digit.wrapping_sub(b'0'));
        (digit < radix).then_some(())?;
        value.checked_mul(radix)?.checked_add(digit)
    })
}
