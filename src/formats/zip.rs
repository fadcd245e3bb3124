//! zip and its kin (wheel, jar, apk, nupkg, office documents): every field of every local header, central
//! directory entry and end record.
//!
//! The central directory decides what the archive holds, but streaming readers go by local headers: local
//! entries the directory does not list are members too, and every disagreement between the two is a problem.
//! Format: PKWARE APPNOTE 6.3.10.

mod central;
mod end;
mod extra;
mod local;
mod signing;
mod steps;

pub use self::steps::Reader;

use std::collections::BTreeMap;
use std::collections::BTreeSet;

use rayon::prelude::*;

use self::central::Entry;
use self::end::End;
use super::decode;
use super::descend;
use super::field;
use super::partition::Builder;
use super::partition::DETAILED_ENTRIES;
use crate::model::Anatomy;
use crate::model::Check;
use crate::model::Coding;
use crate::model::Content;
use crate::model::Limits;
use crate::model::Role;
use crate::model::path::escape;

/// The registry name.
pub const NAME: &str = "zip";

/// The registry name of a zip that does not start at byte 0: a self-extractor, a zipapp, a polyglot.
pub const BEHIND_STUB: &str = "zip-behind-stub";

/// A local header, or an empty archive's end record, at the start.
pub fn recognise(bytes: &[u8], _: &str) -> bool {
    bytes.starts_with(local::MAGIC) || bytes.starts_with(end::MAGIC)
}

/// An end record at the end that points at a central directory.
pub fn recognise_behind_stub(bytes: &[u8], _: &str) -> bool {
    End::find(bytes).is_some_and(|end| end.entries > 0 && end.directory_holds(bytes))
}

/// Regions per entry: one per field of its local header, its content, data descriptor and central directory
/// entry; then the end records. Facts: `kind` (`wheel`, `jar`, `apk`, `nupkg`, `office`, `zip`).
pub fn open(bytes: &[u8], name: &str) -> Anatomy {
    open_as(NAME, bytes, name)
}

/// As [`open`]; what stands before the first local header is a gap.
pub fn open_behind_stub(bytes: &[u8], name: &str) -> Anatomy {
    open_as(BEHIND_STUB, bytes, name)
}

fn open_as(format: &'static str, bytes: &[u8], name: &str) -> Anatomy {
    let mut builder = Builder::new(format, bytes);
    let end = End::find(bytes);
    let entries = match &end {
        Some(end) => central::read(&mut builder, end),
        None => {
            builder.problem("no end-of-central-directory record; entries were found by their local headers");
            Vec::new()
        }
    };
    let mut archive = Archive { locals: BTreeMap::new(), builder };
    archive.directory(&entries, end.as_ref());
    archive.hidden(end.as_ref());
    let Archive { mut builder, locals } = archive;
    if let Some(end) = &end {
        signing::claim(&mut builder, end.directory);
        end.claim(&mut builder, entries.len() as u64);
    }
    kind(&mut builder, name, &locals);
    builder.finish()
}

/// The entries by where their local headers stand.
struct Archive<'a> {
    builder: Builder<'a>,
    /// Start of a local header to the end of its entry and its name.
    locals: BTreeMap<u64, (u64, Vec<u8>)>,
}

