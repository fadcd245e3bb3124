//! tar (POSIX.1-2017 "pax", GNU and V7), read member by member.
//!
//! The `tar` crate splits the stream and reads the headers. The extension headers are read here, in its raw
//! mode, because there their size can be bounded, and because a field that two tools would read differently
//! (a pax `size` that is not the header's, a sparse map) has to be refused and not resolved.

use std::io::Read;

use crate::model::path::escape;

use super::UnpackError;
use super::coding::Coding;
use super::coding::Decoder;
use super::meter::Metered;
use super::tree::About;
use super::tree::Tree;

/// Bytes of one extension header; a path takes at most 4 KiB.
const EXTENSION: u64 = 1 << 20;

/// Unpacks the tar archive behind `coding` into `tree`.
pub fn unpack(coding: Option<Coding>, archive: &[u8], tree: &mut Tree<'_>) -> Result<(), UnpackError> {
    let meter = tree.meter.clone();
    let broken = |error: std::io::Error| meter.explain(&error, "reading it");
    let mut reader = Metered::new(Decoder::new(coding, archive).map_err(broken)?, tree.meter.clone());
    let mut first = Vec::new();
    (&mut reader).take(512).read_to_end(&mut first).map_err(broken)?;
    if !is_tar(&first) {
        let what = coding
            .map_or("no known magic number".to_owned(), |c| format!("{} data, but no tar inside", c.name()));
        return Err(UnpackError::Unknown(what));
    }
    let mut stream = ::tar::Archive::new(Whole { first: &first, at: 0, rest: reader });
    let mut ahead = Ahead::default();
    let mut defaults = Vec::new();
    for entry in stream.entries().map_err(broken)?.raw(true) {
        let mut entry = entry.map_err(broken)?;
        member(&mut entry, &mut ahead, &mut defaults, tree)?;
    }
    if !ahead.is_empty() {
        return Err(UnpackError::Broken("an extension header without its member".to_owned()));
    }
    let Whole { rest: mut reader, .. } = stream.into_inner();
    if reader.ended {
        return Err(UnpackError::Broken(
            "there is no end-of-archive marker; members may be missing".to_owned(),
        ));
    }
    after_the_end(&mut reader, tree)?;
    let rest = reader.into_inner().rest();
    if rest > 0 {
        tree.problem(b"", format!("{rest} bytes follow the compressed data; not looked at"))?;
    }
    Ok(())
}

/// The first block, read to recognise the format, and then the rest.
struct Whole<'a, R> {
    first: &'a [u8],
    at: usize,
    rest: R,
}

impl<R: Read> Read for Whole<'_, R> {
    fn read(&mut self, buffer: &mut [u8]) -> std::io::Result<usize> {
        let mut first = self.first.get(self.at..).unwrap_or_default();
        if first.is_empty() {
            return self.rest.read(buffer);
        }
        let read = first.read(buffer)?;
        self.at += read;
        Ok(read)
    }
}

/// Whether a block is a header with a right checksum, or the end-of-archive marker.
fn is_tar(block: &[u8]) -> bool {
    if block.len() != 512 {
        return false;
    }
    let header = ::tar::Header::from_byte_slice(block);
    let sum: u32 = block
        .iter()
        .enumerate()
        .map(|(at, byte)| if (148..156).contains(&at) { 32 } else { u32::from(*byte) })
        .sum();
    block.iter().all(|byte| *byte == 0) || header.cksum().is_ok_and(|stated| stated == sum)
}

/// Key and value of a pax record.
type Pair = (Vec<u8>, Vec<u8>);

/// What extension headers say about the next member.
#[derive(Default)]
struct Ahead {
    name: Option<Vec<u8>>,
    link: Option<Vec<u8>>,
    records: Vec<Pair>,
}

impl Ahead {
    fn is_empty(&self) -> bool {
        self.name.is_none() && self.link.is_none() && self.records.is_empty()
    }

    fn record(&self, key: &[u8]) -> Option<&[u8]> {
        self.records.iter().rev().find(|(name, _)| name == key).map(|(_, value)| value.as_slice())
    }
}

fn member<R: Read>(
    entry: &mut ::tar::Entry<'_, R>,
    ahead: &mut Ahead,
    defaults: &mut Vec<Pair>,
    tree: &mut Tree<'_>,
) -> Result<(), UnpackError> {
    let kind = entry.header().entry_type().as_byte();
    match kind {
        b'L' => ahead.name = Some(text(extension(entry, tree)?)),
        b'K' => ahead.link = Some(text(extension(entry, tree)?)),
        b'x' | b'X' => ahead.records.extend(records(&extension(entry, tree)?)?),
        b'g' => defaults.extend(records(&extension(entry, tree)?)?),
        _ => {
            let mut about = std::mem::take(ahead);
            about.records.splice(0..0, defaults.iter().cloned());
            return plain(entry, kind, &about, tree);
        }
    }
    Ok(())
}

