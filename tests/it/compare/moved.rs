//! Programs built at two places: what the longer path moved is explained, and nothing that looks like it is.
//!
//! The programs are made by the compiler that is there; every attack is on a byte of one of them, or on its source.

use std::collections::BTreeMap;
use std::collections::BTreeSet;
use std::ops::Range;

use object::Object;
use object::ObjectSection;
use pellucid::compare::Context;
use pellucid::compare::compare;
use pellucid::model::Label;
use pellucid::model::Rung;
use pellucid::model::account::Comparison;
use rayon::prelude::*;

use super::rung;
use super::signers::Bench;

/// Asserts, messages with the file's name, a table of pointers, a switch, numbers that start with zeros.
const MAIN: &str = r#"
#include <assert.h>
#include <stdio.h>
extern int other(int, char **);
extern double scale(double);
const char *volatile names[] = {"alpha", "gamma", "a much longer string that is aligned to eight"};
int inc(int x) { return x + 1; }
int doubled(int x) { assert(x > -5); return x * 2; }
static const struct op { const char *name; int (*f)(int); } ops[] = {{"inc", inc}, {"doubled", doubled}};
int classify(int c) {
  switch (c) {
  case 1: puts("one"); return 5;
  case 2: puts("two"); return 9;
  case 3: puts("three"); return 1;
  case 4: puts("four"); return 2;
  case 5: puts("five of them"); return 7;
  case 6: return 8;
  default: return 0;
  }
}
int main(int argc, char **argv) {
  assert(argc < 10);
  printf("hello from %s line %d\n", __FILE__, __LINE__);
  for (int i = 0; i < 3; i++) puts(names[i]);
  for (int i = 0; i < 2; i++) printf("%s %d\n", ops[i].name, ops[i].f(argc));
  printf("%f %d\n", scale(argc), classify(argc));
  return other(argc, argv);
}
"#;

const OTHER: &str = r#"
#include <assert.h>
#include <stdio.h>
static int counter = 7;
static const int table[] = {100000, 200000, 300000, 400000};
double scale(double x) { return x * 3.25 + 1.0; }
int other(int argc, char **argv) {
  assert(argv != NULL);
  counter += table[argc % 4];
  fprintf(stderr, "other says %d in %s\n", counter, __FILE__);
  return counter > 3;
}
"#;

/// One program, built at a place.
struct Built {
    path: String,
    bytes: Vec<u8>,
}

/// Builds at `<bench>/<place>`, with these switches for the compiler and for the linker.
fn built(bench: &Bench, place: &str, sources: &[&str], switches: &[&str], link: &[&str]) -> Built {
    // Compilers align long texts and not short ones, and put them elsewhere: both paths are long.
    let place = &format!("some/folder/for/products/{place}");
    let folder = bench.path().join(place);
    let path = folder.to_str().unwrap().to_owned();
    let mut objects = Vec::new();
    for (nth, source) in sources.iter().enumerate() {
        bench.write(&format!("{place}/f{nth}.c"), source.as_bytes());
        let (input, output) = (format!("{path}/f{nth}.c"), format!("{path}/f{nth}.o"));
        bench.run("gcc", &[&["gcc"], switches, &["-c", &input, "-o", &output]].concat());
        objects.push(output);
    }
    let output = format!("{path}/program");
    let objects: Vec<&str> = objects.iter().map(String::as_str).collect();
    bench.run("gcc", &[&["gcc"], link, &objects[..], &["-o", &output]].concat());
    Built { path, bytes: bench.read(&format!("{place}/program")) }
}

fn against(shipped: &[u8], rebuilt: &Built) -> (Rung, Comparison) {
    let facts = [("build-path".to_owned(), rebuilt.path.clone())].into_iter().collect();
    let found = compare("program", shipped, &rebuilt.bytes, &Context { facts, ..Context::default() });
    assert_eq!(found.account.size(), shipped.len() as u64);
    (rung(shipped, &rebuilt.bytes, &found), found)
}

fn bench() -> Option<Bench> {
    let bench = Bench::with(&[("gcc", "gcc"), ("strip", "binutils")])?;
    // Elsewhere the linker lays out other sections, and the code is of another machine.
    cfg!(all(target_arch = "x86_64", target_os = "linux")).then_some(bench)
}

