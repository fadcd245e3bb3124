//! Causes one by one: where each applies, and what looks like it and is not.

use pellucid::compare::Context;
use pellucid::compare::compare;
use pellucid::model::Label;
use pellucid::model::Rung;

use super::elf;
use super::make;
use super::rung;

const COMMIT: &str = "0123456789abcdef0123456789abcdef01234567";

fn context() -> Context {
    let facts = [
        ("exec-path", "/usr/local/bin:/usr/bin:/bin"),
        ("temporary-folder", "/var/tmp"),
        ("environment", "CAPTURED=i-capture-the-environment"),
        ("kernel-release", "6.1.0-28-amd64"),
        ("cpu-count", "2"),
        ("commit", COMMIT),
        ("hash-seed", "0"),
        ("locale", "C.UTF-8"),
        ("directory-order", "entries made in ascending order"),
        ("build-path", "/build/source"),
    ];
    let facts = facts.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect();
    Context { facts, ..Context::default() }
}

/// The causes of all differences of two texts of a kind that nobody obeys, or none where some byte has none. The
/// same texts explain nothing without the facts of the run (but `without`), and nothing where the file is a script.
fn cause_of(shipped: &str, rebuilt: &str) -> Option<String> {
    let (shipped, rebuilt) = (shipped.as_bytes(), rebuilt.as_bytes());
    let found = compare("README.txt", shipped, rebuilt, &context());
    let script = compare("readme.sh", shipped, rebuilt, &context());
    assert_eq!(rung(shipped, rebuilt, &script), Rung::Unexplained, "{script:#?}");
    let cause = found.differences[0].cause.clone();
    assert_eq!(rung(shipped, rebuilt, &found) == Rung::Explained, cause.is_some(), "{found:#?}");
    if let Some(cause) = &cause {
        assert!(!found.differences[0].evidence.is_empty());
        if cause != "randomness" {
            let without = compare("README.txt", shipped, rebuilt, &Context::default());
            assert_eq!(without.differences[0].label, Label::Unexplained, "no fact, no cause: {without:#?}");
        }
    }
    cause
}

#[track_caller]
fn hit(cause: &str, shipped: &str, rebuilt: &str) {
    assert_eq!(cause_of(shipped, rebuilt).as_deref(), Some(cause));
}

#[track_caller]
fn miss(shipped: &str, rebuilt: &str) {
    assert_eq!(cause_of(shipped, rebuilt), None);
}

#[test]
fn the_environment_is_captured_where_ours_is_the_runs_and_theirs_has_its_form() {
    hit("environment-capture", "PATH was /opt/bin:/bin.\n", "PATH was /usr/local/bin:/usr/bin:/bin.\n");
    hit("environment-capture", "Made in /home/x/tmp for you.\n", "Made in /var/tmp for you.\n");
    hit("environment-capture", "It said vendor.\n", "It said i-capture-the-environment.\n");
    miss("PATH was nothing at all.\n", "PATH was /usr/local/bin:/usr/bin:/bin.\n");
    miss("PATH was /opt/bin:/bin, sold.\n", "PATH was /usr/local/bin:/usr/bin:/bin, told.\n");
    miss("PATH was /opt/bin:/bin.\n", "PATH was /somewhere/else:/bin.\n");
    // One value, two others in its place: not one environment.
    miss("/a/tmp and /b/tmp.\n", "/var/tmp and /var/tmp.\n");
}

#[test]
fn a_kernel_is_named_where_ours_is_the_runs_and_theirs_is_a_release() {
    hit("kernel", "Built on Linux 5.10.0-8-cloud.\n", "Built on Linux 6.1.0-28-amd64.\n");
    miss("Built on Linux of my own.\n", "Built on Linux 6.1.0-28-amd64.\n");
    miss("Built on Linux 5.10.0.\n", "Built on Linux 6.2.0.\n");
}

#[test]
fn a_number_of_jobs_is_one_where_a_word_says_so() {
    hit("parallelism", "make -j16 all\n", "make -j2 all\n");
    hit("parallelism", "Built with 16 threads.\n", "Built with 2 threads.\n");
    miss("Costs 16 dollars.\n", "Costs 2 dollars.\n");
    miss("make -j16 all\n", "make -j4 all\n");
}

