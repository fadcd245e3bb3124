//! What a build is offered under `/inputs`: files and folders, copied and not shown, so that they have the
//! same owner, modes and times whoever runs the review, and nobody's folder is seen.

use std::fs;
use std::os::unix::fs::FileTypeExt;
use std::os::unix::fs::PermissionsExt;
use std::path::Path;
use std::time::Duration;
use std::time::SystemTime;

use super::Plan;
use super::world::Owner;
use super::world::outside;
use super::world::said;

/// Copies the plan's inputs into the empty folder `to`.
///
/// # Errors
/// A sentence, where an input cannot be read, or is neither file nor folder.
pub fn offer(plan: &Plan, to: &Path, owner: Owner) -> Result<(), String> {
    let seconds = u64::try_from(plan.tree.default_mtime).unwrap_or(0);
    let time =
        SystemTime::UNIX_EPOCH.checked_add(Duration::from_secs(seconds)).unwrap_or(SystemTime::UNIX_EPOCH);
    for (name, path) in &plan.inputs {
        let plain = !name.is_empty() && name != "." && name != ".." && !name.contains('/');
        if !plain {
            return Err(format!("the input's name {name:?} is not a file name"));
        }
        copy(&outside(path), &to.join(name), owner, time, name)?;
    }
    settle(to, time)
}

/// Bytes and entries of the plan's inputs.
///
/// # Errors
/// As [`offer`].
pub fn measure(plan: &Plan) -> Result<(u64, u64), String> {
    let mut sum = (0u64, 0u64);
    for (name, path) in &plan.inputs {
        add(&outside(path), name, &mut sum)?;
    }
    Ok(sum)
}

fn add(from: &Path, name: &str, sum: &mut (u64, u64)) -> Result<(), String> {
    let metadata = from.symlink_metadata().map_err(said(&format!("looking at the input {name}")))?;
    // A file takes whole pages.
    sum.0 = sum.0.saturating_add(metadata.len().div_ceil(PAGE).saturating_mul(PAGE));
    sum.1 = sum.1.saturating_add(1);
    if metadata.is_dir() {
        for child in children(from, name)? {
            add(&child, name, sum)?;
        }
    }
    Ok(())
}

const PAGE: u64 = 4096;

fn copy(from: &Path, to: &Path, owner: Owner, time: SystemTime, name: &str) -> Result<(), String> {
    let metadata = from.symlink_metadata().map_err(said(&format!("looking at the input {name}")))?;
    let kind = metadata.file_type();
    if kind.is_dir() {
        owner.folder(to)?;
        for child in children(from, name)? {
            let Some(last) = child.file_name() else { continue };
            copy(&child, &to.join(last), owner, time, name)?;
        }
        settle(to, time)
    } else if kind.is_symlink() {
        let target = fs::read_link(from).map_err(said("reading a link of an input"))?;
        owner.link(target.as_os_str(), to)
    } else if kind.is_file() {
        fs::copy(from, to).map_err(|error| format!("offering the input {name}: {error}"))?;
        let mode = if metadata.permissions().mode() & 0o100 != 0 { 0o755 } else { 0o644 };
        fs::set_permissions(to, fs::Permissions::from_mode(mode)).map_err(said("setting an input's mode"))?;
        settle(to, time)?;
        owner.take(to)
    } else {
        let what = if kind.is_fifo() { "a FIFO" } else { "a device or a socket" };
        Err(format!("the input {name} holds {what}; only files and folders can be offered"))
    }
}

fn settle(path: &Path, time: SystemTime) -> Result<(), String> {
    let file = fs::File::open(path).map_err(said("opening an input's copy"))?;
    file.set_times(fs::FileTimes::new().set_modified(time)).map_err(said("setting an input's time"))
}

/// What is in a folder, in order of name.
fn children(folder: &Path, name: &str) -> Result<Vec<std::path::PathBuf>, String> {
    let entries = fs::read_dir(folder).map_err(said(&format!("reading the input {name}")))?;
    let mut paths: Vec<_> = entries.flatten().map(|entry| entry.path()).collect();
    paths.sort();
    Ok(paths)
}
