//! The seccomp filter: what no build needs is refused, whatever namespaces already prevent, and what a
//! record tells of is shown to the keeper first.
//!
//! A list of refusals and not of permissions: a toolchain that needs a new harmless call must not break a
//! review, and every refused call here is also without effect for lack of privilege. The filter is the
//! second wall, and what takes the kernel's least-walked paths out of reach.

use std::mem::offset_of;

use crate::host::kernel::Instruction;

/// Calls the keeper refuses with `EPERM` and notes, with the name a record uses.
pub const REFUSED: &[(libc::c_long, &str)] = &[
    (libc::SYS_mount, "mount"),
    (libc::SYS_umount2, "umount2"),
    (libc::SYS_pivot_root, "pivot_root"),
    (libc::SYS_chroot, "chroot"),
    (libc::SYS_open_tree, "open_tree"),
    (libc::SYS_move_mount, "move_mount"),
    (libc::SYS_fsopen, "fsopen"),
    (libc::SYS_fsconfig, "fsconfig"),
    (libc::SYS_fsmount, "fsmount"),
    (libc::SYS_fspick, "fspick"),
    (libc::SYS_mount_setattr, "mount_setattr"),
    (libc::SYS_setns, "setns"),
    (libc::SYS_unshare, "unshare"),
    (libc::SYS_ptrace, "ptrace"),
    (libc::SYS_process_vm_readv, "process_vm_readv"),
    (libc::SYS_process_vm_writev, "process_vm_writev"),
    (libc::SYS_process_madvise, "process_madvise"),
    (libc::SYS_pidfd_getfd, "pidfd_getfd"),
    (libc::SYS_kcmp, "kcmp"),
    (libc::SYS_keyctl, "keyctl"),
    (libc::SYS_add_key, "add_key"),
    (libc::SYS_request_key, "request_key"),
    (libc::SYS_bpf, "bpf"),
    (libc::SYS_perf_event_open, "perf_event_open"),
    (libc::SYS_io_uring_setup, "io_uring_setup"),
    (libc::SYS_io_uring_enter, "io_uring_enter"),
    (libc::SYS_io_uring_register, "io_uring_register"),
    (libc::SYS_userfaultfd, "userfaultfd"),
    (libc::SYS_kexec_load, "kexec_load"),
    (libc::SYS_init_module, "init_module"),
    (libc::SYS_finit_module, "finit_module"),
    (libc::SYS_delete_module, "delete_module"),
    (libc::SYS_swapon, "swapon"),
    (libc::SYS_swapoff, "swapoff"),
    (libc::SYS_reboot, "reboot"),
    (libc::SYS_settimeofday, "settimeofday"),
    (libc::SYS_clock_settime, "clock_settime"),
    (libc::SYS_clock_adjtime, "clock_adjtime"),
    (libc::SYS_adjtimex, "adjtimex"),
    (libc::SYS_acct, "acct"),
    (libc::SYS_quotactl, "quotactl"),
    (libc::SYS_syslog, "syslog"),
    (libc::SYS_vhangup, "vhangup"),
    (libc::SYS_open_by_handle_at, "open_by_handle_at"),
    (libc::SYS_fanotify_init, "fanotify_init"),
    (libc::SYS_sethostname, "sethostname"),
    (libc::SYS_setdomainname, "setdomainname"),
    (libc::SYS_move_pages, "move_pages"),
    (libc::SYS_migrate_pages, "migrate_pages"),
    (libc::SYS_lookup_dcookie, "lookup_dcookie"),
    (libc::SYS_nfsservctl, "nfsservctl"),
    #[cfg(target_arch = "x86_64")]
    (libc::SYS_kexec_file_load, "kexec_file_load"),
    #[cfg(target_arch = "x86_64")]
    (libc::SYS_iopl, "iopl"),
    #[cfg(target_arch = "x86_64")]
    (libc::SYS_ioperm, "ioperm"),
    #[cfg(target_arch = "x86_64")]
    (libc::SYS_modify_ldt, "modify_ldt"),
];

