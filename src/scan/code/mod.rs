//! Source code of the tree → what it can do, with what data, to whom.
//!
//! ```text
//! bytes ─lower→ Unit (parallel; the tree is dropped) ─link→ rounds over summaries ─→ CodeEvidence
//! ```
//! [`lower`] reads one file; [`link`] joins all. [`analyse`] does both. Language files
//! (`languages/`) know no rule, rules (`rules/*.toml`) know no engine, the engine knows no language.

mod calls;
pub mod catalogue;
pub(crate) mod constants;
mod emit;
mod evaluate;
mod flow;
pub mod ir;
pub mod language;
mod languages;
pub mod lower;
mod machine;
pub mod map;
pub mod prefilter;
pub mod quiet;
mod resolve;
pub mod rules;
mod scopes;
mod thin;
mod turned;
mod value;

use std::borrow::Cow;
use std::collections::BTreeMap;
use std::collections::BTreeSet;
use std::sync::OnceLock;

use rayon::prelude::*;

pub use catalogue::Api;
pub use language::Language;

use self::catalogue::Catalogue;
use self::ir::Unit;
use self::lower::Table;
use self::map::Map;
use self::map::Set;
use self::prefilter::Prefilter;
use self::thin::Tells;
use crate::model::NotExamined;
use crate::model::scan::Capability;
use crate::model::scan::Count;
use crate::model::scan::Endpoint;
use crate::model::scan::Finding;
use crate::model::scan::Flow;

/// A file of source code to read; its bytes are asked for once, when it is lowered.
#[derive(Clone, Debug)]
pub struct CodeFile {
    /// Escaped relative path; code inside another file is `outer › inner`.
    pub path: String,
    /// Its language.
    pub language: Language,
    /// Its size in bytes: the largest are read first.
    pub size: u64,
    /// The line its first line stands on (1 but for code inside another file).
    pub first_line: u32,
}

/// What reading code observed. Every list is in order of path, line, column, category.
#[derive(Clone, Debug, Default)]
pub struct CodeEvidence {
    /// What the code CAN DO.
    pub capabilities: Vec<Capability>,
    /// Where data that could leave comes from.
    pub sources: Vec<Capability>,
    /// Ways from a source to an effect.
    pub flows: Vec<Flow>,
    /// Whom network calls talk to, folded as far as constants allow.
    pub endpoints: Vec<Endpoint>,
    /// What is suspicious.
    pub findings: Vec<Finding>,
    /// What was not read, or not to its end.
    pub not_examined: Vec<NotExamined>,
    /// Files parsed and their bytes.
    pub parsed: Count,
    /// Bytes under ERROR nodes.
    pub error_bytes: u64,
    /// Files not parsed because nothing catalogued can stand in them.
    pub prefiltered: Count,
    /// Numbers of files that were woken.
    pub woken: BTreeSet<usize>,
}

impl CodeEvidence {
    /// Adds what other files showed.
    pub fn extend(&mut self, other: CodeEvidence) {
        self.capabilities.extend(other.capabilities);
        self.sources.extend(other.sources);
        self.flows.extend(other.flows);
        self.endpoints.extend(other.endpoints);
        self.findings.extend(other.findings);
        self.not_examined.extend(other.not_examined);
        for (ours, theirs) in [(&mut self.parsed, other.parsed), (&mut self.prefiltered, other.prefiltered)] {
            ours.files += theirs.files;
            ours.bytes += theirs.bytes;
        }
        self.error_bytes += other.error_bytes;
    }
}

/// One file, lowered: what [`link`] needs of it.
#[derive(Clone, Debug)]
pub struct FileUnit {
    unit: Unit,
    parsed: bool,
}

/// The catalogues of one analysis: the built-in ones, with what the review declares.
#[derive(Default)]
pub struct Catalogues {
    declared: BTreeMap<Language, Catalogue>,
    prefilter: Prefilter,
}

impl Catalogues {
    /// With `apis` declared by the review, for every language.
    ///
    /// The built-in ones are read when a file of their language comes; that they can be read is tested.
    ///
    /// # Errors
    /// The first mistake in a declaration, as a sentence.
    pub fn new(apis: &[Api]) -> Result<Catalogues, String> {
        let mut declared = BTreeMap::new();
        if !apis.is_empty() {
            for language in Language::ALL {
                declared.insert(language, Catalogue::new(language, apis)?);
            }
        }
        Ok(Catalogues { declared, prefilter: Prefilter::default() })
    }

