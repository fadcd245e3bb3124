//! What a build opens, runs and tries, as the keeper sees it go by.
//!
//! The keeper sees each watched call before it happens, reads its arguments from the caller's memory, notes
//! them and lets the call go on; what no build needs it refuses on the spot. A caller with several threads
//! can change a path between the look and the act: what is *noted* may be evaded by a program made for it,
//! what is *refused* may not, because refusals do not look at memory.

use std::collections::BTreeMap;
use std::collections::BTreeSet;
use std::collections::HashMap;
use std::path::Path;
use std::path::PathBuf;

use serde::Deserialize;
use serde::Serialize;

use super::Plan;
use super::filter;
use super::steps::Step;
use super::steps::Steps;
use crate::host::kernel;
use crate::host::kernel::Notification;
use crate::host::kernel::Pid;
use crate::model::RelPath;
use crate::model::path::escape;

/// What was seen of one run. Paths are absolute, as the build sees them, symbolic links resolved where the
/// file was still there at the end.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Seen {
    /// Files opened for reading that were there.
    pub read: BTreeSet<RelPath>,
    /// Files opened for writing.
    pub written: BTreeSet<RelPath>,
    /// Programs executed, each with the first command line it was given, escaped.
    pub executed: BTreeMap<RelPath, String>,
    /// What was tried and had no effect: what, by which program.
    pub attempts: BTreeSet<(String, RelPath)>,
    /// Who read and wrote which files of the build, in the order they began.
    pub steps: Vec<Step>,
    /// Files of the environment that steps read, which name them by index.
    pub host_files: Vec<RelPath>,
    /// Whether the bounds of this record were reached and something is missing.
    pub truncated: bool,
}

/// The keeper's notes while a build runs.
pub struct Tracer {
    seen: Seen,
    /// Path texts of the environment already looked at, with whether they were opened for writing, so that the
    /// hundredth probe of a header costs a look-up and no more. Never iterated over.
    known: HashMap<(Vec<u8>, bool), Option<u32>>,
    /// The numbers of the environment's files.
    numbers: BTreeMap<RelPath, u32>,
    build_path: String,
    /// The folder that the build's own is in.
    work: String,
    steps: Steps,
}

/// What the keeper answers.
pub enum Decision {
    /// The call goes on.
    Allow,
    /// The call fails with this error number.
    Refuse(libc::c_int),
}

/// Distinct paths, programs or attempts noted of one run at most.
const BOUND: usize = 200_000;
/// Bytes of a path read at most.
const PATH_BYTES: usize = 4096;
/// Bytes of a command line noted at most.
const LINE_BYTES: usize = 1000;
/// Words of a command line looked at: at most, and in one call.
const WORDS: u64 = 200;
const WORDS_AT_ONCE: usize = 16;
/// Bytes of a text read at once.
const WORD_BYTES: usize = 256;

impl Tracer {
    /// For a run of `plan`.
    pub fn new(plan: &Plan) -> Tracer {
        let build_path = plan.world.build_path.clone();
        let work = build_path.rsplit_once('/').map_or("", |(work, _)| work).to_owned();
        Tracer {
            seen: Seen::default(),
            known: HashMap::new(),
            numbers: BTreeMap::new(),
            build_path,
            work,
            steps: Steps::default(),
        }
    }

