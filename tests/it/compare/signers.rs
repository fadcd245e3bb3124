//! Grafts against real signers. Each test names the program it needs. Where that is missing the test says aloud
//! that it was skipped and how to install it; with `PELLUCID_EVERY_TEST` set, as in CI, it fails: a graft that was
//! tried on made-up signatures only is not tried.

use std::io::Write;
use std::ops::Range;
use std::path::Path;
use std::process::Command;

use object::write;
use pellucid::compare::Context;
use pellucid::compare::compare;
use pellucid::model::Label;
use pellucid::model::Rung;
use pellucid::model::account::Comparison;

use super::make;
use super::pe;
use super::rung;

/// A folder with a program of the distribution to run in.
pub struct Bench(tempfile::TempDir);

impl Bench {
    fn new() -> Bench {
        Bench(tempfile::tempdir().unwrap())
    }

    /// A bench where all of these programs are, each with the Debian package it is in; nothing, said aloud,
    /// where one is missing.
    pub fn with(programs: &[(&str, &str)]) -> Option<Bench> {
        let paths = std::env::var_os("PATH").unwrap_or_default();
        let is_there = |program: &str| std::env::split_paths(&paths).any(|path| path.join(program).is_file());
        let (program, package) = match programs.iter().find(|(program, _)| !is_there(program)) {
            None => return Some(Bench::new()),
            Some(missing) => missing,
        };
        let sentence = format!("{program} is missing: nothing was tested; apt-get install {package}");
        assert!(std::env::var_os("PELLUCID_EVERY_TEST").is_none(), "{sentence}");
        // Past the harness, which keeps what a passing test prints to itself.
        let said = format!("SKIPPED a test with a real program: {sentence}\n");
        std::io::stderr().write_all(said.as_bytes()).unwrap();
        None
    }

    pub fn path(&self) -> &Path {
        self.0.path()
    }

    pub fn write(&self, name: &str, bytes: &[u8]) {
        let path = self.path().join(name);
        std::fs::create_dir_all(path.parent().unwrap()).unwrap();
        std::fs::write(path, bytes).unwrap();
    }

    pub fn read(&self, name: &str) -> Vec<u8> {
        std::fs::read(self.path().join(name)).unwrap()
    }

    /// Runs `line`, which starts with a program of the Debian package `package`.
    pub fn run(&self, package: &str, line: &[&str]) {
        let (program, arguments) = line.split_first().unwrap();
        let mut command = Command::new(program);
        command.current_dir(self.path()).args(arguments).env("GNUPGHOME", self.path().join("gnupg"));
        let output = command.output().unwrap_or_else(|error| {
            panic!("{program} cannot be started ({error}): nothing was tested; apt-get install {package}")
        });
        let said = [output.stdout, output.stderr].map(|text| String::from_utf8_lossy(&text).into_owned());
        assert!(output.status.success(), "{line:?}: {said:?}");
    }

    /// A key and a certificate for it: `key.pem`, `cert.pem`.
    fn certificate(&self) {
        let subject = ["req", "-x509", "-newkey", "rsa:2048", "-nodes", "-subj", "/CN=test", "-days", "3650"];
        let files = ["-keyout", "key.pem", "-out", "cert.pem"];
        self.run("openssl", &[&["openssl"][..], &subject, &files].concat());
    }

    /// Signs `from` as Authenticode does.
    fn authenticode(&self, from: &str, to: &str, more: &[&str]) {
        let line = ["osslsigncode", "sign", "-certs", "cert.pem", "-key", "key.pem", "-h", "sha256"];
        self.run("osslsigncode", &[&line[..], more, &["-in", from, "-out", to]].concat());
    }

    /// A key store with one key by the name `k` and one by the name `other`.
    fn key_store(&self) {
        for alias in ["k", "other"] {
            let store =
                ["keytool", "-genkeypair", "-keystore", "ks", "-storepass", "secret", "-alias", alias];
            let key = ["-keyalg", "RSA", "-dname", "CN=test", "-validity", "3650"];
            self.run("default-jdk-headless", &[&store[..], &key].concat());
        }
    }
}

