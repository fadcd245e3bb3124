//! Whom a file can talk to: addresses with their place, whether they are live, and what they are known for.
//!
//! *Live* means in code or configuration, as opposed to a comment, a document, or a manifest's description
//! of its project. Only live endpoints count against a declaration; the others are listed, because a
//! "comment" is what the lexer took for one.

use std::collections::BTreeSet;

use super::address;
use super::address::Address;
use super::checks;
use super::classify::Classified;
use super::draft::Draft;
use super::indicators;
use super::syntax::Kind;
use super::syntax::Span;
use super::syntax::kind_at;
use super::text::Text;
use crate::model::scan::Confidence;
use crate::model::scan::Endpoint;
use crate::model::scan::Location;
use crate::model::scan::Severity;

/// What is found in one text file.
#[derive(Debug, Default)]
pub struct Found {
    /// The endpoints, in order of place.
    pub endpoints: Vec<Endpoint>,
    /// Strings that lead to secret data and the like: category, string, place, note.
    pub markers: Vec<Marked>,
    /// Findings.
    pub drafts: Vec<Draft>,
    /// How many endpoints were left out by the bound, if any.
    pub cut: bool,
}

/// A marker in its place.
#[derive(Clone, Debug)]
pub struct Marked {
    /// First byte.
    pub at: usize,
    /// The string.
    pub text: String,
    /// The category id.
    pub category: String,
    /// Whether it stands in a string literal by itself (more or less), and not in a sentence.
    pub confidence: Confidence,
}

/// At most this many endpoints are kept of one file.
pub const PER_FILE: usize = 5000;

/// The endpoints and markers of `text`, the file `path` whose last component is `name`. `spans` are its
/// comments and strings.
pub fn endpoints(path: &str, name: &str, text: &Text, classified: &Classified, spans: &[Span]) -> Found {
    let mut found = Found::default();
    let bytes = text.bytes();
    let context = Context { name, bytes, classified, spans, manifest: is_manifest(name) };
    let mut addresses = address::urls(bytes, 4 * PER_FILE);
    addresses.extend(context.dotted());
    addresses.extend(context.literals(&addresses));
    addresses.sort_by_key(|address| (address.start, address.end));
    let mut seen = BTreeSet::new();
    for address in addresses {
        let live = context.live(&address);
        let (line, column) = text.position(address.start);
        // A document repeats its links; code is asked for every place.
        let key = (if live { line } else { 0 }, live, address.value.clone());
        if !seen.insert(key) {
            continue;
        }
        if found.endpoints.len() >= PER_FILE {
            found.cut = true;
            break;
        }
        let confidence = context.confidence(&address);
        let (known, test) = (known(&address), checks::is_test(path));
        if live && let Some(draft) = suspicion(&address, known, confidence, classified, test) {
            found.drafts.push(draft);
        }
        let (end_line, _) = text.position(address.end.saturating_sub(1));
        found.endpoints.push(Endpoint {
            location: Location { path: path.to_owned(), start_line: line, end_line, start_column: column },
            kind: address.kind.to_owned(),
            category: category(&address, known),
            value: address.value,
            host: address.host,
            live,
            confidence,
        });
    }
    context.markers(&mut found);
    found
}

/// The endpoints of a string found in a binary, all live: nothing in a program is a comment. What compilers
/// and standard libraries leave in everything they build has confidence `low`.
pub fn in_string(path: &str, string: &[u8]) -> Vec<Endpoint> {
    let mut addresses = address::urls(string, 64);
    if addresses.is_empty() {
        let plain = string.trim_ascii();
        let alone = |a: &Address| {
            a.end - a.start == plain.len()
                || plain.get(a.end - a.start..).is_some_and(|rest| rest.starts_with(b":"))
        };
        addresses.extend(address::ipv4(string, 8).into_iter().filter(alone));
    }
    if addresses.is_empty() {
        addresses.extend(address::whole(string, 0).filter(|address| address.kind != "email"));
    }
    let endpoint = |address: Address| Endpoint {
        location: Location { path: path.to_owned(), ..Location::default() },
        kind: address.kind.to_owned(),
        category: category(&address, known(&address)),
        confidence: match address.kind {
            _ if indicators::is_toolchain(&address.value) || !address.known_suffix => Confidence::Low,
            "url" | "onion" => Confidence::High,
            _ => Confidence::Medium,
        },
        value: address.value,
        host: address.host,
        live: true,
    };
    addresses.into_iter().map(endpoint).collect()
}

