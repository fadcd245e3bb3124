//! Source code of the tree → what it can do, with what data, to whom.
//!
//! ```text
//! bytes ─lower→ Unit (parallel; the tree is dropped) ─link→ rounds over summaries ─→ CodeEvidence
//! ```
//! [`lower`] reads one file; [`link`] joins all. [`analyse`] does both. Language files
//! (`languages/`) know no rule, rules (`rules/*.toml`) know no engine, the engine knows no language.

mod calls;
pub mod catalogue;
mod constants;
mod emit;
mod evaluate;
mod flow;
pub mod ir;
pub mod language;
mod languages;
pub mod lower;
pub mod prefilter;
mod resolve;
mod rules;
mod value;

use std::borrow::Cow;
use std::collections::BTreeMap;
use std::sync::OnceLock;

use rayon::prelude::*;

pub use catalogue::Api;
pub use language::Language;

use self::catalogue::Catalogue;
use self::ir::Unit;
use self::lower::Table;
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
}

impl Catalogues {
    /// With `apis` declared by the review, for every language.
    ///
    /// # Errors
    /// The first mistake in a rule file or a declaration, as a sentence.
    pub fn new(apis: &[Api]) -> Result<Catalogues, String> {
        let mut declared = BTreeMap::new();
        for language in Language::ALL {
            catalogue::builtin(language)?;
        }
        if !apis.is_empty() {
            for language in Language::ALL {
                declared.insert(language, Catalogue::new(language, apis)?);
            }
        }
        Ok(Catalogues { declared })
    }

    fn of(&self, language: Language) -> Option<&Catalogue> {
        self.declared.get(&language).or_else(|| catalogue::builtin(language).ok())
    }
}

/// Source over this many bytes in all is linked without the files no catalogued name stands in.
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
            Some((index, Read::Unit(Box::new(lower(file, &bytes, catalogues)))))
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
    let empty = std::collections::HashSet::new();
    match (languages::spec(file.language), table(file.language)) {
        (Some(spec), Some(table)) => {
            let names = catalogues.of(file.language).map_or(&empty, Catalogue::names);
            let unit = lower::lower(spec, table, &file.path, bytes, file.first_line, names);
            FileUnit { parsed: unit.cut.is_none() || unit.funcs.iter().any(|f| !f.ops.is_empty()), unit }
        }
        _ => FileUnit { unit: Unit::unread(file, bytes.len() as u64), parsed: false },
    }
}

/// Joins lowered files.
pub fn link(files: Vec<FileUnit>, catalogues: &Catalogues) -> CodeEvidence {
    let mut evidence = CodeEvidence::default();
    for file in &files {
        if file.parsed {
            evidence.parsed.add(file.unit.bytes);
        }
        evidence.error_bytes += file.unit.error_bytes;
        if let Some(reason) = &file.unit.cut {
            evidence.not_examined.push(NotExamined::new("scan", &file.unit.path, reason));
        }
    }
    evidence.not_examined.sort();
    let units: Vec<Unit> = files.into_iter().map(|file| file.unit).collect();
    let (_, observed) = flow::run(&units, &|unit| catalogues.of(unit.language));
    emit::emit(&units, observed, &mut evidence);
    evidence
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