pub fn compared(name: &str, shipped: &[u8], rebuilt: &[u8]) -> (Rung, Comparison) {
    let found = compare(name, shipped, rebuilt, &Context::default());
    assert_eq!(found.account.size(), shipped.len() as u64);
    (rung(shipped, rebuilt, &found), found)
}

/// The signature is proved to be the only difference, and no bit outside it can be turned without being seen.
/// Gives the ranges of the shipped file that the signature takes.
fn proved(name: &str, scheme: &str, shipped: &[u8], rebuilt: &[u8]) -> Vec<Range<usize>> {
    proved_but(name, scheme, shipped, rebuilt, &[])
}

/// The same, where the signer's bytes stand in the place of these bytes of the rebuilt file.
fn proved_but(
    name: &str,
    scheme: &str,
    shipped: &[u8],
    rebuilt: &[u8],
    replaced: &[Range<usize>],
) -> Vec<Range<usize>> {
    let (reached, found) = compared(name, shipped, rebuilt);
    assert_eq!(reached, Rung::ExactModuloSignature, "{found:#?}");
    let graft = found.graft.as_ref().unwrap();
    assert!(graft.equal && graft.covers && graft.scheme == scheme, "{graft:#?}");
    let signature: Vec<Range<usize>> = found
        .differences
        .iter()
        .filter(|difference| difference.label == Label::Signature)
        .map(|difference| {
            let at = difference.offset.unwrap() as usize;
            at..at + difference.shipped_size as usize
        })
        .collect();
    assert!(signature.iter().map(Range::len).sum::<usize>() > 64, "{found:#?}");
    let inside = |at: usize| signature.iter().any(|range| range.contains(&at));
    let step = (shipped.len() / 700).max(1);
    let mut outside = 0;
    // Evenly over the file, and every byte that stands next to the signature's.
    let near = signature.iter().flat_map(|range| [range.start.saturating_sub(1), range.end]);
    for at in (0..shipped.len()).step_by(step).chain(near).filter(|at| *at < shipped.len()) {
        let turned = turned(shipped, at);
        let (reached, found) = compared(name, &turned, rebuilt);
        match inside(at) {
            // A bit of the signature's value changes nothing that the rebuilt file could tell.
            true => assert!(
                [Rung::Unexplained, Rung::ExactModuloSignature].contains(&reached),
                "{at}: {found:#?}"
            ),
            false => {
                outside += 1;
                assert_eq!(reached, Rung::Unexplained, "bit 0 of byte {at} turned: {found:#?}");
            }
        }
        let at = at % rebuilt.len();
        if outside % 8 == 0 && !replaced.iter().any(|range| range.contains(&at)) {
            let (reached, found) = compared(name, shipped, &self::turned(rebuilt, at));
            assert_eq!(reached, Rung::Unexplained, "rebuilt, bit 0 of {at}: {found:#?}");
        }
    }
    assert!(outside > 50, "{outside} bits outside the signature were tried");
    signature
}

fn turned(bytes: &[u8], at: usize) -> Vec<u8> {
    let mut bytes = bytes.to_vec();
    bytes[at] ^= 1;
    bytes
}

/// What was done to a signed file after signing must be seen.
fn seen(name: &str, what: &str, shipped: &[u8], rebuilt: &[u8]) {
    let (reached, found) = compared(name, shipped, rebuilt);
    assert_eq!(reached, Rung::Unexplained, "{what}: {found:#?}");
}

/// The only place where `needle` stands.
fn find(bytes: &[u8], needle: &[u8]) -> usize {
    let mut found = bytes.windows(needle.len()).enumerate().filter(|(_, window)| *window == needle);
    let (at, _) = found.next().unwrap();
    assert!(found.next().is_none());
    at
}