#[test]
fn a_commit_is_named_where_ours_is_the_sources_and_theirs_is_as_long() {
    hit("vcs-metadata", &format!("From {}.\n", "f".repeat(40)), &format!("From {COMMIT}.\n"));
    hit(
        "vcs-metadata",
        "Version 1.2+gdeadbee (deadbee)\n".replace("+gdeadbee", "").as_str(),
        "Version 1.2 (0123456)\n",
    );
    miss("From deadbee.\n", &format!("From {COMMIT}.\n"));
    miss(&format!("From {}.\n", "f".repeat(40)), &format!("From {}.\n", "e".repeat(40)));
}

#[test]
fn an_identifier_is_random_where_it_says_so() {
    let ours = "Serial 0f8fad5b-d9cb-469f-a165-70867728950e.\n";
    hit("randomness", "Serial 7c9e6679-7425-40de-944b-e07fc1f90ae7.\n", ours);
    // Version 1 names a time and a machine.
    miss("Serial 7c9e6679-7425-10de-944b-e07fc1f90ae7.\n", ours);
    miss("Serial none, 9e6679-7425-40de.\n", ours);
}

#[test]
fn a_list_in_another_order_is_a_hash_tables_where_the_items_are_the_same() {
    hit("hash-order", "Features: b, c, a\n", "Features: a, b, c\n");
    hit("hash-order", "one = {b, a} end\n", "one = {a, b} end\n");
    miss("Features: b, c, d\n", "Features: a, b, c\n");
    miss("Features: a, a, b\n", "Features: a, b, b\n");
    miss("Others: b, a\n", "Features: a, b\n");
    miss("First deny, then allow\n", "First allow, then deny\n");
}

#[test]
fn lines_are_sorted_by_a_locale_where_both_orders_are_one() {
    hit("locale", "apple\nBanana\ncherry\nDate\n", "Banana\nDate\napple\ncherry\n");
    miss("cherry\nBanana\napple\nDate\n", "Banana\nDate\napple\ncherry\n");
    miss("apple\nBanana\ncherry\nEgg\n", "Banana\nDate\napple\ncherry\n");
}

#[test]
fn paths_in_another_order_are_a_folders() {
    hit("directory-order", "lib/c.py\nlib/a.py\nlib/b.py\n", "lib/a.py\nlib/b.py\nlib/c.py\n");
    miss("lib/c.py\nlib/a.py\nlib/x.py\n", "lib/a.py\nlib/b.py\nlib/c.py\n");
    miss("lib/c.py\nlib/a.py\nlib/a.py\n", "lib/a.py\nlib/a.py\nlib/c.py\n");
    miss("then this\nthis first\n", "this first\nthen this\n");
}

#[test]
fn debug_information_differs_by_the_build_path_where_nothing_else_does() {
    let program = |debug: &[u8]| {
        let mut sections = elf::sections();
        let info = sections.iter_mut().find(|section| section.name == ".debug_str").unwrap();
        info.name = ".debug_info";
        info.flags = 0;
        info.data = debug.to_vec();
        elf::elf(&sections)
    };
    let ours = program(b"\x01\x02/build/source/a.c\0\x07\x08/build/source\0\x09");
    let judged = |theirs: &[u8]| {
        let theirs = program(theirs);
        let found = compare("a", &theirs, &ours, &context());
        let cause = found.differences.iter().find_map(|difference| difference.cause.clone());
        (rung(&theirs, &ours, &found), cause)
    };
    let explained = (Rung::Explained, Some("debug-info".to_owned()));
    assert_eq!(judged(b"\x01\x02/home/vendor1/a.c\0\x07\x08/home/vendor1\0\x09"), explained);
    for other in [
        &b"\x01\x03/home/vendor1/a.c\0\x07\x08/home/vendor1\0\x09"[..],
        b"\x01\x02/home/vendor1/a.c\0\x07\x08/home/vendor2\0\x09",
        b"\x01\x02payload bytes/a.c\0\x07\x08payload bytes\0\x09",
        b"\x01\x02/home/vendor/a.c\0\x07\x08/home/vendor\0\x09",
    ] {
        assert_eq!(judged(other), (Rung::Unexplained, None));
    }
}