    fn of(&self, language: Language) -> Option<&Catalogue> {
        self.declared.get(&language).or_else(|| catalogue::builtin(language).ok())
    }
}

/// Source over this many bytes in all is linked without the files no name of anything recorded stands in.
const MAX_LINKED_BYTES: u64 = 96 << 20;

/// Reads `files` and joins what they say. `read` gives a file's bytes by its index; `None` where it cannot.
///
/// Files are lowered in parallel, largest first; the result does not depend on the number of threads.
pub fn analyse<'b>(
    files: &[CodeFile],
    read: &(dyn Fn(usize) -> Option<Cow<'b, [u8]>> + Sync),
    catalogues: &Catalogues,
) -> CodeEvidence {
    let mut order: Vec<usize> = (0..files.len()).collect();
    order.sort_by_key(|index| (std::cmp::Reverse(files.get(*index).map_or(0, |file| file.size)), *index));
    let total: u64 = files.iter().map(|file| file.size).sum();
    let mut units: Vec<(usize, Read)> = order
        .into_par_iter()
        .with_max_len(1)
        .filter_map(|index| {
            let file = files.get(index)?;
            let Some(bytes) = read(index) else {
                let reason = NotExamined::new("scan", &file.path, "could not be read: not parsed");
                return Some((index, Read::Not(reason)));
            };
            if total > MAX_LINKED_BYTES && !prefilter::may_match(file.language, &bytes, catalogues) {
                return Some((index, Read::Nothing(bytes.len() as u64)));
            }
            let mut unit = lower(file, &bytes, catalogues);
            unit.shrink();
            Some((index, Read::Unit(Box::new(unit))))
        })
        .collect();
    units.sort_by_key(|(index, _)| *index);
    let mut evidence = CodeEvidence::default();
    let mut read = Vec::with_capacity(units.len());
    for (_, unit) in units {
        match unit {
            Read::Unit(unit) => read.push(*unit),
            Read::Nothing(bytes) => evidence.prefiltered.add(bytes),
            Read::Not(reason) => evidence.not_examined.push(reason),
        }
    }
    let linked = link(read, catalogues);
    evidence.not_examined.extend(linked.not_examined);
    evidence.not_examined.sort();
    CodeEvidence { not_examined: evidence.not_examined, prefiltered: evidence.prefiltered, ..linked }
}

/// What reading one file came to.
enum Read {
    Unit(Box<FileUnit>),
    /// Nothing catalogued can stand in its so many bytes.
    Nothing(u64),
    Not(NotExamined),
}

/// Whether this build has a grammar for `language`.
pub fn reads(language: Language) -> bool {
    languages::spec(language).is_some()
}

/// Lowers one file. Never fails: what could not be read is in the unit's own record.
pub fn lower(file: &CodeFile, bytes: &[u8], catalogues: &Catalogues) -> FileUnit {
    let empty = Set::default();
    match (languages::spec(file.language), table(file.language)) {
        (Some(spec), Some(table)) => {
            let names = catalogues.of(file.language).map_or(&empty, Catalogue::names);
            let unit = lower::lower(spec, table, &file.path, bytes, file.first_line, names);
            let parsed = unit.cut.is_none() || unit.funcs.iter().any(|function| !function.ops.is_empty());
            FileUnit { parsed, unit }
        }
        _ => FileUnit { unit: Unit::unread(file, bytes.len() as u64), parsed: false },
    }
}

/// Joins lowered files.
pub fn link(files: Vec<FileUnit>, catalogues: &Catalogues) -> CodeEvidence {
    join(files.into_iter().map(|file| (0, file)).collect(), catalogues, true, &|_| Vec::new())
}

/// What the lowered parts of one file show by themselves: no data is followed but what is decoded and then
/// run, and names of other files stay names.
pub fn alone(parts: Vec<FileUnit>, catalogues: &Catalogues) -> CodeEvidence {
    join(parts.into_iter().map(|file| (0, file)).collect(), catalogues, false, &|_| Vec::new())
}

/// Joins the lowered files of a tree too large to keep whole, each with its number in the tree. `wake` is
/// given the names of functions that were seen to lead to a source or an effect, and gives the files in which
/// they stand, lowered again with those names in mind.
pub fn link_waking(
    files: Vec<(usize, FileUnit)>,
    catalogues: &Catalogues,
    wake: &dyn Fn(&mut Telling) -> Vec<(usize, FileUnit)>,
) -> CodeEvidence {
    join(files, catalogues, true, wake)
}

