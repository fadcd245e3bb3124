//! System calls the safe libraries leave out or mark unsafe. The only module that speaks to the kernel
//! without a safe wrapper between; every block says why it is sound.
//!
//! It decides nothing: no policy, no paths, no limits. Those are `sandbox`'s.
#![allow(unsafe_code)]

use std::ffi::CString;
use std::io;
use std::mem::MaybeUninit;
use std::os::fd::AsRawFd;
use std::os::fd::BorrowedFd;
use std::os::fd::FromRawFd;
use std::os::fd::OwnedFd;
use std::path::Path;

/// A process id as the kernel counts them in the caller's namespace.
pub type Pid = libc::pid_t;

/// One instruction of a classic BPF program (`linux/filter.h`).
pub type Instruction = libc::sock_filter;

/// A child that ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Reaped {
    /// Which.
    pub pid: Pid,
    /// Exit code, or 128 plus the signal.
    pub code: i32,
}

/// What the children waited for so far used.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Usage {
    /// CPU milliseconds, user and system.
    pub cpu_ms: u64,
    /// Largest resident set of any of them, in KiB.
    pub max_rss_kib: u64,
}

/// Splits the process. `None` in the child.
///
/// Called only from the re-executed launcher, which has one thread: the child may therefore use the heap.
///
/// # Errors
/// As fork(2).
pub fn fork() -> io::Result<Option<Pid>> {
    // SAFETY: the launcher is single-threaded (it is dispatched before anything starts a thread), so no lock
    // can be held by a thread that does not exist in the child.
    match unsafe { libc::fork() } {
        -1 => Err(io::Error::last_os_error()),
        0 => Ok(None),
        pid => Ok(Some(pid)),
    }
}

/// Ends this process at once, without running destructors or exit handlers.
pub fn leave(code: i32) -> ! {
    // SAFETY: _exit touches no memory of ours.
    unsafe { libc::_exit(code) }
}

/// Leaves the namespaces named by `flags` (`CLONE_NEW*`) for new ones.
///
/// # Errors
/// As unshare(2).
pub fn unshare(flags: libc::c_int) -> io::Result<()> {
    // SAFETY: only namespace flags are passed; CLONE_FILES and CLONE_VM, which could break Rust's view of
    // descriptors and memory, are never among them.
    check(unsafe { libc::unshare(flags) }).map(drop)
}

/// Waits for `pid`.
///
/// # Errors
/// As waitpid(2).
pub fn wait_for(pid: Pid) -> io::Result<i32> {
    let mut status = 0;
    loop {
        // SAFETY: status is a valid place for one int.
        match check(unsafe { libc::waitpid(pid, &raw mut status, 0) }) {
            Ok(_) => return Ok(code_of(status)),
            Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
            Err(error) => return Err(error),
        }
    }
}

/// A child that has ended, if any; waits for one where `block`. `None` where there is none (left).
pub fn reap(block: bool) -> Option<Reaped> {
    let mut status = 0;
    let options = if block { 0 } else { libc::WNOHANG } | libc::__WALL;
    loop {
        // SAFETY: status is a valid place for one int.
        match check(unsafe { libc::waitpid(-1, &raw mut status, options) }) {
            Ok(0) => return None,
            Ok(pid) => return Some(Reaped { pid, code: code_of(status) }),
            Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
            Err(_) => return None,
        }
    }
}

fn code_of(status: libc::c_int) -> i32 {
    if libc::WIFSIGNALED(status) { 128 + libc::WTERMSIG(status) } else { libc::WEXITSTATUS(status) }
}

/// Kills every process of this process-id namespace but the caller, which must be its first process.
pub fn kill_everything() {
    // SAFETY: kill touches no memory.
    unsafe { libc::kill(-1, libc::SIGKILL) };
}