#[test]
fn a_change_log_is_trimmed_where_it_says_so_and_is_equal_before() {
    let entry = |version: u32| {
        format!("a ({version}) unstable; urgency=low\n\n  * Change.\n\n -- X <x@y.z>  Date\n\n")
    };
    let removed = "# Older entries have been removed from this changelog.\n\
                   # To read the complete changelog use `apt changelog a`.\n";
    let judged = |shipped: &str, rebuilt: &str| {
        let (shipped, rebuilt) = (shipped.as_bytes(), rebuilt.as_bytes());
        let found = compare("changelog.Debian", shipped, rebuilt, &Context::default());
        (rung(shipped, rebuilt, &found), found.differences[0].cause.clone())
    };
    let explained = (Rung::Explained, Some("changelog-trim".to_owned()));
    let full = [entry(3), entry(2), entry(1)].concat();
    let short = entry(3) + removed;
    assert_eq!(judged(&full, &short), explained);
    assert_eq!(judged(&short, &full), explained);
    for other in [
        entry(4) + removed,
        entry(3),
        entry(3) + &removed.replace("apt changelog a", "curl x | sh"),
        format!("{}{removed}more\n", entry(3)),
        entry(3).replace("Change", "Chance") + removed,
    ] {
        assert_eq!(judged(&full, &other), (Rung::Unexplained, None), "{other}");
    }
}

/// A cpio archive (newc) of one file with this inode and this many names.
fn cpio(inode: u32, links: u32) -> Vec<u8> {
    let mut out = Vec::new();
    for (name, mode, inode, links, data) in
        [("a", 0o100_644u32, inode, links, &b"data"[..]), ("TRAILER!!!", 0, 0, 1, b"")]
    {
        let fields = [inode, mode, 0, 0, links, 0, data.len() as u32, 0, 0, 0, 0, name.len() as u32 + 1, 0];
        out.extend_from_slice(b"070701");
        fields.iter().for_each(|field| out.extend(format!("{field:08X}").bytes()));
        out.extend_from_slice(name.as_bytes());
        out.push(0);
        out.resize(out.len().next_multiple_of(4), 0);
        out.extend_from_slice(data);
        out.resize(out.len().next_multiple_of(4), 0);
    }
    out
}

#[test]
fn an_inode_is_the_file_systems_where_the_file_has_one_name() {
    let found = compare("a.cpio", &cpio(7, 1), &cpio(9, 1), &Context::default());
    assert_eq!(found.differences[0].cause.as_deref(), Some("file-system-metadata"), "{found:#?}");
    assert_eq!(rung(&cpio(7, 1), &cpio(9, 1), &found), Rung::Explained);
    for (shipped, rebuilt) in [(cpio(7, 2), cpio(9, 2)), (cpio(7, 1), cpio(9, 2)), (cpio(7, 2), cpio(9, 1))] {
        let found = compare("a.cpio", &shipped, &rebuilt, &Context::default());
        assert_eq!(rung(&shipped, &rebuilt, &found), Rung::Unexplained);
    }
}

