//! A folder of `.deb` files as an apt repository: its `Packages` index (Debian's repository format, flat).

use std::ffi::OsStr;
use std::path::Path;

use crate::host::process;
use crate::model::Sha256;
use crate::model::path::escape;

use super::SourceError;
use super::apt;

/// One package of the index.
pub struct Indexed<'a> {
    /// The file.
    pub file: &'a Path,
    /// Its name in the repository's folder.
    pub name: &'a str,
    /// Bytes.
    pub size: u64,
    /// Its digest.
    pub sha256: &'a Sha256,
    /// What it has to say of itself: name, version, architecture.
    pub is: (&'a str, &'a str, &'a str),
}

/// The `Packages` stanza of one `.deb`: what its control file says, and how the file is found and checked.
///
/// # Errors
/// Where `dpkg-deb` cannot read it, or where it is another package than it is taken for.
pub fn stanza(package: &Indexed<'_>) -> Result<String, SourceError> {
    let Indexed { file, name, size, sha256, is } = package;
    let what = || escape(name.as_bytes());
    let folder = file.parent().unwrap_or(Path::new("/"));
    let words = [OsStr::new("--field"), file.as_os_str()];
    let said = process::run("dpkg-deb", words, folder)
        .map_err(|error| SourceError::Client { what: format!("the control file of {}", what()), error })?;
    let control = String::from_utf8_lossy(&said.stdout).into_owned();
    let fields = apt::stanzas(&control);
    let field =
        |key: &str| fields.first().and_then(|all| all.get(key)).map(String::as_str).unwrap_or_default();
    let found = (field("package"), field("version"), field("architecture"));
    if fields.len() != 1 || found != *is {
        let (name, version, architecture) = found;
        let reason =
            format!("it is the package {name} {version} {architecture}, and not {} {} {}", is.0, is.1, is.2);
        return Err(SourceError::Tree { path: what(), reason: escape(reason.as_bytes()) });
    }
    let end = format!("Filename: ./{name}\nSize: {size}\nSHA256: {sha256}\n");
    Ok(format!("{}\n{end}", control.trim_end()))
}