impl<'a> Archive<'a> {
    /// Claims everything the central directory lists. An entry's regions are claimed in the order of the
    /// directory, which is the order readers list them in.
    fn directory(&mut self, entries: &[Entry<'a>], end: Option<&End>) {
        let Some(end) = end else { return };
        let bytes = self.builder.bytes();
        let locals: Vec<Option<local::Local<'a>>> = entries
            .iter()
            .map(|entry| {
                local::Local::read(bytes, end.base.saturating_add(entry.offset), Some(entry), u64::MAX)
            })
            .collect();
        let worth = worth_verifying(bytes.len() as u64, entries, &locals);
        let read: Vec<(Option<local::Local<'a>>, Verified)> = locals
            .into_par_iter()
            .zip(entries.par_iter().zip(worth))
            .map(|(local, (entry, worth))| {
                let verified = match (&local, worth) {
                    (Some(local), Ok(())) => verify(bytes, entry, local),
                    (Some(_), Err(reason)) => Verified::Not(reason),
                    (None, _) => Verified::Unread,
                };
                (local, verified)
            })
            .collect();
        let mut names = BTreeSet::new();
        for (index, (entry, (local, verified))) in entries.iter().zip(read).enumerate() {
            let label = self.builder.label(entry.name);
            let detailed = (index as u64) < DETAILED_ENTRIES;
            if !names.insert(entry.name) {
                self.builder.problem(format!("{label}: the directory lists this name more than once"));
            }
            let check = verified.check(entry);
            if let Verified::Not(reason) = &verified {
                self.builder.problem(format!("{label}: checksum not verified: {reason}"));
            }
            entry.claim(&mut self.builder, &label, check.clone(), detailed);
            let Some(local) = local else {
                self.builder.problem(format!("{label}: no local header at {}", entry.offset));
                self.builder.member(entry.name, None, Content::Opaque, entry.attributes());
                continue;
            };
            if self.locals.contains_key(&local.at) {
                self.builder.problem(format!("{label}: shares its local header with another entry"));
                self.builder.member(entry.name, None, Content::Opaque, entry.attributes());
                continue;
            }
            disagreements(&mut self.builder, &label, entry, &local);
            let claim = local.claim(&mut self.builder, &label, (&check, Some(entry)), detailed);
            self.builder.member(entry.name, Some(claim), local.content(), entry.attributes());
            self.locals.insert(local.at, (local.end(), entry.name.to_vec()));
        }
    }

    /// Local entries that stand where the directory points at nothing.
    fn hidden(&mut self, end: Option<&End>) {
        let limit = end.map_or(self.builder.size(), |end| end.directory);
        let known: Vec<(u64, u64)> = self.locals.iter().map(|(start, (end, _))| (*start, *end)).collect();
        let mut holes = Vec::new();
        let mut at = 0;
        for (start, end) in known {
            if start > at {
                holes.push((at, start));
            }
            at = at.max(end);
        }
        holes.push((at, limit));
        // What is hidden beyond the bound stays a gap.
        let most = self.locals.len().saturating_add(HIDDEN);
        for (start, end) in holes {
            let mut at = start;
            while at < end && self.locals.len() < most {
                let Some(local) = local::Local::read(self.builder.bytes(), at, None, end) else { break };
                if local.end() > end {
                    break;
                }
                hidden(&mut self.builder, &local, limit);
                at = local.end();
                self.locals.insert(local.at, (at, local.name.to_vec()));
            }
        }
    }
}

/// Says where a local header and its directory entry disagree.
fn disagreements(builder: &mut Builder<'_>, label: &str, entry: &Entry<'_>, local: &local::Local<'_>) {
    if local.name != entry.name {
        let problem = format!(
            "{label}: the local header names it {:?}; streaming readers see that name",
            escape(field::clamped(local.name, 0..200))
        );
        builder.problem(problem);
    }
    if local.method != entry.method {
        let problem = format!(
            "{label}: method {} in the directory, {} in the local header",
            entry.method, local.method
        );
        builder.problem(problem);
    }
    if (local.flags ^ entry.flags) & !local::FLAGS_MAY_DIFFER != 0 {
        let problem = format!(
            "{label}: flags {:#06x} in the directory, {:#06x} in the local header",
            entry.flags, local.flags
        );
        builder.problem(problem);
    }
    if !local.descriptor && local.sizes_in_header != (entry.crc, entry.packed, entry.size) {
        builder
            .problem(format!("{label}: checksum or sizes in the local header differ from the directory's"));
    }
}

/// Claims a local entry that the directory, which starts at `limit`, does not list.
fn hidden(builder: &mut Builder<'_>, local: &local::Local<'_>, limit: u64) {
    let label = builder.label(local.name);
    if limit < builder.size() {
        builder.problem(format!(
            "{label}: a local entry the central directory does not list; streaming readers see it"
        ));
    }
    let claim = local.claim(builder, &label, (&Check::None, None), true);
    let attributes = vec![("type", "file".to_owned()), ("hidden", "not in the central directory".to_owned())];
    builder.member(local.name, Some(claim), local.content(), attributes);
}

/// Unlisted entries told apart; an archive has none.
const HIDDEN: usize = 20_000;

/// What recomputing an entry's checksum and size gave.
enum Verified {
    /// Both.
    Computed { crc: u32, size: u64 },
    /// They are wrong, without knowing what they ought to be.
    Wrong(String),
    /// Why they were not recomputed.
    Not(String),
    /// No content to read.
    Unread,
}

impl Verified {
    fn check(&self, entry: &Entry<'_>) -> Check {
        match self {
            Verified::Computed { crc, size } if (*crc, *size) == (entry.crc, entry.size) => Check::Holds,
            Verified::Computed { crc, size } => Check::Fails(format!(
                "CRC-32 {:08x} and size {} are given, {crc:08x} and {size} computed",
                entry.crc, entry.size
            )),
            Verified::Wrong(reason) => Check::Fails(reason.clone()),
            Verified::Not(_) | Verified::Unread => Check::None,
        }
    }
}

/// Which entries' checksums are recomputed: those whose data belongs to no entry before, up to a bound on the
/// decoded bytes. An archive can list the same data a thousand times, or a kilobyte that decodes to a gigabyte.
fn worth_verifying(
    size: u64,
    entries: &[Entry<'_>],
    locals: &[Option<local::Local<'_>>],
) -> Vec<Result<(), String>> {
    let most = most_verified(size);
    let mut worth = vec![Ok(()); entries.len()];
    let mut order: Vec<(u64, u64, u64, usize)> = entries
        .iter()
        .zip(locals)
        .enumerate()
        .filter_map(|(index, (entry, local))| {
            local.as_ref().map(|local| (local.data, local.packed, entry.size, index))
        })
        .collect();
    order.sort_unstable();
    let (mut at, mut total) = (0, 0u64);
    for (data, packed, decoded, index) in order {
        let reason = if data < at {
            Err("its data overlaps that of another entry".to_owned())
        } else if total.saturating_add(decoded) > most {
            Err(format!("the entries say they decode to more than {most} bytes"))
        } else {
            total += decoded;
            Ok(())
        };
        at = at.max(data.saturating_add(packed));
        if let Some(slot) = worth.get_mut(index) {
            *slot = reason;
        }
    }
    worth
}

/// Decoded bytes whose checksum is recomputed, of an archive of `size` bytes.
fn most_verified(size: u64) -> u64 {
    Limits::default().total_size.min(size.saturating_mul(200).max(256 << 20))
}

/// Recomputes the checksum of an entry, once, without keeping its content.
fn verify(bytes: &[u8], entry: &Entry<'_>, local: &local::Local<'_>) -> Verified {
    let encoded = field::clamped(bytes, local.data..local.data.saturating_add(local.packed));
    match local.content() {
        Content::Empty | Content::Stored => {
            Verified::Computed { crc: crc32fast::hash(encoded), size: encoded.len() as u64 }
        }
        Content::Coded(coding) => {
            let max = descend::allowance(&Limits::default(), encoded.len() as u64).min(entry.size);
            let (mut hasher, mut size) = (crc32fast::Hasher::new(), 0);
            let result = decode::stream(coding, encoded, max, &mut |chunk| {
                hasher.update(chunk);
                size += chunk.len() as u64;
            });
            match result {
                Err(decode::DecodeError::TooLarge { max, .. }) if max == entry.size => {
                    Verified::Wrong(format!("the content is larger than the {max} bytes given"))
                }
                Ok(consumed) if consumed < encoded.len() as u64 => Verified::Not(format!(
                    "{} bytes follow its compressed data",
                    encoded.len() as u64 - consumed
                )),
                Ok(_) => Verified::Computed { crc: hasher.finalize(), size },
                Err(error) => Verified::Not(error.to_string()),
            }
        }
        Content::Opaque => Verified::Not("encrypted or of an unknown method".to_owned()),
    }
}

/// The coding of a compression method (APPNOTE 4.4.5), or how else it is read.
fn content_of(method: u16, flags: u16) -> Content {
    match method {
        _ if flags & 0x2041 != 0 => Content::Opaque,
        0 => Content::Stored,
        8 => Content::Coded(Coding::Deflate),
        12 => Content::Coded(Coding::Bzip2),
        93 => Content::Coded(Coding::Zstd),
        95 => Content::Coded(Coding::Xz),
        _ => Content::Opaque,
    }
}

/// The fact `kind`: what family the archive belongs to, by what it holds.
fn kind(builder: &mut Builder<'_>, name: &str, locals: &BTreeMap<u64, (u64, Vec<u8>)>) {
    let any = |test: &dyn Fn(&[u8]) -> bool| locals.values().any(|(_, name)| test(name));
    let kind = if any(&|n| n == b"AndroidManifest.xml") {
        "apk"
    } else if any(&|n| n.ends_with(b".dist-info/WHEEL")) {
        "wheel"
    } else if any(&|n| n == b"META-INF/MANIFEST.MF") {
        "jar"
    } else if any(&|n| n.ends_with(b".nuspec") && !n.contains(&b'/')) {
        "nupkg"
    } else if any(&|n| n == b"extension.vsixmanifest") {
        "vsix"
    } else if any(&|n| n == b"[Content_Types].xml" || n == b"mimetype") {
        "office"
    } else {
        "zip"
    };
    builder.fact("kind", kind.as_bytes());
    if kind == "zip" && name.ends_with(".whl") {
        builder.problem("named a wheel but holds no WHEEL file");
    }
}

/// Little helpers of the sub-modules: a run of fields.
type Fields = &'static [(u64, u64, Role, &'static str)];

/// Claims a run of fields of fixed width at `at`; `derived` is the check of the [`Role::Derived`] ones.
fn claim_fields(builder: &mut Builder<'_>, at: u64, fields: Fields, prefix: &str, derived: &Check) {
    for (offset, len, role, name) in fields {
        let check = if *role == Role::Derived { derived.clone() } else { Check::None };
        builder.claim_checked(at.saturating_add(*offset), *len, *role, format!("{prefix}: {name}"), check);
    }
}
