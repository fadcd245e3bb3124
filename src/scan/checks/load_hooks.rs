//! Python files that run because they are there: nobody imports them by name.
//!
//! A line of a `.pth` file that begins with `import` is executed at every start of the interpreter, and so
//! are `sitecustomize` and `usercustomize` (Python documentation, module `site`).

use super::Check;
use super::Report;
use super::Subject;
use super::fetch_and_run::lines;
use crate::model::scan::Confidence;
use crate::model::scan::Severity;
use crate::scan::draft::Draft;

pub const CHECK: Check = Check {
    rules: &["python-pth-code", "python-site-hook"],
    about: "Python code that runs at every start of the interpreter.",
    run,
};

fn run(subject: &Subject, report: &mut Report) {
    let mut push = |rule, severity, at: usize, end: usize, message: String| {
        report.capabilities.push(("hook.load", rule_api(rule).to_owned(), at));
        report.drafts.push(Draft {
            rule,
            category: "hook.load",
            severity,
            confidence: Confidence::High,
            start: at,
            end,
            message,
            question: "Why must this run in every Python program on the machine?",
            key: String::new(),
        });
    };
    if subject.name.ends_with(".pth") {
        for (at, line) in lines(subject.bytes()) {
            if line.starts_with(b"import ") || line.starts_with(b"import\t") {
                // Editable installs and namespace packages leave one plain import; more than that is a program.
                let plain = !line.contains(&b';') && !line.contains(&b'(');
                let known = [
                    &b"_virtualenv"[..],
                    b"distutils-precedence",
                    b"_distutils_hack",
                    b"__editable__",
                    b"mpl_toolkits",
                    b"sys, types, os;has_mfs",
                ];
                let known = plain || known.iter().any(|word| memchr::memmem::find(line, word).is_some());
                let severity = if known { Severity::Medium } else { Severity::High };
                push(
                    "python-pth-code",
                    severity,
                    at,
                    at + line.len(),
                    "this line runs at every start of Python".to_owned(),
                );
            }
        }
    }
    if matches!(subject.name, "sitecustomize.py" | "usercustomize.py")
        && !subject.bytes().trim_ascii().is_empty()
    {
        let message = format!("{} runs at every start of Python where it is installed", subject.name);
        push("python-site-hook", Severity::Medium, 0, 1, message);
    }
}

fn rule_api(rule: &str) -> &'static str {
    if rule == "python-pth-code" { "site .pth" } else { "site customize" }
}

#[cfg(test)]
mod tests {
    use super::super::tests::found;
    use crate::model::scan::Severity;

    #[test]
    fn code_that_runs_because_it_is_there_is_found() {
        let evil = "import os; os.system('id')\n";
        assert_eq!(found("x/a.pth", evil), [("python-pth-code", Severity::High)]);
        assert_eq!(found("x/a.pth", "import _virtualenv\n"), [("python-pth-code", Severity::Medium)]);
        assert_eq!(found("x/a.pth", "../src\n# import x\n"), []);
        assert_eq!(found("x/sitecustomize.py", "import sys\n"), [("python-site-hook", Severity::Medium)]);
        assert_eq!(found("x/customize.py", evil), []);
    }
}