/// What the address's host is known for.
fn known(address: &Address) -> Option<&'static indicators::Known> {
    address.host.as_deref().and_then(|host| indicators::host(host, &address.path))
}

fn category(address: &Address, known: Option<&indicators::Known>) -> Option<String> {
    if address.encoded {
        return Some("ind.encoded-ip".to_owned());
    }
    if let Some(known) = known {
        return Some(known.category.clone());
    }
    match address.kind {
        "onion" => Some("ind.onion".to_owned()),
        "ipv4" | "ipv6" => Some("ind.ip-literal".to_owned()),
        _ => {
            let tld = address.host.as_deref()?.rsplit('.').next()?;
            indicators::is_abused_tld(tld).then(|| "ind.abused-tld".to_owned())
        }
    }
}

/// The finding a live address is by itself, if it is one.
fn suspicion(
    address: &Address,
    known: Option<&indicators::Known>,
    confidence: Confidence,
    classified: &Classified,
    test: bool,
) -> Option<Draft> {
    let host = address.host.clone().unwrap_or_default();
    let make = |rule, category, severity, message: String, question| {
        Some(Draft {
            rule,
            category,
            severity,
            confidence,
            start: address.start,
            end: address.end,
            message,
            question,
            key: address.value.clone(),
        })
    };
    if address.encoded {
        let message =
            format!("an address written so that it does not look like one: {} is {host}", address.value);
        return make(
            "encoded-address",
            "ind.encoded-ip",
            // Whoever reads addresses has lists of odd ones to be tested with.
            if classified.code && !test { Severity::High } else { Severity::Medium },
            message,
            "Why is this address not written plainly?",
        );
    }
    if address.kind == "onion" {
        let message = format!("a hidden service: {host}");
        return make(
            "onion-address",
            "ind.onion",
            Severity::High,
            message,
            "Why does the product talk to a hidden service?",
        );
    }
    let known = known?;
    let severity = known.severity?;
    // In a sentence, or in a list of names (a filter, a test table), an address is mentioned and not used.
    let severity = match confidence {
        Confidence::Low => Severity::Info,
        Confidence::Medium if severity == Severity::High => Severity::Medium,
        _ if !classified.code && severity == Severity::High => Severity::Medium,
        _ => severity,
    };
    if severity == Severity::Info {
        return None;
    }
    let category = crate::model::category::get(&known.category).map(|category| category.id.as_str())?;
    make(
        "known-endpoint",
        category,
        severity,
        format!("{host} is {}", known.note),
        "What is sent there, and why there?",
    )
}

struct Context<'a> {
    name: &'a str,
    bytes: &'a [u8],
    classified: &'a Classified,
    spans: &'a [Span],
    manifest: bool,
}

