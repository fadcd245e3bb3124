//! Finds the declared outputs beneath the build path and copies them out.
//!
//! Runs when every process of the build is dead. The tree is still the vendor's: no symbolic link is
//! followed at any level, nothing but a regular file is opened, and nothing is read past its stated size.

use std::ffi::CString;
use std::fs::File;
use std::io::Read;
use std::io::Write;
use std::os::fd::AsFd;
use std::os::fd::OwnedFd;
use std::path::Path;

use rustix::fs::AtFlags;
use rustix::fs::CWD;
use rustix::fs::Dir;
use rustix::fs::FileType;
use rustix::fs::Mode;
use rustix::fs::OFlags;

use super::Collected;
use crate::model::RelPath;
use crate::model::path::escape;

/// Copies each of `outputs` (paths or globs relative to `build_path`; a leading `../` means its parent) into
/// the file of the same index in `targets`.
///
/// # Errors
/// A sentence where an output is missing, matches more than once, is not a regular file, or cannot be read.
pub fn collect(
    build_path: &Path,
    outputs: &[String],
    targets: &mut [File],
) -> Result<Vec<Collected>, String> {
    outputs.iter().zip(targets).map(|(output, target)| collect_one(build_path, output, target)).collect()
}

fn collect_one(build_path: &Path, output: &str, target: &mut File) -> Result<Collected, String> {
    let (start, prefix, rest) = match (output.strip_prefix("../"), build_path.parent()) {
        (Some(rest), Some(parent)) => (parent, "../", rest),
        _ => (build_path, "", output.strip_prefix("./").unwrap_or(output)),
    };
    let parts: Vec<&[u8]> = rest.as_bytes().split(|byte| *byte == b'/').collect();
    if parts.iter().any(|part| part.is_empty() || *part == b"." || *part == b"..") {
        return Err(format!(
            "output `{output}` is not a path below the build path or its parent; write it relative to the \
             build path, without `.`, `//` or an inner `..`"
        ));
    }
    let root = open_folder(CWD, start.as_os_str().as_encoded_bytes())
        .map_err(|error| format!("opening {} to collect the outputs: {error}", start.display()))?;
    let mut search = Search::default();
    search.walk(&root, &parts, &mut Vec::new());
    search.found.sort();
    match search.found.as_slice() {
        [] => Err(format!("output `{output}` is missing: {}", search.missing())),
        [path] => copy_out(&root, path, target)
            .map(|mut collected| {
                let bytes = [prefix.as_bytes(), path.as_slice()].concat();
                collected.path = RelPath::from_bytes(bytes);
                collected
            })
            .map_err(|error| format!("output `{output}` ({}) {error}", escape(path))),
        several => Err(format!(
            "output `{output}` matches {} paths: {}; name one of them in the recipe",
            several.len(),
            list(several)
        )),
    }
}

#[derive(Default)]
struct Search {
    found: Vec<Vec<u8>>,
    /// The deepest folder that was looked into, and what was there, for the message.
    last: Option<(Vec<u8>, Vec<Vec<u8>>)>,
}

/// Matches beyond this many are not needed to say that there are too many.
const ENOUGH: usize = 1000;

impl Search {
    fn walk(&mut self, folder: &OwnedFd, parts: &[&[u8]], at: &mut Vec<u8>) {
        let Some((part, rest)) = parts.split_first() else { return };
        let mut names = list_folder(folder);
        names.sort();
        if self.last.as_ref().is_none_or(|(path, _)| path.len() <= at.len()) {
            self.last = Some((at.clone(), names.clone()));
        }
        for name in names.into_iter().filter(|name| matches(part, name)) {
            if self.found.len() >= ENOUGH {
                return;
            }
            let length = at.len();
            if !at.is_empty() {
                at.push(b'/');
            }
            at.extend_from_slice(&name);
            if rest.is_empty() {
                self.found.push(at.clone());
            } else if let Ok(inner) = open_folder(folder, &name) {
                self.walk(&inner, rest, at);
            }
            at.truncate(length);
        }
    }

    fn missing(&self) -> String {
        match &self.last {
            Some((path, names)) if names.is_empty() => format!("{} is empty", folder_name(path)),
            Some((path, names)) => format!("{} holds {}", folder_name(path), list(names)),
            None => "the build path is gone".to_owned(),
        }
    }
}

fn folder_name(path: &[u8]) -> String {
    if path.is_empty() { "the folder it should be in".to_owned() } else { format!("`{}`", escape(path)) }
}

fn list(names: &[Vec<u8>]) -> String {
    let shown: Vec<String> = names.iter().take(20).map(|name| format!("`{}`", escape(name))).collect();
    let more = names.len().saturating_sub(shown.len());
    let tail = if more > 0 { format!(" and {more} more") } else { String::new() };
    shown.join(", ") + &tail
}

fn list_folder(folder: &OwnedFd) -> Vec<Vec<u8>> {
    let Ok(entries) = Dir::read_from(folder) else { return Vec::new() };
    entries
        .map_while(Result::ok)
        .map(|entry| entry.file_name().to_bytes().to_vec())
        .filter(|name| name != b"." && name != b"..")
        .collect()
}

fn open_folder(at: impl AsFd, name: &[u8]) -> rustix::io::Result<OwnedFd> {
    let name = CString::new(name).map_err(|_| rustix::io::Errno::INVAL)?;
    let flags = OFlags::RDONLY | OFlags::DIRECTORY | OFlags::NOFOLLOW | OFlags::CLOEXEC;
    rustix::fs::openat(at, name.as_c_str(), flags, Mode::empty())
}