/// Where a section stands in the file.
fn section(bytes: &[u8], name: &str) -> Range<usize> {
    let file = object::File::parse(bytes).unwrap();
    let (at, size) = file.section_by_name(name).unwrap().file_range().unwrap();
    at as usize..(at + size) as usize
}

fn find(bytes: &[u8], range: Range<usize>, needle: &[u8]) -> usize {
    let at = bytes[range.clone()].windows(needle.len()).position(|window| window == needle);
    range.start + at.unwrap_or_else(|| panic!("{}", String::from_utf8_lossy(needle)))
}

const PIE: &[&str] = &["-fPIE", "-O2"];
const LINK: &[&str] = &["-pie", "-s", "-Wl,--build-id=none"];

#[test]
fn a_longer_path_moves_what_follows_and_every_address_with_it() {
    let Some(bench) = bench() else { return };
    let sources = [MAIN, OTHER];
    for (nth, (switches, link)) in [
        (PIE, LINK),
        (PIE, &["-pie", "-Wl,--build-id=sha1"][..]),
        (&["-fPIC", "-O1", "-g"], &["-shared", "-s", "-Wl,-z,now"]),
        (&["-fPIC", "-O3", "-fno-asynchronous-unwind-tables"], &["-shared"]),
    ]
    .into_iter()
    .enumerate()
    {
        let ours = built(&bench, &format!("{nth}/r"), &sources, switches, link);
        for name in ["s", "vendor", "vendor-1.0", "some-longer/place/of/theirs/than-ours"] {
            let theirs = built(&bench, &format!("{nth}/{name}"), &sources, switches, link);
            let (rung, found) = against(&theirs.bytes, &ours);
            assert_eq!(rung, Rung::Explained, "{switches:?} {name}: {found:#?}");
            let causes: BTreeSet<_> = found.differences.iter().filter_map(|d| d.cause.as_deref()).collect();
            assert!(causes.contains("build-path"), "{causes:?}");
            assert!(causes.is_subset(&BTreeSet::from(["build-path", "moved-address", "build-id"])));
            if name.len() == 1 {
                continue;
            }
            let code = found.differences.iter().find(|found| found.role == "code");
            let code = code.unwrap_or_else(|| panic!("no code moved: {found:#?}"));
            assert_eq!((code.label, code.cause.as_deref()), (Label::Explained, Some("moved-address")));
            for told in [&theirs.path, &ours.path, "in an address alone", "refers to"] {
                assert!(code.evidence.iter().any(|sentence| sentence.contains(told)), "{told}: {code:#?}");
            }
            let unknown = compare("program", &theirs.bytes, &ours.bytes, &Context::default());
            assert!(unknown.account.bytes(Label::Unexplained) > 0, "without the run's path nothing is known");
            let other = Built { path: "/build/elsewhere".to_owned(), bytes: ours.bytes.clone() };
            assert_eq!(against(&theirs.bytes, &other).0, Rung::Unexplained, "the path is another run's");
        }
    }
}

#[test]
fn a_program_whose_addresses_are_numbers_is_not_explained() {
    let Some(bench) = bench() else { return };
    let (switches, link) = (["-fno-pie", "-O2"], ["-no-pie", "-s", "-Wl,--build-id=none"]);
    let sources = [MAIN, OTHER];
    let [ours, theirs] = ["r", "vendor-1.0"].map(|place| built(&bench, place, &sources, &switches, &link));
    let (rung, found) = against(&theirs.bytes, &ours);
    assert_eq!(rung, Rung::Unexplained);
    let code = found.differences.iter().find(|difference| difference.role == "code").unwrap();
    assert!(code.evidence.iter().any(|sentence| sentence.contains("not position-independent")), "{code:#?}");
}

#[test]
fn with_debug_information_the_code_is_explained_and_what_describes_it_is_not() {
    let Some(bench) = bench() else { return };
    let (switches, link) = (["-fPIE", "-O2", "-g"], ["-pie", "-Wl,--build-id=none"]);
    let sources = [MAIN, OTHER];
    let [ours, theirs] = ["r", "vendor-1.0"].map(|place| built(&bench, place, &sources, &switches, &link));
    let (rung, found) = against(&theirs.bytes, &ours);
    assert_eq!(rung, Rung::Unexplained);
    for difference in &found.differences {
        let name = difference.path.last().unwrap();
        assert!(difference.label < Label::Unexplained || name.starts_with(".debug"), "{difference:#?}");
    }
    let code = found.differences.iter().find(|difference| difference.role == "code").unwrap();
    assert_eq!(code.label, Label::Explained, "{code:#?}");
}

