//! Which packages and which tools of its environment a build really used: the files it was seen to open and
//! run, looked up in the environment's own package database (dpkg's, where it has one).

use std::collections::BTreeMap;
use std::collections::BTreeSet;
use std::fs;
use std::path::Path;

use crate::host::files;
use crate::model::RelPath;
use crate::model::environment::Resolved;
use crate::model::environment::ToolRole;
use crate::model::environment::UsedPackage;
use crate::model::environment::UsedTool;
use crate::model::run::Trace;

/// What the build behind `trace` used of the environment under `root`.
pub fn resolved(trace: &Trace, root: &Path) -> Resolved {
    let database = Database::read(root);
    let used: BTreeSet<Vec<u8>> = trace
        .environment_read
        .iter()
        .filter(|file| file.sha256.is_some())
        .map(|file| database.normal(file.path.as_bytes()))
        .collect();
    let owners = database.owners(root, &used);
    let mut files: BTreeMap<usize, u64> = BTreeMap::new();
    let mut tools = BTreeSet::new();
    let mut unowned = Vec::new();
    for file in &trace.environment_read {
        let Some(sha256) = file.sha256 else { continue };
        let owner = owners.get(&database.normal(file.path.as_bytes())).copied();
        match owner {
            Some(package) => *files.entry(package).or_default() += 1,
            None => unowned.push(file.path.clone()),
        }
        let package = owner.and_then(|owner| database.packages.get(owner));
        if let Some(role) = role(&file.path) {
            tools.insert(UsedTool {
                role,
                path: file.path.clone(),
                sha256,
                package: package.map(|one| one.name.clone()),
                version: package.map(|one| one.version.clone()),
            });
        }
    }
    let packages: BTreeSet<UsedPackage> = files
        .into_iter()
        .filter_map(|(package, files)| {
            database.packages.get(package).map(|one| UsedPackage { files, ..one.clone() })
        })
        .collect();
    Resolved {
        architecture: database.architecture,
        packages: packages.into_iter().collect(),
        tools: tools.into_iter().collect(),
        unowned,
    }
}

/// dpkg's database (dpkg(1), "Files"): who is installed, and the list of each one's files.
struct Database {
    packages: Vec<UsedPackage>,
    architecture: Option<String>,
    /// Folders of the root that are links into `/usr`: a package may list a file under either name.
    merged: Vec<Vec<u8>>,
}

/// Largest database read.
const DATABASE: u64 = 256 << 20;

impl Database {
    /// The database of the environment under `root`; empty where it has none.
    fn read(root: &Path) -> Database {
        let status = files::read_bounded(&root.join("var/lib/dpkg/status"), DATABASE).unwrap_or_default();
        let text = String::from_utf8_lossy(&status);
        let mut packages = Vec::new();
        let mut architecture = None;
        for stanza in text.split("\n\n") {
            let field = |name: &str| {
                let line = stanza.lines().find_map(|line| line.strip_prefix(name)?.strip_prefix(": "));
                line.map(str::trim).unwrap_or_default().to_owned()
            };
            if !field("Status").ends_with(" installed") {
                continue;
            }
            let name = field("Package");
            if name == "dpkg" {
                architecture = Some(field("Architecture"));
            }
            packages.push(UsedPackage {
                name,
                architecture: field("Architecture"),
                version: field("Version"),
                files: 0,
            });
        }
        let linked = |name: &&str| {
            fs::read_link(root.join(name)).is_ok_and(|target| target == Path::new("usr").join(name))
        };
        let merged = ["bin", "sbin", "lib", "lib32", "lib64", "libx32"].iter().filter(|name| linked(name));
        Database {
            packages,
            architecture,
            merged: merged.map(|name| format!("/{name}/").into_bytes()).collect(),
        }
    }

    /// The one name of a file that can be listed under two.
    fn normal(&self, path: &[u8]) -> Vec<u8> {
        match self.merged.iter().any(|folder| path.starts_with(folder)) {
            true => [b"/usr".as_slice(), path].concat(),
            false => path.to_vec(),
        }
    }

    /// The package that each of `files` belongs to, by its place among the packages; the first where several do.
    fn owners(&self, root: &Path, used: &BTreeSet<Vec<u8>>) -> BTreeMap<Vec<u8>, usize> {
        let mut owners = BTreeMap::new();
        for (number, package) in self.packages.iter().enumerate() {
            let folder = root.join("var/lib/dpkg/info");
            // Packages that can be installed for several architectures have lists for each.
            let names =
                [format!("{}:{}.list", package.name, package.architecture), format!("{}.list", package.name)];
            let list = names.iter().find_map(|name| files::read_bounded(&folder.join(name), DATABASE).ok());
            for line in list.unwrap_or_default().split(|byte| *byte == b'\n') {
                let path = self.normal(line);
                if used.contains(&path) {
                    owners.entry(path).or_insert(number);
                }
            }
        }
        owners
    }
}

/// Programs by the name they have without version and target.
const PROGRAMS: &[(ToolRole, &[&str])] = &[
    (
        ToolRole::Compiler,
        &[
            "cc1",
            "cc1plus",
            "cc1obj",
            "cc1gm2",
            "f951",
            "gnat1",
            "d21",
            "lto1",
            "gcc",
            "g++",
            "cpp",
            "gfortran",
            "clang",
            "clang++",
            "rustc",
            "javac",
            "ghc",
            "ocamlopt",
            "ocamlopt.opt",
            "valac",
            "mcs",
            "tcc",
            "go",
            "compile",
            "swiftc",
            "kotlinc",
            "protoc",
            "gdc",
            "ldc",
            "fpc",
        ],
    ),
    (ToolRole::Assembler, &["as", "nasm", "yasm", "asm"]),
    (ToolRole::Linker, &["ld", "ld.bfd", "ld.gold", "ld.lld", "lld", "mold", "collect2", "link"]),
    (
        ToolRole::Interpreter,
        &[
            "perl", "python", "bash", "dash", "busybox", "ruby", "node", "nodejs", "java", "lua", "php",
            "tclsh", "m4", "mawk", "gawk", "guile", "zsh", "ksh", "Rscript", "R",
        ],
    ),
];

