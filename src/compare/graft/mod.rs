//! Graft: the vendor's signature transplanted onto the rebuilt artifact.
//!
//! If the result equals the shipped artifact, byte for byte, the signature is the only difference; if the
//! digest inside the signature is that of the result, the signature speaks of these bytes. Both are needed.
//! Nothing is stripped and nothing is normalised: each scheme carries exactly the bytes that signing writes,
//! and refuses where any of them could hold something else. Who signed is not looked at here.

mod apk;
mod authenticode;
mod der;
mod jar;
mod macho;
mod module;
mod msi;
mod rpm;

use std::ops::Range;

use super::bytes;
use crate::model::Anatomy;
use crate::model::Label;
use crate::model::account::Graft;
use crate::model::anatomy::Role;

/// A graft that was tried.
pub struct Proof {
    /// What came of it.
    pub graft: Graft,
    /// The bytes of the shipped artifact that signing wrote, in order, with what they are.
    pub written: Vec<Written>,
}

/// Bytes that signing wrote.
pub struct Written {
    /// Where in the shipped artifact.
    pub range: Range<u64>,
    /// [`Label::Signature`], or [`Label::Derived`] for a checksum, an offset or zero filler.
    pub label: Label,
    /// What they are.
    pub name: &'static str,
}

/// What a scheme transplants.
struct Transplant {
    scheme: &'static str,
    /// The rebuilt artifact with the vendor's signature on it.
    grafted: Vec<u8>,
    written: Vec<Written>,
    /// Whether the signature's digest covers the shipped artifact, as a sentence; why not.
    covers: Result<String, String>,
}

/// Tries the scheme of the shipped artifact's signature, if it has one.
pub fn attempt(theirs: &Anatomy, shipped: &[u8], rebuilt: &[u8]) -> Option<Proof> {
    let signed = theirs.regions.iter().any(|region| region.role == Role::Signature);
    let transplant = match theirs.format {
        "pe" if signed => authenticode::transplant(theirs, shipped, rebuilt),
        "elf" if signed => module::transplant(shipped, rebuilt),
        "mach-o" if signed => macho::transplant(shipped, rebuilt),
        "rpm" if signed => rpm::transplant(shipped, rebuilt),
        "compound-file" if signed => msi::transplant(shipped, rebuilt),
        // A signed JAR is an archive with three files more: only its names say so.
        "zip" => jar::transplant(shipped, rebuilt).or_else(|| apk::transplant(shipped, rebuilt)),
        _ => None,
    }?;
    let mut transplant = transplant;
    transplant.written = joined(transplant.written);
    let equal = bytes::equal(&transplant.grafted, shipped);
    let carried: u64 = transplant.written.iter().map(|written| written.range.end - written.range.start).sum();
    let mut evidence = vec![match equal {
        true => format!(
            "{carried} bytes that signing writes, transplanted onto the rebuilt file, make the shipped file: \
             all {} bytes are equal",
            shipped.len()
        ),
        false => {
            format!("with {carried} bytes of signature transplanted, the rebuilt file is still another one")
        }
    }];
    let covers = transplant.covers.is_ok();
    evidence.push(match transplant.covers {
        Ok(sentence) => sentence,
        Err(reason) => format!("the signature is not shown to cover the file: {reason}"),
    });
    let graft = Graft { scheme: transplant.scheme.to_owned(), equal, covers, evidence };
    Some(Proof { graft, written: transplant.written })
}

/// Neighbours of one kind as one.
fn joined(written: Vec<Written>) -> Vec<Written> {
    let mut all: Vec<Written> = Vec::with_capacity(written.len());
    for next in written {
        match all.last_mut() {
            Some(last) if last.range.end == next.range.start && last.name == next.name => {
                last.range.end = next.range.end;
            }
            _ => all.push(next),
        }
    }
    all
}

fn le16(bytes: &[u8], at: usize) -> Option<usize> {
    Some(usize::from(u16::from_le_bytes(bytes.get(at..at.checked_add(2)?)?.try_into().ok()?)))
}

fn le32(bytes: &[u8], at: usize) -> Option<usize> {
    usize::try_from(u32::from_le_bytes(bytes.get(at..at.checked_add(4)?)?.try_into().ok()?)).ok()
}

fn le64(bytes: &[u8], at: usize) -> Option<usize> {
    usize::try_from(u64::from_le_bytes(bytes.get(at..at.checked_add(8)?)?.try_into().ok()?)).ok()
}

/// A range of an artifact's bytes.
fn range(range: Range<usize>) -> Range<u64> {
    range.start as u64..range.end as u64
}