/// What a vendor could do to one program, and the program it was done to.
fn attacks(shipped: &[u8], rebuilt: &[u8]) -> BTreeMap<&'static str, Vec<u8>> {
    let (text, rodata) = (section(shipped, ".text"), section(shipped, ".rodata"));
    let mut attacks = BTreeMap::new();
    let mut add = |what: &'static str, change: &dyn Fn(&mut Vec<u8>)| {
        let mut bytes = shipped.to_vec();
        change(&mut bytes);
        assert_ne!(bytes, shipped, "{what}");
        assert!(attacks.insert(what, bytes).is_none(), "{what}");
    };
    // Sections of the stripped program stand at their address as far as the constants go.
    let lea_of = |string: &[u8]| -> usize {
        let target = find(shipped, rodata.clone(), string) as i64;
        let leads = |at: &usize| {
            let field = i32::from_le_bytes(shipped[at + 3..at + 7].try_into().unwrap());
            shipped[*at] & 0xf8 == 0x48
                && shipped[at + 1] == 0x8d
                && *at as i64 + 7 + i64::from(field) == target
        };
        text.clone().take(text.len() - 7).find(leads).unwrap_or_else(|| panic!("{string:?}"))
    };
    let put =
        |bytes: &mut Vec<u8>, at: usize, value: i32| bytes[at..at + 4].copy_from_slice(&value.to_le_bytes());
    let get = |at: usize| i32::from_le_bytes(shipped[at..at + 4].try_into().unwrap());
    let (hello, three) = (lea_of(b"hello from"), lea_of(b"three\0"));
    let distance = |one: &[u8], other: &[u8]| {
        find(shipped, rodata.clone(), other) as i32 - find(shipped, rodata.clone(), one) as i32
    };
    add("the target is another string", &|b| {
        put(b, three + 3, get(three + 3) + distance(b"three\0", b"four\0"))
    });
    add("the target is one byte further", &|b| put(b, hello + 3, get(hello + 3) + 1));
    add("the target is one byte before", &|b| put(b, hello + 3, get(hello + 3) - 1));
    add("the target is the string's last letter", &|b| put(b, three + 3, get(three + 3) + 4));
    add("the target is in the midst of the path", &|b| {
        let path = find(shipped, rodata.clone(), b"/f0.c") as i32 - 3;
        put(b, hello + 3, path - hello as i32 - 7);
    });
    let ours = section(rebuilt, ".text");
    assert_eq!(ours, text);
    add("one address did not move with its target", &|b| {
        b[hello + 3..hello + 7].copy_from_slice(&rebuilt[hello + 3..hello + 7]);
    });
    add("no address moved with its target", &|b| b[text.clone()].copy_from_slice(&rebuilt[text.clone()]));
    add("another register is loaded", &|b| b[hello + 2] ^= 0x08);
    add("the address is read instead of taken", &|b| b[hello + 1] = 0x8b);
    let compare_at = find(shipped, text.clone(), &[0x83, 0xff, 0x09]);
    add("a number changed", &|b| b[compare_at + 2] = 0x0a);
    let calls: Vec<usize> = text.clone().take(text.len() - 5).filter(|at| shipped[*at] == 0xe8).collect();
    let of_calls = |at: &usize| *at as i64 + 5 + i64::from(get(at + 1));
    let is_function = |target: i64| target > 0x1000 && target < text.end as i64;
    let real: Vec<usize> = calls.into_iter().filter(|at| is_function(of_calls(at))).collect();
    let (first, other) = (real[0], *real.iter().find(|at| of_calls(at) != of_calls(&real[0])).unwrap());
    add("a call leads to another function", &|b| {
        put(b, first + 1, (of_calls(&other) - first as i64 - 5) as i32)
    });
    add("a call leads into a function", &|b| put(b, first + 1, get(first + 1) + 4));
    let string = |what: &[u8]| find(shipped, rodata.clone(), what);
    add("a string changed where it moved to", &|b| b[string(b"hello from")] = b'H');
    add("two strings changed places", &|b| {
        b[string(b"alpha\0")..][..5].copy_from_slice(b"gamma");
        b[find(shipped, rodata.clone(), b"gamma\0")..][..5].copy_from_slice(b"alpha");
    });
    add("the file behind the path has another name", &|b| b[string(b"/f0.c") + 1] = b'g');
    add("one of two paths is another one", &|b| b[string(b"/f1.c") - 1] ^= 2);
    add("the path ends earlier", &|b| b[string(b"/f1.c") - 3] = 0);
    add("a letter is not one of a path", &|b| {
        for at in [string(b"/f0.c"), string(b"/f1.c")] {
            b[at - 1] = b'\n';
        }
    });
    add("a number among the constants changed", &|b| b[string(&200_000i32.to_le_bytes())] ^= 1);
    let double = string(&3.25f64.to_le_bytes());
    add("a fraction among the constants changed", &|b| b[double + 6] ^= 8);
    // Where the jumps of the switch lead: words of one table, each below its own address.
    let code_of = |at: usize| (get(at) < -0x100 && get(at) > -0x4000).then_some(get(at));
    let is_table = |at: &usize| (0..6).all(|word| code_of(at + word * 4).is_some());
    let jumps = rodata.clone().step_by(4).find(|at| at + 28 < rodata.end && is_table(at)).unwrap();
    let [one, two] = [0, 1].map(|word| jumps + word * 4);
    add("two jumps changed places", &|b| {
        b[one..one + 4].copy_from_slice(&get(two).to_le_bytes());
        b[two..two + 4].copy_from_slice(&get(one).to_le_bytes());
    });
    add("a jump leads into an instruction", &|b| put(b, one, get(one) + 1));
    let theirs = section(rebuilt, ".rodata");
    let ours_of = |at: usize| theirs.end - (rodata.end - at);
    add("the jumps did not move with their table", &|b| {
        b[jumps..jumps + 24].copy_from_slice(&rebuilt[ours_of(jumps)..ours_of(jumps) + 24]);
    });
    let frames = section(shipped, ".eh_frame");
    add("an unwind record is of another function", &|b| b[frames.start + 32] ^= 1);
    add("an unwind record restores another register", &|b| b[frames.end - 12] ^= 1);
    let header = section(shipped, ".eh_frame_hdr");
    add("the table of functions has other records", &|b| {
        b.copy_within(header.start + 12..header.start + 20, header.start + 20)
    });
    let relocations = section(shipped, ".rela.dyn");
    let entries: Vec<usize> = relocations.clone().step_by(24).filter(|at| shipped[at + 8] == 8).collect();
    let addend = |at: usize| shipped[at + 16..at + 24].to_vec();
    let (last, before) = (entries[entries.len() - 1], entries[entries.len() - 2]);
    add("a pointer leads to another object", &|b| b[last + 16..last + 24].copy_from_slice(&addend(before)));
    add("a pointer leads one byte further", &|b| b[last + 16] ^= 1);
    add("what runs at the start is another function", &|b| {
        b[entries[0] + 16..entries[0] + 24].copy_from_slice(&addend(entries[1]));
    });
    add("a relocation is of another place", &|b| b[last] ^= 8);
    add("a relocation is of another kind", &|b| b[last + 8] = 37);
    add("the program starts elsewhere", &|b| b[24] ^= 0x10);
    let dynamic = section(shipped, ".dynamic");
    add("what runs first is elsewhere", &|b| {
        let init = dynamic.clone().step_by(16).find(|at| shipped[*at] == 12).unwrap();
        b[init + 8] ^= 0x10;
    });
    add("a segment is executable", &|b| b[64 + 56 * 4 + 4] |= 1);
    add("a segment maps other bytes", &|b| b[64 + 56 * 4 + 8 + 1] ^= 0x10);
    add("bytes behind the code", &|b| b[section(shipped, ".fini").end + 8] = 0xcc);
    add("bytes behind the unwind records", &|b| b[frames.end + 8] = 0xcc);
    add("bytes at the end", &|b| b.extend(b"echo this would run\n"));
    attacks
}

