//! What a schema cannot say: paths that leave the build, names that stand twice, a date that is none.
//!
//! Each rule looks at the document and not at values read from it, so that every problem is reported at
//! once and at its place. A rule passes over what has the wrong type: [`super::shape`] has said so.

use std::collections::BTreeSet;

use toml::de::DeValue;

use crate::model::RelPath;
use crate::model::category;
use crate::model::names;
use crate::model::path::escape;

use super::document::Kind;
use super::document::Node;
use super::error::Problem;
use super::nearest::nearest;

/// A document for another version of the schema.
pub fn other_version(document: &Node<'_>) -> Option<Problem> {
    let version = document.get("version")?;
    let given = version.integer()?;
    let problem = Problem::new(version.span, format!("this is a manifest of version {given}"));
    let help =
        format!("this program reads version {}; nothing else in the file was looked at", super::VERSION);
    (given != super::VERSION).then(|| problem.help(help))
}

/// Every broken rule.
pub fn check(document: &Node<'_>) -> Vec<Problem> {
    let mut rules = Rules { problems: Vec::new() };
    for key in ["vendor", "name", "version", "purpose"] {
        rules.not_blank(document.get("product").and_then(|product| product.get(key)));
    }
    if let Some(source) = document.get("source") {
        rules.source(&source);
    }
    if let Some(build) = document.get("build") {
        rules.build(&build);
    }
    rules.artifacts(document);
    if let Some(declared) = document.get("declared") {
        rules.declared(&declared);
    }
    if let Some(policy) = document.get("policy") {
        rules.policy(&policy);
    }
    rules.problems
}

/// System folders: the sandbox has its own there, so nothing can be built under them.
const SYSTEM: &[&str] = &[
    "bin", "boot", "dev", "etc", "inputs", "lib", "lib32", "lib64", "libx32", "proc", "run", "sbin", "sys",
    "usr",
];

struct Rules {
    problems: Vec<Problem>,
}

impl Rules {
    fn say(&mut self, node: &Node<'_>, message: impl Into<String>, help: impl Into<String>) {
        self.problems.push(Problem::new(node.span.clone(), message).help(help));
    }

    fn not_blank(&mut self, node: Option<Node<'_>>) {
        let Some(node) = node else { return };
        let Some(text) = node.text() else { return };
        if text.trim().is_empty() {
            let help = match node.path.rsplit('.').next() {
                Some("reason") => "say why, for whoever reads the report",
                Some("purpose") => "say why this review exists",
                _ => "write what it is",
            };
            self.say(&node, format!("`{}` is empty", node.path), help);
        }
        if text.contains('\0') {
            self.say(&node, format!("`{}` has a NUL character in it", node.path), "take it out");
        }
    }