    /// Notes the call and decides.
    pub fn look(&mut self, call: &Notification) -> Decision {
        let [a, b, c, ..] = call.arguments;
        match call.call {
            libc::SYS_openat => self.opened(call.pid, a, b, c),
            libc::SYS_openat2 => {
                let flags = read_u64(call.pid, c).unwrap_or(0);
                self.opened(call.pid, a, b, flags);
            }
            #[cfg(target_arch = "x86_64")]
            libc::SYS_open => self.opened(call.pid, HERE, a, b),
            #[cfg(target_arch = "x86_64")]
            libc::SYS_creat => self.opened(call.pid, HERE, a, (libc::O_CREAT | libc::O_WRONLY) as u64),
            libc::SYS_execve => self.executed(call.pid, HERE, a, b),
            libc::SYS_execveat => self.executed(call.pid, a, b, c),
            libc::SYS_renameat | libc::SYS_renameat2 => {
                self.replaced(call.pid, (a, b), (c, call.arguments[3]))
            }
            #[cfg(target_arch = "x86_64")]
            libc::SYS_rename => self.replaced(call.pid, (HERE, a), (HERE, b)),
            // Another name for what is there: whoever reads it later reads the same file.
            libc::SYS_linkat => self.replaced(call.pid, (a, b), (c, call.arguments[3])),
            #[cfg(target_arch = "x86_64")]
            libc::SYS_link => self.replaced(call.pid, (HERE, a), (HERE, b)),
            libc::SYS_connect => self.connected(call.pid, "connect to", b, c),
            libc::SYS_sendto => {
                if call.arguments[4] == 0 {
                    self.looked_up(call.pid, b, c);
                } else {
                    self.connected(call.pid, "send to", call.arguments[4], call.arguments[5]);
                }
            }
            libc::SYS_sendmsg | libc::SYS_sendmmsg => self.sent(call.pid, b),
            libc::SYS_mknodat => self.node(call.pid, c),
            #[cfg(target_arch = "x86_64")]
            libc::SYS_mknod => self.node(call.pid, b),
            libc::SYS_setuid | libc::SYS_setresuid | libc::SYS_setreuid => {
                if [a, b].contains(&0) {
                    self.attempt(call.pid, "become root".to_owned());
                }
            }
            libc::SYS_kill => {
                let whom = if a == 1 { "the first process" } else { "every process" };
                if b != 0 {
                    self.attempt(call.pid, format!("signal {whom}"));
                }
            }
            libc::SYS_clone => {
                if filter::asks_for_namespace(a) {
                    self.attempt(call.pid, "call clone with a namespace".to_owned());
                    return Decision::Refuse(libc::EPERM);
                }
            }
            libc::SYS_socket => {
                self.attempt(call.pid, format!("open a socket of family {}", family(a)));
                return Decision::Refuse(libc::EAFNOSUPPORT);
            }
            other => {
                let name =
                    filter::REFUSED.iter().find(|(number, _)| *number == other).map_or("?", |(_, name)| name);
                self.attempt(call.pid, format!("call {name}"));
                return Decision::Refuse(libc::EPERM);
            }
        }
        Decision::Allow
    }

    /// As [`Steps::forget_the_dead`].
    pub fn forget_the_dead(&mut self) {
        self.steps.forget_the_dead();
    }

    /// The notes, with links resolved. Called when every process is dead, before anything is taken away.
    pub fn finish(self) -> Seen {
        let resolve = |path: RelPath| match std::fs::canonicalize(to_path(&path)) {
            Ok(real) => RelPath::from_bytes(real.into_os_string().into_encoded_bytes()),
            Err(_) => path,
        };
        Seen {
            read: self.seen.read.into_iter().map(resolve).collect(),
            written: self.seen.written.into_iter().map(resolve).collect(),
            // The later of two links to one program gives way: programs are told apart by their files.
            executed: self
                .seen
                .executed
                .into_iter()
                .rev()
                .map(|(path, line)| (resolve(path), line))
                .collect(),
            attempts: self.seen.attempts.into_iter().map(|(what, who)| (what, resolve(who))).collect(),
            truncated: self.seen.truncated || self.steps.truncated,
            steps: self.steps.finish(),
            host_files: {
                let mut files: Vec<(RelPath, u32)> = self.numbers.into_iter().collect();
                files.sort_by_key(|(_, number)| *number);
                files.into_iter().map(|(path, _)| resolve(path)).collect()
            },
        }
    }

    fn attempt(&mut self, pid: Pid, what: String) {
        let program = std::fs::read_link(format!("/proc/{pid}/exe")).unwrap_or_default();
        self.note(|seen| {
            seen.attempts.insert((what, RelPath::from_bytes(program.into_os_string().into_encoded_bytes())));
        });
    }

    fn note(&mut self, insert: impl FnOnce(&mut Seen)) {
        let seen = &mut self.seen;
        let count = seen.read.len() + seen.written.len() + seen.executed.len() + seen.attempts.len();
        if count >= BOUND {
            seen.truncated = true;
        } else {
            insert(seen);
        }
    }

