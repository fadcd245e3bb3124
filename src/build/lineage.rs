//! What became of the files of the snapshot that no person can read: from the steps of a run to a story.
//!
//! A file is followed from the steps that read it to the files and pipes those wrote, to the steps that read
//! these, and so on. A step that read it may have used it for anything it wrote: what is told is what *may*
//! have happened, never less than what did, as far as files, pipes and standard input and output carry it.
//! What goes through sockets, shared memory or a program's arguments is not followed.

use std::collections::BTreeMap;
use std::collections::BTreeSet;
use std::collections::VecDeque;

use crate::host::sandbox::Seen;
use crate::host::sandbox::Step;
use crate::model::RelPath;
use crate::model::run::Became;
use crate::model::run::GeneratedSource;
use crate::model::run::Handling;
use crate::model::run::OpaqueInput;

/// The steps of a run, by what they read and what they hand on.
pub struct Graph {
    /// In an order that does not depend on which began first.
    steps: Vec<Step>,
    lines: Vec<String>,
    readers: BTreeMap<RelPath, Vec<usize>>,
    listeners: BTreeMap<u64, Vec<usize>>,
    runs: BTreeMap<RelPath, Vec<usize>>,
    build_path: String,
}

/// Why no person can read a file that starts with these bytes; `None` where one can.
pub fn opaque_because(start: &[u8]) -> Option<&'static str> {
    let wide = start.starts_with(&[0xff, 0xfe]) || start.starts_with(&[0xfe, 0xff]);
    let control = |byte: &&u8| matches!(byte, 0x01..=0x06 | 0x0e..=0x1a | 0x1c..=0x1f | 0x7f);
    if !wide && (start.contains(&0) || start.iter().filter(control).count() * 50 > start.len()) {
        return Some("not text");
    }
    let coded = |line: &&[u8]| {
        let line = line.trim_ascii();
        let letter = |byte: &u8| byte.is_ascii_alphanumeric() || b"+/=-_\\,x".contains(byte);
        // A ruled line is long and has one letter; a coded one has many.
        let different = || line.iter().collect::<BTreeSet<_>>().len();
        line.len() >= 40 && line.iter().all(letter) && different() >= 8
    };
    let lines = start.split(|byte| *byte == b'\n');
    let (mut run, mut longest) = (0usize, 0usize);
    for line in lines {
        run = if coded(&line) { run + line.len() } else { 0 };
        longest = longest.max(run);
    }
    (longest >= ENCODED).then_some("encoded in text")
}

/// Bytes of base64, hexadecimal or the like without a break that count as hiding something; keys, digests and
/// signatures are shorter.
const ENCODED: usize = 4096;

/// Commands of a story at most; files named of one of them.
const COMMANDS: usize = 12;
const WROTE: usize = 8;

/// A state of the walk: at a step, and whether what came there is the file itself or made from it.
type At = (usize, bool);

impl Graph {
    /// Of what was `seen` of a run in `build_path`.
    pub fn new(seen: &Seen, build_path: &str) -> Graph {
        let line = |step: &Step| plain(&step.line.replace(build_path, "."));
        let key = |index: &usize| {
            let step = &seen.steps[*index];
            (&step.program, line(step), &step.read, &step.written)
        };
        let mut order: Vec<usize> = (0..seen.steps.len()).collect();
        order.sort_by_cached_key(|index| {
            let (program, line, read, written) = key(index);
            (program.clone(), line, read.clone(), written.clone())
        });
        let mut place = vec![0; order.len()];
        for (new, old) in order.iter().enumerate() {
            place[*old] = new;
        }
        let moved = |index: &usize| {
            let step = seen.steps[*index].clone();
            Step { parent: step.parent.and_then(|parent| place.get(parent).copied()), ..step }
        };
        let steps: Vec<Step> = order.iter().map(moved).collect();
        let mut graph = Graph {
            lines: steps.iter().map(line).collect(),
            readers: BTreeMap::new(),
            listeners: BTreeMap::new(),
            runs: BTreeMap::new(),
            build_path: build_path.to_owned(),
            steps,
        };
        for (index, step) in graph.steps.iter().enumerate() {
            for file in &step.read {
                graph.readers.entry(file.clone()).or_default().push(index);
            }
            for number in &step.pipes_in {
                graph.listeners.entry(*number).or_default().push(index);
            }
            graph.runs.entry(step.program.clone()).or_default().push(index);
        }
        graph
    }

