//! RPM packages: lead, signature header, header, payload; every header entry by its tag.
//!
//! Format: rpm-software-management.github.io/rpm/manual/format_v4.html. An entry's value stands in the
//! header's store; the role of a value is that of its tag.

use super::field;
use super::partition::Builder;
use crate::model::Anatomy;
use crate::model::Content;
use crate::model::Role;

/// The registry name.
pub const NAME: &str = "rpm";

/// The lead's magic.
pub fn recognise(bytes: &[u8], _: &str) -> bool {
    bytes.starts_with(&[0xed, 0xab, 0xee, 0xdb])
}

/// Regions: `lead`, per header its intro, index and values by tag, padding, and the payload as a member. Facts:
/// `rpm-name`, `rpm-version`, `rpm-release`, `rpm-arch`, `build-host`, `build-time`, `payload`.
pub fn open(bytes: &[u8], _: &str) -> Anatomy {
    let mut builder = Builder::new(NAME, bytes);
    builder.claim(0, 96, Role::Header, "lead");
    let size = builder.size();
    let Some(end) = header(&mut builder, 96, true) else {
        builder.problem("no signature header behind the lead");
        return builder.finish();
    };
    let at = end.next_multiple_of(8);
    builder.padding(end, at - end, "padding after signature header");
    let Some(payload) = header(&mut builder, at, false) else {
        builder.problem("no header behind the signature header");
        return builder.finish();
    };
    if payload < size {
        let name: &[u8] = match field::from(bytes, payload) {
            [0x1f, 0x8b, ..] => b"payload.cpio.gz",
            [0xfd, b'7', b'z', ..] => b"payload.cpio.xz",
            [0x28, 0xb5, 0x2f, 0xfd, ..] => b"payload.cpio.zst",
            [b'B', b'Z', b'h', ..] => b"payload.cpio.bz2",
            [0x5d, 0, 0, ..] => b"payload.cpio.lzma",
            _ => b"payload.cpio",
        };
        let claim = builder.claim(payload, size - payload, Role::Member, "payload");
        builder.member(name, Some(claim), Content::Stored, Vec::new());
    }
    builder.finish()
}

/// Claims the header at `at`; gives where it ends.
fn header(builder: &mut Builder<'_>, at: u64, signature: bool) -> Option<u64> {
    let bytes = builder.bytes();
    let label = if signature { "signature header" } else { "header" };
    if field::slice(bytes, at, 4)? != [0x8e, 0xad, 0xe8, 1] {
        return None;
    }
    let count = u64::from(be32(bytes, at + 8)?);
    let store_size = u64::from(be32(bytes, at + 12)?);
    let index = at + 16;
    let store = index + count * 16;
    let end = store + store_size;
    if end > builder.size() {
        builder.problem(format!("the {label} says it ends at {end}"));
        return None;
    }
    builder.claim(at, 16, Role::Header, format!("{label}: intro"));
    // In a signature header counts and sizes follow from what signatures there are: they are part of them.
    let index_role = if signature { Role::Signature } else { Role::Header };
    builder.claim(index, count * 16, index_role, format!("{label}: index"));
    let mut values: Vec<(u64, u32)> = (0..count)
        .filter_map(|entry| {
            let at = index + entry * 16;
            Some((u64::from(be32(bytes, at + 8)?), be32(bytes, at)?))
        })
        .filter(|(offset, _)| *offset < store_size)
        .collect();
    values.sort_unstable();
    values.dedup_by_key(|(offset, _)| *offset);
    // A value reaches to the next one: the store has no lengths of its own, and the padding between belongs to
    // the value before it.
    for (place, (offset, tag)) in values.iter().enumerate() {
        let next = values.get(place + 1).map_or(store_size, |(next, _)| *next);
        let role = if signature { signature_role(*tag) } else { role(*tag) };
        builder.claim(store + offset, next - offset, role, format!("{label}: {}", tag_name(*tag, signature)));
        if !signature {
            let text = field::until_nul(field::clamped(bytes, store + offset..store + next));
            match tag {
                1000 => builder.fact("rpm-name", text),
                1001 => builder.fact("rpm-version", text),
                1002 => builder.fact("rpm-release", text),
                1007 => builder.fact("build-host", text),
                1022 => builder.fact("rpm-arch", text),
                1125 => builder.fact("payload", text),
                1006 => {
                    let time = be32(bytes, store + offset).unwrap_or(0);
                    builder.fact("build-time", time.to_string().as_bytes());
                }
                _ => {}
            }
        }
    }
    Some(end)
}

/// What a tag of the main header is for. Scripts run as root: they are code.
fn role(tag: u32) -> Role {
    match tag {
        1006 | 1034 | 1080 | 1146 => Role::Timestamp,
        1007 => Role::Owner,
        1023..=1026 | 1085..=1088 | 1091 | 1151..=1154 | 5020..=5026 | 1065..=1067 => Role::Code,
        1030 | 1033 | 1036 | 1037 => Role::Mode,
        1039 | 1040 => Role::Owner,
        1027 | 1116..=1118 => Role::Name,
        1035 | 5011 | 5092 | 5093 | 5097 | 1095 | 1096 => Role::Derived,
        1064 | 1122 | 1132 => Role::Toolchain,
        _ => Role::Header,
    }
}

/// What a tag of the signature header is for: signatures, and digests and sizes of what follows.
fn signature_role(tag: u32) -> Role {
    match tag {
        62 | 256..=268 | 270..=272 | 274..=278 | 1002 | 1005 => Role::Signature,
        269 | 273 | 1000 | 1004 | 1007 => Role::Derived,
        1008 => Role::Extra,
        _ => Role::Extra,
    }
}

fn tag_name(tag: u32, signature: bool) -> String {
    let name = match (tag, signature) {
        (62, _) => "signature region",
        (63, _) => "immutable region",
        (267, true) => "dsa",
        (268, true) => "rsa",
        (269, true) => "sha1",
        (273, true) => "sha256",
        (278, true) => "openpgp",
        (1000, true) => "size",
        (1002, true) => "pgp",
        (1004, true) => "md5",
        (1005, true) => "gpg",
        (1007, true) => "payload size",
        (1008, true) => "reserved space",
        (1000, false) => "name",
        (1001, false) => "version",
        (1002, false) => "release",
        (1004, false) => "summary",
        (1005, false) => "description",
        (1006, false) => "build time",
        (1007, false) => "build host",
        (1009, false) => "size",
        (1023, false) => "pre-install script",
        (1024, false) => "post-install script",
        (1025, false) => "pre-uninstall script",
        (1026, false) => "post-uninstall script",
        (1028, false) => "file sizes",
        (1030, false) => "file modes",
        (1034, false) => "file times",
        (1035, false) => "file digests",
        (1036, false) => "file link targets",
        (1037, false) => "file flags",
        (1039, false) => "file owners",
        (1040, false) => "file groups",
        (1064, false) => "rpm version",
        (1080, false) => "changelog times",
        (1117, false) => "file names",
        (1118, false) => "directory names",
        (1132, false) => "platform",
        (5092, false) => "payload digest",
        _ => return format!("tag {tag}"),
    };
    name.to_owned()
}

fn be32(bytes: &[u8], at: u64) -> Option<u32> {
    field::array(bytes, at).map(u32::from_be_bytes)
}