/// Socket families a build may use. The others (packet, vsock, crypto, Bluetooth, …) either pass the
/// network namespace by or serve no build.
const FAMILIES: &[libc::c_int] = &[libc::AF_UNIX, libc::AF_INET, libc::AF_INET6, libc::AF_NETLINK];

/// Calls the keeper looks at and lets go on: they open, run, connect or multiply.
const WATCHED: &[libc::c_long] = &[
    libc::SYS_openat,
    libc::SYS_openat2,
    libc::SYS_execve,
    libc::SYS_execveat,
    libc::SYS_connect,
    libc::SYS_sendto,
    libc::SYS_sendmmsg,
    libc::SYS_mknodat,
    libc::SYS_setuid,
    libc::SYS_setresuid,
    libc::SYS_setreuid,
    libc::SYS_renameat,
    libc::SYS_renameat2,
    libc::SYS_linkat,
    #[cfg(target_arch = "x86_64")]
    libc::SYS_rename,
    #[cfg(target_arch = "x86_64")]
    libc::SYS_link,
    #[cfg(target_arch = "x86_64")]
    libc::SYS_open,
    #[cfg(target_arch = "x86_64")]
    libc::SYS_creat,
    #[cfg(target_arch = "x86_64")]
    libc::SYS_mknod,
];

/// Calls that give a file away, and which argument is the owner; the group is the next one.
const OWNERSHIP: &[(libc::c_long, u32)] = &[
    #[cfg(target_arch = "x86_64")]
    (libc::SYS_chown, 1),
    #[cfg(target_arch = "x86_64")]
    (libc::SYS_lchown, 1),
    (libc::SYS_fchown, 1),
    (libc::SYS_fchownat, 2),
];

/// Ids below this are system accounts, none of which the sandbox has; "leave as it is" is the largest id.
const FIRST_USER: u32 = 1000;

/// The descriptor the command's first process hands its listener over by. A `sendmsg` on it is not looked at,
/// because nobody could answer yet; it is closed before the vendor's first byte is executed.
pub const HANDOVER: libc::c_int = 1000;

const NAMESPACES: libc::c_int = libc::CLONE_NEWNS
    | libc::CLONE_NEWCGROUP
    | libc::CLONE_NEWUTS
    | libc::CLONE_NEWIPC
    | libc::CLONE_NEWUSER
    | libc::CLONE_NEWPID
    | libc::CLONE_NEWNET;

#[cfg(target_arch = "x86_64")]
const ARCHITECTURE: u32 = 0xC000_003E; // AUDIT_ARCH_X86_64, linux/audit.h
#[cfg(target_arch = "aarch64")]
const ARCHITECTURE: u32 = 0xC000_00B7; // AUDIT_ARCH_AARCH64

const NUMBER: u32 = offset_of!(libc::seccomp_data, nr) as u32;
const ARCH: u32 = offset_of!(libc::seccomp_data, arch) as u32;
/// The low half of the first argument, on a little-endian machine.
const ARGUMENT: u32 = offset_of!(libc::seccomp_data, args) as u32;

