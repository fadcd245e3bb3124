//! Names and versions as the registries define them. They become arguments of programs, so nothing that a
//! program could take for an option, a path or a pattern passes.

/// A Debian source or binary package name (Debian Policy 5.6.1, 5.6.7).
pub fn is_debian_package(name: &str) -> bool {
    name.len() >= 2
        && name.starts_with(|c: char| c.is_ascii_lowercase() || c.is_ascii_digit())
        && name.bytes().all(|b| b.is_ascii_lowercase() || b.is_ascii_digit() || b"+-.".contains(&b))
}

/// A Debian version (Debian Policy 5.6.12).
pub fn is_debian_version(version: &str) -> bool {
    version.starts_with(|c: char| c.is_ascii_digit())
        && version.bytes().all(|b| b.is_ascii_alphanumeric() || b".+-~:".contains(&b))
}

/// A Debian architecture name (Debian Policy 5.6.8), one and not a wildcard.
pub fn is_debian_architecture(name: &str) -> bool {
    name.starts_with(|c: char| c.is_ascii_lowercase())
        && name != "any"
        && name.bytes().all(|b| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'-')
}

/// A project name of the Python package index (PyPA "Names and normalization").
pub fn is_python_project(name: &str) -> bool {
    let ends = |c: char| c.is_ascii_alphanumeric();
    name.starts_with(ends)
        && name.ends_with(ends)
        && name.bytes().all(|b| b.is_ascii_alphanumeric() || b"._-".contains(&b))
}

/// The name under which the Python package index knows a project (simple repository API, normalized names).
pub fn python_project(name: &str) -> String {
    name.split(['-', '_', '.']).filter(|part| !part.is_empty()).collect::<Vec<_>>().join("-").to_lowercase()
}

/// A Python version (PyPA "Version specifiers"), exact: no `*`, no comparison.
pub fn is_python_version(version: &str) -> bool {
    version.starts_with(|c: char| c.is_ascii_alphanumeric())
        && version.bytes().all(|b| b.is_ascii_alphanumeric() || b".!+_-".contains(&b))
}

/// A crate name of crates.io.
pub fn is_crate(name: &str) -> bool {
    name.starts_with(|c: char| c.is_ascii_alphanumeric())
        && name.len() <= 64
        && name.bytes().all(|b| b.is_ascii_alphanumeric() || b"_-".contains(&b))
}

/// A package name of the npm registry, with its scope where it has one. Old names may have capitals.
pub fn is_npm_package(name: &str) -> bool {
    let part = |part: &str| {
        part.starts_with(|c: char| c.is_ascii_alphanumeric() || c == '_')
            && part.bytes().all(|b| b.is_ascii_alphanumeric() || b"._~-".contains(&b))
    };
    let inner = match name.strip_prefix('@').map(|scoped| scoped.split_once('/')) {
        Some(Some((scope, name))) => part(scope) && part(name),
        Some(None) => false,
        None => part(name),
    };
    inner && name.len() <= 214
}

/// An exact version as Cargo and npm write it (Semantic Versioning 2.0.0): three numbers, and what may follow.
pub fn is_semantic_version(version: &str) -> bool {
    let end = version.find(['-', '+']).unwrap_or(version.len());
    let (numbers, rest) = version.split_at(end);
    let number = |part: &str| !part.is_empty() && part.bytes().all(|b| b.is_ascii_digit());
    numbers.split('.').count() == 3
        && numbers.split('.').all(number)
        && rest.bytes().all(|b| b.is_ascii_alphanumeric() || b".+-".contains(&b))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn real_names_pass_and_nothing_a_program_could_misread() {
        assert!(is_debian_package("libstdc++6") && is_debian_version("1:3.0043+nmu1+deb12u1~x-1"));
        assert!(is_debian_architecture("amd64") && is_debian_architecture("all"));
        assert!(is_python_project("typing_extensions") && is_python_version("1!2.0.post1+local"));
        assert!(is_crate("proc-macro2") && is_crate("winapi_0"));
        assert!(is_npm_package("is-number") && is_npm_package("@types/node") && is_npm_package("JSONStream"));
        assert!(is_semantic_version("1.0.0-rc.1+build.5") && is_semantic_version("0.4.24"));
        for bad in ["1", "1.2", "1.2.x", "^1.2.3", "1..2", "v1.2.3", "latest"] {
            assert!(!is_semantic_version(bad), "{bad:?}");
        }
        for bad in ["", "-o", "--option", "a/b", "a b", "a=b", "*", "a\nb", "a;b", "é", "$x", "../x"] {
            assert!(!is_debian_package(bad) && !is_debian_version(bad), "{bad:?}");
            assert!(!is_debian_architecture(bad), "{bad:?}");
            assert!(!is_crate(bad) && !is_npm_package(bad) && !is_semantic_version(bad), "{bad:?}");
            assert!(!is_python_project(bad) && !is_python_version(bad), "{bad:?}");
        }
    }
}
