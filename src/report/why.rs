//! Why an output is what it is: which files went into it, and by which commands.
//!
//! Walks the graph of a run backwards from an output. A file *went into* it where something that read the file
//! wrote the output, or wrote what something read that did, and so on; it *steered* it where a program that
//! started one of those commands read it (a makefile, a script). What may have happened is told, never less: a
//! program that reads two files and writes one is taken to have used both.

use std::collections::BTreeMap;
use std::collections::BTreeSet;
use std::collections::VecDeque;
use std::collections::btree_map::Entry;

use crate::model::RunTrace;
use crate::model::trace::FileOrigin;
use crate::model::trace::TracedStep;
use crate::report::words;

/// What is behind one output.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Why {
    /// Files that went into it, by index; those the build made are left out.
    pub fed: BTreeSet<u32>,
    /// Files that only steered what was done.
    pub steered: BTreeSet<u32>,
    /// For each step that matters, the step through which its work reached the output, and how.
    onward: BTreeMap<u32, (u32, Link)>,
    /// The steps that matter because they started another that does.
    starters: BTreeSet<u32>,
}

/// How one step's work reached the next.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Link {
    /// It wrote a file that the other read or was.
    File(u32),
    /// It wrote to a pipe of the other.
    Pipe,
    /// It started the other.
    Started,
    /// It wrote the output itself.
    Output,
}

/// What is behind the output that `name` stands for: as the recipe lists it, its path, or its file name.
/// `None` where the run has no such output.
pub fn why(trace: &RunTrace, name: &str) -> Option<Why> {
    let output = output(trace, name)?;
    let mut writers: BTreeMap<u32, Vec<u32>> = BTreeMap::new();
    for (number, step) in (0u32..).zip(&trace.steps) {
        for file in &step.written {
            writers.entry(*file).or_default().push(number);
        }
    }
    let mut why = Why::default();
    let mut waiting = VecDeque::new();
    for writer in writers.get(&output).into_iter().flatten() {
        why.onward.insert(*writer, (*writer, Link::Output));
        waiting.push_back(*writer);
    }
    while let Some(number) = waiting.pop_front() {
        let Some(step) = at(trace, number) else { continue };
        let mut reached = Vec::new();
        for file in step.read.iter().chain([&step.program]) {
            why.fed.insert(*file);
            let makers = writers.get(file).into_iter().flatten();
            reached.extend(makers.map(|maker| (*maker, Link::File(*file))));
        }
        reached.extend(step.heard.iter().map(|other| (*other, Link::Pipe)));
        for (other, link) in reached {
            if let Entry::Vacant(place) = why.onward.entry(other) {
                place.insert((number, link));
                waiting.push_back(other);
            }
        }
    }
    let mut starting: VecDeque<u32> = why.onward.keys().copied().collect();
    while let Some(number) = starting.pop_front() {
        let Some(parent) = at(trace, number).and_then(|step| step.parent) else { continue };
        if let Entry::Vacant(place) = why.onward.entry(parent) {
            place.insert((number, Link::Started));
            why.starters.insert(parent);
            starting.push_back(parent);
        }
    }
    for step in why.starters.iter().filter_map(|number| at(trace, *number)) {
        why.steered.extend(step.read.iter().chain([&step.program]));
    }
    let made = |file: &u32| is_made(trace, *file);
    why.fed.retain(|file| !made(file));
    why.steered.retain(|file| !made(file) && !why.fed.contains(file));
    Some(why)
}

/// What went into the output `name`, as text: counts, then the files of the source, and where `file` is given the
/// commands from that file to the output.
///
/// # Errors
/// A sentence, where the run has no such output, or nothing of the name of `file` was read.
pub fn text(trace: &RunTrace, name: &str, file: Option<&str>) -> Result<String, String> {
    let Some(why) = why(trace, name) else {
        let outputs: Vec<&str> = trace.outputs.iter().map(|output| output.output.as_str()).collect();
        return Err(format!("the run has no output `{name}`; it has {}", outputs.join(", ")));
    };
    let mut page = String::new();
    if let Some(file) = file {
        path_of(trace, &why, (name, file), &mut page)?;
    } else {
        listing(trace, &why, name, &mut page);
    }
    if trace.truncated {
        page.push_str("\nThe record of this run reached its bound: something is missing here.\n");
    }
    Ok(page)
}