#[test]
fn with_osslsigncode_and_mingw_a_signed_program_is_the_rebuilt_one_but_for_its_signature() {
    let Some(bench) = Bench::with(&[
        ("osslsigncode", "osslsigncode"),
        ("openssl", "openssl"),
        ("x86_64-w64-mingw32-as", "binutils-mingw-w64-x86-64"),
    ]) else {
        return;
    };
    bench.certificate();
    let source = b".globl start\nstart: mov $2026,%eax\nret\n.section .rdata\n.ascii \"harmless\"\n";
    bench.write("a.s", source);
    let tool = |name: &str| format!("x86_64-w64-mingw32-{name}");
    bench.run("binutils-mingw-w64-x86-64", &[&tool("as"), "-o", "a.o", "a.s"]);
    let link = ["-s", "--no-insert-timestamp", "-e", "start", "-o", "plain.exe", "a.o"];
    bench.run("binutils-mingw-w64-x86-64", &[&[tool("ld").as_str()][..], &link].concat());
    bench.authenticode("plain.exe", "signed.exe", &["-n", "A program", "-i", "https://example.org"]);
    let (plain, signed) = (bench.read("plain.exe"), bench.read("signed.exe"));
    let parts = proved("a.exe", "authenticode", &signed, &plain);
    let table = parts.last().unwrap().clone();
    // Two signers sign the same program: each is proved against the other's.
    bench.certificate();
    bench.authenticode("plain.exe", "other.exe", &[]);
    assert_eq!(compared("a.exe", &bench.read("other.exe"), &signed).0, Rung::ExactModuloSignature);
    bench.authenticode("signed.exe", "nested.exe", &["-nest"]);
    seen("a.exe", "a second signature nested in the first", &bench.read("nested.exe"), &plain);
    let grown = |hidden: &[u8]| {
        let mut grown = signed.clone();
        grown.extend_from_slice(hidden);
        let size = (grown.len() - table.start) as u32;
        grown[table.start..table.start + 4].copy_from_slice(&size.to_le_bytes());
        let entry = find(
            &signed,
            &[&(table.start as u32).to_le_bytes()[..], &(table.len() as u32).to_le_bytes()].concat(),
        );
        grown[entry + 4..entry + 8].copy_from_slice(&size.to_le_bytes());
        pe::checksummed_at(grown, plain_checksum(&signed))
    };
    seen("a.exe", "bytes behind the PKCS#7 data, inside the table", &grown(b"payload!"), &plain);
    // Sixteen zeros more in the table hold nothing, and are no signature either.
    seen("a.exe", "zeros behind the PKCS#7 data", &grown(&[0; 16]), &plain);
    let odd = [&plain[..], b"odd"].concat();
    bench.write("odd.exe", &odd);
    bench.authenticode("odd.exe", "odd-signed.exe", &[]);
    let odd_signed = bench.read("odd-signed.exe");
    proved("a.exe", "authenticode", &odd_signed, &odd);
    let filled = odd.len();
    assert_eq!(&odd_signed[filled..filled + 5], [0; 5]);
    seen(
        "a.exe",
        "filler that is not zero",
        &pe::checksummed_at(turned(&odd_signed, filled + 1), plain_checksum(&odd_signed)),
        &odd,
    );
}

/// Where a PE file's checksum stands.
fn plain_checksum(bytes: &[u8]) -> usize {
    u32::from_le_bytes(bytes[60..64].try_into().unwrap()) as usize + 24 + 64
}

#[test]
fn with_osslsigncode_and_wixl_a_signed_installer_is_the_rebuilt_one_but_for_its_signature() {
    let Some(bench) =
        Bench::with(&[("osslsigncode", "osslsigncode"), ("openssl", "openssl"), ("wixl", "wixl")])
    else {
        return;
    };
    bench.certificate();
    bench.write("data.bin", &(0..9000u32).map(|n| ((n * n) >> 3) as u8).collect::<Vec<u8>>());
    bench.write("a.wxs", WXS.as_bytes());
    bench.run("wixl", &["wixl", "-o", "plain.msi", "a.wxs"]);
    bench.authenticode("plain.msi", "signed.msi", &[]);
    let (plain, signed) = (bench.read("plain.msi"), bench.read("signed.msi"));
    // Where the rebuilt file's streams stand counts for nothing; every bit of them does.
    let anatomy = pellucid::formats::open("a.msi", &plain);
    let layout = anatomy.regions.iter().filter(|region| region.role != pellucid::model::Role::Member);
    let layout: Vec<Range<usize>> =
        layout.map(|region| region.range.start as usize..region.range.end as usize).collect();
    proved_but("a.msi", "msi", &signed, &plain, &layout);
    // The cabinet in it was packed by another program than the sample's: its file is found in it.
    let data = bench.read("data.bin");
    let mut found = false;
    let mut look = |_: &[String], bytes: &[u8], _: &pellucid::model::Anatomy| found |= bytes == data;
    pellucid::formats::walk("a.msi", &plain, pellucid::model::Limits::default(), &mut look);
    assert!(found, "data.bin is not found in the installer's cabinet");
    bench.authenticode("signed.msi", "nested.msi", &["-nest"]);
    seen("a.msi", "a second signature nested in the first", &bench.read("nested.msi"), &plain);
    bench.authenticode("plain.msi", "extended.msi", &["-add-msi-dse"]);
    seen("a.msi", "a second signature stream", &bench.read("extended.msi"), &plain);
    let longer = [&signed[..], &[0; 512]].concat();
    seen("a.msi", "a sector no table knows", &longer, &plain);
    seen("a.msi", "a sector no table knows, with content", &[&signed[..], &[b'p'; 512]].concat(), &plain);
}

