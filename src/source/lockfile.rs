//! What a `Cargo.lock` or a `package-lock.json` pins: reading them, and nothing else.
//!
//! Only what can be had from the registry by a digest that stands in the lock file is taken. A package from a
//! git repository or another registry is an error that names it: a build without it would fail offline, and
//! later. What lies in the source itself (path dependencies, workspaces) needs nothing from outside.

use std::collections::BTreeSet;

use base64::Engine;
use serde_json::Value;

use crate::model::Sha256;

use super::crates::Wanted;

/// A `Cargo.lock`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CargoLock {
    /// Every crate of the registry, in order of name and version.
    pub crates: Vec<Wanted>,
    /// The lock file without the packages of the source itself: what keeps cargo to these versions.
    pub text: String,
}

/// Reads a `Cargo.lock`, with digests at each package (since 2019) or in `[metadata]`.
///
/// # Errors
/// A sentence that says what, and what to do.
pub fn cargo(text: &str) -> Result<CargoLock, String> {
    let table: toml::Table = text.parse().map_err(|error| format!("it is not TOML: {error}"))?;
    let none = Vec::new();
    let packages = table.get("package").and_then(toml::Value::as_array).unwrap_or(&none);
    let mut crates = BTreeSet::new();
    let mut kept = Vec::new();
    for package in packages {
        let field = |key: &str| package.get(key).and_then(toml::Value::as_str);
        let (Some(name), Some(version)) = (field("name"), field("version")) else {
            return Err("one of its packages has no name or no version".to_owned());
        };
        let Some(source) = field("source") else { continue };
        let registry = source.starts_with("registry+") || source.starts_with("sparse+");
        if !registry || !source.contains("crates.io") {
            let kind = if registry { "another registry than crates.io" } else { "no registry" };
            return Err(format!(
                "{name} {version} comes from {kind}, so no digest of its file stands there; vendor it in the \
                 source, or take it out"
            ));
        }
        let noted = format!("checksum {name} {version} ({source})");
        let old = || table.get("metadata").and_then(|all| all.get(&noted)).and_then(toml::Value::as_str);
        let sha256 = field("checksum").or_else(old).and_then(|digest| digest.parse::<Sha256>().ok());
        let Some(sha256) = sha256 else {
            return Err(format!(
                "{name} {version} has no SHA-256 digest; let cargo write the lock file again"
            ));
        };
        crates.insert(Wanted { package: name.to_owned(), version: version.to_owned(), sha256 });
        kept.push(package.clone());
    }
    if crates.is_empty() {
        return Err("it names no package of the registry; take the input out".to_owned());
    }
    let mut only: toml::Table = table.clone();
    only.insert("package".to_owned(), toml::Value::Array(kept));
    let text = toml::to_string(&only).map_err(|error| format!("writing it again: {error}"))?;
    Ok(CargoLock { crates: crates.into_iter().collect(), text })
}

/// A package of a `package-lock.json`.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct NpmPackage {
    /// Its name in the registry.
    pub package: String,
    /// Exact version.
    pub version: String,
    /// SHA-512 digest of the tarball, 128 lower-case hexadecimal digits.
    pub sha512: String,
}

/// A `package-lock.json`.
#[derive(Clone, Debug, PartialEq)]
pub struct NpmLock {
    /// Every package of the registry, in order of name and version.
    pub packages: Vec<NpmPackage>,
    document: Value,
}

impl NpmLock {
    /// The lock file with each package of the registry resolved to what `place` says.
    pub fn pointing(&self, place: &dyn Fn(&NpmPackage) -> String) -> String {
        let mut document = self.document.clone();
        let entries = document.get_mut("packages").and_then(Value::as_object_mut);
        for (path, entry) in entries.into_iter().flatten() {
            if let Ok(Some(package)) = npm_package(path, entry) {
                entry["resolved"] = Value::String(place(&package));
            }
        }
        format!("{document:#}\n")
    }
}

/// Reads a `package-lock.json` of npm 7 or later (`lockfileVersion` 2 or 3).
///
/// # Errors
/// A sentence that says what, and what to do.
pub fn npm(text: &str) -> Result<NpmLock, String> {
    let document: Value = serde_json::from_str(text).map_err(|error| format!("it is not JSON: {error}"))?;
    let Some(entries) = document.get("packages").and_then(Value::as_object) else {
        return Err(
            "it has no `packages`: npm 7 or later writes it again with `npm install --package-lock-only`"
                .to_owned(),
        );
    };
    let mut packages = BTreeSet::new();
    for (path, entry) in entries {
        packages.extend(npm_package(path, entry)?);
    }
    if packages.is_empty() {
        return Err("it names no package of the registry; take the input out".to_owned());
    }
    Ok(NpmLock { packages: packages.into_iter().collect(), document })
}

