//! pip under guard runs nothing of a package, where pip alone does.

use std::process::Command;

use super::*;

const GUARD: &str = include_str!("../../../src/source/guarded_pip.py");

/// A source distribution whose build back end leaves a mark when it is imported, in a folder of its own.
fn package(place: &Place) -> PathBuf {
    let mark = place.at("mark");
    let backend =
        format!("open({mark:?}, 'w').close()\ndef get_requires_for_build_wheel(c=None):\n    return []\n");
    let project = "[build-system]\nrequires = []\nbuild-backend = 'backend'\nbackend-path = ['.']\n";
    let metadata = "Metadata-Version: 2.1\nName: marked\nVersion: 1.0\n";
    let mut tar = tar::Builder::new(flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::fast()));
    for (name, content) in
        [("backend.py", backend.as_str()), ("pyproject.toml", project), ("PKG-INFO", metadata)]
    {
        let mut header = tar::Header::new_gnu();
        header.set_size(content.len() as u64);
        header.set_mode(0o644);
        tar.append_data(&mut header, format!("marked-1.0/{name}"), content.as_bytes()).unwrap();
    }
    let bytes = tar.into_inner().unwrap().finish().unwrap();
    place.write("index/marked-1.0.tar.gz", &bytes)
}

fn pip(place: &Place, start: &[&str], file: &Path) -> std::process::Output {
    let sha256 = Sha256::of(&fs::read(file).unwrap());
    let requirement = place.write("requirement.txt", format!("marked==1.0 --hash=sha256:{sha256}\n"));
    Command::new("python3")
        .args(start)
        .args(["download", "--no-input", "--no-deps", "--require-hashes", "--no-binary=:all:", "--no-index"])
        .arg("--find-links")
        .arg(file.parent().unwrap())
        .arg("--requirement")
        .arg(requirement)
        .arg("--dest")
        .arg(place.at("dest"))
        .output()
        .unwrap()
}

#[test]
fn a_source_distribution_is_brought_without_running_it() {
    let place = Place::new();
    let file = package(&place);
    let report = place.at("opened");
    let output = pip(&place, &["-c", GUARD, report.to_str().unwrap()], &file);
    assert_eq!(output.status.code(), Some(97), "{}", String::from_utf8_lossy(&output.stderr));
    assert!(!place.at("mark").exists(), "the package ran");
    let opened = fs::read(report).unwrap();
    let opened: Vec<&[u8]> = opened.split(|byte| *byte == 0).collect();
    assert!(opened.contains(&file.as_os_str().as_encoded_bytes()), "{opened:?}");

    // The same without the guard: were the mark not left, this test would show nothing.
    pip(&place, &["-m", "pip"], &file);
    assert!(place.at("mark").exists(), "pip alone does not run the package; is the guard still needed?");
}