    fn opened(&mut self, pid: Pid, folder: u64, path: u64, flags: u64) {
        let flags = flags as libc::c_int;
        if flags & (libc::O_DIRECTORY | libc::O_PATH) != 0 {
            return;
        }
        let Some(text) = read_text(pid, path) else { return };
        let writes =
            flags & libc::O_ACCMODE != libc::O_RDONLY || flags & (libc::O_CREAT | libc::O_TRUNC) != 0;
        let absolute = text.first() == Some(&b'/');
        let asked = (text, writes);
        if absolute && let Some(number) = self.known.get(&asked) {
            if let Some(number) = *number {
                self.steps.reads_host(pid, number);
            }
            return;
        }
        let (text, _) = &asked;
        let Some(full) = absolute_path(pid, folder, text) else { return };
        if !writes && let Some(secret) = secret(&full) {
            self.attempt(pid, format!("read {secret}"));
        }
        // The caller's own view: its root and ours are the same, and links are followed the same way.
        let Some(found) = self.look_up(full.clone(), is_a_name(text)) else {
            if writes && flags & libc::O_CREAT != 0 {
                self.wrote(pid, &full, is_a_name(text));
            } else if absolute && !writes && cannot_change(&full) && self.known.len() < BOUND {
                self.known.insert(asked, None);
            }
            return;
        };
        let followed = self.is_followed(&found.path);
        let kept = !is_below(&found.path, "/proc") && !is_below(&found.path, "/dev");
        let host = !followed && !writes && kept && found.is_file;
        let number = host.then(|| self.number(&found.path)).flatten();
        if let Some(number) = number {
            self.steps.reads_host(pid, number);
        }
        if absolute && !followed && self.known.len() < BOUND {
            self.known.insert(asked, number);
        }
        if followed && !writes && found.is_file {
            self.steps.reads(pid, &found.path);
        }
        if writes {
            self.wrote(pid, &found.path, followed);
        } else if found.is_file && kept {
            let path = RelPath::from_bytes(found.path.into_os_string().into_encoded_bytes());
            self.note(|seen| _ = seen.read.insert(path));
        }
    }

    /// The file that a path is, where links lead elsewhere in what is followed; `None` where there is none. `near`:
    /// the path is that of a folder, as the kernel tells it, and one name.
    fn look_up(&self, full: PathBuf, near: bool) -> Option<Found> {
        if !self.is_followed(&full) {
            let is_file = std::fs::metadata(&full).ok()?.is_file();
            return Some(Found { path: full, is_file });
        }
        let itself = std::fs::symlink_metadata(&full).ok()?;
        if near && !itself.is_symlink() {
            return Some(Found { path: full, is_file: itself.is_file() });
        }
        let path = std::fs::canonicalize(&full).ok()?;
        let is_file = if itself.is_symlink() { path.is_file() } else { itself.is_file() };
        Some(Found { path, is_file })
    }

    /// The number of a file of the environment.
    fn number(&mut self, full: &Path) -> Option<u32> {
        let path = RelPath::from_bytes(full.as_os_str().as_encoded_bytes());
        if let Some(number) = self.numbers.get(&path) {
            return Some(*number);
        }
        let next = u32::try_from(self.numbers.len()).ok().filter(|next| (*next as usize) < BOUND)?;
        self.numbers.insert(path, next);
        Some(next)
    }

    /// Something is given this name: to whoever reads the name later, the file was written.
    fn replaced(&mut self, pid: Pid, from: (u64, u64), to: (u64, u64)) {
        let full = |(folder, path)| {
            let text = read_text(pid, path)?;
            Some((absolute_path(pid, folder, &text)?, is_a_name(&text)))
        };
        if let Some((old, near)) = full(from) {
            let old = self.look_up(old.clone(), near).map_or(old, |found| found.path);
            if self.is_followed(&old) {
                self.steps.reads(pid, &old);
                let path = RelPath::from_bytes(old.into_os_string().into_encoded_bytes());
                self.note(|seen| _ = seen.read.insert(path));
            }
        }
        if let Some((new, near)) = full(to) {
            self.wrote(pid, &new, near);
        }
    }

    /// Whether it is noted which step touched this file: those of the build, and what it was given.
    fn is_followed(&self, path: &Path) -> bool {
        is_below(path, &self.work)
            || ["/inputs", "/tmp", "/var/tmp"].iter().any(|place| is_below(path, place))
    }

