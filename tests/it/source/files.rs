//! Files beside the manifest, and the cache of what registries gave.

use pellucid::model::review::Shipped;

use super::*;

#[test]
fn a_file_beside_the_manifest_is_checked() {
    let place = Place::new();
    place.write("shipped/agent", "binary");
    let right = Sha256::of(b"binary");
    let shipped = |path: &str, sha256| Shipped::File { path: path.into(), sha256 };
    let fetch = |shipped: &Shipped| source::fetch_shipped(shipped, &place.at("base"), &place.at("cache"));
    let (file, fetched) = fetch(&shipped("shipped/agent", right)).unwrap();
    assert_eq!(file, place.at("base/shipped/agent"));
    assert_eq!((fetched.name.as_str(), fetched.by.as_str(), fetched.size), ("agent", "file", 6));
    assert_eq!(fetched.digest, right.hex());
    let wrong = fetch(&shipped("shipped/agent", Sha256::of(b""))).unwrap_err();
    assert!(wrong.is_request() && wrong.to_string().contains(&right.hex()), "{wrong}");
    assert!(wrong.to_string().contains(&Sha256::of(b"").hex()), "{wrong}");
    assert!(fetch(&shipped("shipped/none", right)).unwrap_err().is_request());
    assert!(fetch(&shipped("shipped", right)).unwrap_err().to_string().contains("not a regular file"));
    let input = Input::File { path: "shipped/agent".into(), sha256: right };
    assert_eq!(place.offer(&[input]).unwrap().offered["agent"], file);
}

#[test]
fn a_file_in_the_cache_is_found_without_a_client_and_checked_again() {
    let place = Place::new();
    let sha256 = Sha256::of(b"a wheel");
    let cached = place.at("cache").join("sha256").join(sha256.hex()).join("pkg-1-py3-none-any.whl");
    fs::create_dir_all(cached.parent().unwrap()).unwrap();
    fs::write(&cached, "a wheel").unwrap();
    // No index has this project: only the cache can answer.
    let input = Input::Pypi { package: "pellucid-no-such-project".into(), version: "1".into(), sha256 };
    let offer = place.offer(&[input]).unwrap();
    assert_eq!(offer.offered["pkg-1-py3-none-any.whl"], cached);
    assert_eq!(offer.origin[0].digest, sha256.hex());
    let deb = Shipped::Debian {
        package: "pellucid-no-such-package".into(),
        version: "1".into(),
        architecture: "all".into(),
        sha256,
    };
    assert_eq!(source::fetch_shipped(&deb, &place.at("base"), &place.at("cache")).unwrap().0, cached);
}

#[test]
fn a_name_that_could_be_an_option_reaches_no_program() {
    let place = Place::new();
    for (package, version) in [("--index-url=x", "1"), ("a b", "1"), ("idna", "1 --pre"), ("idna", "*")] {
        let input = Input::Pypi { package: package.into(), version: version.into(), sha256: Sha256::of(b"") };
        let error = place.offer(&[input]).unwrap_err();
        assert!(matches!(error, SourceError::BadName(_)) && error.is_request(), "{error}");
        let debian =
            Source::Debian { package: package.into(), version: version.into(), sha256: Sha256::of(b"") };
        assert!(matches!(place.acquire(&debian), Err(SourceError::BadName(_))));
    }
}

#[test]
fn a_rehearsal_is_not_fetched() {
    let place = Place::new();
    let text = "kind = 'rehearsal'\nsource = 'x'\ncommands = ['make']\noutput = 'x'\n";
    let shipped: Shipped = toml::from_str(text).unwrap();
    assert!(source::fetch_shipped(&shipped, &place.at("base"), &place.at("cache")).is_err());
}