impl Context<'_> {
    /// Dotted addresses; a line that speaks of versions is not taken at its word.
    fn dotted(&self) -> Vec<Address> {
        let mut found = address::ipv4(self.bytes, PER_FILE);
        found.retain(|address| {
            let line = self.line_before(address.start, 120).to_ascii_lowercase();
            let version = [&b"version"[..], b"release", b"oid", b"assembly"]
                .iter()
                .any(|word| memchr::memmem::find(&line, word).is_some());
            let in_url =
                memchr::memmem::find(self.line_before(address.start, 40), b"://").is_some_and(|at| {
                    !self
                        .line_before(address.start, 40)
                        .get(at..)
                        .is_some_and(|rest| rest.iter().any(u8::is_ascii_whitespace))
                });
            !version && !in_url && (!self.is_prose() || self.classified.language == "text")
        });
        found
    }

    /// Hosts, addresses and pipes that are whole string literals, or whole values of a configuration file.
    fn literals(&self, urls: &[Address]) -> Vec<Address> {
        let mut found = Vec::new();
        let taken = |at: usize| urls.binary_search_by_key(&at, |address| address.start).is_ok();
        for span in self.spans.iter().filter(|span| span.kind == Kind::String) {
            let inner =
                self.bytes.get(span.range.start + 1..span.range.end.saturating_sub(1)).unwrap_or_default();
            let shaped = inner.len() >= 4
                && inner.len() <= 512
                && (inner.contains(&b'.') || inner.contains(&b':') || inner.contains(&b'\\'));
            if shaped
                && found.len() < PER_FILE
                && let Some(address) = address::whole(inner, span.range.start + 1).filter(|a| !taken(a.start))
                && (address.kind != "email" || (self.classified.code && !self.manifest))
            {
                found.push(address);
            }
        }
        if matches!(self.classified.language, "yaml" | "ini" | "properties" | "config" | "toml")
            && self.bytes.len() < 4 << 20
        {
            self.values(&mut found);
        }
        found
    }

    /// `key: value` and `key = value` without quotes.
    fn values(&self, found: &mut Vec<Address>) {
        let mut at = 0;
        for line in self.bytes.split(|b| *b == b'\n') {
            let start = at;
            at += line.len() + 1;
            let comment = matches!(line.trim_ascii_start().first(), Some(b'#' | b';' | b'!'));
            let Some(mark) =
                line.iter().position(|b| matches!(b, b'=' | b':')).filter(|_| !comment && line.len() < 400)
            else {
                continue;
            };
            let value = line.get(mark + 1..).unwrap_or_default();
            let value = value.split(|b| *b == b'#').next().unwrap_or_default();
            if value.contains(&b'"')
                || value.contains(&b'\'')
                || memchr::memmem::find(value, b"://").is_some()
            {
                continue;
            }
            if let Some(address) =
                address::whole(value, start + mark + 1).filter(|a| a.kind == "host" || a.kind == "onion")
                && found.len() < PER_FILE
            {
                found.push(address);
            }
        }
    }

    fn is_prose(&self) -> bool {
        matches!(
            self.classified.language,
            "text" | "markdown" | "rst" | "asciidoc" | "tex" | "man" | "gettext" | "csv" | "diff"
        )
    }

    fn live(&self, address: &Address) -> bool {
        if address.kind == "namespace" || self.is_prose() || is_lock(self.name) {
            return false;
        }
        if kind_at(self.spans, address.start).is_some_and(|span| span.kind == Kind::Comment) {
            return false;
        }
        match self.classified.language {
            "html" | "svg" | "xml" | "vue" | "svelte" => self.loads(address.start),
            _ if self.manifest => !self.describes(address.start),
            "json" | "jsonc" | "yaml" => !self.is_schema(address.start),
            _ => true,
        }
    }

    /// Whether a literal is the address and nothing else, an address in front of more, or a sentence.
    fn confidence(&self, address: &Address) -> Confidence {
        if address.kind == "unresolved" || !address.known_suffix {
            return Confidence::Low;
        }
        let Some(span) = kind_at(self.spans, address.start).filter(|span| span.kind == Kind::String) else {
            return if self.classified.code { Confidence::Medium } else { Confidence::High };
        };
        let text = self.bytes.get(span.range.clone()).unwrap_or_default();
        let before = self.bytes.get(span.range.start..address.start).unwrap_or_default();
        let after = self.bytes.get(address.end..span.range.end).unwrap_or_default();
        let letters = |part: &[u8]| part.iter().filter(|b| b.is_ascii_alphabetic()).count();
        let words = text.split(|b| b.is_ascii_whitespace()).filter(|word| letters(word) > 1).count();
        if letters(before) <= 1 && letters(after) <= 1 {
            Confidence::High
        } else if words > 4 {
            Confidence::Low
        } else {
            Confidence::Medium
        }
    }

    /// Markup: whether the address is loaded or sent to, or only linked to.
    fn loads(&self, at: usize) -> bool {
        let before = self.bytes.get(at.saturating_sub(400)..at).unwrap_or_default();
        let Some(tag) = before.iter().rposition(|b| *b == b'<') else { return self.in_script(at) };
        let tag_text = before.get(tag + 1..).unwrap_or_default();
        if tag_text.contains(&b'>') {
            return self.in_script(at) || self.classified.language == "xml";
        }
        let lower = tag_text.to_ascii_lowercase();
        if lower.starts_with(b"!doctype") || lower.starts_with(b"?") {
            return false;
        }
        let attribute: Vec<u8> = lower
            .iter()
            .rev()
            .skip_while(|b| **b != b'=')
            .skip(1)
            .skip_while(|b| b.is_ascii_whitespace())
            .take_while(|b| b.is_ascii_alphanumeric() || matches!(b, b'-' | b':' | b'_' | b'.'))
            .copied()
            .collect::<Vec<u8>>()
            .into_iter()
            .rev()
            .collect();
        match attribute.as_slice() {
            b"src" | b"action" | b"formaction" | b"data" | b"srcset" | b"poster" | b"background"
            | b"manifest" | b"ping" => true,
            b"href" => {
                lower.starts_with(b"link") && memchr::memmem::find(&lower, b"canonical").is_none()
                    || lower.starts_with(b"base")
                    || lower.starts_with(b"image")
                    || lower.starts_with(b"use")
            }
            b"content" => memchr::memmem::find(&lower, b"refresh").is_some(),
            name if name.starts_with(b"xmlns") || name.ends_with(b"schemalocation") => false,
            name if name.starts_with(b"on") || name.starts_with(b"style") => true,
            _ => self.classified.language == "xml",
        }
    }

    fn in_script(&self, at: usize) -> bool {
        let before = self.bytes.get(at.saturating_sub(64 << 10)..at).unwrap_or_default();
        let open = memchr::memmem::rfind(before, b"<script").max(memchr::memmem::rfind(before, b"<style"));
        let close = memchr::memmem::rfind(before, b"</script").max(memchr::memmem::rfind(before, b"</style"));
        open.is_some() && open > close
    }

    /// A manifest's description of its project: where it lives and who wrote it, which nothing fetches.
    fn describes(&self, at: usize) -> bool {
        const KEYS: &[&str] = &[
            "homepage",
            "home-page",
            "repository",
            "repo",
            "bugs",
            "url",
            "urls",
            "documentation",
            "docs",
            "license",
            "licenses",
            "licenseurl",
            "author",
            "authors",
            "author_email",
            "maintainer",
            "maintainers",
            "maintainer_email",
            "contributors",
            "funding",
            "$schema",
            "$id",
            "source",
            "source-code",
            "source code",
            "source_code",
            "changelog",
            "changes",
            "issues",
            "issue tracker",
            "bug tracker",
            "bug-tracker",
            "bug reports",
            "tracker",
            "website",
            "description",
            "long_description",
            "project_urls",
            "projecturl",
            "iconurl",
            "releasenotes",
            "repositoryurl",
            "packageprojecturl",
            "download_url",
            "download",
            "release notes",
            "history",
            "discussion",
            "discussions",
            "chat",
            "twitter",
            "mastodon",
            "sponsor",
            "comment",
            "_comment",
            "email",
            "web",
            "donate",
            "ci",
            "vcs-browser",
            "vcs-git",
            "forum",
            "github",
            "gitlab",
            "tidelift",
            "badge",
            "badges",
            "code",
            "support",
            "readme",
            "sponsors",
            "release-notes",
            "parent",
            "name",
            "scm",
            "connection",
            "developerconnection",
            "documentation_uri",
            "homepage_uri",
            "source_code_uri",
            "changelog_uri",
            "bug_tracker_uri",
            "mailing list",
            "mailing_list_uri",
            "wiki_uri",
            "html_root_url",
        ];
        let line = self.line_before(at, 400);
        let text = String::from_utf8_lossy(line).to_ascii_lowercase();
        let trimmed = text.trim_end().trim_end_matches(['"', '\'', '<', '[', '(', '{', ' ']);
        if text.contains("xmlns")
            || text.contains("schemalocation")
            || text.contains("<url>")
            || text.contains("<license")
        {
            return true;
        }
        let Some(mark) = trimmed.rfind(['=', ':', '>']) else { return self.earlier_key_describes(at) };
        let key = trimmed.get(..mark).unwrap_or_default().trim_end().trim_end_matches(['"', '\'', '=']);
        let key = key
            .rsplit(['"', '\'', ',', '{', '(', '<', '\t'])
            .next()
            .unwrap_or(key)
            .trim()
            .trim_start_matches("s.")
            .trim_start_matches("spec.");
        KEYS.contains(&key)
            || key.rsplit('.').next().is_some_and(|last| KEYS.contains(&last))
            || key.rsplit(' ').next().is_some_and(|last| KEYS.contains(&last))
            || self.earlier_key_describes(at)
    }

    /// Whether the block the line stands in is one of the project's links.
    fn earlier_key_describes(&self, at: usize) -> bool {
        let before = self.bytes.get(at.saturating_sub(1500)..at).unwrap_or_default();
        let open = [
            "urls]",
            "project_urls",
            "\"repository\"",
            "\"bugs\"",
            "\"author\"",
            "\"contributors\"",
            "\"maintainers\"",
            "\"funding\"",
            "\"licenses\"",
        ];
        let last = open.iter().filter_map(|word| memchr::memmem::rfind(before, word.as_bytes())).max();
        last.is_some_and(|from| {
            let between = before.get(from..).unwrap_or_default();
            let closed = memchr::memmem::find(between, b"\n[").is_some()
                || memchr::memmem::find(between, b"\n\n").is_some()
                || memchr::memmem::find(between, b"},\n").is_some()
                || memchr::memmem::find(between, b"],\n").is_some();
            !closed
        })
    }

    fn is_schema(&self, at: usize) -> bool {
        let line = self.line_before(at, 100);
        [&b"$schema"[..], b"$id", b"$ref", b"yaml-language-server"]
            .iter()
            .any(|word| memchr::memmem::find(line, word).is_some())
    }

    fn line_before(&self, at: usize, most: usize) -> &[u8] {
        let before = self.bytes.get(at.saturating_sub(most)..at).unwrap_or_default();
        let start = before.iter().rposition(|b| *b == b'\n').map_or(0, |n| n + 1);
        before.get(start..).unwrap_or_default()
    }

    fn markers(&self, found: &mut Found) {
        if self.is_prose() || matches!(self.classified.language, "html" | "svg" | "css") {
            return;
        }
        let mut seen = BTreeSet::new();
        // In code only a string leads anywhere; shell and configuration name paths without quotes.
        let words = matches!(self.classified.language, "bash" | "powershell" | "batch" | "perl" | "ruby")
            || !self.classified.code;
        let whole = words.then_some(0..self.bytes.len());
        let strings = self.spans.iter().filter(|span| span.kind == Kind::String && !words);
        let stretches = whole.iter().chain(strings.map(|span| &span.range));
        let markers = stretches.flat_map(|stretch| {
            let text = self.bytes.get(stretch.clone()).unwrap_or_default();
            indicators::markers(text).map(|(at, marker)| (stretch.start + at, marker))
        });
        for (at, marker) in markers {
            let span = kind_at(self.spans, at);
            let live = match span.map(|span| span.kind) {
                Some(Kind::Comment) => false,
                Some(Kind::String) => true,
                None => {
                    words && !matches!(self.classified.language, "config" if self.name.ends_with("ignore"))
                }
            };
            if !live || !seen.insert((marker.text.as_str(), self.bytes.get(..at).map_or(0, |_| at / 4096))) {
                continue;
            }
            let sentence = span.is_some_and(|span| {
                let text = self.bytes.get(span.range.clone()).unwrap_or_default();
                text.split(u8::is_ascii_whitespace).filter(|word| word.len() > 1).count() > 8
            });
            let confidence = if sentence { Confidence::Low } else { Confidence::Medium };
            found.markers.push(Marked {
                at,
                text: marker.text.clone(),
                category: marker.category.clone(),
                confidence,
            });
            if let (Some(severity), false) = (marker.severity, sentence)
                && let Some(category) = crate::model::category::get(&marker.category)
            {
                found.drafts.push(Draft {
                    rule: "known-text",
                    category: &category.id,
                    severity: if self.classified.code { severity } else { severity.min(Severity::Medium) },
                    confidence,
                    start: at,
                    end: at + marker.text.len(),
                    message: format!("\"{}\" is {}", marker.text, marker.note),
                    question: "What does the product need this for?",
                    key: marker.text.clone(),
                });
            }
        }
    }
}

