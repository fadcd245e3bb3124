//! `pellucid compare` as its users meet it: exit codes, text, JSON.

use std::path::Path;
use std::process::Command;
use std::process::Output;

use super::make;

fn run(folder: &Path, shipped: &[u8], rebuilt: &[u8], more: &[&str]) -> Output {
    std::fs::write(folder.join("shipped.tar"), shipped).unwrap();
    std::fs::write(folder.join("rebuilt.tar"), rebuilt).unwrap();
    let mut command = Command::new(env!("CARGO_BIN_EXE_pellucid"));
    command.current_dir(folder).args(["compare", "shipped.tar", "rebuilt.tar"]).args(more);
    command.output().unwrap()
}

fn code(output: &Output) -> i32 {
    output.status.code().unwrap()
}

#[test]
fn exit_0_is_for_bit_exact_and_for_the_rung_that_is_accepted() {
    let folder = tempfile::tempdir().unwrap();
    let at = folder.path();
    let plain = make::tar(&[make::file("a", b"x")]);
    let later = make::tar(&[make::file("a", b"x").with(|e| e.mtime = *b"14524707000\0")]);
    let other = make::tar(&[make::file("a", b"y")]);
    assert_eq!(code(&run(at, &plain, &plain, &[])), 0);
    assert_eq!(code(&run(at, &later, &plain, &[])), 1);
    assert_eq!(code(&run(at, &later, &plain, &["--accept", "explained"])), 0);
    assert_eq!(code(&run(at, &later, &plain, &["--accept", "exact-modulo-signature"])), 1);
    assert_eq!(code(&run(at, &other, &plain, &["--accept", "explained"])), 1);
    assert_eq!(code(&run(at, &plain, &plain, &["--accept", "anything"])), 2);
    std::fs::remove_file(at.join("rebuilt.tar")).unwrap();
    let missing = Command::new(env!("CARGO_BIN_EXE_pellucid"))
        .current_dir(at)
        .args(["compare", "shipped.tar", "rebuilt.tar"])
        .output()
        .unwrap();
    assert_eq!(code(&missing), 2);
    let said = String::from_utf8_lossy(&missing.stderr).into_owned();
    assert!(said.contains("rebuilt.tar") && said.contains("nothing was compared"), "{said}");
}

#[test]
fn json_carries_the_rung_the_account_and_the_regions() {
    let folder = tempfile::tempdir().unwrap();
    let plain = make::tar(&[make::file("a", b"x")]);
    let other = make::tar(&[make::file("a", b"y")]);
    let output = run(folder.path(), &other, &plain, &["--format", "json"]);
    let json: serde_json::Value = serde_json::from_slice(&output.stdout).unwrap();
    assert_eq!(json["rung"], "unexplained");
    assert_eq!(json["comparison"]["account"]["unexplained"], 1);
    assert_eq!(json["comparison"]["account"]["reproduced"], other.len() as u64 - 1);
    assert_eq!(json["comparison"]["differences"][0]["path"], serde_json::json!(["shipped.tar", "a"]));
}

#[test]
fn the_terminal_shows_verdict_account_and_difference() {
    let folder = tempfile::tempdir().unwrap();
    let plain = make::tar(&[make::file("notes.txt", b"one\ntwo\n")]);
    let other = make::tar(&[make::file("notes.txt", b"one\n2\n")]);
    let output = run(folder.path(), &other, &plain, &[]);
    insta::assert_snapshot!(String::from_utf8_lossy(&output.stdout), @r"
    unexplained: 1 of 2048 shipped bytes are unexplained, and 2 rebuilt bytes are absent from what was shipped

    account of 2048 bytes
      reproduced             2041   99.658 %
      derived                   6    0.293 %
      unexplained               1    0.049 %
      absent                    2  rebuilt and not shipped

    4 differences (- shipped, + rebuilt)

      unexplained: shipped.tar › notes.txt [text] 3 bytes differ
        | @@ line 2 shipped, line 2 rebuilt @@
        | -2
        | +two

      derived: shipped.tar › member notes.txt: size [header] 2 bytes differ
          the size of the member's content: correct on both sides

      derived: shipped.tar › member notes.txt: checksum [derived] 2 bytes differ
          recomputed from the other bytes: holds on both sides

      derived: shipped.tar › member notes.txt: padding [padding] 2 bytes differ
          recomputed from the other bytes: holds on both sides
    ");
}

#[test]
fn html_is_one_page_that_runs_nothing_and_escapes_what_vendors_wrote() {
    let folder = tempfile::tempdir().unwrap();
    let plain = make::tar(&[make::file("<script>alert(1)</script>", b"one\n<b>\n")]);
    let other = make::tar(&[make::file("<script>alert(1)</script>", b"one\n<i>\n")]);
    let output = run(folder.path(), &other, &plain, &["--format", "html"]);
    assert_eq!(code(&output), 1);
    let page = String::from_utf8(output.stdout).unwrap();
    assert!(page.starts_with("<!DOCTYPE html>") && page.contains("default-src 'none'"), "{page}");
    assert!(page.contains("<h2>unexplained</h2>") && page.contains("-&#60;i&#62;"), "{page}");
    assert!(!page.contains("<script") && !page.contains("<i>") && !page.contains("<b>"), "{page}");
}

#[test]
fn large_files_are_bit_exact_where_every_byte_is_equal_and_only_there() {
    let folder = tempfile::tempdir().unwrap();
    let mut bytes: Vec<u8> =
        (0..40_000_000u32).map(|n| (n.wrapping_mul(2_654_435_761) >> 24) as u8).collect();
    let mut compared = Command::new(env!("CARGO_BIN_EXE_pellucid"));
    compared.current_dir(folder.path()).args(["compare", "a", "b", "--format", "json"]);
    std::fs::write(folder.path().join("a"), &bytes).unwrap();
    std::fs::write(folder.path().join("b"), &bytes).unwrap();
    let output = compared.output().unwrap();
    let json: serde_json::Value = serde_json::from_slice(&output.stdout).unwrap();
    assert_eq!((code(&output), json["rung"].as_str()), (0, Some("bit-exact")));
    assert_eq!(json["comparison"]["account"]["reproduced"], 40_000_000);
    *bytes.last_mut().unwrap() ^= 1;
    std::fs::write(folder.path().join("b"), &bytes).unwrap();
    let output = compared.output().unwrap();
    let json: serde_json::Value = serde_json::from_slice(&output.stdout).unwrap();
    assert_eq!((code(&output), json["rung"].as_str()), (1, Some("unexplained")));
    assert_eq!(json["comparison"]["account"]["unexplained"], 1);
}