fn role(path: &RelPath) -> Option<ToolRole> {
    let text = String::from_utf8_lossy(path.as_bytes()).into_owned();
    let (folder, name) = text.rsplit_once('/')?;
    if name == "libc.so.6"
        || (name.starts_with("libc-2.") && name.ends_with(".so"))
        || name.starts_with("ld-musl-")
        || name.starts_with("libc.musl-")
    {
        return Some(ToolRole::CLibrary);
    }
    // A rust compiler is a small program around this library.
    if name.starts_with("librustc_driver-") {
        return Some(ToolRole::Compiler);
    }
    let program = ["/bin", "/sbin"].iter().any(|end| folder.ends_with(end))
        || ["/gcc/", "/libexec/", "/gcc-cross/", "/jvm/", "/tool/", "/llvm"]
            .iter()
            .any(|part| folder.contains(part));
    if !program {
        return None;
    }
    let bare = plain(name);
    PROGRAMS.iter().find(|(_, names)| names.contains(&name) || names.contains(&bare)).map(|(role, _)| *role)
}

/// `x86_64-linux-gnu-gcc-12` → `gcc`, `python3.11` → `python`.
fn plain(name: &str) -> &str {
    let without = name.trim_end_matches(|c: char| c.is_ascii_digit() || c == '.').trim_end_matches('-');
    let targets = ["-linux-gnu-", "-linux-gnueabihf-", "-linux-musl-", "-w64-mingw32-"];
    targets.iter().find_map(|target| without.split_once(target)).map_or(without, |(_, rest)| rest)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::Sha256;
    use crate::model::run::UsedFile;

    #[test]
    fn a_tool_is_known_by_its_name_without_version_and_target() {
        for (path, expected) in [
            ("/usr/bin/x86_64-linux-gnu-gcc-12", Some(ToolRole::Compiler)),
            ("/usr/lib/gcc/x86_64-linux-gnu/12/cc1", Some(ToolRole::Compiler)),
            ("/usr/bin/x86_64-linux-gnu-as", Some(ToolRole::Assembler)),
            ("/usr/bin/x86_64-linux-gnu-ld.bfd", Some(ToolRole::Linker)),
            ("/usr/lib/x86_64-linux-gnu/libc.so.6", Some(ToolRole::CLibrary)),
            ("/usr/bin/python3.11", Some(ToolRole::Interpreter)),
            ("/usr/bin/dash", Some(ToolRole::Interpreter)),
            ("/usr/share/doc/gcc", None),
            ("/usr/bin/cat", None),
            ("/usr/lib/python3/x.py", None),
        ] {
            assert_eq!(role(&RelPath::from(path)), expected, "{path}");
        }
    }

    #[test]
    #[allow(clippy::disallowed_methods)] // a package database made for the test
    fn files_are_looked_up_in_the_package_database_under_either_name() {
        let folder = tempfile::tempdir().unwrap();
        let root = folder.path();
        let info = root.join("var/lib/dpkg/info");
        fs::create_dir_all(&info).unwrap();
        std::os::unix::fs::symlink("usr/bin", root.join("bin")).unwrap();
        let package = |name: &str, architecture: &str, status: &str| {
            format!(
                "Package: {name}\nStatus: install ok {status}\nArchitecture: {architecture}\nVersion: 1-{name}\n\n"
            )
        };
        let status = package("dash", "amd64", "installed")
            + &package("dpkg", "amd64", "installed")
            + &package("libc6", "amd64", "installed")
            + &package("gone", "all", "config-files");
        fs::write(root.join("var/lib/dpkg/status"), status).unwrap();
        fs::write(info.join("dash.list"), "/.\n/bin\n/bin/dash\n").unwrap();
        fs::write(info.join("gone.list"), "/usr/bin/other\n").unwrap();
        fs::write(info.join("libc6:amd64.list"), "/usr/lib/libc.so.6\n").unwrap();
        let file = |path: &str, there: bool| UsedFile {
            path: RelPath::from(path),
            sha256: there.then(|| Sha256::of(path.as_bytes())),
        };
        let trace = Trace {
            environment_read: vec![
                file("/etc/ld.so.cache", true),
                file("/usr/bin/dash", true),
                file("/usr/bin/other", true),
                file("/usr/lib", false),
                file("/usr/lib/libc.so.6", true),
            ],
            ..Trace::default()
        };
        let found = resolved(&trace, root);
        assert_eq!(found.architecture.as_deref(), Some("amd64"));
        let packages: Vec<(&str, &str)> =
            found.packages.iter().map(|one| (one.name.as_str(), one.version.as_str())).collect();
        assert_eq!(packages, [("dash", "1-dash"), ("libc6", "1-libc6")]);
        let unowned: Vec<String> = found.unowned.iter().map(RelPath::text).collect();
        assert_eq!(
            unowned,
            ["/etc/ld.so.cache", "/usr/bin/other"],
            "a package that was removed owns nothing"
        );
        let tools: Vec<(ToolRole, Option<&str>)> =
            found.tools.iter().map(|tool| (tool.role, tool.package.as_deref())).collect();
        assert_eq!(tools, [(ToolRole::CLibrary, Some("libc6")), (ToolRole::Interpreter, Some("dash"))]);
        assert_eq!(resolved(&trace, Path::new("/nonexistent")).packages, []);
    }
}