/// Files that describe a project as well as configure it.
fn is_manifest(name: &str) -> bool {
    matches!(
        name,
        "package.json"
            | "composer.json"
            | "bower.json"
            | "Cargo.toml"
            | "pyproject.toml"
            | "setup.cfg"
            | "setup.py"
            | "pom.xml"
            | "CITATION.cff"
            | "codemeta.json"
            | "mkdocs.yml"
            | "_config.yml"
            | "conf.py"
            | "FUNDING.yml"
            | "meson.build"
            | "DESCRIPTION"
            | "META.json"
            | "META.yml"
            | "manifest.json"
            | "elm.json"
            | "Package.swift"
            | "pubspec.yaml"
            | "shard.yml"
            | "galaxy.yml"
            | "Chart.yaml"
            | "action.yml"
            | "control"
            | "Makefile.PL"
            | "configure.ac"
            | "CMakeLists.txt"
            | ".zenodo.json"
            | "dist.ini"
    ) || [".gemspec", ".nuspec", ".podspec", ".csproj", ".cabal", ".opam", ".props", ".pc.in", ".desktop"]
        .iter()
        .any(|ending| name.ends_with(ending))
}

fn is_lock(name: &str) -> bool {
    name.ends_with(".lock")
        || matches!(
            name,
            "package-lock.json" | "npm-shrinkwrap.json" | "pnpm-lock.yaml" | "go.sum" | ".package-lock.json"
        )
        || name.ends_with(".map")
}

