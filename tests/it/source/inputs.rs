//! Inputs of a build: brought by digest, laid out so that an offline build finds them.

use super::*;

const ITOA: &str = "4a5f13b858c8d314ee3e8f639011f7ccefe71f97f96e50151fb991f267928e2c";
const IS_NUMBER: &str = "7b75c1057198cf97696909a9bee176c9c5e9bcb5b03bf3ecef2f484defadd51e";
const HELLO: &str = "2e6e2f1a0007dc43bc91c273fd36e91e40a4f1c2765a03eca68b70a42103878a";

fn crate_of(package: &str, version: &str, sha256: &str) -> Input {
    Input::Crate { package: package.into(), version: version.into(), sha256: sha256.parse().unwrap() }
}

fn npm(package: &str, version: &str, sha256: &str) -> Input {
    Input::Npm { package: package.into(), version: version.into(), sha256: sha256.parse().unwrap() }
}

fn hello(version: &str, sha256: &str) -> Input {
    let (package, architecture) = ("hello".to_owned(), "amd64".to_owned());
    Input::Debian { package, version: version.into(), architecture, sha256: sha256.parse().unwrap() }
}

/// That nothing of this digest is in the cache, and nothing unfinished is left there.
fn nothing_kept(place: &Place, sha256: &str) {
    assert!(!place.at("cache/sha256").join(sha256).exists());
    let left: Vec<_> = fs::read_dir(place.at("cache/incoming"))
        .into_iter()
        .flatten()
        .flatten()
        .map(|entry| entry.path())
        .collect();
    assert!(left.is_empty(), "{left:?}");
}

#[test]
fn network_a_crate_is_brought_unpacked_and_kept() {
    let place = Place::new();
    let offer = place.offer(&[crate_of("itoa", "1.0.15", ITOA)]).unwrap();
    assert_eq!(offer.offered.keys().collect::<Vec<_>>(), ["cargo-config.toml", "vendor"]);
    let origin: Vec<(&str, &str, &str)> =
        offer.origin.iter().map(|one| (one.name.as_str(), one.by.as_str(), one.digest.as_str())).collect();
    assert_eq!(origin, [("itoa-1.0.15.crate", "cargo fetch", ITOA)]);
    let vendor = &offer.offered["vendor"].join("itoa-1.0.15");
    let sums: serde_json::Value =
        serde_json::from_slice(&fs::read(vendor.join(".cargo-checksum.json")).unwrap()).unwrap();
    assert_eq!(sums["package"], ITOA);
    let lib = Sha256::of(&fs::read(vendor.join("src/lib.rs")).unwrap());
    assert_eq!(sums["files"]["src/lib.rs"], lib.hex());
    // The second time no client is asked: the answer is the same, from the cache.
    assert_eq!(place.offer(&[crate_of("itoa", "1.0.15", ITOA)]).unwrap(), offer);

    let other = Sha256::of(b"another crate").hex();
    let wrong = place.offer(&[crate_of("itoa", "1.0.15", &other)]).unwrap_err();
    assert!(wrong.is_request() && wrong.to_string().contains(ITOA), "{wrong}");
    nothing_kept(&place, &other);
    let unknown = place.offer(&[crate_of("itoa", "1.99.0", &other)]).unwrap_err();
    assert!(!unknown.is_request() && unknown.to_string().contains("itoa 1.99.0"), "{unknown}");
    assert!(unknown.to_string().contains("1.0."), "cargo names the versions there are: {unknown}");
    nothing_kept(&place, &other);
}

