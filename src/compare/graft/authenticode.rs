//! Authenticode: the signature of a Windows program (Microsoft, "Windows Authenticode Portable Executable
//! Signature Format", 2008; PE format, "The Attribute Certificate Table").
//!
//! Signing writes four things and no more: zero filler up to a multiple of eight, the certificate table at
//! the end of the file, the security directory entry that leads there, and the checksum.

use super::Transplant;
use super::Written;
use super::der;
use super::le16;
use super::le32;
use super::range;
use crate::model::Anatomy;
use crate::model::Check;
use crate::model::Label;
use crate::model::anatomy::Role;

/// The four things of the shipped file on the rebuilt one; `None` where the two are not images or the shipped
/// one has no certificate table at its end.
pub fn transplant(theirs: &Anatomy, shipped: &[u8], rebuilt: &[u8]) -> Option<Transplant> {
    let (theirs_at, ours_at) = (Fields::read(shipped)?, Fields::read(rebuilt)?);
    let table = theirs_at.table(shipped)?;
    // A rebuilt file that is signed too loses its own signature first.
    let mut body = match ours_at.table(rebuilt) {
        Some(own) => rebuilt.get(..own)?.to_vec(),
        None => rebuilt.to_vec(),
    };
    let unsigned = body.len();
    body.resize(unsigned.next_multiple_of(8), 0);
    // A file whose own filler was removed with its signature may now be longer than the vendor's body.
    if body.len() != table {
        body.resize(table.max(unsigned), 0);
    }
    let filler = unsigned.min(table)..table;
    let mut grafted = body;
    for (field, width) in [(theirs_at.checksum, 4), (theirs_at.security, 8)] {
        let value = shipped.get(field..field + width)?;
        grafted.get_mut(field..field + width)?.copy_from_slice(value);
    }
    grafted.extend_from_slice(shipped.get(table..)?);
    let signature = |range, name| Written { range, label: Label::Signature, name };
    let derived = |range, name| Written { range, label: Label::Derived, name };
    let mut written = vec![
        derived(range(theirs_at.checksum..theirs_at.checksum + 4), "checksum"),
        signature(range(theirs_at.security..theirs_at.security + 8), "security directory entry"),
        derived(range(filler.clone()), "zero filler before the certificate table"),
        signature(range(table..shipped.len()), "certificate table"),
    ];
    written.retain(|written| !written.range.is_empty());
    let covers = match filler.len() < 8 {
        true => covers(theirs, shipped, table),
        false => Err("more than seven bytes of filler stand before the certificate table".to_owned()),
    };
    Some(Transplant { scheme: "authenticode", grafted, written, covers })
}

/// Where the fields stand that signing changes.
struct Fields {
    checksum: usize,
    security: usize,
}

impl Fields {
    fn read(bytes: &[u8]) -> Option<Fields> {
        let pe = le32(bytes, 60).filter(|_| bytes.starts_with(b"MZ"))?;
        let optional = pe.checked_add(24)?;
        if bytes.get(pe..pe.checked_add(4)?)? != b"PE\0\0" {
            return None;
        }
        let directories = match le16(bytes, optional)? {
            0x10b => optional.checked_add(96)?,
            0x20b => optional.checked_add(112)?,
            _ => return None,
        };
        (le32(bytes, directories.checked_sub(4)?)? > 4)
            .then_some(Fields { checksum: optional + 64, security: directories + 32 })
    }

    /// Where the certificate table starts, if there is one and it ends the file.
    fn table(&self, bytes: &[u8]) -> Option<usize> {
        let (start, size) = (le32(bytes, self.security)?, le32(bytes, self.security + 4)?);
        (size > 0 && start > self.security && start.checked_add(size)? == bytes.len()).then_some(start)
    }
}

/// Whether everything that signing wrote is a signature of this file and nothing besides.
fn covers(theirs: &Anatomy, shipped: &[u8], table: usize) -> Result<String, String> {
    let find = |name: &str| {
        let found = theirs.regions.iter().find(|region| region.name == name);
        found.ok_or_else(|| format!("it has no {name}"))
    };
    let checksum = find("optional header: checksum")?;
    if checksum.check != Check::Holds {
        return Err("the image's checksum is wrong".to_owned());
    }
    for region in theirs.regions.iter().filter(|region| region.range.start >= table as u64) {
        let expected = match region.role {
            Role::Signature => region.check == Check::Holds || region.name == "certificate: header",
            Role::Padding => region.check == Check::Holds,
            _ => false,
        };
        if !expected || !region.name.starts_with("certificate: ") {
            return Err(match &region.check {
                Check::Fails(how) => how.clone(),
                _ => {
                    format!("the certificate table holds {}, which the signature does not need", region.name)
                }
            });
        }
    }
    // Revision 2.0, kind PKCS#7: the only one Windows checks.
    if shipped.get(table + 4..table + 8) != Some(&[0, 2, 2, 0]) {
        return Err("the certificate is of another revision or kind".to_owned());
    }
    let pkcs7 = find("certificate: pkcs7")?.bytes(shipped);
    der::indirect_digest(pkcs7)?;
    Ok("the image's digest is the one the signature states, and the signature's signed attributes are of that \
        statement; its certificate chain was not looked at"
        .to_owned())
}
