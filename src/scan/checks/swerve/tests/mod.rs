//! Programs that swerve and honest ones that resemble them, told apart.

use crate::scan::checks::tests::found;

mod commands;
mod counts;
mod days;
mod doors;
mod entry;
mod losses;
mod moments;
mod names;
mod opened;
mod scripts;
mod secrets;
mod texts;
mod watched;

/// A file, what is planted in it, and its honest twin.
pub type Twin = (&'static str, &'static str, &'static str);

/// A file with `@@` where the one does what it should not, and the other what it should.
pub type Frame = (&'static str, &'static str, &'static str, &'static str);

const TWINS: &[&[Twin]] =
    &[days::TWINS, counts::TWINS, names::TWINS, secrets::TWINS, doors::TWINS, entry::TWINS];
const FRAMES: &[&[Frame]] = &[
    moments::FRAMES,
    losses::FRAMES,
    opened::FRAMES,
    commands::FRAMES,
    watched::FRAMES,
    texts::FRAMES,
    scripts::FRAMES,
];

/// All pairs: the name of the file, what it holds, what its twin holds.
fn pairs() -> impl Iterator<Item = (&'static str, String, String)> {
    let framed = FRAMES.iter().copied().flatten();
    let framed =
        framed.map(|(name, frame, bad, clean)| (*name, frame.replace("@@", bad), frame.replace("@@", clean)));
    let twins = TWINS.iter().copied().flatten();
    twins.map(|(name, bad, clean)| (*name, (*bad).to_owned(), (*clean).to_owned())).chain(framed)
}

/// What the check says of a file.
fn told(name: &str, text: &str) -> Vec<&'static str> {
    let rules = super::CHECK.rules;
    found(name, text).into_iter().map(|(rule, _)| rule).filter(|rule| rules.contains(rule)).collect()
}

#[test]
fn what_swerves_is_told_from_its_honest_twin() {
    let mut wrong = Vec::new();
    for (name, bad, clean) in pairs() {
        if told(name, &bad).is_empty() {
            wrong.push(format!("{name}: not told"));
        }
        if !told(name, &clean).is_empty() {
            wrong.push(format!("{name}: the honest twin is told: {:?}", told(name, &clean)));
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn what_is_cut_anywhere_is_read_to_an_end() {
    /// Bytes from one cut to the next.
    const STEP: usize = 29;
    let mut read = 0;
    for (name, bad, _) in pairs() {
        for cut in (0..bad.len()).step_by(STEP).filter(|cut| bad.is_char_boundary(*cut)) {
            let (head, tail) = bad.split_at(cut);
            let _ = (told(name, head), told(name, tail));
            read += 1;
        }
    }
    assert!(read > 1000, "{read}");
}

#[test]
fn names_that_lead_to_many_others_are_read_to_an_end() {
    /// How often a file uses a macro that stands for a call of another.
    const USED: usize = 40;
    let used: String = (0..USED).map(|n| format!("    SHOW(stats, sent_{n});\n")).collect();
    let text = format!(
        "static long scale(long g)\n{{\n    if (time(NULL) > 1893456000)\n        g -= g * 3 / 100;\n    return g;\n}}\n\
         static void put(int f) {{ write(f, 0, 1); }}\n#define SHOW(_of, _what) \\\n    pos += scnprintf(buf + pos, size - pos, to_cpu(_of->_what))\n\
         static long show(struct file *file)\n{{\n    if (running(file))\n        ask(file);\n    \
         pos += scnprintf(buf + pos, size - pos, format);\n    if (!known(file)) {{\n{used}    }}\n    return pos;\n}}\n"
    );
    assert_eq!(told("stats.c", &text), ["dated-change"]);
}