    /// The stories of the `opaque` files (path relative to the build folder, and why); `outputs` are the recipe's,
    /// with the absolute path each was found at.
    pub fn stories(
        &self,
        opaque: &[(RelPath, &'static str)],
        outputs: &[(String, RelPath)],
    ) -> Vec<OpaqueInput> {
        let told = opaque.iter().map(|(path, because)| {
            let absolute = RelPath::from_bytes([self.build_path.as_bytes(), b"/", path.as_bytes()].concat());
            self.story(path, because, &absolute, outputs)
        });
        told.collect()
    }

    /// The files that a compiler read and that are not among the `source` (relative to the build folder): what
    /// the build wrote before it compiled it. In order of path.
    pub fn generated(&self, source: &BTreeSet<&RelPath>) -> Vec<GeneratedSource> {
        let mut writers: BTreeMap<&RelPath, BTreeSet<usize>> = BTreeMap::new();
        for (index, step) in self.steps.iter().enumerate() {
            for file in &step.written {
                writers.entry(file).or_default().insert(index);
            }
        }
        let compilers = self.steps.iter().filter(|step| is_one_of(step, FRONT_ENDS));
        let read: BTreeSet<&RelPath> = compilers.flat_map(|step| &step.read).collect();
        let made = read.into_iter().filter_map(|file| {
            let path = self.below(file).filter(|path| !source.contains(path) && is_source(path))?;
            let by: BTreeSet<Handling> = writers.get(file)?.iter().map(|step| self.handling(*step)).collect();
            Some(GeneratedSource { path, by: by.into_iter().take(WRITERS).collect() })
        });
        made.collect()
    }

    fn story(
        &self,
        path: &RelPath,
        because: &str,
        absolute: &RelPath,
        outputs: &[(String, RelPath)],
    ) -> OpaqueInput {
        // A file that was read by nobody known is told too, as read: it is never left out.
        let readers = self.readers.get(absolute).into_iter().chain(self.runs.get(absolute));
        let first: BTreeSet<usize> = readers.flatten().copied().collect();
        let mut came: BTreeMap<At, Option<At>> = first.iter().map(|step| ((*step, false), None)).collect();
        let mut waiting: VecDeque<At> = first.iter().map(|step| (*step, false)).collect();
        let (mut code, mut carried) = (None, None);
        let mut reached = BTreeSet::new();
        while let Some(at) = waiting.pop_front() {
            let (index, _) = at;
            let Some(step) = self.steps.get(index) else { continue };
            let is_run = step.program == *absolute;
            if code.is_none() && (is_run || self.is_code(at, &came)) {
                code = Some(at);
            }
            for (name, place) in outputs {
                if step.written.contains(place) {
                    reached.insert(name.clone());
                    carried = carried.or(Some(at));
                }
            }
            for next in self.after(at) {
                came.entry(next).or_insert_with(|| {
                    waiting.push_back(next);
                    Some(at)
                });
            }
        }
        let became = match (code, carried) {
            (Some(_), _) => Became::Code,
            (None, Some(_)) => Became::Carried,
            (None, None) => Became::Read,
        };
        let mut way = Vec::new();
        let mut at = code.or(carried);
        while let Some(here) = at {
            way.push(self.handling(here.0));
            at = came.get(&here).copied().flatten();
        }
        way.reverse();
        way.dedup();
        way.truncate(COMMANDS);
        let readers: BTreeSet<Handling> = first.iter().map(|step| self.handling(*step)).collect();
        OpaqueInput {
            path: path.clone(),
            because: because.to_owned(),
            readers: readers.into_iter().take(COMMANDS).collect(),
            way,
            outputs: reached.into_iter().collect(),
            became,
        }
    }

    /// Where what a step wrote goes.
    fn after(&self, (index, changed): At) -> Vec<At> {
        let Some(step) = self.steps.get(index) else { return Vec::new() };
        let changed = changed || !is_one_of(step, COPIES);
        let mut next: Vec<At> = Vec::new();
        for file in &step.written {
            let readers = self.readers.get(file).into_iter().chain(self.runs.get(file)).flatten();
            next.extend(readers.map(|reader| (*reader, changed)));
        }
        for number in &step.pipes_out {
            match self.listeners.get(number) {
                Some(listeners) => next.extend(listeners.iter().map(|listener| (*listener, changed))),
                // A pipe nobody has for standard input: whoever started the step reads it.
                None => next.extend(step.parent.map(|parent| (parent, changed))),
            }
        }
        next.retain(|(other, _)| *other != index);
        next.sort_unstable();
        next.dedup();
        next
    }

    /// Whether at this step the file, or what was made from it, becomes something that runs.
    fn is_code(&self, at: At, came: &BTreeMap<At, Option<At>>) -> bool {
        let (index, changed) = at;
        let Some(step) = self.steps.get(index) else { return false };
        if is_one_of(step, COMPILERS) {
            return true;
        }
        let from = came.get(&at).copied().flatten().and_then(|(from, _)| self.steps.get(from));
        let Some(from) = from.filter(|_| changed) else { return false };
        let is_run = from.written.contains(&step.program);
        let script = step.is_shell() && from.written.iter().any(|file| step.read.contains(file));
        let piped = step.is_shell() && !from.pipes_out.is_disjoint(&step.pipes_in);
        is_run || script || piped
    }

    fn handling(&self, index: usize) -> Handling {
        let step = self.steps.get(index);
        let line = self.lines.get(index).cloned().unwrap_or_default();
        let written = step.iter().flat_map(|step| &step.written);
        let wrote = written.filter_map(|file| self.below(file)).take(WROTE).collect();
        Handling { program: step.map(|step| step.program.clone()).unwrap_or_default(), line, wrote }
    }

    fn below(&self, file: &RelPath) -> Option<RelPath> {
        let rest = file.as_bytes().strip_prefix(self.build_path.as_bytes())?.strip_prefix(b"/")?;
        Some(RelPath::from_bytes(rest))
    }
}

/// Programs that hand on what they read as it is.
const COPIES: &[&str] = &["cp", "mv", "ln", "install", "cat", "rsync", "make", "gmake", "ninja"];

/// Programs that make code of what they read.
const COMPILERS: &[&str] = &[
    "cc1", "cc1plus", "cc1obj", "f951", "lto1", "as", "ld", "ld.bfd", "ld.gold", "ld.lld", "lld", "mold",
    "collect2", "clang", "rustc", "compile", "link", "asm", "javac", "ocamlopt", "ghc", "nasm", "yasm",
];

/// Those of them that read what people write.
const FRONT_ENDS: &[&str] = &[
    "cc1", "cc1plus", "cc1obj", "f951", "clang", "rustc", "compile", "javac", "ocamlopt", "ghc", "nasm",
    "yasm",
];

/// Commands named of one generated file at most.
const WRITERS: usize = 4;

/// Whether a file's name is one of source code; a compiler reads other things too.
fn is_source(path: &RelPath) -> bool {
    const ENDINGS: &[&str] = &[
        "c", "h", "cc", "cpp", "cxx", "hh", "hpp", "hxx", "inc", "m", "mm", "f", "f90", "rs", "go", "java",
        "ml", "mli", "hs", "s", "S", "asm",
    ];
    let name = String::from_utf8_lossy(path.file_name()).into_owned();
    name.rsplit_once('.').is_some_and(|(_, ending)| ENDINGS.contains(&ending))
}

fn is_one_of(step: &Step, names: &[&str]) -> bool {
    let name = step.program.as_bytes().rsplit(|byte| *byte == b'/').next().unwrap_or_default();
    // `x86_64-linux-gnu-ld.bfd`, `clang-16`: the target before, the version after.
    let name = String::from_utf8_lossy(name);
    let bare = name.rsplit_once("-gnu-").map_or(&*name, |(_, rest)| rest);
    let bare = bare.trim_end_matches(|c: char| c.is_ascii_digit() || c == '.').trim_end_matches('-');
    names.contains(&&*name) || names.contains(&bare)
}

/// A command line without what changes from run to run: names in the folders for temporary files.
fn plain(line: &str) -> String {
    let word = |word: &str| {
        let at = ["/tmp/", "/var/tmp/"].iter().filter_map(|place| word.find(place)).min();
        at.map_or(word.to_owned(), |at| format!("{}/tmp/…", &word[..at]))
    };
    line.split(' ').map(word).collect::<Vec<_>>().join(" ")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_no_person_can_read_is_told_from_text_in_any_encoding() {
        assert_eq!(opaque_because(b"\xfd7zXZ\0\0\x04"), Some("not text"));
        assert_eq!(
            opaque_because(&(0..=255u8).cycle().skip(1).step_by(7).take(9000).collect::<Vec<_>>()),
            Some("not text")
        );
        let base64 = "QUJDREVGR0hJSktMTU5PUFFSU1RVVldYWVphYmNkZWZnaGlqa2xtbm9wcXJz\n".repeat(80);
        assert_eq!(opaque_because(base64.as_bytes()), Some("encoded in text"));
        let ruled = "-".repeat(78) + "\n";
        let other_letters = base64.replace(|c: char| c.is_ascii_digit(), "q");
        assert_eq!(opaque_because(other_letters.as_bytes()), Some("encoded in text"));
        for text in [
            ruled.repeat(100).as_bytes(),
            &b"int main(void) { return 0; }\n"[..],
            "Grüße, мир, 世界\n".as_bytes(),
            b"Latin \xe9\xe8\n",
            b"",
        ] {
            assert_eq!(opaque_because(text), None);
        }
        assert_eq!(
            opaque_because("key 0123456789abcdef0123456789abcdef0123456789abcdef\n".repeat(500).as_bytes()),
            None
        );
    }

    #[test]
    fn a_command_line_has_no_temporary_names() {
        assert_eq!(plain("as -o /tmp/ccAbCd.s x.c -I/tmp/q y"), "as -o /tmp/… x.c -I/tmp/… y");
    }
}