const WXS: &str = r#"<?xml version="1.0" encoding="utf-8"?>
<Wix xmlns="http://schemas.microsoft.com/wix/2006/wi">
  <Product Id="12345678-1234-1234-1234-123456789012" Name="T" Language="1033" Version="1.0.0" Manufacturer="M"
           UpgradeCode="22345678-1234-1234-1234-123456789012">
    <Package InstallerVersion="200" Compressed="yes"/>
    <Media Id="1" Cabinet="t.cab" EmbedCab="yes"/>
    <Directory Id="TARGETDIR" Name="SourceDir"><Directory Id="ProgramFilesFolder"><Directory Id="D" Name="T">
      <Component Id="C" Guid="32345678-1234-1234-1234-123456789012"><File Id="F" Source="data.bin"/></Component>
    </Directory></Directory></Directory>
    <Feature Id="X" Level="1"><ComponentRef Id="C"/></Feature>
  </Product>
</Wix>
"#;

#[test]
fn with_jarsigner_a_signed_jar_is_the_rebuilt_one_but_for_its_signature() {
    let Some(bench) = Bench::with(&[("jarsigner", "default-jdk-headless")]) else { return };
    bench.key_store();
    bench.write("d/A.bin", &[0xca; 3000]);
    bench.write("d/x.txt", b"harmless\n");
    bench.run("default-jdk-headless", &["jar", "--create", "--file", "plain.jar", "-e", "A", "d"]);
    let sign = |to: &str, from: &str, alias: &str| {
        let line = ["jarsigner", "-keystore", "ks", "-storepass", "secret", "-signedjar", to, from, alias];
        bench.run("default-jdk-headless", &line);
    };
    sign("signed.jar", "plain.jar", "k");
    let (plain, signed) = (bench.read("plain.jar"), bench.read("signed.jar"));
    // Of the rebuilt manifest's own records only the content counts.
    let name = b"META-INF/MANIFEST.MF";
    let local = plain.windows(name.len()).position(|window| window == name).unwrap();
    let central = plain.windows(name.len()).rposition(|window| window == name).unwrap();
    let replaced = [local - 30..local + name.len(), central - 46..central + name.len(), local..local + 120];
    proved_but("a.jar", "jar", &signed, &plain, &replaced);
    sign("other.jar", "plain.jar", "other");
    assert_eq!(compared("a.jar", &bench.read("other.jar"), &signed).0, Rung::ExactModuloSignature);
    sign("twice.jar", "signed.jar", "other");
    seen("a.jar", "a second signature", &bench.read("twice.jar"), &plain);
    let mut commented = signed.clone();
    let end = commented.len();
    commented[end - 2] = 7;
    commented.extend_from_slice(b"payload");
    seen("a.jar", "an archive comment", &commented, &plain);
    // A file the vendor adds before signing is signed, and was not rebuilt.
    bench.write("d/more.txt", b"not in the source\n");
    bench.run("default-jdk-headless", &["jar", "--create", "--file", "more.jar", "-e", "A", "d"]);
    sign("more-signed.jar", "more.jar", "k");
    seen("a.jar", "a file more", &bench.read("more-signed.jar"), &plain);
    // An attribute the vendor adds to the manifest before signing: readers obey it.
    bench.write("m", b"Class-Path: https://example.org/payload.jar\r\n");
    let line = ["jar", "--create", "--file", "path.jar", "--manifest", "m", "-e", "A", "d/A.bin", "d/x.txt"];
    bench.run("default-jdk-headless", &line);
    sign("path-signed.jar", "path.jar", "k");
    seen("a.jar", "an attribute more", &bench.read("path-signed.jar"), &plain);
}