    /// `resolved`: no link can be in the path's folders.
    fn wrote(&mut self, pid: Pid, full: &Path, resolved: bool) {
        const DEVICES: &[&str] =
            &["/dev/null", "/dev/zero", "/dev/full", "/dev/tty", "/dev/stdout", "/dev/stderr", "/dev/ptmx"];
        let parent = full.parent().filter(|_| !resolved).and_then(|parent| parent.canonicalize().ok());
        let real = match (parent, full.file_name()) {
            (Some(parent), Some(name)) => parent.join(name),
            _ => full.to_owned(),
        };
        if self.is_followed(&real) {
            self.steps.writes(pid, &real);
        }
        let writable =
            || ["/tmp", "/var/tmp", "/dev/shm", "/run", "/home"].iter().any(|place| is_below(&real, place));
        if is_below(&real, &self.work) || writable() {
            if is_below(&real, &self.build_path) {
                let path = RelPath::from_bytes(real.into_os_string().into_encoded_bytes());
                self.note(|seen| _ = seen.written.insert(path));
            }
        } else if is_below(&real, &format!("/proc/{pid}")) {
            // A process steers itself.
        } else if !DEVICES.iter().any(|device| full == Path::new(device)) && !real.starts_with("/dev/pts") {
            self.attempt(pid, format!("write {}", shown(&real)));
        }
    }

    fn executed(&mut self, pid: Pid, folder: u64, path: u64, arguments: u64) {
        let Some(text) = read_text(pid, path) else { return };
        let Some(full) = absolute_path(pid, folder, &text) else { return };
        let Some(found) = self.look_up(full, is_a_name(&text)).filter(|found| found.is_file) else { return };
        let full = found.path;
        let line = command_line(pid, arguments);
        let work = &self.work;
        self.steps.begin(pid, &full, line.clone(), |path| is_below(path, "/inputs") || is_below(path, work));
        let path = RelPath::from_bytes(full.into_os_string().into_encoded_bytes());
        if !self.seen.executed.contains_key(&path) {
            self.note(|seen| _ = seen.executed.insert(path, line));
        }
    }

    fn connected(&mut self, pid: Pid, verb: &str, address: u64, length: u64) {
        let mut buffer = [0u8; 128];
        let length = usize::try_from(length).unwrap_or(usize::MAX).min(buffer.len());
        let Ok(count) = kernel::read_memory(pid, address, &mut buffer[..length]) else { return };
        if let Some(whom) = address_text(&buffer[..count]) {
            self.attempt(pid, format!("{verb} {whom}"));
        }
    }

    /// A message sent over a connected socket: told where it is a question to a name server.
    fn looked_up(&mut self, pid: Pid, address: u64, length: u64) {
        let mut buffer = [0u8; 512];
        let length = usize::try_from(length).unwrap_or(usize::MAX).min(buffer.len());
        let Ok(count) = kernel::read_memory(pid, address, &mut buffer[..length]) else { return };
        if let Some(name) = question(&buffer[..count]) {
            self.attempt(pid, format!("look up the name {name}"));
        }
    }

    /// The first message of a `msghdr` (which starts an `mmsghdr` too).
    fn sent(&mut self, pid: Pid, header: u64) {
        let Some(name) = read_u64(pid, header) else { return };
        let length = read_u64(pid, header.wrapping_add(8)).unwrap_or(0) & 0xffff_ffff;
        if name != 0 {
            return self.connected(pid, "send to", name, length);
        }
        let vector = read_u64(pid, header.wrapping_add(16)).unwrap_or(0);
        if let (Some(base), Some(length)) = (read_u64(pid, vector), read_u64(pid, vector.wrapping_add(8))) {
            self.looked_up(pid, base, length);
        }
    }

    fn node(&mut self, pid: Pid, mode: u64) {
        let kind = mode as u32 & libc::S_IFMT;
        if kind == libc::S_IFCHR || kind == libc::S_IFBLK {
            self.attempt(pid, "make a device".to_owned());
        }
    }
}

/// `AT_FDCWD` as a register holds it.
const HERE: u64 = libc::AT_FDCWD as u32 as u64;

/// What a path led to.
struct Found {
    path: PathBuf,
    is_file: bool,
}

/// Whether a path text is one name in the folder it starts from. That folder the kernel tells without links.
fn is_a_name(text: &[u8]) -> bool {
    !text.is_empty() && !text.contains(&b'/') && text != b"." && text != b".."
}

/// Whether what is there, and what is not, stays so while a build runs: the environment is read-only.
fn cannot_change(full: &Path) -> bool {
    ["/usr", "/lib", "/lib64", "/lib32", "/bin", "/sbin", "/etc", "/opt"]
        .iter()
        .any(|place| full.starts_with(place))
}

