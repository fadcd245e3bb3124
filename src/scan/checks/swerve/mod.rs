//! Conditions after which a program swerves: a day, a count, a name, a magic number or nobody watching, behind
//! which data goes, results change, a check is passed over or a command is run – and secrets that can be
//! computed or are compared in part.
//!
//! Nothing here knows a text by heart: a test is taken apart ([`atoms`]), its sides are followed to what they come
//! of ([`sense`]), and what runs behind it is asked what it does ([`effects`]). The honest twin throws an error or
//! tells somebody, and is left alone. Lists of names are in `rules/swerve.toml`.

mod absent;
mod admits;
mod asked;
mod atoms;
mod bombs;
mod brought;
mod built_in;
mod carried;
mod doors;
mod effects;
mod entry;
mod escrow;
mod folded;
mod foreseen;
mod functions;
mod gathered;
mod given;
mod loose;
mod losses;
mod magic;
mod mixed;
mod octets;
mod opens;
mod outline;
mod predicates;
mod remote;
mod results;
mod rows;
mod secrets;
mod seeds;
mod sense;
mod shadows;
mod shell;
mod short;
mod single;
mod spared;
mod spoiled;
mod spying;
mod statements;
mod switches;
mod texts;
mod tokens;
mod turned;
mod undone;
mod victims;
mod words;

#[cfg(test)]
mod chosen;
#[cfg(test)]
mod tests;

use std::ops::Range;

use self::atoms::Atom;
use self::outline::Branch;
use self::outline::Outline;
use self::sense::Sense;
use self::tokens::Tokens;
use super::Check;
use super::Report;
use super::Subject;
use super::suspicion;
use crate::model::scan::Confidence;
use crate::model::scan::Severity;

pub const CHECK: Check = Check {
    rules: &[
        "dated-change",
        "counted-change",
        "named-exception",
        "place-gated-loss",
        "missing-name",
        "unwatched-change",
        "computable-secret",
        "partial-secret",
        "hidden-command",
        "passed-check",
        "unsigned-accepted",
        "unchecked-host",
        "chosen-value",
        "chosen-word",
        "loose-check",
        "built-in-credential",
        "watched-input",
        "second-host",
        "kept-times",
        "own-copy",
        "locked-files",
    ],
    about: "Conditions behind which data goes, results change, checks are passed over or commands run.",
    run,
};

const LANGUAGES: &[&str] = &[
    "c",
    "cpp",
    "csharp",
    "go",
    "java",
    "javascript",
    "kotlin",
    "php",
    "powershell",
    "python",
    "ruby",
    "rust",
    "swift",
    "typescript",
    "tsx",
];

/// Larger files are made by machines.
const LARGEST: usize = 1 << 20;
/// Bytes of a line, on average, beyond which a file is made by a machine.
const WIDEST: usize = 160;
/// Findings of one file.
const MOST: usize = 12;

/// What is said of a place.
struct Told {
    rule: &'static str,
    category: &'static str,
    severity: Severity,
    place: Range<usize>,
    message: &'static str,
    question: &'static str,
}