#[test]
fn with_apksigner_a_package_signed_by_each_scheme_is_the_rebuilt_one_but_for_its_signature() {
    let Some(bench) = Bench::with(&[("apksigner", "apksigner"), ("keytool", "default-jdk-headless")]) else {
        return;
    };
    bench.key_store();
    let entries = [
        make::entry("AndroidManifest.xml", b"\x03\0\x08\0harmless"),
        make::entry("classes.dex", &[0xde; 3000]),
        make::entry("assets/x.txt", b"harmless\n"),
    ];
    let plain = make::zip(&entries).bytes();
    bench.write("plain.apk", &plain);
    let sign = |name: &str, schemes: [bool; 3], alias: &str| {
        let store =
            ["--ks", "ks", "--ks-pass", "pass:secret", "--ks-key-alias", alias, "--min-sdk-version", "24"];
        let [one, two, three] = schemes.map(|on| on.to_string());
        let on = ["--v1-signing-enabled", &one, "--v2-signing-enabled", &two, "--v3-signing-enabled", &three];
        let files = ["--v4-signing-enabled", "false", "--out", name, "plain.apk"];
        bench.run("apksigner", &[&["apksigner", "sign"][..], &store, &on, &files].concat());
        bench.read(name)
    };
    let two = sign("two.apk", [false, true, false], "k");
    proved("a.apk", "apk-signing-block", &two, &plain);
    let three = sign("three.apk", [false, true, true], "k");
    proved("a.apk", "apk-signing-block", &three, &plain);
    let all = sign("all.apk", [true, true, true], "k");
    proved("a.apk", "jar, apk-signing-block", &all, &plain);
    let other = sign("other.apk", [true, true, true], "other");
    assert_eq!(compared("a.apk", &other, &all).0, Rung::ExactModuloSignature);
    // Scheme 1 alone signs no attributes: nothing in the file but the key shows what it covers.
    let one = sign("one.apk", [true, false, false], "k");
    seen("a.apk", "a signature whose cover cannot be shown", &one, &plain);
    // A pair of an unknown kind in the block: readers pass over it.
    let magic = find(&two, b"APK Sig Block 42");
    let pair = [&12u64.to_le_bytes()[..], &0x1234_5678u32.to_le_bytes(), b"payload!"].concat();
    let size = u64::from_le_bytes(two[magic - 8..magic].try_into().unwrap());
    let start = magic + 16 - 8 - size as usize;
    let mut hidden = two[..magic - 8].to_vec();
    hidden[start..start + 8].copy_from_slice(&(size + pair.len() as u64).to_le_bytes());
    hidden.extend_from_slice(&pair);
    hidden.extend_from_slice(&(size + pair.len() as u64).to_le_bytes());
    hidden.extend_from_slice(&two[magic..]);
    let end = hidden.len() - 22;
    let directory = u32::from_le_bytes(hidden[end + 16..end + 20].try_into().unwrap()) + pair.len() as u32;
    hidden[end + 16..end + 20].copy_from_slice(&directory.to_le_bytes());
    seen("a.apk", "a pair more in the signing block", &hidden, &plain);
}