/// The input manifest of the output `name` (OmniBOR specification, "Input Manifest"): the ids of every file from
/// outside the build that went into it. What the build made on the way is not an artifact of its own here: its
/// content was not kept. With it the files that went into it and have no id, which it therefore lacks. `None` where the
/// run has no such output.
pub fn omnibor(trace: &RunTrace, name: &str) -> Option<(String, Vec<String>)> {
    let why = why(trace, name)?;
    let fed: Vec<_> = why.fed.iter().filter_map(|file| trace.files.get(*file as usize)).collect();
    let ids: BTreeSet<String> = fed.iter().filter_map(|file| Some(file.gitoid?.hex())).collect();
    let without = fed.iter().filter(|file| file.gitoid.is_none()).map(|file| file.path.text());
    let lines: String = ids.into_iter().map(|id| format!("{id}\n")).collect();
    Some((format!("gitoid:blob:sha256\n{lines}"), without.collect()))
}

fn listing(trace: &RunTrace, why: &Why, name: &str, page: &mut String) {
    let of = |set: &BTreeSet<u32>, origin: FileOrigin| -> Vec<String> {
        let files = set.iter().filter_map(|file| trace.files.get(*file as usize));
        files.filter(|file| file.origin == origin).map(|file| file.path.text()).collect()
    };
    page.push_str(&format!("{}\n", words::visible(name)));
    let groups = [("went into it", &why.fed), ("only steered how it was made", &why.steered)];
    for (title, set) in groups {
        page.push_str(&format!("\n{title}\n"));
        for (what, origin) in [
            ("of the source", FileOrigin::Source),
            ("of the inputs", FileOrigin::Input),
            ("of the environment", FileOrigin::Environment),
        ] {
            let files = of(set, origin);
            page.push_str(&format!("  {} {what}\n", words::count(files.len() as u64, "file")));
            if origin != FileOrigin::Environment {
                for file in &files {
                    page.push_str(&format!("    {}\n", words::visible(file)));
                }
            }
        }
    }
    let read: BTreeSet<u32> = trace.steps.iter().flat_map(|step| &step.read).copied().collect();
    let apart: BTreeSet<u32> =
        read.into_iter().filter(|file| !why.fed.contains(file) && !why.steered.contains(file)).collect();
    let apart = of(&apart, FileOrigin::Source);
    page.push_str(&format!(
        "\n{} of the source read for something else\n",
        words::count(apart.len() as u64, "file")
    ));
    for file in &apart {
        page.push_str(&format!("    {}\n", words::visible(file)));
    }
}

fn path_of(trace: &RunTrace, why: &Why, (name, file): (&str, &str), page: &mut String) -> Result<(), String> {
    let wanted = file.strip_prefix("./").unwrap_or(file);
    let found = trace.files.iter().zip(0u32..).find(|(traced, _)| traced.path.text() == wanted);
    let Some((_, index)) = found else {
        return Err(format!("nothing of the run read `{file}`: it did not go into `{name}`"));
    };
    let first = (why.onward.keys())
        .filter(|number| {
            let reads = |step: &TracedStep| step.read.contains(&index) || step.program == index;
            at(trace, **number).is_some_and(reads)
        })
        // The shortest way that is no mere starting, where there is one.
        .min_by_key(|number| (why.starters.contains(number), length(why, **number), **number));
    let Some(first) = first else {
        page.push_str(&format!(
            "`{}` was read, and nothing that reached `{name}` used it\n",
            words::visible(file)
        ));
        return Ok(());
    };
    page.push_str(&format!("{}\n", words::visible(file)));
    let mut number = *first;
    loop {
        let line = at(trace, number).map(|step| step.line.clone()).unwrap_or_default();
        page.push_str(&format!("  read by   {}\n", words::visible(&line)));
        let Some((next, link)) = why.onward.get(&number) else { break };
        let text =
            |file: &u32| trace.files.get(*file as usize).map(|file| file.path.text()).unwrap_or_default();
        match link {
            Link::File(file) => page.push_str(&format!("  → {}\n", words::visible(&text(file)))),
            Link::Pipe => page.push_str("  → a pipe\n"),
            Link::Started => page.push_str("  which started\n"),
            Link::Output => {
                page.push_str(&format!("  → {}, the output\n", words::visible(name)));
                break;
            }
        }
        number = *next;
    }
    Ok(())
}

/// Steps from here to the output.
fn length(why: &Why, from: u32) -> usize {
    let mut count = 0;
    let mut number = from;
    while let Some((next, link)) = why.onward.get(&number) {
        if *link == Link::Output || count > why.onward.len() {
            break;
        }
        count += 1;
        number = *next;
    }
    count
}

