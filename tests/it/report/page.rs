//! The HTML page: self-contained, inert, bounded, readable without colour or sight.

use std::collections::BTreeSet;

use pellucid::model::Evidence;
use pellucid::model::NotExamined;
use pellucid::model::account::View;
use pellucid::report;

use super::judge;
use super::sample;

fn page(evidence: &Evidence) -> String {
    report::html(evidence, &judge(evidence), &|_, _| None).unwrap()
}

fn pages() -> Vec<(&'static str, String)> {
    sample::all()
        .iter()
        .map(|(name, evidence)| (*name, page(evidence)))
        .chain([("hostile", page(&sample::hostile()))])
        .collect()
}

/// Every tag of the page as written: `<a class="skip" href="#main">`. Text holds no bare `<`.
fn tags(page: &str) -> Vec<&str> {
    let style = page.find("<style>").unwrap()..page.find("</style>").unwrap();
    page.match_indices('<')
        .filter(|(at, _)| !style.contains(at) || *at == style.start)
        .map(|(at, _)| &page[at..=at + page[at..].find('>').unwrap()])
        .collect()
}

fn attribute<'a>(tag: &'a str, name: &str) -> Option<&'a str> {
    let from = tag.find(&format!(" {name}=\""))? + name.len() + 3;
    Some(&tag[from..from + tag[from..].find('"')?])
}

#[test]
fn the_page_loads_nothing_and_runs_nothing() {
    for (name, page) in pages() {
        for tag in tags(&page) {
            let element: String = tag[1..].chars().take_while(|c| c.is_ascii_alphanumeric()).collect();
            let forbidden =
                ["script", "img", "link", "iframe", "object", "embed", "base", "form", "audio", "video"];
            assert!(!forbidden.contains(&element.as_str()), "{name}: {tag}");
            // Attribute names alone: every other piece between quotes is a value.
            let names: String = tag.split('"').step_by(2).collect();
            for handler in [" on", " style=", " src=", " action=", " srcset=", " data="] {
                assert!(!names.contains(handler), "{name}: {tag}");
            }
            if let Some(target) = attribute(tag, "href") {
                assert!(target.starts_with('#'), "{name}: {tag}");
            }
        }
        let style = &page[page.find("<style>").unwrap() + 7..page.find("</style>").unwrap()];
        assert!(!style.contains("url(") && !style.contains("@import"), "the style sheet loads nothing");
    }
}

#[test]
fn the_policy_in_the_head_allows_this_style_sheet_and_nothing_else() {
    use base64::Engine;
    use base64::engine::general_purpose::STANDARD;
    let page = page(&sample::bit_exact());
    let style = &page[page.find("<style>").unwrap() + 7..page.find("</style>").unwrap()];
    let digest = STANDARD.encode(pellucid::model::Sha256::of(style.as_bytes()).as_bytes());
    let policy = format!(
        "content=\"default-src 'none'; style-src 'sha256-{digest}'; base-uri 'none'; form-action 'none'\""
    );
    assert!(page.contains(&policy), "{policy}");
    assert!(page.find(&policy).unwrap() < page.find("<style>").unwrap());
}

#[test]
fn hostile_text_is_shown_and_does_nothing() {
    let page = page(&sample::hostile());
    assert!(!page.contains("<script") && !page.contains("<img"));
    assert!(page.contains("\\u{202e}txt.exe\\u{1b}[2J\\u{200b}"), "spelled out");
    let bad =
        page.chars().find(|c| *c != '\n' && (c.is_control() || pellucid::model::path::is_invisible(*c)));
    assert_eq!(bad, None);
}

#[test]
fn a_reader_without_sight_or_colour_has_the_structure_and_the_words() {
    for (name, page) in pages() {
        let tags = tags(&page);
        assert!(tags.contains(&"<html lang=\"en\">"));
        for element in ["<header>", "<main id=\"main\">", "<footer>", "<title>", "<h1>"] {
            assert_eq!(tags.iter().filter(|tag| **tag == element).count(), 1, "{name}: {element}");
        }
        let ids: Vec<&str> = tags.iter().filter_map(|tag| attribute(tag, "id")).collect();
        assert_eq!(ids.iter().collect::<BTreeSet<_>>().len(), ids.len(), "{name}: ids are unique");
        for target in tags.iter().filter_map(|tag| attribute(tag, "href")) {
            assert!(ids.contains(&&target[1..]), "{name}: {target} leads nowhere");
        }
        for labelled in tags.iter().filter_map(|tag| attribute(tag, "aria-labelledby")) {
            assert!(ids.contains(&labelled), "{name}: {labelled}");
        }
        for tag in tags.iter().filter(|tag| tag.starts_with("<svg")) {
            let said = attribute(tag, "aria-label").is_some() || tag.contains("aria-hidden");
            assert!(said, "{name}: {tag}");
        }
        for tag in tags.iter().filter(|tag| tag.starts_with("<th") && !tag.starts_with("<thead")) {
            assert!(attribute(tag, "scope").is_some(), "{name}: {tag}");
        }
        let count = |start: &str| page.matches(start).count();
        assert_eq!(count("<table"), count("<caption"), "{name}: every table has a caption");
        assert_eq!(count("<details"), count("<summary"), "{name}");
        // Levels of headings never jump.
        let mut level = 0;
        for tag in tags
            .iter()
            .filter(|tag| tag.len() >= 4 && tag.starts_with("<h") && tag.as_bytes()[2].is_ascii_digit())
        {
            let next = tag.as_bytes()[2] - b'0';
            assert!(next <= level + 1, "{name}: {tag} after level {level}");
            level = next;
        }
    }
}

