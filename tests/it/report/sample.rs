//! Reviews made up in full, for suites that start from evidence: one that is bit-exact, one whose shipped
//! file holds more than the source, one whose build did not finish.

use std::collections::BTreeMap;

use pellucid::model::Account;
use pellucid::model::Difference;
use pellucid::model::Evidence;
use pellucid::model::Label;
use pellucid::model::NotExamined;
use pellucid::model::RelPath;
use pellucid::model::RunRecord;
use pellucid::model::Rung;
use pellucid::model::ScanEvidence;
use pellucid::model::Sha256;
use pellucid::model::Snapshot;
use pellucid::model::account::Comparison;
use pellucid::model::account::DifferenceKind;
use pellucid::model::account::View;
use pellucid::model::evidence::ArtifactEvidence;
use pellucid::model::evidence::EVIDENCE_VERSION;
use pellucid::model::evidence::Fetched;
use pellucid::model::evidence::OutputComparison;
use pellucid::model::evidence::RebuiltArtifact;
use pellucid::model::evidence::Recorded;
use pellucid::model::evidence::RunMeasure;
use pellucid::model::evidence::SourceEvidence;
use pellucid::model::evidence::Tool;
use pellucid::model::review::Accepted;
use pellucid::model::review::Artifact;
use pellucid::model::review::Declared;
use pellucid::model::review::DeclaredCategory;
use pellucid::model::review::DeclaredEndpoint;
use pellucid::model::review::Policy;
use pellucid::model::review::Product;
use pellucid::model::review::Recipe;
use pellucid::model::review::Review;
use pellucid::model::review::Shipped;
use pellucid::model::review::Source;
use pellucid::model::run::Condition;
use pellucid::model::run::Outcome;
use pellucid::model::run::Output;
use pellucid::model::run::Setting;
use pellucid::model::scan::Capability;
use pellucid::model::scan::Confidence;
use pellucid::model::scan::Count;
use pellucid::model::scan::Coverage;
use pellucid::model::scan::Endpoint;
use pellucid::model::scan::Finding;
use pellucid::model::scan::Flow;
use pellucid::model::scan::Location;
use pellucid::model::scan::Severity;
use pellucid::model::scan::Step;
use pellucid::model::snapshot::Entry;
use pellucid::model::snapshot::Kind;

/// The bytes shipped in the bit-exact sample.
pub const AGENT: &[u8] = b"the agent, as built and as shipped";
/// The bytes shipped in the dishonest sample.
pub const AGENT_WITH_MORE: &[u8] = b"the agent, as built and as shipped, and a little more";