fn copy_out(root: &OwnedFd, path: &[u8], target: &mut File) -> Result<Collected, String> {
    let mut folder = root.try_clone().map_err(|error| format!("cannot be opened: {error}"))?;
    let mut parts = path.split(|byte| *byte == b'/').peekable();
    let mut last: &[u8] = b"";
    while let Some(part) = parts.next() {
        if parts.peek().is_none() {
            last = part;
        } else {
            folder = open_folder(&folder, part).map_err(|error| format!("cannot be reached: {error}"))?;
        }
    }
    let name = CString::new(last).map_err(|_| "has a NUL in its name".to_owned())?;
    let state = rustix::fs::statat(&folder, name.as_c_str(), AtFlags::SYMLINK_NOFOLLOW)
        .map_err(|error| format!("cannot be looked at: {error}"))?;
    match FileType::from_raw_mode(state.st_mode) {
        FileType::RegularFile => {}
        other => return Err(format!("is {}, and not a regular file", kind(other))),
    }
    let flags = OFlags::RDONLY | OFlags::NOFOLLOW | OFlags::NONBLOCK | OFlags::CLOEXEC;
    let file = rustix::fs::openat(&folder, name.as_c_str(), flags, Mode::empty())
        .map_err(|error| format!("cannot be opened: {error}"))?;
    let size = u64::try_from(state.st_size).unwrap_or(0);
    let copied = std::io::copy(&mut File::from(file).take(size), target)
        .and_then(|copied| target.flush().map(|()| copied))
        .map_err(|error| format!("cannot be copied out: {error}; see that the review's folder has room"))?;
    if copied != size {
        return Err(format!("ends after {copied} of {size} bytes"));
    }
    Ok(Collected { path: RelPath::from_bytes(Vec::new()), mode: state.st_mode & 0o7777, size })
}

fn kind(file_type: FileType) -> &'static str {
    match file_type {
        FileType::Symlink => "a symbolic link",
        FileType::Directory => "a directory",
        FileType::Fifo => "a FIFO",
        FileType::Socket => "a socket",
        FileType::CharacterDevice | FileType::BlockDevice => "a device",
        _ => "something else",
    }
}

/// Whether `name` matches `pattern`: `*` any bytes, `?` one byte, `[abc]`, `[a-z]`, `[!a]`. A leading dot is
/// matched by a wildcard only where the pattern starts with one, as in the shell.
fn matches(pattern: &[u8], name: &[u8]) -> bool {
    if name.first() == Some(&b'.') && pattern.first() != Some(&b'.') {
        return false;
    }
    // Backtracking over the last star only: linear in practice, quadratic at worst.
    let (mut p, mut n) = (0, 0);
    let mut star: Option<(usize, usize)> = None;
    while n < name.len() {
        match (pattern.get(p), one(&pattern[p.min(pattern.len())..], name[n])) {
            (Some(b'*'), _) => {
                star = Some((p + 1, n));
                p += 1;
            }
            (Some(_), Some(used)) => {
                p += used;
                n += 1;
            }
            _ => match star {
                Some((after, from)) => {
                    star = Some((after, from + 1));
                    (p, n) = (after, from + 1);
                }
                None => return false,
            },
        }
    }
    pattern[p.min(pattern.len())..].iter().all(|byte| *byte == b'*')
}

/// How many bytes of `pattern` match the one byte `byte`; `None` where it does not.
fn one(pattern: &[u8], byte: u8) -> Option<usize> {
    match pattern.first()? {
        b'?' => Some(1),
        b'[' => {
            let negated = pattern.get(1) == Some(&b'!');
            let start = if negated { 2 } else { 1 };
            let close = (start + 1..pattern.len()).find(|at| pattern[*at] == b']');
            let Some(close) = close else { return (byte == b'[').then_some(1) };
            let set = &pattern[start..close];
            let mut hit = false;
            let mut at = 0;
            while at < set.len() {
                if set.get(at + 1) == Some(&b'-') && at + 2 < set.len() {
                    hit |= (set[at]..=set[at + 2]).contains(&byte);
                    at += 3;
                } else {
                    hit |= set[at] == byte;
                    at += 1;
                }
            }
            (hit != negated).then_some(close + 1)
        }
        literal => (*literal == byte).then_some(1),
    }
}

#[cfg(test)]
mod tests {
    use super::matches;

    #[test]
    fn globs_match_as_in_the_shell() {
        for (pattern, name, expected) in [
            ("x.deb", "x.deb", true),
            ("*.deb", "x.deb", true),
            ("*.deb", "x.deb.bak", false),
            ("hello_*_amd64.deb", "hello_2.10-3_amd64.deb", true),
            ("a*b*c", "a-b-b-c", true),
            ("a*b*c", "a-b-b-d", false),
            ("?x", "ax", true),
            ("?x", "x", false),
            ("[a-c]1", "b1", true),
            ("[!a-c]1", "b1", false),
            ("[!a-c]1", "d1", true),
            ("[", "[", true),
            ("*", ".hidden", false),
            (".*", ".hidden", true),
            ("*", "", true),
            ("**", "anything", true),
            ("", "x", false),
        ] {
            assert_eq!(matches(pattern.as_bytes(), name.as_bytes()), expected, "{pattern} {name}");
        }
    }
}