#[test]
fn nothing_that_looks_like_a_moved_address_is_explained() {
    let Some(bench) = bench() else { return };
    // The switch stands behind the strings of the file before it, so that its table moves.
    let sources = [OTHER, MAIN];
    let [ours, theirs] = ["r", "vendor-1.0/of-theirs"].map(|place| built(&bench, place, &sources, PIE, LINK));
    let (before, found) = against(&theirs.bytes, &ours);
    assert_eq!(before, Rung::Explained, "{found:#?}");
    let attacks = attacks(&theirs.bytes, &ours.bytes);
    assert!(attacks.len() >= 38, "{}", attacks.len());
    for (what, shipped) in attacks {
        let (rung, found) = against(&shipped, &ours);
        assert_eq!(rung, Rung::Unexplained, "{what}: {found:#?}");
    }
}

#[test]
fn no_byte_of_a_program_that_moved_can_change_unseen() {
    let Some(bench) = bench() else { return };
    let sources = [MAIN, OTHER];
    let [ours, theirs] = ["r", "vendor-1.0/of-theirs"].map(|place| built(&bench, place, &sources, PIE, LINK));
    let (before, found) = against(&theirs.bytes, &ours);
    assert_eq!(before, Rung::Explained, "{found:#?}");
    let looked_at =
        [".text", ".plt", ".init", ".fini", ".rodata", ".eh_frame", ".eh_frame_hdr", ".rela.dyn", ".dynamic"];
    let places: Vec<usize> = looked_at.iter().flat_map(|name| section(&theirs.bytes, name)).collect();
    let unseen: Vec<(usize, u8)> = places
        .into_par_iter()
        .map(|at| (at, 1 << (at % 8)))
        .filter(|(at, bit)| {
            let mut shipped = theirs.bytes.clone();
            shipped[*at] ^= bit;
            against(&shipped, &ours).0 != Rung::Unexplained
        })
        .collect();
    assert_eq!(unseen, []);
}