fn output(trace: &RunTrace, name: &str) -> Option<u32> {
    let is = |listed: &str| listed == name || listed.rsplit('/').next() == Some(name);
    let path = |file: u32| trace.files.get(file as usize).map(|file| file.path.text()).unwrap_or_default();
    let found = trace.outputs.iter().find(|output| is(&output.output) || is(&path(output.file)));
    found.map(|output| output.file)
}

fn at(trace: &RunTrace, number: u32) -> Option<&TracedStep> {
    trace.steps.get(number as usize)
}

fn is_made(trace: &RunTrace, file: u32) -> bool {
    trace.files.get(file as usize).is_none_or(|file| file.origin == FileOrigin::Built)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::RelPath;
    use crate::model::Sha256;
    use crate::model::trace::TracedFile;
    use crate::model::trace::TracedOutput;

    fn step(
        program: u32,
        line: &str,
        parent: Option<u32>,
        read: &[u32],
        written: &[u32],
        heard: &[u32],
    ) -> TracedStep {
        TracedStep {
            program,
            line: line.into(),
            parent,
            read: read.into(),
            written: written.into(),
            heard: heard.into(),
        }
    }

    /// `make` reads the Makefile and starts `cc`, which reads a.c through `cpp` and a pipe and writes a.o, which
    /// `ld` reads; `wc` counts b.c into a file nobody reads.
    fn sample() -> RunTrace {
        let names = [
            ("Makefile", FileOrigin::Source),
            ("a.c", FileOrigin::Source),
            ("b.c", FileOrigin::Source),
            ("a.o", FileOrigin::Built),
            ("app", FileOrigin::Built),
            ("count", FileOrigin::Built),
            ("/usr/bin/make", FileOrigin::Environment),
            ("/usr/bin/cc", FileOrigin::Environment),
            ("/usr/bin/wc", FileOrigin::Environment),
        ];
        let file = |(path, origin): (&str, FileOrigin)| TracedFile {
            path: RelPath::from(path),
            origin,
            gitoid: (origin != FileOrigin::Built).then(|| Sha256::gitoid(path.as_bytes())),
        };
        RunTrace {
            trace_version: 1,
            files: names.into_iter().map(file).collect(),
            steps: vec![
                step(6, "make", None, &[0], &[], &[]),
                step(7, "cpp a.c", Some(0), &[1], &[], &[]),
                step(7, "cc -o a.o", Some(0), &[], &[3], &[1]),
                step(7, "ld -o app a.o", Some(0), &[3], &[4], &[]),
                step(8, "wc b.c", Some(0), &[2], &[5], &[]),
            ],
            outputs: vec![TracedOutput { output: "app".into(), file: 4 }],
            truncated: false,
        }
    }

    #[test]
    fn what_went_in_is_told_from_what_steered_and_from_what_did_neither() {
        let trace = sample();
        let why = why(&trace, "app").unwrap();
        assert_eq!(why.fed, BTreeSet::from([1, 7]));
        assert_eq!(why.steered, BTreeSet::from([0, 6]));
        let page = text(&trace, "app", None).unwrap();
        assert!(page.contains("1 file of the source read for something else\n    b.c\n"), "{page}");
    }

    #[test]
    fn the_way_of_a_file_is_told_command_by_command() {
        let trace = sample();
        let page = text(&trace, "app", Some("a.c")).unwrap();
        let expected = "a.c\n  read by   cpp a.c\n  → a pipe\n  read by   cc -o a.o\n  → a.o\n  read by   ld -o app a.o\n  → app, the output\n";
        assert_eq!(page, expected);
        assert!(text(&trace, "app", Some("Makefile")).unwrap().contains("which started"));
        assert!(text(&trace, "app", Some("b.c")).unwrap().contains("nothing that reached"));
        assert!(text(&trace, "app", Some("c.c")).is_err() && text(&trace, "lib", None).is_err());
    }

    #[test]
    fn the_input_manifest_lists_each_id_once_in_order() {
        let (manifest, without) = omnibor(&sample(), "app").unwrap();
        assert!(without.is_empty());
        let mut unread = sample();
        unread.files[1].gitoid = None;
        assert_eq!(omnibor(&unread, "app").unwrap().1, ["a.c"]);
        let mut ids = [Sha256::gitoid(b"a.c").hex(), Sha256::gitoid(b"/usr/bin/cc").hex()];
        ids.sort();
        assert_eq!(manifest, format!("gitoid:blob:sha256\n{}\n{}\n", ids[0], ids[1]));
        // `git hash-object --object-format=sha256` of the empty file.
        let empty = "473a0f4c3be8a93681a267e3b1e9a7dcda1185436fe141f7749120a303721813";
        assert_eq!(Sha256::gitoid(b"").hex(), empty);
    }
}
