//! One artifact's bytes → [`Anatomy`]: a partition into regions, its members and its facts.
//!
//! A format sees ONE artifact, does no I/O, never fails and never trusts: lying offsets, truncation and
//! overlap become problems, and bytes no structure refers to become `gap` regions. One file per format and
//! one line in [`FORMATS`]. Every format builds through [`partition::Builder`], which makes the partition
//! hold by construction.
//!
//! [`open`] reads one level; [`member_bytes`] gives what is inside a member, within a [`Budget`]; [`walk`]
//! does both to the bottom.

mod ar;
mod bzip2;
mod cab;
mod cfb;
mod class;
mod cpio;
pub mod decode;
pub mod descend;
mod dmg;
mod elf;
mod field;
mod gzip;
mod iso;
mod json;
mod lz4;
mod lzma;
mod macho;
mod modsig;
mod partition;
mod pdf;
pub mod pe;
mod plist;
mod png;
mod pyc;
mod raw;
mod rpm;
mod sevenz;
mod sqlite;
mod squashfs;
pub mod stretch;
mod tar;
mod text;
pub mod unpack;
mod values;
mod wasm;
mod xml;
mod xz;
mod zip;
mod zstd;

pub use decode::DecodeError;
pub use decode::decode;
pub use descend::Budget;
pub use descend::inner_name;
pub use descend::joined;
pub use descend::member_bytes;
pub use descend::walk;

use crate::model::Anatomy;

/// Opens `bytes` with the first format that recognises them; `name` only breaks ties between formats
/// without a magic number, so a vendor cannot choose the parser by renaming a file. Never fails: what no
/// format recognises is one `raw` region.
pub fn open(name: &str, bytes: &[u8]) -> Anatomy {
    match FORMATS.iter().find(|format| (format.recognise)(bytes, name)) {
        Some(format) => (format.open)(bytes, name),
        None => raw::open(bytes, name),
    }
}

/// The registry name of the format that [`open`] would open `bytes` as.
pub fn recognise(name: &str, bytes: &[u8]) -> &'static str {
    FORMATS.iter().find(|format| (format.recognise)(bytes, name)).map_or(raw::NAME, |format| format.name)
}

/// Whether bytes found where no reader looks are of a known format by their magic.
fn is_something(bytes: &[u8]) -> bool {
    let known = |format: &&Format| !UNSURE.contains(&format.name);
    FORMATS.iter().filter(known).any(|format| (format.recognise)(bytes, ""))
}

/// Formats that arbitrary bytes, or any text, may be taken for.
const UNSURE: [&str; 6] = [raw::NAME, text::NAME, json::NAME, xml::NAME, lzma::NAME, pyc::NAME];

/// One format: how it is recognised and how it is opened.
pub struct Format {
    /// The registry name, kebab-case; [`Anatomy::format`] of what it opens.
    pub name: &'static str,
    /// Whether these bytes, under this file name, are of this format.
    pub recognise: fn(&[u8], &str) -> bool,
    /// Opens them; the name helps only to tell what kind of text a text is.
    pub open: fn(&[u8], &str) -> Anatomy,
}

/// Every format, first match wins; `raw` is last and takes everything.
pub const FORMATS: &[Format] = &[
    Format { name: elf::NAME, recognise: elf::recognise, open: elf::open },
    Format { name: pe::NAME, recognise: pe::recognise, open: pe::open },
    Format { name: macho::NAME, recognise: macho::recognise, open: macho::open },
    Format { name: macho::FAT, recognise: macho::recognise_fat, open: macho::open_fat },
    Format { name: class::NAME, recognise: class::recognise, open: class::open },
    Format { name: wasm::NAME, recognise: wasm::recognise, open: wasm::open },
    Format { name: pyc::NAME, recognise: pyc::recognise, open: pyc::open },
    Format { name: gzip::NAME, recognise: gzip::recognise, open: gzip::open },
    Format { name: xz::NAME, recognise: xz::recognise, open: xz::open },
    Format { name: zstd::NAME, recognise: zstd::recognise, open: zstd::open },
    Format { name: bzip2::NAME, recognise: bzip2::recognise, open: bzip2::open },
    Format { name: lz4::NAME, recognise: lz4::recognise, open: lz4::open },
    Format { name: zip::NAME, recognise: zip::recognise, open: zip::open },
    Format { name: ar::DEB, recognise: ar::recognise_deb, open: ar::open_deb },
    Format { name: ar::NAME, recognise: ar::recognise, open: ar::open },
    Format { name: rpm::NAME, recognise: rpm::recognise, open: rpm::open },
    Format { name: cpio::NAME, recognise: cpio::recognise, open: cpio::open },
    Format { name: sevenz::NAME, recognise: sevenz::recognise, open: sevenz::open },
    Format { name: cab::NAME, recognise: cab::recognise, open: cab::open },
    Format { name: cfb::NAME, recognise: cfb::recognise, open: cfb::open },
    Format { name: squashfs::NAME, recognise: squashfs::recognise, open: squashfs::open },
    Format { name: iso::NAME, recognise: iso::recognise, open: iso::open },
    Format { name: tar::NAME, recognise: tar::recognise, open: tar::open },
    Format { name: png::NAME, recognise: png::recognise, open: png::open },
    Format { name: pdf::NAME, recognise: pdf::recognise, open: pdf::open },
    Format { name: sqlite::NAME, recognise: sqlite::recognise, open: sqlite::open },
    Format { name: dmg::NAME, recognise: dmg::recognise, open: dmg::open },
    Format { name: lzma::NAME, recognise: lzma::recognise, open: lzma::open },
    Format { name: zip::BEHIND_STUB, recognise: zip::recognise_behind_stub, open: zip::open_behind_stub },
    Format { name: plist::NAME, recognise: plist::recognise, open: plist::open },
    Format { name: json::NAME, recognise: json::recognise, open: json::open },
    Format { name: xml::NAME, recognise: xml::recognise, open: xml::open },
    Format { name: text::NAME, recognise: text::recognise, open: text::open },
    Format { name: raw::NAME, recognise: raw::recognise, open: raw::open },
];