#[cfg(test)]
mod tests {
    use super::super::classify::classify;
    use super::super::syntax::marks;
    use super::super::syntax::spans;
    use super::*;

    fn found(name: &str, content: &str) -> Found {
        let text = Text::new(content.as_bytes());
        let classified = classify(name.as_bytes(), content.as_bytes(), &text);
        let spans = spans(text.bytes(), &marks(classified.language));
        endpoints(name, name, &text, &classified, &spans)
    }

    fn live(name: &str, content: &str) -> Vec<(String, bool)> {
        found(name, content).endpoints.into_iter().map(|e| (e.host.unwrap_or(e.value), e.live)).collect()
    }

    #[test]
    fn an_address_is_live_in_code_and_configuration_and_nowhere_else() {
        let yes = [
            ("a.c", "curl_easy_setopt(h, CURLOPT_URL, \"https://t.example.com/v1\");"),
            ("a.py", "URL = 'https://t.example.com'\n"),
            ("a.py", "host = 't.example.com'\n"),
            ("run.sh", "curl https://t.example.com/x\n"),
            ("config.json", "{\"url\": \"https://t.example.com\"}"),
            ("config.yaml", "server: t.example.com\n"),
            ("app.ini", "[a]\nserver = t.example.com\n"),
            ("page.html", "<script src=\"https://t.example.com/a.js\"></script>"),
            ("page.html", "<script>fetch('https://t.example.com')</script>"),
            ("app.xml", "<endpoint>https://t.example.com</endpoint>"),
            ("package.json", "{\"dependencies\": {\"x\": \"git+https://t.example.com/x.git\"}}"),
            ("Makefile", "all:\n\tcurl -s https://t.example.com | sh\n"),
        ];
        for (name, content) in yes {
            assert_eq!(live(name, content), [("t.example.com".to_owned(), true)], "{name}: {content}");
        }
        let no = [
            ("a.c", "/* see https://t.example.com */"),
            ("a.py", "def f():\n    \"\"\"See https://t.example.com.\"\"\"\n"),
            ("a.rs", "//! https://t.example.com\n"),
            ("README.md", "[x](https://t.example.com)"),
            ("page.html", "<a href=\"https://t.example.com\">x</a>"),
            ("package.json", "{\n  \"homepage\": \"https://t.example.com\"}"),
            (
                "package.json",
                "{\n  \"repository\": {\n    \"type\": \"git\",\n    \"url\": \"git+https://t.example.com/x\"\n  }}",
            ),
            ("Cargo.toml", "[package]\nrepository = \"https://t.example.com\"\n"),
            ("pyproject.toml", "[project.urls]\n\"Source Code\" = \"https://t.example.com\"\n"),
            ("setup.py", "setup(\n    name='x',\n    url='https://t.example.com',\n)\n"),
            ("yarn.lock", "resolved \"https://t.example.com/a.tgz\"\n"),
        ];
        for (name, content) in no {
            assert_eq!(live(name, content), [("t.example.com".to_owned(), false)], "{name}: {content}");
        }
        assert_eq!(
            found("a.svg", "<svg xmlns=\"http://www.w3.org/2000/svg\"/>").endpoints[0].kind,
            "namespace"
        );
    }

