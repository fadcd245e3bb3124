//! A `.dsc` file: which files a Debian source package is made of (Debian Policy 5.4).
//!
//! Its signature is not verified: the manifest pins the whole file by digest.

use crate::model::Sha256;

/// One file of a source package.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Listed {
    /// Its name, one component.
    pub name: String,
    /// Bytes.
    pub size: u64,
    /// Its digest.
    pub sha256: Sha256,
}

/// The files under `Checksums-Sha256`, in order.
///
/// # Errors
/// A sentence, where the field is missing, empty, malformed, or names a path.
pub fn files(text: &str) -> Result<Vec<Listed>, String> {
    let mut listed = Vec::new();
    let mut inside = false;
    for line in text.lines().filter(|line| !line.trim_end().is_empty()) {
        let continued = line.starts_with([' ', '\t']);
        if !continued {
            let field = line.split(':').next().unwrap_or_default();
            inside = field.eq_ignore_ascii_case("Checksums-Sha256");
        } else if inside {
            listed.push(
                file(line)
                    .ok_or_else(|| format!("its Checksums-Sha256 has a line it cannot have: {line:?}"))?,
            );
        }
    }
    match listed.is_empty() {
        true => Err("it has no Checksums-Sha256".to_owned()),
        false => Ok(listed),
    }
}

fn file(line: &str) -> Option<Listed> {
    let words: Vec<&str> = line.split_ascii_whitespace().collect();
    let [digest, size, name] = words.as_slice() else { return None };
    let plain = |b: u8| b.is_ascii_alphanumeric() || b"+-._~".contains(&b);
    if !name.bytes().all(plain) || name.starts_with(['.', '-']) {
        return None;
    }
    Some(Listed { name: (*name).to_owned(), size: size.parse().ok()?, sha256: digest.parse().ok()? })
}

#[cfg(test)]
mod tests {
    use super::*;

    const DIGEST: &str = "b577bc16a7ed5c8544a5652c4d5f0992fe9fde13203db8170d950abb3ee20dfa";

    #[test]
    fn the_files_of_a_signed_dsc_are_read() {
        let text = format!(
            "-----BEGIN PGP SIGNED MESSAGE-----\nHash: SHA256\n\nFormat: 3.0 (native)\nFiles:\n abc 3 x.tar.xz\n\
             Checksums-Sha256:\n {DIGEST} 70976 ucf_3.0043+nmu1.tar.xz\n {DIGEST} 1 a.debian.tar.xz\nOther: x\n y\n"
        );
        let listed = files(&text).unwrap();
        assert_eq!(listed.len(), 2);
        assert_eq!((listed[0].name.as_str(), listed[0].size), ("ucf_3.0043+nmu1.tar.xz", 70976));
    }

    #[test]
    fn a_path_a_short_digest_or_nothing_is_an_error() {
        for line in [
            "abc 1 x.tar",
            &format!("{DIGEST} 1 ../x.tar"),
            &format!("{DIGEST} 1 -x"),
            &format!("{DIGEST} 1"),
        ] {
            assert!(files(&format!("Checksums-Sha256:\n {line}\n")).is_err(), "{line}");
        }
        assert!(files("Format: 1.0\n").is_err());
    }
}
