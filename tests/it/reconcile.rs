//! The reconcile suite: found against declared, artifact against source.

use pellucid::model::Limits;
use pellucid::model::RelPath;
use pellucid::model::Review;
use pellucid::model::ScanEvidence;
use pellucid::model::category;
use pellucid::model::review::Declared;
use pellucid::model::review::DeclaredCategory;
use pellucid::model::review::DeclaredEndpoint;
use pellucid::model::review::Policy;
use pellucid::model::review::Product;
use pellucid::model::review::Source;
use pellucid::model::scan::Capability;
use pellucid::model::scan::Confidence;
use pellucid::model::scan::Endpoint;
use pellucid::model::scan::Finding;
use pellucid::model::scan::Flow;
use pellucid::model::scan::Location;
use pellucid::model::scan::Severity;
use pellucid::reconcile::reconcile;
use pellucid::scan::Options;
use pellucid::scan::SourceFile;
use pellucid::scan::scan_artifact;
use pellucid::scan::scan_source;

fn review(capabilities: &[&str], data: &[&str], hosts: &[&str]) -> Review {
    let category =
        |id: &&str| DeclaredCategory { category: (*id).to_owned(), reason: "checks for updates".to_owned() };
    Review {
        version: 1,
        product: Product {
            vendor: "v".into(),
            name: "p".into(),
            version: "1".into(),
            purpose: "test".into(),
        },
        source: Source::Directory { path: ".".into(), root: None },
        build: None,
        artifacts: Vec::new(),
        declared: Declared {
            endpoints: hosts
                .iter()
                .map(|host| DeclaredEndpoint { host: (*host).to_owned(), reason: "updates".to_owned() })
                .collect(),
            data: data.iter().map(category).collect(),
            capabilities: capabilities.iter().map(category).collect(),
        },
        policy: Policy::default(),
    }
}

fn scan(files: &[(&str, &str)]) -> ScanEvidence {
    let list: Vec<SourceFile> =
        files.iter().map(|(p, b)| SourceFile { path: RelPath::from(*p), size: b.len() as u64 }).collect();
    let reader = |path: &RelPath| {
        let found = files.iter().find(|(name, _)| RelPath::from(*name) == *path);
        found.map(|(_, bytes)| bytes.as_bytes().to_vec()).ok_or_else(|| "not there".to_owned())
    };
    scan_source(&list, &reader, &Options::default())
}

/// Rule, category or host, severity.
fn brief(findings: &[Finding]) -> Vec<(&str, &str, Severity)> {
    for finding in findings {
        assert!(category::get(&finding.category).is_some(), "{finding:?}");
        assert!(finding.question.ends_with('?') && !finding.evidence.is_empty(), "{finding:?}");
        assert!(finding.evidence.len() <= 6 && finding.fingerprint.len() == 16, "{finding:?}");
    }
    findings.iter().map(|f| (f.rule.as_str(), f.category.as_str(), f.severity)).collect()
}

const AGENT: &str = "import subprocess\nimport requests\n\
    requests.get('https://updates.example.com/v1')\n\
    requests.post('https://stats.example.net/v1', data=b'x')\n\
    subprocess.run(['id'])\n";

#[test]
fn what_the_declaration_does_not_cover_is_a_finding() {
    let source = scan(&[("agent.py", AGENT)]);
    let review = review(&["cap.net"], &[], &["*.example.com"]);
    let findings = reconcile(&review, &source, &[]);
    let brief = brief(&findings);
    assert!(brief.contains(&("undeclared-capability", "cap.exec", Severity::High)), "{brief:?}");
    assert!(!brief.iter().any(|(_, category, _)| category.starts_with("cap.net")), "{brief:?}");
    let hosts: Vec<_> = findings.iter().filter(|f| f.rule == "undeclared-endpoint").collect();
    assert_eq!(hosts.len(), 1);
    assert!(
        hosts[0].message.contains("stats.example.net") && hosts[0].severity == Severity::High,
        "{hosts:?}"
    );
    assert_eq!(hosts[0].location.start_line, 4);
}

#[test]
fn where_everything_is_declared_nothing_remains() {
    let source = scan(&[("agent.py", AGENT)]);
    let review = review(&["cap.net", "cap.exec"], &[], &["updates.example.com", "stats.example.net"]);
    let left: Vec<_> =
        reconcile(&review, &source, &[]).into_iter().filter(|f| f.severity > Severity::Info).collect();
    assert_eq!(left, []);
}