#[test]
fn with_rpmsign_a_signed_package_is_the_rebuilt_one_but_for_its_signature() {
    let Some(bench) = Bench::with(&[("rpmsign", "rpm"), ("rpmbuild", "rpm"), ("gpg", "gpg gpg-agent")])
    else {
        return;
    };
    bench.write("gnupg/gpg.conf", b"batch\n");
    bench.run("coreutils", &["chmod", "700", "gnupg"]);
    for name in ["k", "other"] {
        let user = format!("{name} <{name}@example.org>");
        let key =
            ["gpg", "--quiet", "--passphrase", "", "--quick-gen-key", &user, "rsa2048", "sign", "never"];
        bench.run("gpg gpg-agent", &key);
    }
    bench.write("t.spec", SPEC.as_bytes());
    let folder = bench.path().display().to_string();
    let (top, out) = (format!("_topdir {folder}/top"), format!("_rpmdir {folder}"));
    bench.run("rpm", &["rpmbuild", "-bb", "--define", &top, "--define", &out, "t.spec"]);
    let plain = bench.read("noarch/t-1-1.noarch.rpm");
    let sign = |name: &str, key: &str, more: &[&str]| {
        bench.write(name, &plain);
        let key = format!("_gpg_name {key}@example.org");
        let line = ["rpmsign", "--define", "__gpg /usr/bin/gpg", "--define", &key, "--addsign"];
        bench.run("rpm", &[&line[..], more, &[name]].concat());
        bench.read(name)
    };
    let signed = sign("signed.rpm", "k", &[]);
    assert_ne!(signed, plain);
    proved("a.rpm", "rpm", &signed, &plain);
    proved("a.rpm", "rpm", &sign("three.rpm", "k", &["--rpmv3"]), &plain);
    assert_eq!(compared("a.rpm", &sign("other.rpm", "other", &[]), &signed).0, Rung::ExactModuloSignature);
    // The reserved space is a place of four thousand bytes that no reader looks at.
    let reserved = signed.windows(64).position(|window| window == [0; 64]).unwrap();
    seen("a.rpm", "bytes in the reserved space", &turned(&signed, reserved + 32), &plain);
    let mut lead = signed.clone();
    lead[80] ^= 1;
    seen("a.rpm", "bytes in the lead", &lead, &plain);
    seen("a.rpm", "bytes behind the payload", &[&signed[..], b"payload"].concat(), &plain);
}

const SPEC: &str = "Name: t
Version: 1
Release: 1
Summary: t
License: MIT
BuildArch: noarch
%description
t
%install
mkdir -p %{buildroot}/usr/share/t
echo harmless > %{buildroot}/usr/share/t/x
%files
/usr/share/t/x
";

/// The toolchain's own linker signs images for Apple's machines without a key.
#[test]
fn with_the_toolchains_linker_a_signed_mach_o_image_is_the_rebuilt_one_but_for_its_signature() {
    let bench = Bench::new();
    let mut object = write::Object::new(
        object::BinaryFormat::MachO,
        object::Architecture::Aarch64,
        object::Endianness::Little,
    );
    let text = object.section_id(write::StandardSection::Text);
    object.append_section_data(text, &[0x40, 0xfd, 0x80, 0x52, 0xc0, 0x03, 0x5f, 0xd6].repeat(3000), 4096);
    object.add_symbol(write::Symbol {
        name: b"answer".to_vec(),
        value: 0,
        size: 8,
        kind: object::SymbolKind::Text,
        scope: object::SymbolScope::Dynamic,
        weak: false,
        section: write::SymbolSection::Section(text),
        flags: object::SymbolFlags::None,
    });
    bench.write("a.o", &object.write().unwrap());
    let root = Command::new("rustc").args(["--print", "sysroot"]).output().unwrap().stdout;
    let root = String::from_utf8(root).unwrap();
    let linker = format!("{}/lib/rustlib/x86_64-unknown-linux-gnu/bin/rust-lld", root.trim());
    let link = |machine: &str, signing: &str, to: &str| {
        let target = ["-arch", machine, "-platform_version", "macos", "11.0", "11.0"];
        let output = ["-no_uuid", "-install_name", "a.dylib", "-dylib", "-o", to, "a.o"];
        let line = [&[linker.as_str(), "-flavor", "darwin"][..], &target, &[signing], &output];
        bench.run("(the Rust toolchain's rust-lld)", &line.concat());
        bench.read(to)
    };
    // The code is aligned so that it stands in one place, whether a load command more stands before it or not.
    let plain = link("arm64", "-no_adhoc_codesign", "plain.dylib");
    let signed = link("arm64", "-adhoc_codesign", "a.dylib");
    let parts = proved("a.dylib", "mach-o-code-signature", &signed, &plain);
    let blob = parts.last().unwrap().clone();
    let page = blob.end - 32;
    seen("a.dylib", "a digest that is not its page's", &turned(&signed, page), &plain);
    let identifier = find(&signed[blob.clone()], b"a.dylib\0") + blob.start;
    seen("a.dylib", "bytes behind the identifier", &turned(&signed, identifier + 8), &plain);
}