fn to_path(path: &RelPath) -> PathBuf {
    use std::os::unix::ffi::OsStrExt;
    PathBuf::from(std::ffi::OsStr::from_bytes(path.as_bytes()))
}

fn shown(path: &Path) -> String {
    escape(path.as_os_str().as_encoded_bytes())
}

fn read_text(pid: Pid, address: u64) -> Option<Vec<u8>> {
    let mut text = Vec::with_capacity(WORD_BYTES);
    let mut buffer = [0u8; WORD_BYTES];
    while text.len() < PATH_BYTES {
        let at = address.wrapping_add(text.len() as u64);
        let count = read_start(pid, at, &mut buffer)?;
        match buffer[..count].iter().position(|byte| *byte == 0) {
            Some(end) => {
                text.extend_from_slice(&buffer[..end]);
                return Some(text);
            }
            None => text.extend_from_slice(&buffer[..count]),
        }
    }
    None
}

/// The texts at these addresses, up to the first that cannot be read: one call where they are short.
fn read_texts(pid: Pid, addresses: &[u64]) -> Vec<Vec<u8>> {
    let pieces: Vec<(u64, usize)> =
        addresses.iter().map(|address| (*address, within_page(*address, WORD_BYTES))).collect();
    let mut buffer = vec![0u8; pieces.iter().map(|(_, length)| length).sum()];
    let mut there = kernel::read_memory_pieces(pid, &pieces, &mut buffer).unwrap_or(0);
    let mut rest = buffer.as_slice();
    let mut texts = Vec::with_capacity(addresses.len());
    for (address, length) in pieces {
        let (start, after) = rest.split_at(length);
        let known = start.get(..there.min(length)).unwrap_or_default();
        (rest, there) = (after, there.saturating_sub(length));
        let text = match known.iter().position(|byte| *byte == 0) {
            Some(end) => Some(known[..end].to_vec()),
            None => read_text(pid, address),
        };
        match text {
            Some(text) => texts.push(text),
            None => break,
        }
    }
    texts
}

/// Reads what is there at `address`, `buffer.len()` bytes at most; `None` where nothing is.
fn read_start(pid: Pid, address: u64, buffer: &mut [u8]) -> Option<usize> {
    let length = within_page(address, buffer.len());
    kernel::read_memory(pid, address, &mut buffer[..length]).ok().filter(|count| *count > 0)
}

/// As much of `length` as lies in the page of `address`: the next may not be there.
fn within_page(address: u64, length: usize) -> usize {
    let page = kernel::page_size();
    usize::try_from(page - address % page).unwrap_or(1).min(length)
}

fn read_u64(pid: Pid, address: u64) -> Option<u64> {
    let mut buffer = [0u8; 8];
    kernel::read_memory(pid, address, &mut buffer).ok().filter(|count| *count == 8)?;
    Some(u64::from_ne_bytes(buffer))
}

fn absolute_path(pid: Pid, folder: u64, text: &[u8]) -> Option<PathBuf> {
    use std::os::unix::ffi::OsStrExt;
    let path = Path::new(std::ffi::OsStr::from_bytes(text));
    let start = if path.is_absolute() {
        PathBuf::new()
    } else if folder as u32 == HERE as u32 {
        std::fs::read_link(format!("/proc/{pid}/cwd")).ok()?
    } else {
        std::fs::read_link(format!("/proc/{pid}/fd/{}", folder as u32)).ok()?
    };
    // `/proc/self` is the caller's, not the keeper's.
    if text.starts_with(b"/proc/self") {
        let rest = path.strip_prefix("/proc/self").unwrap_or(path);
        return Some(without_dots(&Path::new("/proc").join(pid.to_string()).join(rest)));
    }
    let full = start.join(path);
    let dots = [&b"/."[..], b"//"].iter().any(|dots| memchr::memmem::find(text, dots).is_some());
    Some(if dots || text.starts_with(b".") || text.ends_with(b"/") { without_dots(&full) } else { full })
}

/// The path without `.` and `..`: exact only where no link is in between; `finish` resolves what is left.
fn without_dots(path: &Path) -> PathBuf {
    let mut full = PathBuf::new();
    for part in path.components() {
        match part {
            std::path::Component::CurDir => {}
            std::path::Component::ParentDir => {
                full.pop();
            }
            other => full.push(other),
        }
    }
    full
}