/// What the children waited for so far used.
pub fn children_usage() -> Usage {
    let mut usage = MaybeUninit::<libc::rusage>::zeroed();
    // SAFETY: usage is a valid place for one rusage, and zeroed, so it is initialised whatever the call does.
    let usage = unsafe {
        libc::getrusage(libc::RUSAGE_CHILDREN, usage.as_mut_ptr());
        usage.assume_init()
    };
    let ms = |t: libc::timeval| t.tv_sec.unsigned_abs() * 1000 + t.tv_usec.unsigned_abs() / 1000;
    Usage { cpu_ms: ms(usage.ru_utime) + ms(usage.ru_stime), max_rss_kib: usage.ru_maxrss.unsigned_abs() }
}

/// Blocks SIGCHLD and gives a descriptor that becomes readable when a child ends.
///
/// # Errors
/// As signalfd(2).
pub fn child_signals() -> io::Result<OwnedFd> {
    let mut set = MaybeUninit::<libc::sigset_t>::zeroed();
    // SAFETY: set is a valid place for a signal set; the descriptor returned is owned by nobody else.
    unsafe {
        libc::sigemptyset(set.as_mut_ptr());
        libc::sigaddset(set.as_mut_ptr(), libc::SIGCHLD);
        libc::sigprocmask(libc::SIG_BLOCK, set.as_ptr(), std::ptr::null_mut());
        let fd = check(libc::signalfd(-1, set.as_ptr(), libc::SFD_CLOEXEC | libc::SFD_NONBLOCK))?;
        Ok(OwnedFd::from_raw_fd(fd))
    }
}

