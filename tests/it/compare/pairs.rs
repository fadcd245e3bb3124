//! The blind-spot suite: crafted pairs that a tool which normalises before it compares calls equal.
//!
//! A case is a sentence, two files and what must come out. `unexplained` is held in both directions: what a
//! vendor could add unseen, a vendor could also take away unseen.

mod binaries;
mod bytecode;
mod compressed;
mod data;
mod media;
mod packages;
mod packed;
mod tar;
mod texts;
mod zip;

/// What must come out.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Expect {
    /// Some byte has no accepted cause, or something is absent; in both directions.
    Unexplained,
    /// Every difference has one of these causes (or is derived), and at least one has the first.
    Explained(&'static [&'static str]),
    /// Everything that differs is derived from nothing else: no cause is needed.
    Derived,
    /// The vendor's signature is the only difference.
    ModuloSignature,
}

/// One pair.
pub struct Case {
    /// Unique, kebab-case: `tar-set-uid`.
    pub id: &'static str,
    /// What the vendor did, as a sentence.
    pub what: &'static str,
    /// The file name both sides have.
    pub name: &'static str,
    pub expect: Expect,
    pub shipped: Vec<u8>,
    pub rebuilt: Vec<u8>,
}

/// Every case, in the order of the table.
pub fn all() -> Vec<Case> {
    let mut cases = Vec::new();
    tar::cases(&mut cases);
    zip::cases(&mut cases);
    compressed::cases(&mut cases);
    packages::cases(&mut cases);
    packed::cases(&mut cases);
    texts::cases(&mut cases);
    binaries::cases(&mut cases);
    media::cases(&mut cases);
    data::cases(&mut cases);
    bytecode::cases(&mut cases);
    cases
}

/// Collects the cases of one kind of file.
pub struct Cases<'a> {
    pub name: &'static str,
    pub out: &'a mut Vec<Case>,
}

impl Cases<'_> {
    /// A pair that must be unexplained.
    pub fn bad(&mut self, id: &'static str, what: &'static str, shipped: Vec<u8>, rebuilt: Vec<u8>) {
        self.add(id, what, Expect::Unexplained, shipped, rebuilt);
    }

    /// A pair that must come out as expected.
    pub fn add(
        &mut self,
        id: &'static str,
        what: &'static str,
        expect: Expect,
        shipped: Vec<u8>,
        rebuilt: Vec<u8>,
    ) {
        self.out.push(Case { id, what, name: self.name, expect, shipped, rebuilt });
    }
}

/// `bytes` with `with` written over them at `at`.
pub fn patched(mut bytes: Vec<u8>, at: usize, with: &[u8]) -> Vec<u8> {
    bytes[at..at + with.len()].copy_from_slice(with);
    bytes
}

/// `bytes` with `with` in the place of the only `what` in them.
pub fn replaced(bytes: &[u8], what: &[u8], with: &[u8]) -> Vec<u8> {
    let places: Vec<usize> = (0..bytes.len()).filter(|at| bytes[*at..].starts_with(what)).collect();
    let [at] = places[..] else { panic!("{} times {:?}", places.len(), what.escape_ascii().to_string()) };
    [&bytes[..at], with, &bytes[at + what.len()..]].concat()
}

/// Stands for a payload in every case: inert text that is easy to find in a report.
pub const PAYLOAD: &[u8] = b"#!/bin/sh\necho this would run\n";