#[test]
fn every_element_that_opens_closes_in_order() {
    for (name, page) in pages() {
        let mut open: Vec<String> = Vec::new();
        for tag in tags(&page) {
            let close = tag.starts_with("</");
            let element: String = tag
                .trim_start_matches(['<', '/'])
                .chars()
                .take_while(|c| c.is_ascii_alphanumeric())
                .collect();
            if tag.ends_with("/>") || ["meta", "br", ""].contains(&element.as_str()) {
                continue;
            }
            if close {
                assert_eq!(open.pop().as_deref(), Some(element.as_str()), "{name}: {tag} inside {open:?}");
            } else {
                open.push(element);
            }
        }
        assert!(open.is_empty(), "{name}: {open:?}");
    }
}

#[test]
fn verdict_first_not_examined_last_and_every_section_there() {
    for (name, page) in pages() {
        let sections: Vec<&str> = tags(&page)
            .iter()
            .filter(|tag| tag.starts_with("<section"))
            .filter_map(|tag| attribute(tag, "id"))
            .collect();
        assert_eq!(sections.first(), Some(&"verdict"), "{name}");
        assert_eq!(sections.last(), Some(&"not-examined"), "{name}");
        let linked: Vec<&str> = tags(&page)
            .iter()
            .filter_map(|tag| attribute(tag, "href"))
            .map(|target| &target[1..])
            .filter(|id| *id != "main")
            .collect();
        assert_eq!(linked, sections, "{name}: the contents list the sections");
    }
    let page = page(&sample::bit_exact());
    assert!(page.contains("Nothing was left out that pellucid knows of"), "said even when there is nothing");
}

#[test]
fn the_account_is_there_as_a_picture_and_as_figures() {
    let page = page(&sample::dishonest());
    assert!(page.contains("aria-label=\"Every byte of agent by label: reproduced 52.8 %, derived 3.8 %, explained 7.5 %, unexplained 35.8 %\""), "{page}");
    for label in ["reproduced", "derived", "explained", "unexplained"] {
        assert!(page.contains(&format!("<rect class=\"label-{label}\" x=")), "{label}");
    }
    assert!(!page.contains("<rect class=\"label-signature\" x="), "what is not there is not drawn");
}

#[test]
fn a_rehearsal_is_marked_at_the_top_and_at_the_artifact() {
    let mut evidence = sample::bit_exact();
    evidence.artifacts[0].rehearsal = true;
    let page = page(&evidence);
    assert_eq!(page.matches("class=\"rehearsal\"").count(), 2);
    assert!(page.find("class=\"rehearsal\"").unwrap() < page.find("id=\"verdict\"").unwrap());
}

#[test]
fn source_around_a_place_is_shown_where_it_is_at_hand() {
    let evidence = sample::dishonest();
    let excerpts = |path: &str, line: u32| {
        (path == "src/update.c")
            .then(|| (line - 1..=line + 1).map(|n| (n, format!("line {n} <of> it"))).collect())
    };
    let page = report::html(&evidence, &judge(&evidence), &excerpts).unwrap();
    assert!(
        page.contains("<span class=\"line here\"><span class=\"number\">40</span>line 40 &#60;of&#62; it"),
        "{page}"
    );
    assert!(page.contains("<span class=\"number\">39</span>line 39"));
    assert!(page.contains("getenv(&#34;HOME&#34;)"), "elsewhere the line of the evidence");
}

#[test]
fn the_same_evidence_gives_the_same_page() {
    assert_eq!(pages(), pages());
}

#[test]
fn the_page_stays_below_5_mb_for_any_evidence_and_says_what_is_left_out() {
    let mut evidence = sample::hostile();
    let nasty = "<&'\">".repeat(200);
    let artifact = evidence.artifacts[0].clone();
    let mut difference = artifact.comparison.as_ref().unwrap().differences[2].clone();
    difference.path = vec![nasty.clone(); 4];
    difference.evidence = vec![nasty.clone(); 50];
    difference.view = Some(View { kind: "text-diff".into(), lines: vec![format!("-{nasty}"); 150], cut: 0 });
    evidence.artifacts[0].comparison.as_mut().unwrap().differences = vec![difference; 40];
    evidence.artifacts = vec![evidence.artifacts[0].clone(); 6];
    for (n, artifact) in evidence.artifacts.iter_mut().enumerate() {
        artifact.name = format!("{n} {nasty}");
    }
    let mut finding = evidence.reconciliation[0].clone();
    finding.message = nasty.clone();
    finding.evidence = vec![nasty.clone(); 14];
    evidence.reconciliation = vec![finding; 2000];
    let mut capability = evidence.scan.capabilities[0].clone();
    capability.excerpt = nasty.clone();
    evidence.scan.capabilities = (0..40_000)
        .map(|n| {
            let mut capability = capability.clone();
            capability.category = format!("cap.made-up-{}", n % 500);
            capability
        })
        .collect();
    evidence.not_examined =
        (0..5000).map(|n| NotExamined::new("scan", format!("{n} {nasty}"), nasty.clone())).collect();
    let page = page(&evidence);
    assert!(page.len() < 5_000_000, "{} bytes", page.len());
    assert!(page.len() > 2_000_000, "{} bytes: the room is used", page.len());
    assert!(
        page.contains("more records in evidence.json") && page.contains("more differences in evidence.json")
    );
    assert!(
        page.contains("more findings in evidence.json") && page.contains("more categories in evidence.json")
    );
}

/// Writes the pages to the folder named by `PELLUCID_PAGES`, to be looked at.
#[test]
#[ignore = "writes files to look at"]
fn pages_to_look_at() {
    let folder = std::path::PathBuf::from(std::env::var("PELLUCID_PAGES").unwrap());
    for (name, page) in pages() {
        std::fs::write(folder.join(format!("{name}.html")), page).unwrap();
    }
}