    /// Every name that stands twice among `nodes`.
    fn unique<'a>(&mut self, what: &str, nodes: impl IntoIterator<Item = Node<'a>>) {
        let mut seen = BTreeSet::new();
        for node in nodes {
            let Some(name) = node.text() else { continue };
            if !seen.insert(name) {
                let message = format!("{what} \"{}\" stands twice", escape(name.as_bytes()));
                self.say(&node, message, "give each its own, or take one out");
            }
        }
    }

    fn not_empty(&mut self, list: &Node<'_>, message: &str, key: &str) {
        if list.items().is_empty() && list.what() == "an array" {
            self.say(list, message, format!("list at least one in `{key}`"));
        }
        list.items().into_iter().for_each(|item| self.not_blank(Some(item)));
    }

    fn source(&mut self, source: &Node<'_>) {
        match source.text_of("kind") {
            Some("directory" | "archive") => self.not_blank(source.get("path")),
            Some("git") => self.git(source),
            Some("debian") => self.debian(source),
            Some("pypi") => self.pypi(source),
            _ => {}
        }
    }

    fn git(&mut self, source: &Node<'_>) {
        self.not_blank(source.get("repository"));
        self.not_blank(source.get("tag"));
        if source.get("commit").is_none() && source.get("tag").is_none() {
            let help = "add `commit = \"<full id>\"` (it cannot move) or `tag = \"…\"`, or both";
            self.say(source, "a git source names neither a commit nor a tag", help);
        }
        let Some(commit) = source.get("commit") else { return };
        let Some(id) = commit.text() else { return };
        if id.len() != 40 || !id.bytes().all(|b| matches!(b, b'0'..=b'9' | b'a'..=b'f')) {
            let help =
                "write all 40 hexadecimal digits in lower case, as `git rev-parse TAG^{commit}` prints them";
            self.say(&commit, "`source.commit` is not a full commit id", help);
        }
    }

    fn debian(&mut self, node: &Node<'_>) {
        self.named(node, "package", names::is_debian_package, "a Debian package name");
        self.named(node, "version", names::is_debian_version, "an exact Debian version");
        self.named(node, "architecture", names::is_debian_architecture, "a Debian architecture");
    }

    fn pypi(&mut self, node: &Node<'_>) {
        self.named(node, "package", names::is_python_project, "a Python project name");
        self.named(node, "version", names::is_python_version, "an exact Python version");
    }

    fn named(&mut self, node: &Node<'_>, key: &str, valid: fn(&str) -> bool, what: &str) {
        let Some(field) = node.get(key) else { return };
        if field.text().is_some_and(|text| !valid(text)) {
            let help = match key {
                "version" => "write one exact version: no range, no pattern",
                "architecture" => "write one architecture: `amd64`, `arm64`, `all`",
                _ => "write the name as the registry has it",
            };
            self.say(&field, format!("`{}` is not {what}", field.path), help);
        }
    }

    fn build(&mut self, build: &Node<'_>) {
        if let Some(path) = build.get("path") {
            self.build_path(&path);
        }
        if let Some(commands) = build.get("commands") {
            self.not_empty(&commands, "the build runs no command", "commands");
        }
        if let Some(outputs) = build.get("outputs") {
            self.not_empty(&outputs, "the build leaves nothing", "outputs");
            outputs.items().iter().for_each(|output| self.inside(output));
            self.unique("output", outputs.items());
        }
        if let Some(epoch) = build.get("source-date-epoch")
            && epoch.integer().is_some_and(|seconds| seconds < 0)
        {
            let help = "write seconds since 1970-01-01T00:00:00Z";
            self.say(&epoch, "`build.source-date-epoch` is before the epoch", help);
        }
        self.variables(build);
        for input in build.list("input") {
            match input.text_of("kind") {
                Some("pypi") => self.pypi(&input),
                Some("file") => self.not_blank(input.get("path")),
                Some("crate") => {
                    self.named(&input, "package", names::is_crate, "a crate name");
                    self.named(&input, "version", names::is_semantic_version, "an exact version");
                }
                Some("npm") => {
                    self.named(&input, "package", names::is_npm_package, "an npm package name");
                    self.named(&input, "version", names::is_semantic_version, "an exact version");
                }
                Some("debian") => self.debian(&input),
                Some("cargo-lock" | "npm-lock") => self.lock_file(&input),
                _ => {}
            }
        }
        for limit in build.get("limits").iter().flat_map(Node::fields) {
            if limit.node.integer() == Some(0) {
                self.say(&limit.node, format!("`{}` is nothing at all", limit.node.path), "write at least 1");
            }
        }
        for key in ["path", "lock"] {
            self.not_blank(build.get("environment").and_then(|environment| environment.get(key)));
        }
    }

    /// A lock file of the source has a path that stays in it.
    fn lock_file(&mut self, input: &Node<'_>) {
        let Some(path) = input.get("path") else { return };
        self.not_blank(Some(path.clone()));
        let in_source = input
            .get("in-source")
            .is_some_and(|node| matches!(node.value, Kind::Other(DeValue::Boolean(true))));
        if in_source && path.text().is_some_and(|text| !RelPath::from(text).stays_inside()) {
            let help = "write it relative to the source's own folder, without `..`";
            self.say(&path, format!("`{}` leaves the source", path.path), help);
        }
    }

    fn variables(&mut self, build: &Node<'_>) {
        for variable in build.get("env").iter().flat_map(Node::fields) {
            let name = variable.name;
            let letters = name.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'_');
            if name == "SOURCE_DATE_EPOCH" {
                let problem = Problem::new(variable.span, "`SOURCE_DATE_EPOCH` has a key of its own");
                self.problems.push(problem.help("write `source-date-epoch = …` in `[build]`"));
            } else if !letters || name.is_empty() || name.starts_with(|c: char| c.is_ascii_digit()) {
                let message = format!("`{}` is not a variable name", escape(name.as_bytes()));
                self.problems.push(Problem::new(variable.span, message).help("use letters, digits and `_`"));
            }
            if variable.node.text().is_some_and(|value| value.contains('\0')) {
                let message = format!("`{}` has a NUL character in it", variable.node.path);
                self.say(&variable.node, message, "take it out");
            }
        }
    }

    fn build_path(&mut self, node: &Node<'_>) {
        let Some(path) = node.text() else { return };
        let Some(relative) = path.strip_prefix('/') else {
            let help = "write a path that starts with `/`, such as `/build/source`";
            return self.say(node, "`build.path` is not absolute", help);
        };
        let parts: Vec<&str> = relative.split('/').collect();
        if parts.iter().any(|part| ["", ".", ".."].contains(part) || part.contains('\0')) {
            let help = "write it without empty parts, `.`, `..` or a `/` at the end";
            return self.say(node, "`build.path` is not written plainly", help);
        }
        if let Some(system) = parts.first().filter(|first| SYSTEM.contains(first)) {
            let message = format!("`build.path` is under the system folder `/{system}`");
            return self.say(node, message, "choose another, such as `/build/source`");
        }
        if parts.len() < 2 {
            let help = "go one level deeper, such as `/build/source`: the folder above is private to the run";
            self.say(node, "`build.path` is directly under `/`", help);
        }
    }

    /// A path relative to the build path that stays in it or in the folder above it.
    fn inside(&mut self, node: &Node<'_>) {
        let Some(path) = node.text() else { return };
        let below = path.strip_prefix("../").unwrap_or(path);
        if path.starts_with('/') {
            let help = "write it relative to `build.path`";
            self.say(node, format!("`{}` has an absolute path", node.path), help);
        } else if below.split('/').any(|part| part == "..") {
            let help = "at most one `../`, at the start: the folder above `build.path` is private to the run";
            self.say(node, format!("`{}` has a path that leaves the build", node.path), help);
        } else if !path.trim().is_empty() && below.split('/').any(|part| part.is_empty() || part == ".") {
            let help = "write it without empty parts and `.`";
            self.say(node, format!("`{}` has a path that is not written plainly", node.path), help);
        }
    }

    fn artifacts(&mut self, document: &Node<'_>) {
        let artifacts = document.list("artifact");
        self.unique("artifact", artifacts.iter().filter_map(|artifact| artifact.get("name")));
        let outputs = document.get("build").map(|build| build.list("outputs"));
        for artifact in &artifacts {
            self.not_blank(artifact.get("name"));
            if let Some(output) = artifact.get("output") {
                self.corresponds(&output, outputs.as_deref());
            }
            if let Some(rung) = artifact.get("rung") {
                self.rung(&rung);
            }
            let Some(from) = artifact.get("from") else { continue };
            match from.text_of("kind") {
                Some("file") => self.not_blank(from.get("path")),
                Some("debian") => self.debian(&from),
                Some("pypi") => self.pypi(&from),
                Some("rehearsal") => self.rehearsal(&from, outputs.is_some()),
                _ => {}
            }
        }
    }

    fn rehearsal(&mut self, from: &Node<'_>, build: bool) {
        self.not_blank(from.get("source"));
        self.not_blank(from.get("overlay"));
        if let Some(output) = from.get("output") {
            self.inside(&output);
            self.not_blank(Some(output));
        }
        if let Some(commands) = from.get("commands") {
            self.not_empty(&commands, "the rehearsal runs no command", "commands");
        }
        if !build {
            let help = "add `[build]`: a rehearsal uses its environment, path and limits";
            self.say(from, "a rehearsal without a build", help);
        }
    }

    fn corresponds(&mut self, output: &Node<'_>, outputs: Option<&[Node<'_>]>) {
        let Some(name) = output.text() else { return };
        let message = format!("\"{}\" is not an output of the build", escape(name.as_bytes()));
        let Some(outputs) = outputs else {
            return self.say(output, message, "there is no `[build]`: add one, or take `output` out");
        };
        let outputs: Vec<&str> = outputs.iter().filter_map(Node::text).collect();
        if !outputs.contains(&name) {
            let help = match nearest(name, outputs) {
                Some(near) => format!("did you mean \"{}\"?", escape(near.as_bytes())),
                None => "write it as it stands in `build.outputs`".to_owned(),
            };
            self.say(output, message, help);
        }
    }

    fn rung(&mut self, node: &Node<'_>) {
        if node.text() == Some("inconclusive") {
            let help = "`inconclusive` says that a review could not finish; ask for a rung of the ladder";
            self.say(node, format!("`{}` cannot be asked for", node.path), help);
        }
    }

    fn declared(&mut self, declared: &Node<'_>) {
        for endpoint in declared.list("endpoint") {
            self.not_blank(endpoint.get("reason"));
            self.not_blank(endpoint.get("host"));
            if let Some(host) = endpoint.get("host") {
                self.host(&host);
            }
        }
        for entry in declared.list("data").into_iter().chain(declared.list("capability")) {
            self.not_blank(entry.get("reason"));
            if let Some(id) = entry.get("category") {
                self.category(&id);
            }
        }
    }

    fn host(&mut self, node: &Node<'_>) {
        let Some(host) = node.text() else { return };
        let name = host.strip_prefix("*.").unwrap_or(host);
        let message = format!("`{}` is not a host", node.path);
        if name.contains('/') {
            self.say(
                node,
                message,
                "write the host alone, such as `updates.example.com`: no scheme, no path",
            );
        } else if name.contains('*') {
            self.say(node, message, "a `*` may stand only at the start, as in `*.example.com`");
        } else if name.contains(|c: char| c.is_whitespace() || c.is_control() || c == '@') {
            self.say(node, message, "write a host name or an address, without spaces");
        }
    }

    fn category(&mut self, node: &Node<'_>) {
        let Some(id) = node.text() else { return };
        let covers_some = category::all().iter().any(|known| category::covers(id, &known.id));
        if !id.is_empty() && (covers_some || category::get(id).is_some()) {
            return;
        }
        let ids = category::all().iter().map(|known| known.id.trim_end_matches(".*"));
        let families = ids.clone().flat_map(|id| id.match_indices('.').map(|(at, _)| &id[..at]));
        let help = match nearest(id, ids.chain(families)) {
            Some(near) => format!("did you mean \"{near}\"?"),
            None => {
                "write an id of the closed list, such as \"cap.net.http\", or a family, such as \"cap.net\""
                    .into()
            }
        };
        self.say(node, format!("unknown category \"{}\"", escape(id.as_bytes())), help);
    }

    fn policy(&mut self, policy: &Node<'_>) {
        if let Some(rung) = policy.get("rung") {
            self.rung(&rung);
        }
        policy.list("allowed-causes").into_iter().for_each(|cause| self.not_blank(Some(cause)));
        let accepted = policy.list("accept");
        self.unique("the accepted finding", accepted.iter().filter_map(|one| one.get("fingerprint")));
        for one in &accepted {
            self.not_blank(one.get("fingerprint"));
            self.not_blank(one.get("reason"));
            if let Some(date) = one.get("date") {
                self.date(&date);
            }
        }
    }

    fn date(&mut self, node: &Node<'_>) {
        let Some(text) = node.text() else { return };
        let digits = |(at, b): (usize, u8)| if [4, 7].contains(&at) { b == b'-' } else { b.is_ascii_digit() };
        let plain = text.len() == 10 && text.bytes().enumerate().all(digits);
        if !plain || text.parse::<jiff::civil::Date>().is_err() {
            let help = "write the day it was accepted as \"YYYY-MM-DD\"";
            self.say(node, format!("`{}` is not a date", node.path), help);
        }
    }
}