/// Sources that honest compilers make two programs of that differ in what cannot be told from an attack, or that keep
/// data where instructions are.
#[test]
fn data_among_the_instructions_and_offsets_by_hand_are_not_explained() {
    let Some(bench) = bench() else { return };
    let jump_into = r#"
int into(int x) {
  __asm__ goto("jmp %l0 + 1" : : : : there);
there:
  return x * 12345;
}"#;
    let read_code = r#"
int number(void) {
  int x;
  __asm__("movl 1f(%%rip), %0\n jmp 2f\n 1: .long 0x00002f0a\n 2:" : "=r"(x));
  return x;
}"#;
    let no_instruction = r#"
__asm__(".text\n.globl blob\nblob: .byte 0x06, 0x07, 0x0e, 0x16\n");
int blob_size = 4;"#;
    let offset_to_string = r#"
__asm__(".data\n.balign 4\n.globl offsets\noffsets: .long 1f - offsets\n"
        ".section .rodata.str1.1,\"aMS\",@progbits,1\n1: .asciz \"reached by an offset\"\n.text\n");
extern const int offsets[];
const char *reached(void) { return (const char *)offsets + offsets[0]; }"#;
    let offset_to_code = r#"
int two(void) { return 2; }
__asm__(".section .rodata\n.balign 4\n.globl offsets\noffsets: .long two - offsets\n.text\n");
extern const int offsets[];
int reached(void) { return ((int (*)(void))((const char *)offsets + offsets[0]))(); }"#;
    let length = r#"
#include <string.h>
int length(void) { return strlen(__FILE__); }"#;
    for (nth, (what, source)) in [
        ("a jump into an instruction", jump_into),
        ("a number among the instructions", read_code),
        ("bytes that are no instruction", no_instruction),
        ("an offset to a string", offset_to_string),
        ("an offset to a function", offset_to_code),
        ("the length of the path as a number", length),
    ]
    .into_iter()
    .enumerate()
    {
        let sources = [MAIN, OTHER, source];
        let [ours, theirs] = ["r", "vendor-1.0/of-theirs"]
            .map(|place| built(&bench, &format!("{nth}/{place}"), &sources, PIE, LINK));
        let (rung, found) = against(&theirs.bytes, &ours);
        assert_eq!(rung, Rung::Unexplained, "{what}: {found:#?}");
    }
}