#[test]
fn silence_is_a_question_and_not_a_contradiction() {
    let source = scan(&[("agent.py", AGENT)]);
    let findings = reconcile(&review(&[], &[], &[]), &source, &[]);
    assert!(findings.len() >= 3);
    assert!(findings.iter().all(|f| f.severity <= Severity::Medium), "{findings:?}");
    assert!(findings.iter().any(|f| f.message.contains("nothing was declared")));
}

#[test]
fn one_finding_a_matter_with_at_most_five_places_and_a_fingerprint_that_lasts() {
    let many: String = (0..40).map(|_| "requests.get('https://a.example.net/x')\n").collect();
    let source = scan(&[
        ("a.py", &format!("import requests\n{many}")),
        ("b.py", &format!("import requests\n\n\n{many}")),
    ]);
    let review = review(&["cap.exec"], &[], &[]);
    let findings = reconcile(&review, &source, &[]);
    let http: Vec<_> = findings.iter().filter(|f| f.category == "cap.net.http").collect();
    assert_eq!(http.len(), 1, "{http:?}");
    assert_eq!(http[0].evidence.len(), 6);
    assert_eq!(http[0].evidence[5], "and 75 more places");
    let moved = scan(&[("c.py", "import requests\n# moved\nrequests.get('https://a.example.net/x')\n")]);
    let again = reconcile(&review, &moved, &[]);
    let http_again = again.iter().find(|f| f.category == "cap.net.http").unwrap();
    assert_eq!(http[0].fingerprint, http_again.fingerprint, "an acceptance survives edits");
}

#[test]
fn tests_and_sentences_weigh_less() {
    let source = scan(&[
        ("tests/test_a.py", AGENT),
        ("help.py", "print('for the terms of this service please see https://help.example.net/terms')\n"),
    ]);
    let findings = reconcile(&review(&["cap.fs"], &[], &[]), &source, &[]);
    assert!(findings.iter().all(|f| f.severity <= Severity::Medium), "{findings:?}");
    let help = findings.iter().find(|f| f.message.contains("help.example.net")).unwrap();
    assert_eq!(help.severity, Severity::Info);
}

#[test]
fn a_stale_declaration_is_reported() {
    let source = scan(&[("a.py", "x = 1\n")]);
    let findings =
        reconcile(&review(&["cap.net.ssh"], &["src.location"], &["gone.example.com"]), &source, &[]);
    let stale: Vec<_> = findings.iter().map(|f| (f.rule.as_str(), f.severity)).collect();
    assert_eq!(stale, [("stale-declaration", Severity::Low); 3]);
    assert!(findings.iter().any(|f| f.message.contains("gone.example.com") && f.message.contains("updates")));
}

#[test]
fn data_that_leaves_must_be_declared_as_data() {
    let flow = Flow {
        location: Location { path: "a.py".into(), start_line: 3, end_line: 3, start_column: 1 },
        category: "flow.env->net".into(),
        source: "src.env os.environ".into(),
        sink: "cap.net.http requests.post".into(),
        steps: Vec::new(),
        carrier: "body".into(),
        confidence: Confidence::High,
    };
    let source = ScanEvidence { flows: vec![flow], ..ScanEvidence::default() };
    let undeclared = reconcile(&review(&["cap.net"], &[], &[]), &source, &[]);
    assert!(
        brief(&undeclared).contains(&("undeclared-data", "flow.env->net", Severity::High)),
        "{undeclared:?}"
    );
    let declared = reconcile(&review(&["cap.net"], &["src.env"], &[]), &source, &[]);
    assert!(!declared.iter().any(|f| f.rule == "undeclared-data"), "{declared:?}");
}

/// An artifact's scan with these imports and addresses.
#[allow(clippy::field_reassign_with_default)] // two long lists read better one after the other
fn artifact(imports: &[(&str, &str, Confidence)], urls: &[(&str, Confidence)]) -> ScanEvidence {
    let location = Location { path: "agent".into(), ..Location::default() };
    let mut scan = ScanEvidence::default();
    scan.capabilities = imports
        .iter()
        .map(|(category, api, confidence)| Capability {
            location: location.clone(),
            category: (*category).into(),
            api: (*api).into(),
            language: "elf".into(),
            confidence: *confidence,
            excerpt: format!("imports {api}"),
        })
        .collect();
    scan.endpoints = urls
        .iter()
        .map(|(host, confidence)| Endpoint {
            location: location.clone(),
            kind: "url".into(),
            value: format!("https://{host}/x"),
            host: Some((*host).into()),
            category: None,
            live: true,
            confidence: *confidence,
        })
        .collect();
    scan
}