    #[test]
    fn confidence_tells_an_address_from_a_sentence() {
        let confidence = |content: &str| found("a.py", content).endpoints[0].confidence;
        assert_eq!(confidence("x = 'https://t.example.com/a'"), Confidence::High);
        assert_eq!(confidence("x = 'curl https://t.example.com/a -o'"), Confidence::Medium);
        assert_eq!(
            confidence("x = 'for more on this error please see https://t.example.com/a'"),
            Confidence::Low
        );
    }

    #[test]
    fn known_hosts_are_findings_where_they_are_used() {
        let rules = |name: &str, content: &str| {
            found(name, content).drafts.into_iter().map(|d| (d.category, d.severity)).collect::<Vec<_>>()
        };
        assert_eq!(rules("a.py", "u = 'https://webhook.site/1-2'"), [("ind.oob-domain", Severity::High)]);
        assert_eq!(
            rules("a.js", "post('https://discord.com/api/webhooks/1/a')"),
            [("ind.webhook", Severity::Medium)]
        );
        assert_eq!(rules("a.py", "u = 'http://3232235777/'"), [("ind.encoded-ip", Severity::High)]);
        assert_eq!(rules("a.py", "# https://webhook.site/1-2"), []);
        assert_eq!(rules("README.md", "https://webhook.site/1-2"), []);
        assert_eq!(rules("a.py", "u = 'https://example.org'"), []);
        assert_eq!(rules("a.sh", "xmrig -o stratum+tcp://x.example:1\n").len(), 2);
    }

    #[test]
    fn markers_lead_to_secrets_in_strings_and_commands_alone() {
        let categories = |name: &str, content: &str| {
            found(name, content).markers.into_iter().map(|m| m.category).collect::<Vec<_>>()
        };
        assert_eq!(categories("a.py", "open(home + '/.aws/credentials')"), ["src.credential-file"]);
        assert_eq!(categories("a.sh", "tar c ~/.ssh/id_rsa\n"), ["src.ssh-key"]);
        assert_eq!(categories("a.py", "# reads .aws/credentials"), Vec::<String>::new());
        assert_eq!(categories("a.c", "p = \"/etc/shadow\";"), ["src.credential-file"]);
        assert_eq!(categories("README.md", "`~/.aws/credentials`"), Vec::<String>::new());
    }

    #[test]
    fn a_file_of_addresses_is_bounded_and_says_so() {
        let many: String =
            (0..PER_FILE + 10).map(|n| format!("u{n} = 'https://h{n}.example.com'\n")).collect();
        let found = found("a.py", &many);
        assert!(found.cut && found.endpoints.len() == PER_FILE);
    }
}