/// Every sample with its name.
pub fn all() -> [(&'static str, Evidence); 4] {
    [
        ("bit-exact", bit_exact()),
        ("dishonest", dishonest()),
        ("inconclusive", inconclusive()),
        ("source-only", source_only()),
    ]
}

/// Two runs that agree, one artifact equal byte for byte, one declared endpoint, nothing undeclared.
pub fn bit_exact() -> Evidence {
    let source = source();
    let run = |name: &str, varied: bool| RunRecord {
        name: name.into(),
        conditions: conditions(varied),
        sandbox: sandbox(),
        outcome: Outcome::Built,
        outputs: vec![output(AGENT)],
        notes: vec![],
        trace: Default::default(),
    };
    let artifact = ArtifactEvidence {
        name: "agent".into(),
        file: "agent".into(),
        size: AGENT.len() as u64,
        sha256: Sha256::of(AGENT),
        origin: fetched("agent", "file", AGENT),
        rehearsal: false,
        rebuilt: Some(rebuilt()),
        comparison: None,
        scan: ScanEvidence {
            capabilities: vec![capability(
                ("agent", 0),
                "cap.net.connect",
                "connect",
                "elf",
                "import connect",
            )],
            coverage: coverage(1, AGENT.len() as u64, "binary"),
            ..ScanEvidence::default()
        },
    };
    Evidence {
        evidence_version: EVIDENCE_VERSION,
        tool: Tool { name: "pellucid".into(), version: "0.1.0".into() },
        manifest: Sha256::of(b"review.toml"),
        review: review(vec![manifest_entry()]),
        source,
        environment: None,
        resolved: None,
        inputs: vec![fetched("libz-1.2.13.tar.gz", "file", b"the input")],
        runs: vec![run("nominal", false), run("varied", true)],
        reproducibility: vec![OutputComparison {
            output: "agent".into(),
            nominal: Sha256::of(AGENT),
            varied: Sha256::of(AGENT),
            comparison: None,
        }],
        causes: None,
        proofs: vec![],
        artifacts: vec![artifact],
        scan: scan(),
        reconciliation: vec![],
        not_examined: vec![],
        recorded: recorded(),
    }
}

/// As [`bit_exact`], but the shipped file holds code and an endpoint that are not in the source, the runs
/// differ, and some things were not examined.
pub fn dishonest() -> Evidence {
    let mut evidence = bit_exact();
    let extra = (AGENT_WITH_MORE.len() - AGENT.len()) as u64;
    let artifact = &mut evidence.artifacts[0];
    artifact.size = AGENT_WITH_MORE.len() as u64;
    artifact.sha256 = Sha256::of(AGENT_WITH_MORE);
    artifact.origin = fetched("agent", "file", AGENT_WITH_MORE);
    artifact.comparison = Some(Comparison {
        account: Account::new(
            artifact.size,
            [
                (Label::Reproduced, AGENT.len() as u64 - 6),
                (Label::Derived, 2),
                (Label::Explained, 4),
                (Label::Unexplained, extra),
            ],
        )
        .unwrap(),
        absent: 3,
        differences: vec![
            difference(&["agent", ".note.gnu.build-id"], "derived", Label::Derived, None, 2),
            difference(&["agent", ".comment"], "toolchain", Label::Explained, Some("compiler-version"), 4),
            difference(&["agent", ".text", "sync_now"], "code", Label::Unexplained, None, extra),
        ],
        differences_cut: 2,
        graft: None,
        not_examined: vec![NotExamined::new("compare", "agent › .debug_info", "no reader for DWARF 6")],
    });
    artifact.scan.endpoints =
        vec![endpoint(("agent", 0), "url", "https://drop.example.net/u?id=%s", Some("drop.example.net"))];
    artifact.scan.not_examined =
        vec![NotExamined::new("scan", "agent › .rodata", "strings shorter than 6 bytes were not searched")];
    evidence.runs[1].outputs[0] = output(b"the agent, as built and as varied!");
    evidence.runs[1].conditions[4].not_applied = Some("this kernel has no time namespace".into());
    evidence.runs[1].notes = vec!["the build tried to connect to 192.0.2.7:443 and was refused".into()];
    evidence.reproducibility[0].varied = Sha256::of(b"the agent, as built and as varied!");
    evidence.reproducibility[0].comparison = Some(Comparison {
        account: Account::new(
            AGENT.len() as u64,
            [(Label::Reproduced, AGENT.len() as u64 - 8), (Label::Explained, 8)],
        )
        .unwrap(),
        absent: 0,
        differences: vec![difference(
            &["agent", ".rodata"],
            "timestamp",
            Label::Explained,
            Some("build-time"),
            8,
        )],
        differences_cut: 0,
        graft: None,
        not_examined: vec![],
    });
    evidence.scan.findings = vec![
        finding(
            Severity::Medium,
            "hidden-bidi",
            "src/update.c",
            40,
            "A right-to-left override hides the order of a line.",
        ),
        finding(
            Severity::Low,
            "endpoint-in-comment",
            "src/main.c",
            3,
            "A comment names a host that is not declared.",
        ),
    ];
    evidence.reconciliation = vec![
        finding(
            Severity::Critical,
            "endpoint-not-in-source",
            "agent",
            0,
            "The shipped file can talk to drop.example.net, which nothing in the source names.",
        ),
        finding(
            Severity::High,
            "import-not-in-source",
            "agent",
            0,
            "The shipped file imports getaddrinfo, which nothing in the source calls.",
        ),
    ];
    evidence.review.policy.accepted = vec![
        Accepted {
            fingerprint: evidence.scan.findings[1].fingerprint.clone(),
            reason: "a comment about the former test server".into(),
            date: "2026-01-05".into(),
        },
        Accepted { fingerprint: "f".repeat(16), reason: "no longer there".into(), date: "2025-01-05".into() },
    ];
    evidence.not_examined =
        vec![NotExamined::new("source", "vendor/zlib", "a git submodule: its commit was not taken in")];
    evidence
}

/// As [`bit_exact`], but no run finished, so nothing could be compared.
pub fn inconclusive() -> Evidence {
    let mut evidence = bit_exact();
    for run in &mut evidence.runs {
        run.outputs.clear();
        run.outcome = Outcome::Failed {
            command: "make -j2".into(),
            code: 2,
            log_tail: vec![
                "cc -O2 -c src/main.c".into(),
                "src/main.c:1:10: fatal error: zlib.h: No such file".into(),
            ],
        };
    }
    evidence.reproducibility.clear();
    evidence.artifacts[0].rebuilt = None;
    evidence
}

/// A review of source alone.
pub fn source_only() -> Evidence {
    let mut evidence = bit_exact();
    evidence.review.build = None;
    evidence.review.artifacts.clear();
    evidence.artifacts.clear();
    evidence.runs.clear();
    evidence.reproducibility.clear();
    evidence
}

/// As [`dishonest`], with names and texts that try to break out of the report they stand in.
pub fn hostile() -> Evidence {
    let mut evidence = dishonest();
    let nasty = "</pre></style><script>alert(1)</script>\u{202e}txt.exe\u{1b}[2J\u{200b}\"'><img src=x onerror=alert(1)>";
    evidence.review.product.vendor = nasty.into();
    evidence.review.product.name = nasty.into();
    evidence.artifacts[0].name = nasty.into();
    evidence.review.artifacts[0].name = nasty.into();
    evidence.artifacts[0].file = nasty.into();
    for difference in &mut evidence.artifacts[0].comparison.as_mut().unwrap().differences {
        difference.path.push(nasty.into());
        difference.evidence.push(nasty.into());
        difference.view = Some(View {
            kind: "text-diff".into(),
            lines: vec![format!("-{nasty}"), format!("+{nasty}")],
            cut: 7,
        });
    }
    for finding in evidence.reconciliation.iter_mut().chain(&mut evidence.scan.findings) {
        finding.message = nasty.into();
        finding.evidence = vec![nasty.into()];
        finding.question = nasty.into();
    }
    for capability in &mut evidence.scan.capabilities {
        capability.excerpt = nasty.into();
        capability.api = nasty.into();
        capability.location.path = nasty.into();
    }
    evidence.scan.endpoints[0].value = nasty.into();
    evidence.runs[1].notes.push(nasty.into());
    evidence.not_examined.push(NotExamined::new("scan", nasty, nasty));
    evidence
}

fn review(artifacts: Vec<Artifact>) -> Review {
    Review {
        version: 1,
        product: Product {
            vendor: "Example Instruments".into(),
            name: "fleet-agent".into(),
            version: "2.4.1".into(),
            purpose: "Runs on 1,200 field devices with access to measurement data; asks for updates daily."
                .into(),
        },
        source: Source::Directory { path: "source".into(), root: None },
        build: Some(Recipe {
            environment: Default::default(),
            path: "/build/source".into(),
            commands: vec!["make -j2".into()],
            outputs: vec!["agent".into()],
            source_date_epoch: Some(1_767_323_045),
            env: BTreeMap::new(),
            inputs: vec![],
            limits: Default::default(),
            cause_runs: 48,
            proof_runs: 10,
        }),
        artifacts,
        declared: Declared {
            endpoints: vec![DeclaredEndpoint {
                host: "updates.example.com".into(),
                reason: "asks once a day whether there is a new version".into(),
            }],
            data: vec![DeclaredCategory {
                category: "src.host".into(),
                reason: "device name in the request".into(),
            }],
            capabilities: vec![DeclaredCategory {
                category: "cap.net".into(),
                reason: "the update check".into(),
            }],
        },
        policy: Policy { rung: Rung::BitExact, fail_on: Severity::High, ..Policy::default() },
    }
}

fn manifest_entry() -> Artifact {
    Artifact {
        name: "agent".into(),
        from: Shipped::File { path: "shipped/agent".into(), sha256: Sha256::of(AGENT) },
        output: Some("agent".into()),
        rung: None,
    }
}

fn source() -> SourceEvidence {
    let file = |path: &str, text: &[u8]| Entry {
        path: RelPath::from(path),
        mode: 0o644,
        mtime: None,
        kind: Kind::File { size: text.len() as u64, sha256: Sha256::of(text) },
    };
    let snapshot = Snapshot::new(
        vec![file("Makefile", b"all:"), file("src/main.c", b"int main;"), file("src/update.c", b"void u;")],
        vec![],
    );
    SourceEvidence {
        origin: vec![fetched("fleet-agent-2.4.1.tar.gz", "file", b"the archive")],
        root: snapshot.root,
        files: 3,
        bytes: 20,
        entries: snapshot.entries,
    }
}

fn fetched(name: &str, by: &str, bytes: &[u8]) -> Fetched {
    Fetched { name: name.into(), by: by.into(), digest: Sha256::of(bytes).hex(), size: bytes.len() as u64 }
}

fn rebuilt() -> RebuiltArtifact {
    RebuiltArtifact { output: "agent".into(), size: AGENT.len() as u64, sha256: Sha256::of(AGENT) }
}

fn output(bytes: &[u8]) -> Output {
    Output { path: RelPath::from("agent"), size: bytes.len() as u64, mode: 0o755, sha256: Sha256::of(bytes) }
}

fn conditions(varied: bool) -> Vec<Condition> {
    let pairs = [
        ("build-path", "/build/source", "/build/another/place"),
        ("host-name", "pellucid", "varied"),
        ("time-zone", "UTC", "Pacific/Kiritimati"),
        ("locale", "C.UTF-8", "fr_CH.UTF-8"),
        ("clock", "2026-01-02T03:04:05Z", "2027-03-05T06:07:08Z"),
        ("cpu-count", "2", "1"),
    ];
    let condition = |(name, nominal, other): (&str, &str, &str)| Condition {
        name: name.into(),
        value: if varied { other } else { nominal }.into(),
        varied,
        not_applied: None,
    };
    pairs.into_iter().map(condition).collect()
}

fn sandbox() -> Vec<Setting> {
    let setting = |(name, value): (&str, &str)| Setting { name: name.into(), value: value.into() };
    [("network", "none"), ("root file system", "read-only"), ("cgroup", "none: limits are rlimits")]
        .into_iter()
        .map(setting)
        .collect()
}

fn scan() -> ScanEvidence {
    ScanEvidence {
        capabilities: vec![
            capability(
                ("src/main.c", 12),
                "cap.env.read",
                "getenv",
                "c",
                "    const char *home = getenv(\"HOME\");",
            ),
            capability(
                ("src/update.c", 31),
                "cap.net.connect",
                "connect",
                "c",
                "    if (connect(fd, ai->ai_addr, ai->ai_addrlen) < 0) {",
            ),
            capability(
                ("src/update.c", 40),
                "cap.net.http",
                "curl_easy_perform",
                "c",
                "    rc = curl_easy_perform(handle);",
            ),
        ],
        sources: vec![capability(
            ("src/update.c", 22),
            "src.host",
            "gethostname",
            "c",
            "    gethostname(name, sizeof name);",
        )],
        flows: vec![Flow {
            location: location("src/update.c", 40),
            category: "flow.host->net".into(),
            source: "src.host gethostname".into(),
            sink: "cap.net.http curl_easy_perform".into(),
            steps: vec![
                Step { location: location("src/update.c", 22), what: "read by gethostname into name".into() },
                Step { location: location("src/update.c", 29), what: "formatted into url".into() },
                Step { location: location("src/update.c", 40), what: "sent by curl_easy_perform".into() },
            ],
            carrier: "query".into(),
            confidence: Confidence::Medium,
        }],
        endpoints: vec![
            endpoint(
                ("src/update.c", 9),
                "url",
                "https://updates.example.com/v2/check",
                Some("updates.example.com"),
            ),
            Endpoint {
                live: false,
                ..endpoint(("src/main.c", 3), "host", "test.example.org", Some("test.example.org"))
            },
        ],
        findings: vec![],
        not_examined: vec![],
        coverage: Coverage {
            files: 3,
            bytes: 20,
            classes: BTreeMap::from([
                ("code".to_owned(), Count { files: 2, bytes: 16 }),
                ("text".to_owned(), Count { files: 1, bytes: 4 }),
            ]),
            languages: BTreeMap::from([("c".to_owned(), Count { files: 2, bytes: 16 })]),
            parsed: Count { files: 2, bytes: 16 },
            error_bytes: 1,
            unparsed_code: Count { files: 0, bytes: 0 },
            prefiltered: Count { files: 0, bytes: 0 },
        },
    }
}

fn coverage(files: u64, bytes: u64, class: &str) -> Coverage {
    Coverage {
        files,
        bytes,
        classes: BTreeMap::from([(class.to_owned(), Count { files, bytes })]),
        ..Coverage::default()
    }
}

fn recorded() -> Recorded {
    let measure = |name: &str| RunMeasure {
        name: name.into(),
        wall_ms: 1234,
        cpu_ms: 2001,
        max_rss_kib: 40_960,
        log_sha256: Some(Sha256::of(name.as_bytes())),
        log: format!("{name}.log"),
        trace_sha256: None,
    };
    Recorded {
        started: "2026-01-02T03:04:05Z".into(),
        finished: "2026-01-02T03:05:11Z".into(),
        runs: vec![measure("nominal"), measure("varied")],
    }
}

fn location(path: &str, line: u32) -> Location {
    Location { path: path.into(), start_line: line, end_line: line, start_column: u32::from(line > 0) }
}

fn capability(
    (path, line): (&str, u32),
    category: &str,
    api: &str,
    language: &str,
    excerpt: &str,
) -> Capability {
    Capability {
        location: location(path, line),
        category: category.into(),
        api: api.into(),
        language: language.into(),
        confidence: Confidence::High,
        excerpt: excerpt.into(),
    }
}

fn endpoint((path, line): (&str, u32), kind: &str, value: &str, host: Option<&str>) -> Endpoint {
    Endpoint {
        location: location(path, line),
        kind: kind.into(),
        value: value.into(),
        host: host.map(str::to_owned),
        category: None,
        live: true,
        confidence: Confidence::High,
    }
}

fn finding(severity: Severity, rule: &str, path: &str, line: u32, message: &str) -> Finding {
    Finding {
        location: location(path, line),
        rule: rule.into(),
        category: "ind.example".into(),
        severity,
        confidence: Confidence::High,
        message: message.into(),
        evidence: vec!["drop.example.net at offset 0x2010 of .rodata".into()],
        question: "Ask the vendor which source this comes from.".into(),
        fingerprint: Sha256::of(format!("{rule} {path}").as_bytes()).hex()[..16].to_owned(),
    }
}

fn difference(path: &[&str], role: &str, label: Label, cause: Option<&str>, differing: u64) -> Difference {
    let lines = vec![
        "-00000010  48 83 ec 08 e8 2b 01 00  |H....+..|".to_owned(),
        "+00000010  48 83 ec 08 c3 00 00 00  |H.......|".to_owned(),
    ];
    Difference {
        path: path.iter().map(|part| (*part).to_owned()).collect(),
        kind: if role == "code" { DifferenceKind::OnlyShipped } else { DifferenceKind::Changed },
        offset: Some(4096),
        shipped_size: differing,
        rebuilt_size: if role == "code" { 0 } else { differing },
        differing,
        role: role.into(),
        label,
        cause: cause.map(str::to_owned),
        evidence: cause
            .map(|_| "shipped: GCC 12.2.0-14, rebuilt: GCC 12.2.0-14+deb12u1".to_owned())
            .into_iter()
            .collect(),
        view: Some(View { kind: "hex".into(), lines, cut: 0 }),
    }
}