/// The registry's package of one entry; none where it lies in the source, or inside another's tarball.
fn npm_package(path: &str, entry: &Value) -> Result<Option<NpmPackage>, String> {
    let text = |key: &str| entry.get(key).and_then(Value::as_str);
    let is = |key: &str| entry.get(key).and_then(Value::as_bool) == Some(true);
    let Some((_, installed)) = path.rsplit_once("node_modules/") else { return Ok(None) };
    let resolved = text("resolved").unwrap_or_default();
    if is("link") || is("inBundle") || resolved.starts_with("file:") {
        return Ok(None);
    }
    let package = text("name").unwrap_or(installed);
    let Some(version) = text("version") else { return Err(format!("{path} has no version")) };
    if resolved.starts_with("git") {
        return Err(format!(
            "{package} {version} comes from a git repository, so no digest of a tarball stands there; vendor it \
             in the source, or take it out"
        ));
    }
    let sha512 = text("integrity").unwrap_or_default().split_whitespace().find_map(|one| {
        let bytes = base64::engine::general_purpose::STANDARD.decode(one.strip_prefix("sha512-")?).ok()?;
        (bytes.len() == 64).then(|| bytes.iter().map(|byte| format!("{byte:02x}")).collect::<String>())
    });
    let Some(sha512) = sha512 else {
        return Err(format!(
            "{package} {version} has no SHA-512 integrity; let npm write the lock file again"
        ));
    };
    Ok(Some(NpmPackage { package: package.to_owned(), version: version.to_owned(), sha512 }))
}

#[cfg(test)]
mod tests {
    use super::*;

    const DIGEST: &str = "4a5f13b858c8d314ee3e8f639011f7ccefe71f97f96e50151fb991f267928e2c";
    const REGISTRY: &str = "registry+https://example/crates.io-index";

    #[test]
    fn the_crates_of_a_lock_file_are_read_and_its_own_packages_left_out() {
        let text = format!(
            "version = 4\n[[package]]\nname = \"app\"\nversion = \"0.1.0\"\ndependencies = [\"itoa\"]\n\
             [[package]]\nname = \"itoa\"\nversion = \"1.0.15\"\nsource = \"{REGISTRY}\"\nchecksum = \"{DIGEST}\"\n"
        );
        let lock = cargo(&text).unwrap();
        assert_eq!(lock.crates.len(), 1);
        assert_eq!((lock.crates[0].package.as_str(), lock.crates[0].sha256.hex().as_str()), ("itoa", DIGEST));
        assert!(lock.text.contains("itoa") && !lock.text.contains("app"), "{}", lock.text);
        let old = format!(
            "[[package]]\nname = \"itoa\"\nversion = \"0.4.0\"\nsource = \"{REGISTRY}\"\n[metadata]\n\
             \"checksum itoa 0.4.0 ({REGISTRY})\" = \"{DIGEST}\"\n"
        );
        assert_eq!(cargo(&old).unwrap().crates[0].version, "0.4.0");
    }

    #[test]
    fn a_crate_that_no_digest_pins_is_named() {
        let with = |source: &str, rest: &str| {
            cargo(&format!("[[package]]\nname = \"x\"\nversion = \"1.0.0\"\nsource = \"{source}\"\n{rest}"))
                .unwrap_err()
        };
        assert!(with("git+https://example/x#abc", "").contains("x 1.0.0 comes from no registry"));
        assert!(with("registry+https://example/other", "").contains("another registry"));
        assert!(with(REGISTRY, "").contains("no SHA-256 digest"));
        assert!(with(REGISTRY, "checksum = \"abc\"").contains("no SHA-256 digest"));
        assert!(
            cargo("[[package]]\nname = \"app\"\nversion = \"1.0.0\"\n").unwrap_err().contains("no package")
        );
        assert!(cargo("[[package").unwrap_err().contains("not TOML"));
    }

    fn integrity() -> String {
        format!("sha512-{}", base64::engine::general_purpose::STANDARD.encode([7u8; 64]))
    }

    #[test]
    fn the_packages_of_an_npm_lock_file_are_read_and_can_be_pointed_elsewhere() {
        let text = serde_json::json!({"lockfileVersion": 3, "packages": {
            "": {"name": "app"},
            "packages/own": {"version": "1.0.0"},
            "node_modules/own": {"resolved": "packages/own", "link": true},
            "node_modules/a": {"version": "1.0.0", "integrity": integrity()},
            "node_modules/a/node_modules/@s/b": {"name": "@s/real", "version": "2.0.0-rc.1", "integrity":
                format!("sha1-xyz {}", integrity())},
            "node_modules/a/node_modules/inside": {"version": "1.0.0", "inBundle": true},
        }})
        .to_string();
        let lock = npm(&text).unwrap();
        let names: Vec<&str> = lock.packages.iter().map(|one| one.package.as_str()).collect();
        assert_eq!(names, ["@s/real", "a"]);
        assert_eq!(lock.packages[0].sha512, "07".repeat(64));
        let pointing: Value =
            serde_json::from_str(&lock.pointing(&|one| format!("file:/x/{}", one.package))).unwrap();
        assert_eq!(pointing["packages"]["node_modules/a"]["resolved"], "file:/x/a");
        assert_eq!(pointing["packages"]["node_modules/own"]["resolved"], "packages/own");
        assert_eq!(pointing["packages"]["node_modules/a/node_modules/@s/b"]["resolved"], "file:/x/@s/real");
    }

    #[test]
    fn an_npm_package_that_no_digest_pins_is_named() {
        let with = |entry: Value| {
            npm(&serde_json::json!({"packages": {"node_modules/x": entry}}).to_string()).unwrap_err()
        };
        let sha1 = serde_json::json!({"version": "1.0.0", "integrity": "sha1-abc"});
        assert!(with(sha1).contains("no SHA-512 integrity"));
        let git = serde_json::json!({"version": "1.0.0", "resolved": "git+ssh://example/x.git#abc"});
        assert!(with(git).contains("git repository"));
        assert!(with(serde_json::json!({})).contains("no version"));
        assert!(npm("{\"lockfileVersion\": 1, \"dependencies\": {}}").unwrap_err().contains("npm 7"));
        assert!(npm("{").unwrap_err().contains("not JSON"));
    }
}