#[test]
fn what_only_the_artifact_can_do_is_a_finding() {
    let source = scan(&[("agent.c", "/* https://named.example.org */\nint main(void) { return 0; }\n")]);
    let shipped = artifact(
        &[
            ("cap.net.socket", "connect", Confidence::High),
            ("src.env", "getenv", Confidence::Medium),
            ("cap.dynload.library", "dlsym", Confidence::Low),
        ],
        &[
            ("drop.example.net", Confidence::High),
            ("named.example.org", Confidence::High),
            ("gcc.example", Confidence::Low),
        ],
    );
    let findings = reconcile(&review(&["cap.fs"], &[], &[]), &source, &[("agent", &shipped)]);
    let brief = brief(&findings);
    assert!(brief.contains(&("capability-not-in-source", "cap.net.socket", Severity::High)), "{brief:?}");
    assert!(brief.contains(&("endpoint-not-in-source", "ind.url", Severity::High)), "{brief:?}");
    assert_eq!(findings.iter().filter(|f| f.rule == "endpoint-not-in-source").count(), 1);
    assert!(brief.contains(&("runtime-imports", "cap.dynload.library", Severity::Info)), "{brief:?}");
    assert!(!brief.iter().any(|(rule, category, severity)| *rule == "capability-not-in-source"
        && *category == "src.env"
        && *severity > Severity::Low));
}

#[test]
fn what_the_source_accounts_for_is_no_finding() {
    let source = scan(&[("agent.py", AGENT)]);
    let shipped = artifact(
        &[("cap.net.socket", "connect", Confidence::High), ("cap.exec", "execve", Confidence::High)],
        &[("updates.example.com", Confidence::High)],
    );
    let findings = reconcile(
        &review(&["cap"], &[], &["*.example.com", "stats.example.net"]),
        &source,
        &[("agent", &shipped)],
    );
    let worse: Vec<_> = findings.iter().filter(|f| f.severity > Severity::Info).collect();
    assert_eq!(worse, Vec::<&Finding>::new(), "an HTTP library opens sockets");
    let nothing = reconcile(&review(&["cap.fs"], &[], &[]), &ScanEvidence::default(), &[("agent", &shipped)]);
    assert!(!nothing.iter().any(|f| f.rule.ends_with("not-in-source")), "no source, nothing to lay against");
}

/// Two programs built here from one source and from the source with an addition; nothing is committed.
#[test]
fn an_addition_compiled_in_shows_against_its_source() {
    let folder = tempfile::tempdir().unwrap();
    let honest = "#include <stdio.h>\nint main(void) { puts(\"ready\"); return 0; }\n";
    // The addition is never reached, and reaches nobody.
    let added = "#include <stdio.h>\n#include <stdlib.h>\n#include <sys/socket.h>\n\
        int main(int n, char **v) { puts(\"ready\"); if (n > 99) { puts(\"https://drop.example.net/c\");\n\
        connect(0, 0, 0); system(v[1]); } return 0; }\n";
    let compile = |name: &str, code: &str| {
        let (source, program) = (folder.path().join(format!("{name}.c")), folder.path().join(name));
        std::fs::write(&source, code).unwrap();
        let status = std::process::Command::new("cc")
            .arg("-O1")
            .arg("-o")
            .arg(&program)
            .arg(&source)
            .status()
            .unwrap();
        assert!(status.success());
        std::fs::read(program).unwrap()
    };
    let source = scan(&[("agent.c", honest)]);
    let review = review(&["cap.fs"], &[], &[]);
    let clean = scan_artifact("agent", &compile("honest", honest), &Limits::default());
    let clean = reconcile(&review, &source, &[("agent", &clean)]);
    assert!(
        !clean.iter().any(|f| f.rule.ends_with("not-in-source") && f.severity > Severity::Low),
        "{clean:#?}"
    );
    let dirty = scan_artifact("agent", &compile("added", added), &Limits::default());
    let dirty = reconcile(&review, &source, &[("agent", &dirty)]);
    let high: Vec<_> =
        brief(&dirty).into_iter().filter(|(.., s)| *s == Severity::High).map(|(r, c, _)| (r, c)).collect();
    for expected in [
        ("capability-not-in-source", "cap.net.socket"),
        ("capability-not-in-source", "cap.exec"),
        ("endpoint-not-in-source", "ind.url"),
    ] {
        assert!(high.contains(&expected), "{expected:?} in {high:?}");
    }
}