/// Whether `path` is `place` or lies below it. Both are absolute and without dots.
fn is_below(path: &Path, place: &str) -> bool {
    let rest = path.as_os_str().as_encoded_bytes().strip_prefix(place.as_bytes());
    rest.is_some_and(|rest| rest.first().is_none_or(|byte| *byte == b'/'))
}

fn command_line(pid: Pid, arguments: u64) -> String {
    let mut line = Vec::new();
    let mut buffer = [0u8; 8 * WORDS_AT_ONCE];
    let mut index = 0;
    while index < WORDS && line.len() <= LINE_BYTES {
        let Some(count) = read_start(pid, arguments.wrapping_add(index * 8), &mut buffer) else { break };
        let (addresses, _) = buffer[..count].as_chunks::<8>();
        let addresses: Vec<u64> = addresses.iter().map(|address| u64::from_ne_bytes(*address)).collect();
        let there = addresses.iter().position(|address| *address == 0).unwrap_or(addresses.len());
        for word in read_texts(pid, &addresses[..there]) {
            if !line.is_empty() {
                line.push(b' ');
            }
            line.extend_from_slice(&word);
        }
        if there < addresses.len() || there == 0 {
            break;
        }
        index += there as u64;
    }
    line.truncate(LINE_BYTES);
    escape(&line)
}

/// The name under which a record tells that somebody tried to read a secret; `None` for other paths.
fn secret(path: &Path) -> Option<String> {
    const FILES: &[&str] = &[
        "/etc/shadow",
        "/etc/gshadow",
        "/etc/sudoers",
        "/etc/machine-id",
        "/proc/kcore",
        "/proc/kallsyms",
        "/proc/keys",
        "/proc/kmsg",
        "/proc/1/environ",
        "/proc/1/mem",
        "/proc/1/cmdline",
        "/proc/1/maps",
        "/proc/cmdline",
        "/proc/modules",
        "/dev/mem",
        "/dev/kmem",
        "/dev/port",
        "/dev/kmsg",
    ];
    const PLACES: &[&str] = &[
        "/root",
        "/etc/ssh",
        "/etc/ssl/private",
        "/sys/class/net",
        "/sys/class/dmi",
        "/sys/firmware",
        "/run/docker.sock",
        "/var/run/docker.sock",
        "/run/secrets",
        "/var/run/secrets",
        "/mnt",
        "/media",
        "/srv",
    ];
    const NAMES: &[&str] = &[
        ".ssh",
        ".aws",
        ".gnupg",
        ".kube",
        ".azure",
        ".netrc",
        ".npmrc",
        ".pypirc",
        ".git-credentials",
        ".pgpass",
        ".docker",
    ];
    let bytes = path.as_os_str().as_encoded_bytes();
    let hidden = memchr::memmem::find(bytes, b"/.").is_some();
    let named = || path.components().any(|part| NAMES.iter().any(|name| part.as_os_str() == *name));
    let gcloud = || memchr::memmem::find(bytes, b"/.config/gcloud").is_some();
    let disk = || {
        let kinds = ["sd", "vd", "nvme", "dm-", "loop"];
        bytes
            .strip_prefix(b"/dev/")
            .is_some_and(|rest| kinds.iter().any(|kind| rest.starts_with(kind.as_bytes())))
    };
    let file = || FILES.iter().any(|file| bytes == file.as_bytes());
    let place = || PLACES.iter().any(|place| is_below(path, place));
    (file() || place() || disk() || hidden && (named() || gcloud())).then(|| shown(path))
}

fn family(number: u64) -> String {
    match number as libc::c_int {
        libc::AF_PACKET => "packet".to_owned(),
        libc::AF_VSOCK => "vsock".to_owned(),
        libc::AF_ALG => "alg".to_owned(),
        libc::AF_BLUETOOTH => "bluetooth".to_owned(),
        libc::AF_KEY => "key".to_owned(),
        libc::AF_XDP => "xdp".to_owned(),
        other => other.to_string(),
    }
}

