//! What comes from registries, by exact version and digest. These tests fail where a registry cannot be
//! reached: a source that cannot be had is not a source that was reviewed.

use pellucid::model::review::Shipped;

use super::*;

fn digest(text: &str) -> Sha256 {
    text.parse().unwrap()
}

#[test]
fn network_a_debian_source_package_is_fetched_checked_and_unpacked() {
    let place = Place::new();
    let debian = |package: &str, sha256: &str| Source::Debian {
        package: package.into(),
        version: "3.0043+nmu1+deb12u1".into(),
        sha256: digest(sha256),
    };
    let dsc = "f098e6f07226ed6dbd4373b55a385c9899432ae6e08c83657eda33ff15a47ec6";
    let acquired = place.acquire(&debian("ucf", dsc)).unwrap();
    tree_is_as_described(&acquired);
    assert_eq!(entry(&acquired, "debian/rules").mode, 0o755);
    let told = "a file of the archive has the archive's time";
    assert!(entry(&acquired, "ucf").mtime.is_some_and(|time| time < 1_740_000_000), "{told}");
    let names: Vec<&str> = acquired.origin.iter().map(|one| one.name.as_str()).collect();
    assert_eq!(names, ["ucf_3.0043+nmu1+deb12u1.dsc", "ucf_3.0043+nmu1+deb12u1.tar.xz", "dpkg-source"]);
    assert_eq!(acquired.origin[0].digest, dsc);
    // No archive has this package: only the cache can answer.
    let again = debian("pellucid-no-such-package", dsc);
    let again = source::acquire(&again, &place.at("base"), &place.at("cache"), &place.at("again")).unwrap();
    assert_eq!((again.snapshot, again.origin), (acquired.snapshot, acquired.origin));

    let other = Sha256::of(b"").hex();
    let wrong =
        source::acquire(&debian("ucf", &other), &place.at("base"), &place.at("cache"), &place.at("no"));
    let wrong = wrong.unwrap_err();
    assert!(
        wrong.is_request() && wrong.to_string().contains(dsc) && wrong.to_string().contains(&other),
        "{wrong}"
    );
    assert!(!place.at("cache/sha256").join(other).exists());
}

#[test]
fn network_a_debian_source_package_with_patches_has_no_time_of_day_in_it() {
    let take = || {
        let place = Place::new();
        let source = Source::Debian {
            package: "cjson".into(),
            version: "1.7.15-1+deb12u4".into(),
            sha256: digest("764c2de141d680f4fb4cada30c526dacaa30ead061b9b9c34f2b81e2df0f8439"),
        };
        let acquired = place.acquire(&source).unwrap();
        tree_is_as_described(&acquired);
        acquired.snapshot
    };
    let snapshot = take();
    let time = |path: &str| snapshot.entries.iter().find(|entry| entry.path.text() == path).unwrap().mtime;
    assert!(time("README.md").is_some(), "untouched by patches");
    assert_eq!(time("cJSON.c"), Some(1_757_628_927), "patched: the date of the changelog, not of today");
    assert_eq!(snapshot, take());
}

#[test]
fn network_a_debian_binary_package_is_fetched() {
    let place = Place::new();
    let sha256 = "928f2d5d327ef0f8d1b9c03a506134f56564cd2acf3e9f041df3dbdc68b00525";
    let deb = |version: &str| Shipped::Debian {
        package: "ucf".into(),
        version: version.into(),
        architecture: "all".into(),
        sha256: digest(sha256),
    };
    let fetch = |shipped: &Shipped| source::fetch_shipped(shipped, &place.at("base"), &place.at("cache"));
    let missing = fetch(&deb("3.0043+no-such")).unwrap_err();
    assert!(missing.to_string().contains("3.0043+no-such"), "{missing}");
    let (file, fetched) = fetch(&deb("3.0043+nmu1+deb12u1")).unwrap();
    assert_eq!(Sha256::of(&fs::read(&file).unwrap()).hex(), sha256);
    assert_eq!((fetched.name.as_str(), fetched.size), ("ucf_3.0043+nmu1+deb12u1_all.deb", 55312));
}

#[test]
fn network_a_python_sdist_is_fetched_and_unpacked() {
    let place = Place::new();
    let sdist = "a7db850025b95ded1eae8a46181a1a6c56c92c96f0e2b005d9ff8dc0210cab44";
    let pypi = |sha256: &str| Source::Pypi {
        package: "idna".into(),
        version: "3.20".into(),
        sha256: digest(sha256),
    };
    let acquired = place.acquire(&pypi(sdist)).unwrap();
    tree_is_as_described(&acquired);
    assert!(entry(&acquired, "idna/core.py").mtime.is_some());
    assert_eq!(acquired.origin.len(), 1);
    assert_eq!(
        (acquired.origin[0].name.as_str(), acquired.origin[0].by.as_str()),
        ("idna-3.20.tar.gz", "pip download")
    );
    let other = Sha256::of(b"").hex();
    let wrong =
        source::acquire(&pypi(&other), &place.at("base"), &place.at("cache"), &place.at("no")).unwrap_err();
    assert!(
        wrong.is_request() && wrong.to_string().contains(sdist) && wrong.to_string().contains(&other),
        "{wrong}"
    );
    assert!(!place.at("cache/sha256").join(other).exists());
}

#[test]
fn network_a_wheel_is_fetched() {
    let place = Place::new();
    let wheel = "ab7ae7122974553370f0bdb919e1a960b2cd1bc1ef0276416d896db81c14582c";
    let input = |version: &str| Input::Pypi {
        package: "idna".into(),
        version: version.into(),
        sha256: digest(wheel),
    };
    let missing = place.offer(&[input("3.20.99")]).unwrap_err();
    assert!(
        missing.to_string().contains("idna 3.20.99") && !missing.to_string().contains("import"),
        "{missing}"
    );
    let offer = place.offer(&[input("3.20")]).unwrap();
    assert_eq!(Sha256::of(&fs::read(&offer.offered["idna-3.20-py3-none-any.whl"]).unwrap()).hex(), wheel);
}
