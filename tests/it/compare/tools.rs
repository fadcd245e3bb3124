//! What real programs pack and compile, twice: what they do differently is explained, and nothing else is.

use std::collections::BTreeSet;

use pellucid::model::Label;
use pellucid::model::Rung;
use pellucid::model::account::Comparison;

use super::signers::Bench;
use super::signers::compared;

fn causes(found: &Comparison) -> BTreeSet<&str> {
    let explained = found.differences.iter().filter(|difference| difference.label == Label::Explained);
    explained.filter_map(|difference| difference.cause.as_deref()).collect()
}

fn content() -> Vec<u8> {
    (0..50_000u32).flat_map(|n| (n * n % 7919).to_string().into_bytes()).collect()
}

#[test]
fn two_compilations_of_one_dotnet_source_differ_in_their_identity_and_time() {
    let Some(bench) = Bench::with(&[("ilasm", "mono-devel")]) else { return };
    let source = |value: u32| {
        format!(
            ".assembly extern mscorlib {{}}\n.assembly a {{}}\n.module a.exe\n\
             .class public A extends [mscorlib]System.Object {{\n\
             .method public static int32 Main() cil managed {{ .entrypoint ldc.i4.{value} ret }}\n}}\n"
        )
    };
    let compiled = |value, name: &str| {
        bench.write("a.il", source(value).as_bytes());
        let output = format!("-output:{}", bench.path().join(name).display());
        bench.run("mono-devel", &["ilasm", "-quiet", &output, "a.il"]);
        bench.read(name)
    };
    let (one, two, other) = (compiled(0, "one.exe"), compiled(0, "two.exe"), compiled(1, "other.exe"));
    let (rung, found) = compared("a.exe", &one, &two);
    assert_eq!(rung, Rung::Explained, "{found:#?}");
    assert!(causes(&found).contains("module-id"), "{found:#?}");
    assert!(causes(&found).is_subset(&BTreeSet::from(["module-id", "timestamp"])));
    let (rung, found) = compared("a.exe", &other, &two);
    assert_eq!(rung, Rung::Unexplained);
    assert!(
        found.differences.iter().any(|d| d.role == "code" && d.label == Label::Unexplained),
        "{found:#?}"
    );
    // Sixteen bytes that are no identity in the place of one.
    let id =
        found.differences.iter().find(|difference| difference.path == ["a.exe", "clr module id"]).unwrap();
    let at = id.offset.unwrap() as usize;
    let mut written = one.clone();
    written[at..at + 16].copy_from_slice(b"echo this would!");
    assert_eq!(compared("a.exe", &written, &two).0, Rung::Unexplained);
}

#[test]
fn what_7zip_packs_with_more_effort_holds_the_same_files() {
    let Some(bench) = Bench::with(&[("7z", "p7zip-full")]) else { return };
    bench.write("a.js", &content());
    bench.write("d/b.txt", b"text\n");
    let packed = |name: &str, method: &str| {
        let method = format!("-m0={method}");
        bench.run("p7zip-full", &["7z", "a", "-bd", "-ms=on", &method, name, "a.js", "d"]);
        bench.read(name)
    };
    for (nth, (one, two)) in [
        ("lzma2:d=1m:a=0:fb=16", "lzma2:d=1m:a=1:fb=200"),
        ("lzma:d=1m:a=0:fb=16", "lzma:d=1m:a=1:fb=200"),
        ("deflate:pass=1:fb=24", "deflate:pass=15:fb=240"),
    ]
    .into_iter()
    .enumerate()
    {
        let names = [format!("one-{nth}.7z"), format!("two-{nth}.7z")];
        let (shipped, rebuilt) = (packed(&names[0], one), packed(&names[1], two));
        let (rung, found) = compared("a.7z", &shipped, &rebuilt);
        assert_eq!(rung, Rung::Explained, "{one}: {found:#?}");
        assert_eq!(causes(&found), BTreeSet::from(["compression"]), "{one}");
    }
    let before = bench.read("one-0.7z");
    let mut changed = content();
    changed[40_000] ^= 1;
    bench.write("a.js", &changed);
    let (rung, found) = compared("a.7z", &packed("changed.7z", "lzma2:d=1m:a=0:fb=16"), &before);
    assert_eq!(rung, Rung::Unexplained);
    assert!(found.differences.iter().any(|difference| difference.path == ["a.7z", "a.js"]), "{found:#?}");
}

#[test]
fn images_that_mksquashfs_makes_at_other_times_and_with_other_effort_hold_the_same_files() {
    let Some(bench) = Bench::with(&[("mksquashfs", "squashfs-tools")]) else { return };
    bench.write("t/bin/run", &content());
    bench.write("t/readme.txt", b"text\n");
    for n in 0..600 {
        bench.write(&format!("t/many/{n}"), format!("file {n}\n").as_bytes());
    }
    let made = |name: &str, more: &[&str]| {
        let line = ["mksquashfs", "t", name, "-quiet", "-no-progress", "-noappend", "-all-root"];
        bench.run("squashfs-tools", &[&line[..], more].concat());
        bench.read(name)
    };
    let at = |name: &str, time: &str, level: &str| {
        made(name, &["-mkfs-time", time, "-all-time", time, "-comp", "gzip", "-Xcompression-level", level])
    };
    let plain = at("plain", "1700000000", "2");
    let (rung, found) = compared("x.squashfs", &at("later", "1710000000", "2"), &plain);
    assert_eq!(rung, Rung::Explained, "{found:#?}");
    assert!(causes(&found).contains("timestamp"), "{found:#?}");
    let (rung, found) = compared("x.squashfs", &at("less", "1700000000", "1"), &plain);
    assert_eq!(rung, Rung::Explained, "{found:#?}");
    assert_eq!(causes(&found), BTreeSet::from(["archive-metadata", "compression"]));
    let mut changed = content();
    changed[40_000] ^= 1;
    bench.write("t/bin/run", &changed);
    let (rung, found) = compared("x.squashfs", &at("changed", "1700000000", "2"), &plain);
    assert_eq!(rung, Rung::Unexplained);
    assert!(found.differences.iter().any(|d| d.path[..2] == ["x.squashfs", "bin/run"]), "{found:#?}");
}

#[test]
fn a_resource_of_a_windows_program_that_differs_is_named() {
    let programs = [
        ("x86_64-w64-mingw32-windres", "binutils-mingw-w64-x86-64"),
        ("x86_64-w64-mingw32-gcc", "gcc-mingw-w64-x86-64"),
    ];
    let Some(bench) = Bench::with(&programs) else { return };
    bench.write("a.c", b"int main(void) { return 0; }\n");
    let built = |level: &str| {
        bench.write("a.manifest", format!("<assembly><level>{level}</level></assembly>\n").as_bytes());
        bench.write("a.rc", b"1 24 \"a.manifest\"\nNOTE RCDATA { \"a note\" }\n");
        bench.run(programs[0].1, &[programs[0].0, "a.rc", "a.o"]);
        bench.run(programs[1].1, &[programs[1].0, "-Wl,--no-insert-timestamp", "a.c", "a.o", "-o", "a.exe"]);
        bench.read("a.exe")
    };
    let (one, two) = (built("asInvoker"), built("requireAdmin"));
    let (rung, found) = compared("a.exe", &one, &two);
    assert_eq!(rung, Rung::Unexplained);
    let places: Vec<&str> =
        found.differences.iter().filter_map(|d| d.path.get(1)).map(String::as_str).collect();
    assert!(places.contains(&"resource manifest/1/1033"), "{places:?}");
}