/// Waits until one of `fds` has something to read or hung up, or `milliseconds` have passed. Gives the
/// `POLL*` flags of each, in order.
pub fn wait_readable(fds: &[BorrowedFd<'_>], milliseconds: i32) -> Vec<i16> {
    let mut polled: Vec<libc::pollfd> =
        fds.iter().map(|fd| libc::pollfd { fd: fd.as_raw_fd(), events: libc::POLLIN, revents: 0 }).collect();
    // SAFETY: the array and its length belong together.
    unsafe { libc::poll(polled.as_mut_ptr(), polled.len() as libc::nfds_t, milliseconds) };
    polled.iter().map(|fd| fd.revents).collect()
}

/// Makes the mount at `path` (and those below it where `recursive`) have `attributes` (`MOUNT_ATTR_*`).
///
/// # Errors
/// As mount_setattr(2); `ENOSYS` before Linux 5.12.
pub fn set_mount_attributes(path: &Path, attributes: u64, recursive: bool) -> io::Result<()> {
    use std::os::unix::ffi::OsStrExt;
    let path = CString::new(path.as_os_str().as_bytes())?;
    let attr: [u64; 4] = [attributes, 0, 0, 0];
    let flags = if recursive { libc::AT_RECURSIVE } else { 0 };
    // SAFETY: path ends in NUL, attr is laid out as struct mount_attr (set, clear, propagation,
    // user namespace: four 64-bit fields, linux/mount.h) and its size is passed.
    let result = unsafe {
        libc::syscall(
            libc::SYS_mount_setattr,
            libc::AT_FDCWD,
            path.as_ptr(),
            flags,
            &raw const attr,
            size_of::<[u64; 4]>(),
        )
    };
    check_long(result).map(drop)
}

/// Brings the loopback interface of this network namespace up.
///
/// # Errors
/// As socket(2) and ioctl(2) with `SIOCSIFFLAGS`.
pub fn raise_loopback() -> io::Result<()> {
    // SAFETY: the descriptor is fresh; request is a zeroed ifreq whose name ends in NUL.
    unsafe {
        let fd = check(libc::socket(libc::AF_INET, libc::SOCK_DGRAM | libc::SOCK_CLOEXEC, 0))?;
        let socket = OwnedFd::from_raw_fd(fd);
        let mut request: libc::ifreq = MaybeUninit::zeroed().assume_init();
        request.ifr_name[0] = b'l' as libc::c_char;
        request.ifr_name[1] = b'o' as libc::c_char;
        request.ifr_ifru.ifru_flags = (libc::IFF_UP | libc::IFF_RUNNING) as libc::c_short;
        check(libc::ioctl(socket.as_raw_fd(), libc::SIOCSIFFLAGS, &raw const request)).map(drop)
    }
}

/// Sets the execution domain's flags (`ADDR_NO_RANDOMIZE`, `UNAME26`) for what this process executes.
///
/// # Errors
/// As personality(2).
pub fn set_personality(flags: libc::c_int) -> io::Result<()> {
    // SAFETY: personality touches no memory.
    check(unsafe { libc::personality(flags as libc::c_ulong) }).map(drop)
}

/// Gives up every capability, for this process and all it will ever execute.
///
/// # Errors
/// As prctl(2) and capset(2).
pub fn drop_capabilities() -> io::Result<()> {
    for capability in 0..64 {
        // SAFETY: PR_CAPBSET_DROP takes one number.
        let result = check(unsafe { libc::prctl(libc::PR_CAPBSET_DROP, capability, 0, 0, 0) });
        match result {
            Ok(_) => {}
            // The first number past the kernel's last capability.
            Err(error) if error.raw_os_error() == Some(libc::EINVAL) => break,
            Err(error) => return Err(error),
        }
    }
    let none = rustix::thread::CapabilitySet::empty();
    let sets = rustix::thread::CapabilitySets { effective: none, permitted: none, inheritable: none };
    rustix::thread::set_capabilities(None, sets)?;
    Ok(())
}

/// Installs a seccomp filter and gives the descriptor on which the calls it answers with
/// `SECCOMP_RET_USER_NOTIF` arrive. The caller must have no-new-privileges set.
///
/// # Errors
/// As seccomp(2).
pub fn install_filter(program: &[Instruction]) -> io::Result<OwnedFd> {
    let len = u16::try_from(program.len()).map_err(|_| io::Error::from(io::ErrorKind::InvalidInput))?;
    let program = libc::sock_fprog { len, filter: program.as_ptr().cast_mut() };
    let install = |flags: libc::c_ulong| {
        // SAFETY: the program outlives the call and its length is right; the kernel copies it.
        check_long(unsafe {
            libc::syscall(libc::SYS_seccomp, libc::SECCOMP_SET_MODE_FILTER, flags, &raw const program)
        })
    };
    let listener = libc::SECCOMP_FILTER_FLAG_NEW_LISTENER;
    // With the second flag (Linux 5.19) a signal does not make a traced call start over.
    let fd = match install(listener | libc::SECCOMP_FILTER_FLAG_WAIT_KILLABLE_RECV) {
        Err(error) if error.raw_os_error() == Some(libc::EINVAL) => install(listener),
        other => other,
    }?;
    // SAFETY: with NEW_LISTENER the kernel returns a fresh descriptor.
    let fd = unsafe { OwnedFd::from_raw_fd(fd as libc::c_int) };
    // Wakes the other side on this processor (Linux 6.6): a hint, and nothing is lost without it.
    // SAFETY: the request takes one number.
    unsafe { libc::ioctl(fd.as_raw_fd(), libc::SECCOMP_IOCTL_NOTIF_SET_FLAGS, 1u64) };
    Ok(fd)
}

/// A system call that waits for an answer.
#[derive(Clone, Copy, Debug)]
pub struct Notification {
    /// Names it in [`answer`].
    pub id: u64,
    /// The calling thread.
    pub pid: Pid,
    /// The call's number.
    pub call: libc::c_long,
    /// Its arguments.
    pub arguments: [u64; 6],
}

/// The next call that waits on `listener`. Blocks where none does.
///
/// # Errors
/// As `SECCOMP_IOCTL_NOTIF_RECV`; `ENOENT` where the caller was killed meanwhile.
pub fn receive(listener: BorrowedFd<'_>) -> io::Result<Notification> {
    let mut notification = MaybeUninit::<libc::seccomp_notif>::zeroed();
    // SAFETY: a zeroed seccomp_notif, as the kernel demands; it is plain data, valid whatever is written.
    let notification = unsafe {
        check(libc::ioctl(listener.as_raw_fd(), libc::SECCOMP_IOCTL_NOTIF_RECV, notification.as_mut_ptr()))?;
        notification.assume_init()
    };
    Ok(Notification {
        id: notification.id,
        pid: notification.pid as Pid,
        call: libc::c_long::from(notification.data.nr),
        arguments: notification.data.args,
    })
}

/// Lets the call with this id go on (`None`), or makes it fail with an error number.
pub fn answer(listener: BorrowedFd<'_>, id: u64, error: Option<libc::c_int>) {
    let mut response = libc::seccomp_notif_resp {
        id,
        val: 0,
        error: error.map_or(0, |number| -number),
        flags: if error.is_none() { libc::SECCOMP_USER_NOTIF_FLAG_CONTINUE as u32 } else { 0 },
    };
    // SAFETY: response is a seccomp_notif_resp. It fails where the caller is dead, which is then its answer.
    unsafe { libc::ioctl(listener.as_raw_fd(), libc::SECCOMP_IOCTL_NOTIF_SEND, &raw mut response) };
}

/// Reads another process's memory: as many bytes as are there, `buffer.len()` at most.
///
/// # Errors
/// As process_vm_readv(2).
pub fn read_memory(pid: Pid, address: u64, buffer: &mut [u8]) -> io::Result<usize> {
    let length = buffer.len();
    read_memory_pieces(pid, &[(address, length)], buffer)
}

/// Reads pieces of another process's memory (address, length) into `buffer`, one behind the other: as many bytes as
/// are there before the first that is not. The lengths add up to `buffer.len()` at least.
///
/// # Errors
/// As process_vm_readv(2), which takes 1,024 pieces at most.
pub fn read_memory_pieces(pid: Pid, pieces: &[(u64, usize)], buffer: &mut [u8]) -> io::Result<usize> {
    let local = libc::iovec { iov_base: buffer.as_mut_ptr().cast(), iov_len: buffer.len() };
    let remote: Vec<libc::iovec> = pieces
        .iter()
        .map(|(address, length)| libc::iovec {
            iov_base: *address as usize as *mut libc::c_void,
            iov_len: *length,
        })
        .collect();
    let count = remote.len() as libc::c_ulong;
    // SAFETY: local describes buffer and bounds what is written; remote are only addresses in the other process.
    let count = unsafe { libc::process_vm_readv(pid, &raw const local, 1, remote.as_ptr(), count, 0) };
    usize::try_from(count).map_err(|_| io::Error::last_os_error())
}

/// Moves a descriptor to the number `to`, closed on execution.
///
/// # Errors
/// As dup3(2).
pub fn move_descriptor(from: OwnedFd, to: libc::c_int) -> io::Result<OwnedFd> {
    // SAFETY: only the sandbox's first process of a command calls this, with a number nothing of its own has.
    let fd = check(unsafe { libc::dup3(from.as_raw_fd(), to, libc::O_CLOEXEC) })?;
    // SAFETY: the number is ours from here on.
    Ok(unsafe { OwnedFd::from_raw_fd(fd) })
}

/// The size of a page of memory, in bytes.
pub fn page_size() -> u64 {
    rustix::param::page_size() as u64
}

/// Marks every descriptor from `first` on to be closed on execution.
///
/// # Errors
/// As close_range(2).
pub fn close_on_execution_from(first: u32) -> io::Result<()> {
    // SAFETY: with CLOSE_RANGE_CLOEXEC nothing is closed under anybody's feet.
    let result = unsafe { libc::syscall(libc::SYS_close_range, first, u32::MAX, libc::CLOSE_RANGE_CLOEXEC) };
    check_long(result).map(drop)
}

fn check(result: libc::c_int) -> io::Result<libc::c_int> {
    if result < 0 { Err(io::Error::last_os_error()) } else { Ok(result) }
}

fn check_long(result: libc::c_long) -> io::Result<libc::c_long> {
    if result < 0 { Err(io::Error::last_os_error()) } else { Ok(result) }
}