/// Rounds after which a large tree is looked through again: what matters shows early, and the last look, when
/// everything that does is awake, has all of them.
const EARLY_ROUNDS: usize = 3;

/// How often a large tree is looked through again for callers of what was found to matter.
const MAX_WAKINGS: usize = 3;

fn join(
    mut files: Vec<(usize, FileUnit)>,
    catalogues: &Catalogues,
    flows: bool,
    wake: &dyn Fn(&mut Telling) -> Vec<(usize, FileUnit)>,
) -> CodeEvidence {
    let mut evidence = CodeEvidence::default();
    let mut telling = Telling::default();
    let mut wakings = 0;
    let mut early = files.iter().any(|(_, file)| file.sleeps());
    let (units, mut run) = loop {
        let numbers: Vec<usize> = files.iter().map(|(number, _)| *number).collect();
        let parsed: Vec<bool> = files.iter().map(|(_, file)| file.parsed).collect();
        let units: Vec<Unit> = files.into_iter().map(|(_, file)| file.unit).collect();
        let rounds = if early && wakings < MAX_WAKINGS { EARLY_ROUNDS } else { flow::MAX_ROUNDS };
        let run = flow::run(&units, &|unit| catalogues.of(unit.language), flows, rounds);
        let woken = if telling.learn(&numbers, &units, &run.told) { wake(&mut telling) } else { Vec::new() };
        if woken.is_empty() && rounds < flow::MAX_ROUNDS && !run.settled {
            // Nothing is left to wake: now to the end.
            early = false;
            let kept = units.into_iter().zip(parsed).map(|(unit, parsed)| FileUnit { unit, parsed });
            files = numbers.into_iter().zip(kept).collect();
            continue;
        }
        if woken.is_empty() || wakings == MAX_WAKINGS {
            if !woken.is_empty() {
                let reason = "callers of callers of what matters were not all read again: flows through many \
                              functions of this large tree may be missing";
                evidence.not_examined.push(NotExamined::new("scan", ".", reason));
            }
            for (unit, parsed) in units.iter().zip(parsed) {
                if parsed {
                    evidence.parsed.add(unit.bytes);
                }
            }
            break (units, run);
        }
        wakings += 1;
        let again: BTreeSet<usize> = woken.iter().map(|(number, _)| *number).collect();
        evidence.woken.extend(&again);
        let kept = units.into_iter().zip(parsed).map(|(unit, parsed)| FileUnit { unit, parsed });
        files = numbers.into_iter().zip(kept).filter(|(number, _)| !again.contains(number)).collect();
        files.extend(woken);
        files.sort_by_key(|(number, _)| *number);
    };
    if !telling.common.is_empty() {
        let reason = format!(
            "{} names of functions that lead to a source or an effect are called in more than {MAX_CALLERS} files \
             each, so that they were not all read again for it: flows through these functions may be missing",
            telling.common.len()
        );
        evidence.not_examined.push(NotExamined::new("scan", ".", reason));
    }
    for (unit, cut) in units.iter().zip(&run.cut) {
        evidence.error_bytes += unit.error_bytes;
        for reason in unit.cut.iter().chain(&unit.unmade).chain(cut) {
            evidence.not_examined.push(NotExamined::new("scan", &unit.path, reason));
        }
    }
    if flows && !run.settled {
        let reason = "what functions do with data was still becoming known when the rounds ended: flows through \
                      many files may be missing";
        evidence.not_examined.push(NotExamined::new("scan", ".", reason));
    }
    evidence.not_examined.sort();
    scopes::send_added(&mut run.observed);
    emit::emit(&units, run.observed, &mut evidence);
    evidence
}

/// Names of functions of a tree that were seen to lead to a source or an effect, by family of languages, each
/// with the files whose functions they are.
#[derive(Clone, Debug, Default)]
pub struct Telling {
    all: BTreeMap<u8, Map<Box<str>, BTreeSet<usize>>>,
    new: BTreeMap<u8, Set<Box<str>>>,
    /// Names so many files call that nobody is looked for by them.
    common: BTreeSet<(u8, Box<str>)>,
}

/// Most files that are read again because one name stands in them.
const MAX_CALLERS: usize = 256;