#[test]
fn network_an_npm_tarball_is_brought_and_kept() {
    let place = Place::new();
    let offer = place.offer(&[npm("is-number", "7.0.0", IS_NUMBER)]).unwrap();
    assert_eq!(offer.offered.keys().collect::<Vec<_>>(), ["npm"]);
    let tarball = offer.offered["npm"].join("is-number-7.0.0.tgz");
    assert_eq!(Sha256::of(&fs::read(tarball).unwrap()).hex(), IS_NUMBER);
    assert_eq!((offer.origin[0].by.as_str(), offer.origin[0].size), ("npm pack", 3730));
    let other = Sha256::of(b"another tarball").hex();
    let wrong = place.offer(&[npm("is-number", "7.0.0", &other)]).unwrap_err();
    assert!(wrong.is_request() && wrong.to_string().contains(IS_NUMBER), "{wrong}");
    nothing_kept(&place, &other);
    let unknown = place.offer(&[npm("is-number", "7.99.0", &other)]).unwrap_err();
    assert!(!unknown.is_request() && unknown.to_string().contains("is-number 7.99.0"), "{unknown}");
    nothing_kept(&place, &other);
}

#[test]
fn network_debian_packages_are_brought_and_make_a_repository() {
    let place = Place::new();
    let offer = place.offer(&[hello("2.10-3", HELLO)]).unwrap();
    assert_eq!(offer.offered.keys().collect::<Vec<_>>(), ["Packages", "hello_2.10-3_amd64.deb"]);
    let index = fs::read_to_string(&offer.offered["Packages"]).unwrap();
    for line in ["Package: hello", "Filename: ./hello_2.10-3_amd64.deb", &format!("SHA256: {HELLO}")] {
        assert!(index.lines().any(|found| found == line), "{line} not in\n{index}");
    }
    let other = Sha256::of(b"another package").hex();
    assert!(place.offer(&[hello("2.10-3", &other)]).unwrap_err().to_string().contains(HELLO));
    nothing_kept(&place, &other);
    let unknown = place.offer(&[hello("2.10-99", &other)]).unwrap_err();
    assert!(!unknown.is_request() && unknown.to_string().contains("2.10-99"), "{unknown}");
    // The right bytes under another name: what a .deb says of itself is held against what it is taken for.
    let cached = place.at("cache/sha256").join(HELLO).join("hello_2.10-3_amd64.deb");
    let taken = Input::Debian {
        package: "bash".into(),
        version: "5.2".into(),
        architecture: "amd64".into(),
        sha256: HELLO.parse().unwrap(),
    };
    assert!(cached.is_file());
    let refused = place.offer(&[taken]).unwrap_err();
    assert!(refused.to_string().contains("hello 2.10-3 amd64"), "{refused}");
}

const CARGO_LOCK: &str = include_str!("cargo-lock.toml");

#[test]
fn network_every_crate_of_a_lock_file_is_brought() {
    let place = Place::new();
    place.write("Cargo.lock", CARGO_LOCK);
    let input = |path: &str, in_source| Input::CargoLock { path: path.into(), in_source };
    let offer = place.offer(&[input("Cargo.lock", false)]).unwrap();
    let names: Vec<&str> = offer.origin.iter().map(|one| one.name.as_str()).collect();
    assert_eq!(names, ["Cargo.lock", "either-1.8.1.crate", "itertools-0.10.5.crate"]);
    assert_eq!(offer.origin[0].digest, Sha256::of(CARGO_LOCK.as_bytes()).hex());
    // The same crate named twice stands there once.
    let either = "7fcaabb2fef8c910e7f4c7ce9f67a1283a1715879a7c230ca9d6d1ae31f16d91";
    let both = place.offer(&[crate_of("either", "1.8.1", either), input("Cargo.lock", false)]).unwrap();
    assert_eq!(both.origin.len(), 3);
    // A lock file of the source, found below it and nowhere else.
    fs::create_dir_all(place.at("tree/app")).unwrap();
    fs::write(place.at("tree/app/Cargo.lock"), CARGO_LOCK).unwrap();
    assert_eq!(place.offer(&[input("app/Cargo.lock", true)]).unwrap().offered, offer.offered);

    let tampered = Place::new();
    let other = Sha256::of(b"another either").hex();
    tampered.write("Cargo.lock", CARGO_LOCK.replace(either, &other));
    let wrong = tampered.offer(&[input("Cargo.lock", false)]).unwrap_err();
    assert!(wrong.is_request() && wrong.to_string().contains(either), "{wrong}");
    nothing_kept(&tampered, &other);
}