fn run(subject: &Subject, report: &mut Report) {
    let language = subject.classified.language;
    let bytes = subject.text.bytes();
    if subject.classified.code && language == "bash" {
        if bytes.len() > shell::LARGEST {
            report.left.push(
                "it is larger than what is looked at so: no conditions after which it swerves were looked for".to_owned(),
            );
            return;
        }
        let found = shell::judge(bytes);
        if found.len() > MOST {
            report
                .left
                .push(format!("conditions after which a program swerves: only the first {MOST} are told"));
        }
        for (rule, category, place, message, question) in found.into_iter().take(MOST) {
            let mut draft = suspicion(rule, category, Severity::Medium, place, message, question);
            draft.confidence = Confidence::Low;
            report.drafts.push(draft);
        }
        return;
    }
    if !subject.classified.code || !LANGUAGES.contains(&language) {
        return;
    }
    let wide = bytes.len() > WIDEST * (1 + memchr::memchr_iter(b'\n', bytes).count());
    let tokens = Tokens::new(bytes, subject.spans, language).filter(|_| !wide && bytes.len() <= LARGEST);
    let Some(tokens) = tokens else {
        let what = if wide {
            "its lines are those a machine writes, whose names say nothing"
        } else {
            "it is larger than what is looked at so"
        };
        report.left.push(format!("{what}: no conditions after which it swerves were looked for"));
        return;
    };
    let outline = Outline::new(&tokens, language);
    let sense = Sense::new(&outline);
    let mut told: Vec<Told> = Vec::new();
    for branch in &outline.branches {
        if !sense.step(branch.test.len()) {
            break;
        }
        let atoms = atoms::atoms(&tokens, branch.test.clone());
        let before = told.len();
        judge(&sense, branch, &atoms, &mut told);
        if told.len() == before
            && let Some(atoms) = predicates::opened(&sense, &atoms)
        {
            judge(&sense, branch, &atoms, &mut told);
        }
    }
    told.extend(magic::anywhere(&sense, language));
    told.extend(secrets::judge(&sense, language));
    told.extend(doors::settings(&sense));
    told.extend(remote::anywhere(&sense));
    told.extend(spying::anywhere(&sense));
    told.extend(results::anywhere(&sense));
    told.extend(entry::anywhere(&sense));
    told.extend(bombs::anywhere(&sense));
    told.extend(gathered::anywhere(&sense));
    told.extend(foreseen::anywhere(&sense));
    told.extend(texts::anywhere(&sense, bytes));
    told.extend(admits::anywhere(&sense));
    told.extend(shadows::anywhere(&sense));
    told.extend(seeds::anywhere(&sense));
    told.extend(escrow::anywhere(&sense));
    told.extend(short::anywhere(&sense));
    told.extend(switches::anywhere(&sense));
    told.extend(undone::anywhere(&sense));
    told.extend(statements::anywhere(&sense));
    told.extend(statements::shelled(&sense));
    told.extend(statements::encoded(&sense));
    told.extend(victims::anywhere(&sense));
    told.extend(mixed::anywhere(&sense));
    told.extend(folded::anywhere(&sense));
    told.extend(carried::anywhere(&sense));
    told.extend(single::anywhere(&sense));
    told.extend(turned::anywhere(&sense));
    if sense.is_spent() {
        report.left.push("the steps for conditions after which a program swerves were spent: the rest of them was not looked at".to_owned());
    }
    let path = subject.path.to_ascii_lowercase();
    let tests = ["test", "spec", "example", "fixture", "mock"].iter().any(|word| path.contains(word));
    told.sort_by_key(|told| (told.place.start, told.place.end, told.rule));
    told.dedup_by_key(|told| told.place.start);
    if told.len() > MOST {
        report.left.push(format!("conditions after which a program swerves: only the first {MOST} are told"));
    }
    for told in told.into_iter().take(MOST) {
        let start = tokens.all.get(told.place.start).map_or(0, |token| token.start as usize);
        let last = told.place.end.saturating_sub(1).max(told.place.start);
        let end = tokens.all.get(last).map_or(bytes.len(), |token| token.end as usize).max(start);
        let mut draft =
            suspicion(told.rule, told.category, told.severity, start..end, told.message, told.question);
        draft.confidence = Confidence::Low;
        // Tests are full of addresses, digests, seeds and people nobody knows.
        let made_for_tests =
            matches!(told.rule, "built-in-credential" | "computable-secret" | "named-exception");
        if made_for_tests && tests {
            draft.severity = Severity::Low;
        }
        report.drafts.push(draft);
    }
}

/// What a branch shows, by the comparisons of its test.
fn judge(sense: &Sense, branch: &Branch, atoms: &[Atom], told: &mut Vec<Told>) {
    let before = told.len();
    told.extend(spoiled::judge(sense, branch, atoms));
    told.extend(losses::judge(sense, branch, atoms));
    told.extend(doors::judge(sense, branch, atoms));
    told.extend(magic::judge(sense, branch, atoms));
    told.extend(opens::judge(sense, branch, atoms));
    told.extend(results::judge(sense, branch, atoms));
    if told.len() == before {
        told.extend(
            entry::judge(sense, branch, atoms)
                .or_else(|| bombs::judge(sense, branch, atoms))
                .or_else(|| admits::judge(sense, branch, atoms))
                .or_else(|| victims::judge(sense, branch, atoms))
                .or_else(|| shadows::judge(sense, branch, atoms))
                .or_else(|| statements::judge(sense, branch, atoms))
                .or_else(|| switches::judge(sense, branch, atoms))
                .or_else(|| undone::judge(sense, branch, atoms))
                .or_else(|| spared::judge(sense, branch, atoms))
                .or_else(|| octets::judge(sense, branch))
                .or_else(|| single::judge(sense, branch, atoms)),
        );
    }
}

/// Where a branch is shown: its test.
fn shown(branch: &Branch, atoms: &[Atom]) -> Range<usize> {
    let within = atoms.first().filter(|atom| branch.test.contains(&atom.range.start));
    within.map_or(branch.test.clone(), |atom| atom.range.start..branch.test.end.max(atom.range.end))
}