fn plain<R: Read>(
    entry: &mut ::tar::Entry<'_, R>,
    kind: u8,
    ahead: &Ahead,
    tree: &mut Tree<'_>,
) -> Result<(), UnpackError> {
    let header = entry.header().clone();
    let of_header = header.path_bytes().into_owned();
    let name = ahead.record(b"path").or(ahead.name.as_deref()).unwrap_or(&of_header);
    let link_of_header = header.link_name_bytes().map(|link| link.into_owned()).unwrap_or_default();
    let link = ahead.record(b"linkpath").or(ahead.link.as_deref()).unwrap_or(&link_of_header);
    let size = entry.size();
    let refuse = |reason: &str| Err(UnpackError::refused(name, reason));
    if ahead.records.iter().any(|(key, _)| key.starts_with(b"GNU.sparse.")) || kind == b'S' {
        return refuse("a sparse file, which this program does not unpack");
    }
    if ahead.record(b"size").is_some_and(|stated| number(stated) != i64::try_from(size).ok()) {
        return refuse("its size is stated twice and differently");
    }
    let mode = header.mode().map_err(|error| UnpackError::Broken(format!("{}: {error}", escape(name))))?;
    let mtime = match ahead.record(b"mtime") {
        Some(stated) => number(stated),
        None => header.mtime().ok().and_then(|seconds| i64::try_from(seconds).ok()),
    };
    let about = About { name, mode: mode & 0o7777, mtime };
    let folder = kind == b'5' || (kind != b'2' && kind != b'1' && name.ends_with(b"/"));
    if size > 0 && (folder || matches!(kind, b'1'..=b'6')) {
        return refuse("content on something that is no regular file");
    }
    match kind {
        _ if folder && matches!(kind, b'5' | b'0' | 0) => tree.directory(about),
        b'0' | b'7' | 0 => tree.file(about, size, entry),
        b'1' => tree.hard_link(about, link),
        b'2' => tree.symlink(about, link),
        b'3' => tree.problem(name, "a character device; not taken in"),
        b'4' => tree.problem(name, "a block device; not taken in"),
        b'6' => tree.problem(name, "a FIFO; not taken in"),
        b'V' => tree.problem(name, "a volume label; not a member"),
        other => refuse(&format!("a member of type {}, which this program does not know", escape(&[other]))),
    }
}

fn extension<R: Read>(entry: &mut ::tar::Entry<'_, R>, tree: &Tree<'_>) -> Result<Vec<u8>, UnpackError> {
    let size = entry.size();
    if size > EXTENSION {
        return Err(UnpackError::TooLarge(format!("an extension header of {size} bytes")));
    }
    tree.meter.member(0)?;
    let mut bytes = Vec::new();
    entry.read_to_end(&mut bytes).map_err(|error| tree.meter.explain(&error, "an extension header"))?;
    if bytes.len() as u64 != size {
        return Err(UnpackError::Broken("an extension header ends early".to_owned()));
    }
    Ok(bytes)
}

/// A GNU long name: up to its NUL.
fn text(bytes: Vec<u8>) -> Vec<u8> {
    bytes.split(|byte| *byte == 0).next().unwrap_or_default().to_vec()
}

/// The records of a pax header: `LENGTH KEY=VALUE\n`, the length in decimal and counting itself.
fn records(mut bytes: &[u8]) -> Result<Vec<Pair>, UnpackError> {
    let mut records = Vec::new();
    while !bytes.is_empty() {
        let record =
            record(bytes).ok_or_else(|| UnpackError::Broken("a pax header is malformed".to_owned()))?;
        records.push((record.key.to_vec(), record.value.to_vec()));
        bytes = record.rest;
    }
    Ok(records)
}

struct Record<'a> {
    key: &'a [u8],
    value: &'a [u8],
    rest: &'a [u8],
}

fn record(bytes: &[u8]) -> Option<Record<'_>> {
    let space = bytes.iter().take(20).position(|byte| *byte == b' ')?;
    let length: usize = std::str::from_utf8(bytes.get(..space)?).ok()?.parse().ok()?;
    let (whole, rest) = bytes.split_at_checked(length)?;
    let body = whole.get(space + 1..)?.strip_suffix(b"\n")?;
    let equals = body.iter().position(|byte| *byte == b'=')?;
    Some(Record { key: body.get(..equals)?, value: body.get(equals + 1..)?, rest })
}

/// A decimal number, rounded down.
fn number(text: &[u8]) -> Option<i64> {
    let text = std::str::from_utf8(text).ok()?;
    let (whole, fraction) = text.split_once('.').unwrap_or((text, ""));
    let number: i64 = whole.parse().ok()?;
    let below = whole.starts_with('-') && fraction.bytes().any(|digit| digit != b'0');
    number.checked_sub(i64::from(below))
}

/// Padding after the end-of-archive marker is zeros; anything else no tool unpacks, and a reader of the
/// report wants to know of it.
fn after_the_end(reader: &mut impl Read, tree: &mut Tree<'_>) -> Result<(), UnpackError> {
    let mut buffer = vec![0u8; 1 << 16];
    let mut other = 0u64;
    loop {
        match reader.read(&mut buffer) {
            Ok(0) => break,
            Ok(read) => other += buffer.iter().take(read).filter(|byte| **byte != 0).count() as u64,
            Err(error) => return Err(tree.meter.explain(&error, "after the last member")),
        }
    }
    if other > 0 {
        tree.problem(
            b"",
            format!("{other} bytes that are not padding follow the end-of-archive marker; not looked at"),
        )?;
    }
    Ok(())
}