const NPM_LOCK: &str = include_str!("npm-lock.json");

#[test]
fn network_every_package_of_an_npm_lock_file_is_brought() {
    let place = Place::new();
    place.write("package-lock.json", NPM_LOCK);
    let input = Input::NpmLock { path: "package-lock.json".into(), in_source: false };
    let offer = place.offer(std::slice::from_ref(&input)).unwrap();
    let names: Vec<&str> = offer.origin.iter().map(|one| one.name.as_str()).collect();
    assert_eq!(names, ["package-lock.json", "is-number-6.0.0.tgz", "is-odd-3.0.1.tgz"]);
    let pointing = fs::read_to_string(&offer.offered["package-lock.json"]).unwrap();
    assert!(pointing.contains("file:/inputs/npm/is-odd-3.0.1.tgz"), "{pointing}");
    assert_eq!(place.offer(std::slice::from_ref(&input)).unwrap(), offer, "from the cache");

    let tampered = Place::new();
    let right = "CQpnWPrDwmP1+SMHXZhtLtJv90yiyVfluGsX5iNCVkrhQtU3TQHsUWPG9wkdk9Lgd5yNpAg9jQEo90CBaXgWMA==";
    tampered.write("package-lock.json", NPM_LOCK.replace(right, &right.replace("CQpn", "CQpm")));
    let wrong = tampered.offer(&[input]).unwrap_err();
    assert!(wrong.is_request() && wrong.to_string().contains("is-odd 3.0.1 has SHA-512"), "{wrong}");
}

#[test]
fn a_lock_file_of_the_source_is_not_looked_for_elsewhere() {
    let place = Place::new();
    place.write("Cargo.lock", CARGO_LOCK);
    fs::create_dir_all(place.at("tree")).unwrap();
    std::os::unix::fs::symlink(place.at("base/Cargo.lock"), place.at("tree/Cargo.lock")).unwrap();
    for path in ["Cargo.lock", "../base/Cargo.lock", "/etc/passwd", "none"] {
        let input = Input::CargoLock { path: path.into(), in_source: true };
        let refused = place.offer(&[input]).unwrap_err();
        assert!(refused.is_request() && matches!(refused, SourceError::LockFile { .. }), "{path}: {refused}");
    }
    let beside = Input::NpmLock { path: "Cargo.lock".into(), in_source: false };
    assert!(place.offer(&[beside]).unwrap_err().to_string().contains("not JSON"));
}

#[test]
fn two_inputs_of_one_name_are_refused() {
    let place = Place::new();
    let file = |path: &str, content: &str| {
        place.write(path, content);
        Input::File { path: path.into(), sha256: Sha256::of(content.as_bytes()) }
    };
    let refused = place.offer(&[file("a/x.txt", "1"), file("b/x.txt", "2")]).unwrap_err();
    assert!(refused.is_request() && refused.to_string().contains("/inputs/x.txt"), "{refused}");
}

#[test]
fn a_file_that_another_client_brought_is_no_package_of_this_one() {
    let place = Place::new();
    // No registry has this; only a cache that takes any file of the digest could answer.
    let sha256 = Sha256::of(b"from elsewhere");
    let folder = place.at("cache/sha256").join(sha256.hex());
    fs::create_dir_all(&folder).unwrap();
    fs::write(folder.join("pkg-1.0.0.tar.gz"), "from elsewhere").unwrap();
    for input in [
        crate_of("pellucid-no-such-crate", "1.0.0", &sha256.hex()),
        npm("pellucid-no-such-package", "1.0.0", &sha256.hex()),
    ] {
        assert!(place.offer(&[input]).is_err());
    }
}