impl Telling {
    /// Takes in the functions `told` of `units`, which have these `numbers`; whether any name is new.
    fn learn(&mut self, numbers: &[usize], units: &[Unit], told: &[Vec<ir::FuncId>]) -> bool {
        self.new.clear();
        for ((number, unit), told) in numbers.iter().zip(units).zip(told) {
            let family = resolve::family(unit.language);
            for id in told {
                let name =
                    unit.funcs.get(*id as usize).map_or("", |function| unit.strings.get(function.name));
                if name.len() < 2 || self.common.contains(&(family, name.into())) {
                    continue;
                }
                let names = self.all.entry(family).or_default();
                if !names.contains_key(name) {
                    self.new.entry(family).or_default().insert(name.into());
                }
                names.entry(name.into()).or_default().insert(*number);
            }
        }
        !self.new.is_empty()
    }

    /// The names that were not known before and may be called in `bytes`, file `number` of the tree.
    pub fn called_in(&self, language: Language, number: usize, bytes: &[u8]) -> BTreeSet<Box<str>> {
        let family = resolve::family(language);
        let Some(names) = self.new.get(&family) else { return BTreeSet::new() };
        let tellers = self.all.get(&family);
        prefilter::called(language, bytes, names, &|name| {
            tellers.and_then(|all| all.get(name)).is_some_and(|tellers| tellers.contains(&number))
        })
    }

    /// Forgets the new names that more than [`MAX_CALLERS`] of the files that call any of them call.
    pub fn forget_common<'n>(&mut self, called: impl Iterator<Item = (Language, &'n BTreeSet<Box<str>>)>) {
        let mut callers: BTreeMap<(u8, &str), usize> = BTreeMap::new();
        for (language, names) in called {
            for name in names {
                *callers.entry((resolve::family(language), name)).or_default() += 1;
            }
        }
        for ((family, name), _) in callers.into_iter().filter(|(_, callers)| *callers > MAX_CALLERS) {
            self.common.insert((family, name.into()));
            self.new.get_mut(&family).map(|names| names.remove(name));
            self.all.get_mut(&family).map(|names| names.remove(name));
        }
    }

    /// Whether one of `names` is still new.
    pub fn is_new(&self, language: Language, names: &BTreeSet<Box<str>>) -> bool {
        let new = self.new.get(&resolve::family(language));
        new.is_some_and(|new| names.iter().any(|name| new.contains(name)))
    }

    /// What `name` tells in file `number`, which has a function of that name or has `not`.
    fn tells(&self, language: Language, name: &str, number: usize, own: bool) -> Tells {
        let all = self.all.get(&resolve::family(language));
        let Some(tellers) = all.and_then(|names| names.get(name)) else { return Tells::default() };
        // A file's own function comes before those of other files; in C no member is a function.
        Tells { alone: !own || tellers.contains(&number), member: language != Language::C }
    }
}

impl FileUnit {
    /// Puts to sleep the functions in which nothing that would be recorded and no telling name stands. The unit
    /// is file `number` of the tree.
    pub fn thin(&mut self, catalogues: &Catalogues, telling: &Telling, number: usize) {
        let language = self.unit.language;
        let Some(catalogue) = catalogues.of(language) else { return };
        let recorded = catalogue.recorded();
        let unit = &self.unit;
        let own: Set<Box<str>> = unit
            .funcs
            .iter()
            .filter(|function| function.parent == Some(0) && function.class.is_none())
            .map(|function| unit.strings.get(function.name).into())
            .collect();
        thin::thin(&mut self.unit, &|name| {
            if rules::is_personal_name(name) {
                return Tells { alone: true, member: true };
            }
            let told = telling.tells(language, name, number, own.contains(name));
            let known = recorded.contains(name);
            Tells { alone: known || told.alone, member: told.member || (known && catalogue.is_member(name)) }
        });
    }

    /// Gives back what is not needed any more, for a unit that is kept until all are joined.
    pub fn shrink(&mut self) {
        thin::shrink(&mut self.unit);
    }

    /// Whether a function of it sleeps.
    pub fn sleeps(&self) -> bool {
        self.unit.funcs.iter().any(|function| function.asleep)
    }
}

/// The shapes of a language's grammar, resolved once.
fn table(language: Language) -> Option<&'static Table> {
    static TABLES: [OnceLock<Option<Table>>; Language::ALL.len()] =
        [const { OnceLock::new() }; Language::ALL.len()];
    let at = Language::ALL.iter().position(|known| *known == language)?;
    TABLES.get(at)?.get_or_init(|| languages::spec(language).map(Table::new)).as_ref()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_shape_names_a_kind_and_fields_its_grammar_has() {
        for language in Language::ALL {
            if let Some(spec) = languages::spec(language) {
                assert_eq!(Table::unknown_names(spec), Vec::<String>::new(), "{language}");
            }
        }
    }
}
