//! One artifact's bytes → [`Anatomy`]: a partition into regions, its members and its facts.
//!
//! A format sees ONE artifact, does no I/O, never fails and never trusts: lying offsets, truncation and
//! overlap become problems, and bytes no structure refers to become `gap` regions. One file per format and
//! one line in [`FORMATS`]. Every format builds through [`partition::Builder`], which makes the partition
//! hold by construction.
//!
//! [`open`] reads one level; [`member_bytes`] gives what is inside a member, within a [`Budget`]; [`walk`]
//! does both to the bottom.

pub mod decode;
pub mod descend;
mod field;
mod gzip;
mod partition;
mod raw;
pub mod unpack;

pub use decode::DecodeError;
pub use decode::decode;
pub use descend::Budget;
pub use descend::inner_name;
pub use descend::member_bytes;
pub use descend::walk;

use crate::model::Anatomy;

/// Opens `bytes` with the first format that recognises them; `name` only breaks ties between formats
/// without a magic number, so a vendor cannot choose the parser by renaming a file. Never fails: what no
/// format recognises is one `raw` region.
pub fn open(name: &str, bytes: &[u8]) -> Anatomy {
    match FORMATS.iter().find(|format| (format.recognise)(bytes, name)) {
        Some(format) => (format.open)(bytes),
        None => raw::open(bytes),
    }
}

/// One format: how it is recognised and how it is opened.
pub struct Format {
    /// The registry name, kebab-case; [`Anatomy::format`] of what it opens.
    pub name: &'static str,
    /// Whether these bytes, under this file name, are of this format.
    pub recognise: fn(&[u8], &str) -> bool,
    /// Opens them.
    pub open: fn(&[u8]) -> Anatomy,
}

/// Every format, first match wins; `raw` is last and takes everything.
pub const FORMATS: &[Format] = &[
    Format { name: gzip::NAME, recognise: gzip::recognise, open: gzip::open },
    Format { name: raw::NAME, recognise: raw::recognise, open: raw::open },
];
