//! Hostile scripts, inert: what they try must have no effect outside.

use std::fs;
use std::time::Duration;

use super::support::Bench;
use super::support::output_of;
use super::support::text;

/// Runs a script as root and as an ordinary user; both must print the same.
fn both(script: &str) -> String {
    let mut bench = Bench::new(script, &["out"]);
    let one = text(&bench.run());
    let other = text(&bench.as_ordinary_user().run());
    assert_eq!(one, other);
    one
}

#[test]
fn secrets_of_the_machine_are_not_there() {
    let script = "for f in /etc/shadow /etc/gshadow /root /root/.ssh /etc/ssh /etc/sudoers /proc/kcore /proc/1/environ \
                  /proc/1/mem /proc/keys /sys/class/net /srv /mnt /media /opt /boot /var/run/docker.sock; do \
                  if cat $f > /dev/null 2>&1 && test -s $f; then echo read $f; fi; \
                  if test -d $f && ls $f | grep -q .; then echo listed $f; fi; done > out; echo end >> out";
    assert_eq!(both(script), "end\n");
}

#[test]
fn nothing_of_the_review_is_there() {
    let mut bench = Bench::new("", &["out"]);
    let secret = bench.path().join("secret.txt");
    fs::write(&secret, "the reviewer's notes").unwrap();
    let folder = bench.path().display().to_string();
    let script = format!(
        "ls {folder} > /dev/null 2>&1 && echo listed > out; cat {} >> out 2>/dev/null; \
         grep -q {folder} /proc/self/mountinfo /proc/mounts && echo leaked >> out; echo end >> out",
        secret.display()
    );
    bench.file("build.sh", script.as_bytes(), 0o755);
    assert_eq!(text(&bench.run()), "end\n");
}

#[test]
fn writing_outside_has_no_effect_outside() {
    let mark = format!("pellucid-test-{}", std::process::id());
    let script = format!(
        "for d in / /usr /usr/bin /etc /lib /bin /var /var/lib/dpkg /proc /sys /dev /inputs /old /new /writable; do \
         ( echo x > $d/{mark} ) 2>/dev/null && echo wrote $d; done > out; \
         for d in /tmp /home /run /dev/shm /var/tmp /build; do echo x > $d/{mark} || echo could not $d; done >> out; \
         echo end >> out"
    );
    assert_eq!(both(&script), "end\n");
    for folder in ["/tmp", "/home", "/run", "/dev/shm", "/var/tmp", "/usr", "/etc"] {
        assert!(!std::path::Path::new(folder).join(&mark).exists(), "{folder}");
    }
}

#[test]
fn there_is_no_network() {
    let script = r#"perl -MSocket -e '
        my $in = sub { pack_sockaddr_in($_[0], inet_aton($_[1])) };
        socket(my $t, AF_INET, SOCK_STREAM, 0) or die; print "tcp ", (connect($t, $in->(80, "192.0.2.1")) ? "open" : $!), "\n";
        socket(my $u, AF_INET, SOCK_DGRAM, 0) or die; print "udp ", (send($u, "x", 0, $in->(53, "192.0.2.1")) ? "sent" : $!), "\n";
        print "dns ", (gethostbyname("example.com") ? "resolved" : "nothing"), "\n";
        print "raw ", (socket(my $r, AF_INET, SOCK_RAW, 1) ? "open" : $!), "\n";
        print "packet ", (socket(my $p, 17, SOCK_RAW, 0) ? "open" : $!), "\n";
        print "vsock ", (socket(my $v, 40, SOCK_STREAM, 0) ? "open" : $!), "\n";
        socket(my $a, AF_UNIX, SOCK_STREAM, 0) or die;
        print "abstract ", (connect($a, pack_sockaddr_un("\0pellucid-test-socket")) ? "open" : $!), "\n";
    ' > out; cat /proc/net/dev | tail -n +3 | cut -d: -f1 | tr -d ' ' >> out"#;
    let said = both(script);
    let expected = "tcp Network is unreachable\nudp Network is unreachable\ndns nothing\n\
                    raw Operation not permitted\npacket Address family not supported by protocol\n\
                    vsock Address family not supported by protocol\nabstract Connection refused\nlo\n";
    assert_eq!(said, expected);
}

#[test]
fn a_program_that_outlives_the_commands_is_ended_and_noted() {
    let name = format!("pellucid-daemon-{}", std::process::id());
    let script = format!(
        "cp /bin/sleep ./{name}; setsid sh -c 'setsid ./{name} 600 &' < /dev/null > /dev/null 2>&1 & touch out"
    );
    let bench = Bench::new(&script, &["out"]);
    let run = bench.run();
    text(&run);
    assert_eq!(run.record.notes, ["processes outlived the last command; they were ended"]);
    std::thread::sleep(Duration::from_millis(100));
    let alive = fs::read_dir("/proc").unwrap().flatten().any(|entry| {
        fs::read(entry.path().join("cmdline"))
            .is_ok_and(|line| String::from_utf8_lossy(&line).contains(&name))
    });
    assert!(!alive, "the daemon is still there");
}

#[test]
fn signals_reach_nobody_outside_and_not_the_keeper() {
    // The shell's parent is the keeper, which is also process 1.
    let script = "kill -9 $PPID; kill -9 1; trap '' TERM; kill -TERM -1 || true; echo alive > out";
    let mut bench = Bench::new("", &["out"]);
    bench.recipe.commands = vec![script.to_owned()];
    assert_eq!(text(&bench.run()), "alive\n");
}

#[test]
fn privileges_cannot_be_had() {
    let script = "{ unshare -U true 2>/dev/null && echo userns; unshare -r true 2>/dev/null && echo root; \
                  mount -t tmpfs x /tmp 2>/dev/null && echo mount; chroot / true 2>/dev/null && echo chroot; \
                  hostname other 2>/dev/null && echo hostname; date -s @0 2>/dev/null >&2 && echo clock; \
                  mknod dev c 1 3 2>/dev/null && echo device; grep Cap /proc/self/status | sort -u -k2 | cut -f2; \
                  grep -E 'NoNewPrivs|Seccomp:' /proc/self/status | tr '\\t\\n' '  '; echo; cp /usr/bin/id ./myid; \
                  chmod 4755 myid; ./myid -u; find / -xdev -perm -4000 -newer /proc/1 2>/dev/null | head -1; } > out";
    assert_eq!(both(script), "0000000000000000\nNoNewPrivs: 1 Seccomp: 2 \n1000\n");
}

#[test]
fn descriptors_of_the_reviewer_are_not_inherited() {
    let script = "ls /proc/self/fd | tr '\\n' ' ' > out";
    // 3 is the directory that ls itself lists.
    assert_eq!(output_of(script), "0 1 2 3 ");
}