/// The filter's program. Where the run is not `watched`, what the keeper would only look at goes on unseen: that
/// is for measuring what looking costs, and for nothing else.
///
/// Calls of a foreign architecture (32-bit programs, x32) are answered `ENOSYS`: their numbers mean other
/// calls, and a filter that does not know them must not let them by. `clone3` is answered `ENOSYS` because
/// its flags lie in memory a filter cannot read; every C library then falls back to `clone`, which it can.
pub fn program(watched: bool) -> Vec<Instruction> {
    let mut code =
        vec![load(ARCH), jump(libc::BPF_JEQ, ARCHITECTURE, 1, 0), answer(errno(libc::ENOSYS)), load(NUMBER)];
    if cfg!(target_arch = "x86_64") {
        // The x32 numbers start here (__X32_SYSCALL_BIT).
        code.extend([jump(libc::BPF_JGE, 0x4000_0000, 0, 1), answer(errno(libc::ENOSYS))]);
    }
    code.extend([jump(libc::BPF_JEQ, libc::SYS_clone3 as u32, 0, 1), answer(errno(libc::ENOSYS))]);
    // clone: with a namespace flag refused by the keeper. Without one it must not wait for the keeper: a
    // signal meanwhile would end it with EINTR, which no program expects of fork.
    code.extend([
        jump(libc::BPF_JEQ, libc::SYS_clone as u32, 0, 4),
        load(ARGUMENT),
        jump(libc::BPF_JSET, NAMESPACES as u32, 0, 1),
        answer(ASK),
        answer(libc::SECCOMP_RET_ALLOW),
    ]);
    code.extend([
        jump(libc::BPF_JEQ, libc::SYS_sendmsg as u32, 0, 4),
        load(ARGUMENT),
        jump(libc::BPF_JEQ, HANDOVER as u32, 0, 1),
        answer(libc::SECCOMP_RET_ALLOW),
        answer(ASK),
    ]);
    // kill: only what aims at the keeper or at everybody.
    code.extend([
        jump(libc::BPF_JEQ, libc::SYS_kill as u32, 0, 5),
        load(ARGUMENT),
        jump(libc::BPF_JEQ, 1, 1, 0),
        jump(libc::BPF_JEQ, u32::MAX, 0, 1),
        answer(ASK),
        answer(libc::SECCOMP_RET_ALLOW),
    ]);
    // Giving a file to a system account: the kernel would say EINVAL, because the account is not mapped into
    // the sandbox. An ordinary user is told EPERM, and fakeroot relies on just that.
    for (number, owner) in OWNERSHIP {
        code.extend([
            jump(libc::BPF_JEQ, *number as u32, 0, 6),
            load(ARGUMENT + 8 * owner),
            jump(libc::BPF_JGE, FIRST_USER, 0, 2),
            load(ARGUMENT + 8 * (owner + 1)),
            jump(libc::BPF_JGE, FIRST_USER, 1, 0),
            answer(errno(libc::EPERM)),
            answer(libc::SECCOMP_RET_ALLOW),
        ]);
    }
    let families = FAMILIES.len();
    code.extend([jump(libc::BPF_JEQ, libc::SYS_socket as u32, 0, families as u8 + 3), load(ARGUMENT)]);
    for (at, family) in FAMILIES.iter().enumerate() {
        code.push(jump(libc::BPF_JEQ, *family as u32, (families - at) as u8, 0));
    }
    code.extend([answer(ASK), answer(libc::SECCOMP_RET_ALLOW)]);
    let seen = if watched { WATCHED } else { &[] };
    if watched {
        // A folder that is listed and a file that is only named are not read.
        code.extend([
            jump(libc::BPF_JEQ, libc::SYS_openat as u32, 0, 4),
            load(ARGUMENT + 8 * 2),
            jump(libc::BPF_JSET, (libc::O_DIRECTORY | libc::O_PATH) as u32, 0, 1),
            answer(libc::SECCOMP_RET_ALLOW),
            answer(ASK),
        ]);
    }
    for number in seen.iter().chain(REFUSED.iter().map(|(number, _)| number)) {
        code.extend([jump(libc::BPF_JEQ, *number as u32, 0, 1), answer(ASK)]);
    }
    code.push(answer(libc::SECCOMP_RET_ALLOW));
    code
}

/// The keeper decides.
const ASK: u32 = libc::SECCOMP_RET_USER_NOTIF;

/// Whether `flags` of clone(2) ask for a namespace.
pub fn asks_for_namespace(flags: u64) -> bool {
    flags & u64::from(NAMESPACES as u32) != 0
}