/// Runs a review whose only input is `input`, with only `sh` and the programs in `shims` on the path; gives the
/// exit code and what it said.
fn review_with(place: &Place, input: &str, shims: &[(&str, &str)]) -> (Option<i32>, String) {
    use std::os::unix::fs::PermissionsExt;
    let (programs, review) = (place.at("programs"), place.at("review"));
    for folder in [&programs, &review.join("tree")] {
        fs::create_dir_all(folder).unwrap();
    }
    for program in ["sh", "cp", "head", "mkdir"] {
        let at =
            ["/usr/bin", "/bin"].iter().map(|folder| Path::new(folder).join(program)).find(|at| at.exists());
        let _ = std::os::unix::fs::symlink(at.unwrap(), programs.join(program));
    }
    for (name, script) in shims {
        fs::write(programs.join(name), format!("#!/bin/sh\n{script}\n")).unwrap();
        fs::set_permissions(programs.join(name), fs::Permissions::from_mode(0o755)).unwrap();
    }
    fs::write(review.join("tree/file"), "x").unwrap();
    let manifest = format!(
        "version = 1\n[product]\nvendor = \"T\"\nname = \"t\"\nversion = \"1\"\npurpose = \"inputs\"\n[source]\n\
         kind = \"directory\"\npath = \"tree\"\n[build]\ncommands = [\"cp file out\"]\noutputs = [\"out\"]\n\
         [[build.input]]\n{input}\n"
    );
    fs::write(review.join("review.toml"), manifest).unwrap();
    let said = std::process::Command::new(env!("CARGO_BIN_EXE_pellucid"))
        .arg("review")
        .arg(&review)
        .arg("--out")
        .arg(place.at("out"))
        .arg("--cache")
        .arg(place.at("cache"))
        .env("PATH", &programs)
        .output()
        .unwrap();
    (said.status.code(), String::from_utf8_lossy(&said.stderr).into_owned())
}

#[test]
fn a_client_that_is_missing_or_is_interrupted_leaves_nothing_and_is_named() {
    let digest = Sha256::of(b"what is wanted").hex();
    let of = |kind: &str, more: &str| {
        format!("kind = \"{kind}\"\npackage = \"wanted\"\nversion = \"1.0.0\"\nsha256 = \"{digest}\"\n{more}")
    };
    let half_crate =
        "d=$CARGO_HOME/registry/cache/x; mkdir -p $d; head -c 100 /dev/zero > $d/wanted-1.0.0.crate";
    for (input, client, half) in [
        (of("crate", ""), "cargo", half_crate),
        (of("npm", ""), "npm", "head -c 100 /dev/zero > wanted-1.0.0.tgz"),
        (of("debian", "architecture = \"all\""), "apt-get", "head -c 100 /dev/zero > wanted_1.0.0_all.deb"),
    ] {
        let place = Place::new();
        let (code, told) = review_with(&place, &input, &[]);
        assert_eq!(code, Some(3), "{told}");
        assert!(told.contains(&format!("starting `{client}`")) && told.contains("install it"), "{told}");
        nothing_kept(&place, &digest);
        // Killed in the middle of a file: the registry could not be had, which is inconclusive.
        let killed = format!("{half}; kill -9 $$");
        let (code, told) = review_with(&place, &input, &[(client, &killed), ("apt-config", "exit 1")]);
        assert_eq!(code, Some(3), "{told}");
        assert!(told.contains("wanted 1.0.0"), "{told}");
        nothing_kept(&place, &digest);
        // Half a file that the client takes for whole is another file.
        let (code, told) = review_with(&place, &input, &[(client, half)]);
        assert_eq!(code, Some(2), "{told}");
        assert!(told.contains(&digest) && told.contains(&Sha256::of(&[0; 100]).hex()), "{told}");
        nothing_kept(&place, &digest);
    }
}