/// Whom a socket address names; `None` where it is within the sandbox: a socket file that is there, or
/// loopback other than the name service's port.
fn address_text(address: &[u8]) -> Option<String> {
    let family = u16::from_ne_bytes([*address.first()?, *address.get(1)?]);
    let port =
        u16::from_be_bytes([address.get(2).copied().unwrap_or(0), address.get(3).copied().unwrap_or(0)]);
    match libc::c_int::from(family) {
        libc::AF_INET => {
            let octets: [u8; 4] = address.get(4..8)?.try_into().ok()?;
            let ip = std::net::Ipv4Addr::from(octets);
            (!ip.is_loopback() || port == 53).then(|| format!("{ip}:{port}"))
        }
        libc::AF_INET6 => {
            let octets: [u8; 16] = address.get(8..24)?.try_into().ok()?;
            let ip = std::net::Ipv6Addr::from(octets);
            (!ip.is_loopback() || port == 53).then(|| format!("[{ip}]:{port}"))
        }
        libc::AF_UNIX => {
            let rest = address.get(2..)?;
            if rest.first() == Some(&0) {
                let name = rest.get(1..)?;
                let end = name.iter().position(|byte| *byte == 0).unwrap_or(name.len());
                return Some(format!("the abstract socket {}", escape(&name[..end])));
            }
            let end = rest.iter().position(|byte| *byte == 0).unwrap_or(rest.len());
            let text = escape(&rest[..end]);
            // Every C library asks for its name cache first; that it is not there is the ordinary case.
            let ordinary = text.contains("/nscd/") || !text.starts_with('/') || Path::new(&text).exists();
            (!ordinary).then(|| format!("the socket {text}"))
        }
        _ => None,
    }
}

/// The name a DNS question asks for (RFC 1035, section 4.1), where the message is one question.
fn question(message: &[u8]) -> Option<String> {
    let counts = message.get(4..12)?;
    if message.get(2)? & 0xf8 != 0 || counts[..2] != [0, 1] || counts[2..6] != [0, 0, 0, 0] {
        return None;
    }
    let mut name = Vec::new();
    let mut at = 12usize;
    loop {
        let length = usize::from(*message.get(at)?);
        if length == 0 {
            break;
        }
        let label = message.get(at + 1..at + 1 + length).filter(|_| length < 64)?;
        if !name.is_empty() {
            name.push(b'.');
        }
        name.extend_from_slice(label);
        at += 1 + length;
    }
    // Type and class follow the name, and the class is IN.
    (message.get(at + 3..at + 5)? == [0, 1] && !name.is_empty()).then(|| escape(&name))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_look_up_is_told_by_its_name_and_other_messages_are_not() {
        let mut message = vec![0x12, 0x34, 1, 0, 0, 1, 0, 0, 0, 0, 0, 0];
        message.extend(b"\x07example\x03com\0\0\x01\0\x01");
        assert_eq!(question(&message).as_deref(), Some("example.com"));
        for cut in 0..message.len() {
            assert_eq!(question(&message[..cut]), None);
        }
        assert_eq!(question(b"GET / HTTP/1.1\r\nHost: example.com\r\n\r\n"), None);
    }

    #[test]
    fn addresses_inside_the_sandbox_are_no_attempt() {
        let inet = |octets: [u8; 4], port: u16| {
            let mut address = (libc::AF_INET as u16).to_ne_bytes().to_vec();
            address.extend(port.to_be_bytes());
            address.extend(octets);
            address_text(&address)
        };
        assert_eq!(inet([192, 0, 2, 1], 443).as_deref(), Some("192.0.2.1:443"));
        assert_eq!(inet([127, 0, 0, 1], 8080), None);
        assert_eq!(inet([127, 0, 0, 1], 53).as_deref(), Some("127.0.0.1:53"));
        let unix = |path: &[u8]| address_text(&[&(libc::AF_UNIX as u16).to_ne_bytes()[..], path].concat());
        assert_eq!(unix(b"\0secret\0").as_deref(), Some("the abstract socket secret"));
        assert_eq!(unix(b"/no/such/socket\0").as_deref(), Some("the socket /no/such/socket"));
        assert_eq!(unix(b"/var/run/nscd/socket\0"), None);
    }

    #[test]
    fn secrets_are_known_by_place_and_name() {
        for path in
            ["/etc/shadow", "/root/x", "/home/builder/.ssh/id_rsa", "/home/a/.config/gcloud/x", "/dev/vda"]
        {
            assert!(secret(Path::new(path)).is_some(), "{path}");
        }
        for path in ["/etc/passwd", "/usr/lib/x", "/build/source/rootfs", "/dev/null", "/proc/cpuinfo"] {
            assert!(secret(Path::new(path)).is_none(), "{path}");
        }
    }
}