fn load(offset: u32) -> Instruction {
    Instruction { code: (libc::BPF_LD | libc::BPF_W | libc::BPF_ABS) as u16, jt: 0, jf: 0, k: offset }
}

fn jump(kind: u32, value: u32, if_true: u8, if_false: u8) -> Instruction {
    Instruction { code: (libc::BPF_JMP | kind | libc::BPF_K) as u16, jt: if_true, jf: if_false, k: value }
}

fn answer(value: u32) -> Instruction {
    Instruction { code: (libc::BPF_RET | libc::BPF_K) as u16, jt: 0, jf: 0, k: value }
}

fn errno(number: libc::c_int) -> u32 {
    libc::SECCOMP_RET_ERRNO | number as u32
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Runs the program as the kernel would, on one call.
    fn run(arch: u32, number: u32, argument: u32) -> u32 {
        let code = program(true);
        let (mut at, mut accumulator) = (0usize, 0u32);
        loop {
            let instruction = code[at];
            at += 1;
            let kind = u32::from(instruction.code);
            let go = |taken: bool| usize::from(if taken { instruction.jt } else { instruction.jf });
            if kind & 7 == libc::BPF_RET {
                return instruction.k;
            } else if kind & 7 == libc::BPF_LD {
                accumulator = match instruction.k {
                    NUMBER => number,
                    ARCH => arch,
                    at if (ARGUMENT..ARGUMENT + 48).contains(&at) => argument,
                    other => panic!("load of {other}"),
                };
            } else if kind & 0xf0 == libc::BPF_JEQ {
                at += go(accumulator == instruction.k);
            } else if kind & 0xf0 == libc::BPF_JGE {
                at += go(accumulator >= instruction.k);
            } else if kind & 0xf0 == libc::BPF_JSET {
                at += go(accumulator & instruction.k != 0);
            } else {
                panic!("instruction {kind:#x}");
            }
        }
    }

    #[test]
    fn what_a_build_needs_passes_and_what_none_needs_does_not() {
        let native = |number: libc::c_long, argument: u32| run(ARCHITECTURE, number as u32, argument);
        for number in [libc::SYS_close, libc::SYS_mmap, libc::SYS_read, libc::SYS_newfstatat] {
            assert_eq!(native(number, 0), libc::SECCOMP_RET_ALLOW);
        }
        for (number, name) in REFUSED {
            assert_eq!(native(*number, 0), ASK, "{name}");
        }
        for number in WATCHED {
            assert_eq!(native(*number, 0), ASK, "{number}");
        }
        let folder = (libc::O_DIRECTORY | libc::O_CLOEXEC) as u32;
        assert_eq!(native(libc::SYS_openat, folder), libc::SECCOMP_RET_ALLOW);
        assert_eq!(native(libc::SYS_clone3, 0), errno(libc::ENOSYS));
        assert_eq!(native(libc::SYS_sendmsg, HANDOVER as u32), libc::SECCOMP_RET_ALLOW);
        assert_eq!(native(libc::SYS_sendmsg, 3), ASK);
        for (target, expected) in
            [(1, ASK), (u32::MAX, ASK), (0, libc::SECCOMP_RET_ALLOW), (77, libc::SECCOMP_RET_ALLOW)]
        {
            assert_eq!(native(libc::SYS_kill, target), expected, "kill {target}");
        }
        for family in FAMILIES {
            assert_eq!(native(libc::SYS_socket, *family as u32), libc::SECCOMP_RET_ALLOW);
        }
        for family in [libc::AF_PACKET, libc::AF_VSOCK, libc::AF_ALG, libc::AF_BLUETOOTH] {
            assert_eq!(native(libc::SYS_socket, family as u32), ASK);
        }
        assert!(asks_for_namespace(libc::CLONE_NEWUSER as u64) && !asks_for_namespace(libc::SIGCHLD as u64));
        assert_eq!(run(0x4000_0003, libc::SYS_read as u32, 0), errno(libc::ENOSYS), "i386");
    }
}