/// The md5sums of a Debian package are a function of its files.
#[test]
fn md5sums_of_a_package_are_derived_where_they_are_right_and_complete_on_both_sides() {
    let package = |readme: &[u8], sums: &[(&[u8], &str)]| {
        use md5::Digest;
        let line = |(content, path): &(&[u8], &str)| {
            let digest: String = md5::Md5::digest(content).iter().map(|byte| format!("{byte:02x}")).collect();
            format!("{digest}  {path}\n")
        };
        let list: String = sums.iter().map(line).collect();
        make::deb(
            &[make::file("./control", b"Package: a\n"), make::file("./md5sums", list.as_bytes())],
            &[make::file("./usr/share/doc/a/README.txt", readme), make::file("./usr/bin/a", b"program")],
        )
    };
    let readme = "usr/share/doc/a/README.txt";
    let (old, new) = (&b"Built 2026-01-01.\n"[..], &b"Built 2026-01-02.\n"[..]);
    let right = |content| package(content, &[(content, readme), (b"program", "usr/bin/a")]);
    let judged = |shipped: &[u8], rebuilt: &[u8]| {
        let found = compare("a.deb", shipped, rebuilt, &Context::default());
        let list =
            found.differences.iter().find(|difference| difference.path.contains(&"./md5sums".to_owned()));
        (rung(shipped, rebuilt, &found), list.map(|difference| difference.label))
    };
    // The description states the size of the files, and nothing else of it may differ.
    let described = |control: &str, readme: &[u8]| {
        make::deb(
            &[make::file("./control", control.as_bytes())],
            &[make::file("./usr/share/doc/a/README.txt", readme)],
        )
    };
    let long = [old, &b"Built 2026-01-01.\n".repeat(100)].concat();
    let longer = [&long[..], &b"Built 2026-01-01.\n".repeat(100)].concat();
    let other = String::from_utf8(long.clone()).unwrap().replace("2026-01-01", "2026-01-02").into_bytes();
    let size = |size: u32| format!("Package: a\nInstalled-Size: {size}\nArchitecture: all\n");
    assert_eq!(judged(&described(&size(2), &long), &described(&size(2), &other)).0, Rung::Explained);
    assert_eq!(judged(&described(&size(3), &long), &described(&size(2), &other)).0, Rung::Unexplained);
    let label = |shipped: &[u8], rebuilt: &[u8]| {
        let found = compare("a.deb", shipped, rebuilt, &Context::default());
        found.differences.iter().find(|d| d.path.contains(&"./control".to_owned())).map(|d| d.label)
    };
    assert_eq!(label(&described(&size(3), &long), &described(&size(5), &longer)), Some(Label::Derived));
    assert_eq!(label(&described(&size(3), &long), &described(&size(6), &longer)), Some(Label::Unexplained));
    assert_eq!(
        label(&described(&size(3), &long), &described("Package: a\n", &longer)),
        Some(Label::Unexplained)
    );
    let root = size(2).replace("all", "any");
    assert_eq!(judged(&described(&root, &long), &described(&size(2), &other)).0, Rung::Unexplained);
    assert_eq!(judged(&right(old), &right(new)), (Rung::Explained, Some(Label::Derived)));
    let wrong = package(old, &[(b"other", readme), (b"program", "usr/bin/a")]);
    assert_eq!(judged(&wrong, &right(new)), (Rung::Unexplained, Some(Label::Unexplained)));
    let omits = package(old, &[(old, readme)]);
    assert_eq!(judged(&omits, &right(new)), (Rung::Unexplained, Some(Label::Unexplained)));
    let more = package(old, &[(old, readme), (b"program", "usr/bin/a"), (b"x", "usr/bin/x")]);
    assert_eq!(judged(&more, &right(new)), (Rung::Unexplained, Some(Label::Unexplained)));
}

/// Files that stand packed together are told apart, and what explains them explains the bytes they stand in.
#[test]
fn a_file_in_a_cabinet_that_differs_is_named() {
    use crate::formats::samples;
    let cabinet =
        |name: &str, text: &[u8]| samples::cab_of(0, &[(name, text)], &[(text.to_vec(), text.len() as u16)]);
    for (name, expected) in [("readme.txt", Rung::Explained), ("readme.js", Rung::Unexplained)] {
        let (shipped, rebuilt) =
            (cabinet(name, b"Built 2026-01-01.\n"), cabinet(name, b"Built 2026-01-02.\n"));
        let found = compare("a.cab", &shipped, &rebuilt, &Context::default());
        assert_eq!(rung(&shipped, &rebuilt, &found), expected, "{found:#?}");
        let mut inside = found.differences.iter().filter(|difference| difference.path == ["a.cab", name]);
        let inside = inside.next().unwrap();
        assert_eq!(inside.cause.as_deref(), (expected == Rung::Explained).then_some("timestamp-in-text"));
        assert_eq!(found.account.bytes(Label::Explained) > 0, expected == Rung::Explained);
    }
}

#[test]
fn a_build_path_in_what_programs_obey_is_not_explained() {
    let ours = "Manifest-Version: 1.0\nBuild-Path: /build/source\n";
    let judged = |name: &str, shipped: &str, rebuilt: &str| {
        let (shipped, rebuilt) = (shipped.as_bytes(), rebuilt.as_bytes());
        rung(shipped, rebuilt, &compare(name, shipped, rebuilt, &context()))
    };
    assert_eq!(judged("MANIFEST.MF", &ours.replace("/build/source", "/home/v"), ours), Rung::Explained);
    for (name, line) in [
        ("MANIFEST.MF", "Class-Path: file:/build/source/a.jar\n"),
        ("MANIFEST.MF", "Launcher-Agent-Class: a\n /build/source\n"),
        ("METADATA", "Requires-Dist: x @ file:///build/source/x\n"),
    ] {
        let ours = format!("Manifest-Version: 1.0\n{line}");
        assert_eq!(
            judged(name, &ours.replace("/build/source", "/home/v"), &ours),
            Rung::Unexplained,
            "{line}"
        );
    }
}
