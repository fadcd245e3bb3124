//! The catalogue: which API does what, as data.
//!
//! `rules/<language>.toml` holds `[[api]]` tables; a review may declare more in the same form. A name is a
//! dotted path as resolution spells it: `requests.post` is a function of a module, `requests.Session().post`
//! a method of what calling `requests.Session` gives, `os.environ[]` an element, `*.put_object` a method of
//! a receiver that could not be resolved, `location.href=` a stored member. `resty.**.Post` is `Post` on
//! anything that came of `resty`, whatever was called in between and whatever its version, unless what was
//! called in between is one of the entry's own names: what a request gives is no client. `::`, `\` and `->`
//! read as `.`; `{a,b}` stands for either.

use crate::scan::code::map::Map;
use crate::scan::code::map::Set;
use std::collections::BTreeSet;
use std::sync::Arc;
use std::sync::OnceLock;

use serde::Deserialize;

use super::language::Language;
use crate::model::scan::Confidence;

/// What an API does with data.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Role {
    /// Gives the code a capability; carries no data of interest.
    Capability,
    /// Gives a capability and carries data out of the program's hands.
    Sink,
    /// Data of interest comes from here.
    Source,
    /// Data goes from its arguments to its result, its receiver or another argument.
    Propagator,
    /// Its result carries none of its arguments' data.
    Sanitizer,
    /// Its result tells about time, place or observer: a condition on it is a gate.
    Gate,
    /// Only says what its result is.
    Type,
    /// The function or the program ends here.
    Leave,
    /// Turns encoded data into plain data: what comes out is worth knowing when it is executed.
    Decoder,
}

/// One entry as written.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Api {
    /// Unique within the file.
    pub id: String,
    /// The category id of the taxonomy; empty for roles that record nothing.
    #[serde(default)]
    pub category: String,
    /// What it does with data.
    pub role: Role,
    /// The names.
    #[serde(default)]
    pub names: Vec<String>,
    /// Patterns of declared types that nothing else is known of: their values are what the entry gives. `*`
    /// stands for anything, `%` for the component before the last: `%.%Client` is a generated `Agent.AgentClient`.
    #[serde(default)]
    pub types: Vec<String>,
    /// What an argument must be for a call of something unknown to be meant: a connection from which a
    /// generated client is made.
    #[serde(default)]
    pub given: Vec<String>,
    /// Arguments that matter: `0`, `data`, `this`, `*` (any), each with `:carrier` where that is known.
    /// For a propagator: where data comes from. Without it, every argument matters. Some carriers say that an
    /// argument names a file: `file`, whose content is sent; `file?`, the same where it looks like the name of
    /// one; `file-at`, the same for what stands behind an `@`; `kept`, in which what is received is kept.
    #[serde(default)]
    pub args: Vec<String>,
    /// Where data goes, for sources and propagators that do not give it as their result: `0`, `this`. Of a name
    /// that ends in `#`, the type of a parameter: the parameters by which data comes in, where it is not that one.
    #[serde(default)]
    pub to: Vec<String>,
    /// What the result is: a path, or `this`.
    #[serde(default)]
    pub gives: String,
    /// The data category the result carries.
    #[serde(default)]
    pub yields: String,
    /// A further capability the call gives.
    #[serde(default)]
    pub also: String,
    /// Conditions on constant arguments, all of which must hold: `1:contains:w`, `0:starts:http`, `0:is:socket()`.
    /// A leading `?` lets an argument that is not constant pass.
    #[serde(default)]
    pub when: Vec<String>,
    /// For `*.` names: imports of which the file must have one.
    #[serde(default)]
    pub with: Vec<String>,
    /// For `*.` names: what the receiver must be called, by its last word in any case (`httpClient` is a
    /// `client`). Such an entry is looked at when nothing else is known of a call.
    #[serde(default)]
    pub called: Vec<String>,
    /// The argument behind what it gives: what is written to the one goes to the other.
    #[serde(default)]
    pub wraps: String,
    /// What a function given to it is called with first: `this` or `result`; or what it is called on: the
    /// receiver of the call (`receiver`) or its first argument (`receiver-first`).
    #[serde(default)]
    pub hands: String,
    /// Whether what a sink gives still carries the data: a request that is made and not yet sent.
    #[serde(default)]
    pub carries: bool,
    /// Whether it only fills what another call sends: data is followed through it and to it, and the sending
    /// is recorded.
    #[serde(default)]
    pub fills: bool,
    /// Whether what stood where data goes is gone: a line that is read or formatted into a buffer.
    #[serde(default)]
    pub overwrites: bool,
    /// How the engine folds the call on constants: `base64`, `hex`, `join`, `format`, …
    #[serde(default)]
    pub fold: String,
    /// How sure a match by resolved name is.
    #[serde(default = "high")]
    pub confidence: Confidence,
    /// What a reader should know: limits, reason.
    #[serde(default)]
    pub note: String,
}

fn high() -> Confidence {
    Confidence::High
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct File {
    #[serde(default)]
    globals: Vec<String>,
    #[serde(default)]
    api: Vec<Api>,
}

/// An argument an entry names.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Slot {
    /// By position.
    At(usize),
    /// From a position on.
    From(usize),
    /// By keyword.
    Named(Box<str>),
    /// An element of the argument at a position.
    Item(usize, Box<str>),
    /// The receiver.
    This,
    /// Any argument.
    Any,
}

/// One entry, compiled.
#[derive(Debug)]
pub struct Entry {
    /// As written.
    pub api: Api,
    /// Arguments with their carriers.
    pub args: Vec<(Slot, Box<str>)>,
    /// Where data goes.
    pub to: Vec<Slot>,
    /// Conditions.
    pub when: Vec<Condition>,
    /// The argument behind what it gives.
    pub wraps: Option<Slot>,
    /// Whether an argument names a file that is sent.
    pub files: bool,
}

/// A condition on an argument.
#[derive(Debug)]
pub struct Condition {
    /// Which.
    pub slot: Slot,
    /// How it is tested.
    pub test: Test,
    /// Against what: alternatives.
    pub values: Vec<Box<str>>,
    /// Whether an argument that is not constant passes.
    pub open: bool,
}

/// How a condition tests its argument.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Test {
    /// The constant contains one of the values.
    Contains,
    /// The constant starts with one of them.
    Starts,
    /// The constant starts with none of them.
    NotStarts,
    /// The constant equals one of them.
    Equals,
    /// The constant contains none of them.
    Lacks,
    /// What the argument is ends with one of them.
    Is,
    /// What the argument is ends with none of them.
    IsNot,
    /// The argument's last name equals one of them.
    Named,
    /// The argument's last name equals none of them.
    NotNamed,
    /// The argument is a constant string.
    Constant,
    /// The argument is not a constant string.
    Variable,
    /// There is no such argument.
    Absent,
    /// There is such an argument.
    Present,
    /// The argument is no function.
    NotFunction,
}

/// The catalogue of one language, with what a review declares.
pub struct Catalogue {
    entries: Vec<Arc<Entry>>,
    exact: Map<Box<str>, Vec<u32>>,
    prefix: Map<Box<str>, Vec<u32>>,
    method: Map<Box<str>, Vec<u32>>,
    /// By last name, what stands before `.**.` and the entry.
    under: Map<Box<str>, Vec<(Box<str>, u32)>>,
    /// By method, entries about receivers of which nothing is known but what they are called.
    guesses: Map<Box<str>, Vec<u32>>,
    short: Map<Box<str>, Vec<u32>>,
    /// By what an argument is, entries about calls of which nothing else is known.
    given: Map<Box<str>, Vec<u32>>,
    /// Patterns of declared types.
    types: Vec<(Box<str>, u32)>,
    /// By method, patterns of what stands before it: `*_client.*Client.connect`.
    patterns: Map<Box<str>, Vec<(Box<str>, u32)>>,
    roots: Set<Box<str>>,
    globals: Vec<Box<str>>,
    names: Set<Box<str>>,
    /// Of `names`, those without which nothing is recorded.
    recorded: Set<Box<str>>,
    /// Of `names`, those that test something about the world.
    gates: Set<Box<str>>,
    /// Last components of names with more than one.
    members: Set<Box<str>>,
    /// Last components of names that are stored to.
    stores: Set<Box<str>>,
    ignore_case: bool,
}

/// A match of a path.
#[derive(Clone, Debug)]
pub struct Match {
    /// The entry.
    pub entry: Arc<Entry>,
    /// How sure.
    pub confidence: Confidence,
}

/// The rule files, embedded: language name, text.
pub const RULES: &[(&str, &str)] = &[
    ("bash", include_str!("../../../rules/bash.toml")),
    ("c", include_str!("../../../rules/c.toml")),
    ("cpp", include_str!("../../../rules/cpp.toml")),
    ("csharp", include_str!("../../../rules/csharp.toml")),
    ("go", include_str!("../../../rules/go.toml")),
    ("java", include_str!("../../../rules/java.toml")),
    ("javascript", include_str!("../../../rules/javascript.toml")),
    ("kotlin", include_str!("../../../rules/kotlin.toml")),
    ("php", include_str!("../../../rules/php.toml")),
    ("powershell", include_str!("../../../rules/powershell.toml")),
    ("python", include_str!("../../../rules/python.toml")),
    ("ruby", include_str!("../../../rules/ruby.toml")),
    ("rust", include_str!("../../../rules/rust.toml")),
    ("swift", include_str!("../../../rules/swift.toml")),
];

/// The catalogue of `language` without declarations; parsed once.
///
/// # Errors
/// The rule file's mistake, as a sentence. The embedded files are tested to have none.
pub fn builtin(language: Language) -> Result<&'static Catalogue, String> {
    static PARSED: [OnceLock<Result<Catalogue, String>>; Language::ALL.len()] =
        [const { OnceLock::new() }; Language::ALL.len()];
    let at = Language::ALL.iter().position(|known| *known == language);
    match at.and_then(|at| PARSED.get(at)).map(|parsed| parsed.get_or_init(|| Catalogue::new(language, &[])))
    {
        Some(Ok(catalogue)) => Ok(catalogue),
        Some(Err(error)) => Err(error.clone()),
        None => Err(format!("no catalogue for {language}")),
    }
}

/// The rule files a language reads, in order.
fn files(language: Language) -> &'static [&'static str] {
    match language {
        Language::Cpp => &["c", "cpp"],
        Language::JavaScript | Language::TypeScript | Language::Tsx => &["javascript"],
        Language::Kotlin => &["java", "kotlin"],
        Language::Bash => &["bash"],
        Language::C => &["c"],
        Language::CSharp => &["csharp"],
        Language::Go => &["go"],
        Language::Java => &["java"],
        Language::Php => &["php"],
        Language::PowerShell => &["csharp", "powershell"],
        Language::Python => &["python"],
        Language::Ruby => &["ruby"],
        Language::Rust => &["rust"],
        Language::Swift => &["swift"],
    }
}

impl Catalogue {
    /// The catalogue of `language` with `declared` entries added.
    ///
    /// # Errors
    /// The first mistake, naming file and entry.
    pub fn new(language: Language, declared: &[Api]) -> Result<Catalogue, String> {
        let ignore_case = matches!(language, Language::Php | Language::PowerShell);
        let mut catalogue = Catalogue {
            entries: Vec::new(),
            exact: Map::default(),
            prefix: Map::default(),
            method: Map::default(),
            under: Map::default(),
            guesses: Map::default(),
            short: Map::default(),
            given: Map::default(),
            types: Vec::new(),
            patterns: Map::default(),
            roots: Set::default(),
            globals: Vec::new(),
            names: Set::default(),
            recorded: Set::default(),
            gates: Set::default(),
            members: Set::default(),
            stores: Set::default(),
            ignore_case,
        };
        for name in files(language) {
            let Some((_, text)) = RULES.iter().find(|(file, _)| file == name) else { continue };
            let file: File =
                toml::from_str(text).map_err(|error| format!("reading rules/{name}.toml: {error}"))?;
            catalogue.globals.extend(file.globals.iter().map(|global| normalise(global, ignore_case).into()));
            let mut ids = BTreeSet::new();
            for api in file.api {
                if !ids.insert(api.id.clone()) {
                    return Err(format!("rules/{name}.toml: the id {} stands twice", api.id));
                }
                catalogue.add(api, name)?;
            }
        }
        for api in declared {
            catalogue.add(api.clone(), "review.toml [[api]]")?;
        }
        if matches!(language, Language::CSharp | Language::Php) {
            catalogue.shorten();
        }
        Ok(catalogue)
    }

    fn add(&mut self, api: Api, file: &str) -> Result<(), String> {
        let short_bases = file == "csharp";
        let mut api = api;
        if self.ignore_case {
            api.gives = api.gives.to_ascii_lowercase();
        }
        let wrong = |what: &str| format!("{file}: entry {}: {what}", api.id);
        let mut args = Vec::new();
        for text in &api.args {
            let (slot, carrier) = text.split_once(':').unwrap_or((text, ""));
            // The key of an element is a text, and has the case of one.
            let lower = self.ignore_case && !slot.contains('.');
            let slot = if lower { slot.to_ascii_lowercase() } else { slot.to_owned() };
            args.push((slot_of(&slot), carrier.into()));
        }
        let to = api.to.iter().map(|slot| slot_of(slot)).collect();
        let mut when = Vec::new();
        for text in &api.when {
            when.push(
                condition_of(text, self.ignore_case)
                    .ok_or_else(|| wrong(&format!("condition {text:?} is not slot:test:values")))?,
            );
        }
        let wraps = Some(api.wraps.as_str()).filter(|slot| !slot.is_empty()).map(slot_of);
        if !matches!(api.hands.as_str(), "" | "this" | "result" | "receiver" | "receiver-first") {
            return Err(wrong("hands `this`, `result`, `receiver` or `receiver-first`"));
        }
        if api.names.is_empty() && api.given.is_empty() && api.types.is_empty() {
            return Err(wrong("names nothing"));
        }
        let id = self.entries.len() as u32;
        // What only passes data on, cleans it or tests something is never recorded by itself; what only says
        // what its result is may lead to what is.
        let recorded = match api.role {
            Role::Gate | Role::Propagator | Role::Sanitizer | Role::Leave => {
                !api.yields.is_empty() || (!api.category.is_empty() && api.role != Role::Gate)
            }
            _ => true,
        };
        for what in api.given.iter().flat_map(|what| expand(what)) {
            let what = normalise(&what, self.ignore_case);
            self.given.entry(what.as_str().into()).or_default().push(id);
            self.recorded.insert(last_name(&what).into());
        }
        for pattern in api.types.iter().flat_map(|pattern| expand(pattern)) {
            self.types.push((normalise(&pattern, self.ignore_case).into(), id));
        }
        for name in api.names.iter().flat_map(|name| expand(name)) {
            let written = normalise(&name, false);
            let name = normalise(&name, self.ignore_case);
            let last = last_name(&name);
            if last.is_empty() && !name.ends_with(".*") {
                return Err(wrong(&format!("{name:?} is not a name")));
            }
            if let Some((base, method)) = name.split_once(".**.") {
                self.under.entry(method.into()).or_default().push((base.into(), id));
                // What a type looks like when its namespace was not seen.
                let short = base.rsplit('.').next().filter(|_| short_bases && base.contains('.'));
                if let Some(short) = short.filter(|short| short.starts_with(|c: char| c.is_ascii_uppercase()))
                {
                    self.under.entry(method.into()).or_default().push((short.into(), id));
                }
                self.root(base);
                self.names.insert(last_name(base).into());
            } else if let (Some((before, method)), true) =
                (name.rsplit_once('.'), name.starts_with('*') && !name.starts_with("*."))
            {
                self.patterns.entry(method.into()).or_default().push((before.into(), id));
            } else if let (Some(method), false) = (name.strip_prefix("*."), api.called.is_empty()) {
                self.guesses.entry(method.into()).or_default().push(id);
            } else if let Some(method) = name.strip_prefix("*.") {
                self.method.entry(method.into()).or_default().push(id);
            } else if let Some(base) = name.strip_suffix(".*") {
                self.prefix.entry(base.into()).or_default().push(id);
                self.names.insert(last_name(base).into());
                if recorded {
                    self.recorded.insert(last_name(base).into());
                }
                self.root(base);
            } else {
                self.exact.entry(name.as_str().into()).or_default().push(id);
                self.root(&name);
                if let Some(short) = short_name(&written) {
                    self.short.entry(normalise(short, self.ignore_case).into()).or_default().push(id);
                }
            }
            // What is under a name may be called anything.
            let last = if last == "*" { "" } else { last };
            if !last.is_empty() {
                self.names.insert(last.into());
            }
            if name.ends_with('=') {
                self.stores.insert(last.into());
            }
            if name.contains('.') {
                self.members.insert(last.into());
                self.members.extend(name.split('.').map(|part| last_name(part).into()));
            }
            if recorded && !last.is_empty() {
                self.recorded.insert(last.into());
            }
            if api.role == Role::Gate && !last.is_empty() {
                self.gates.insert(last.into());
            }
        }
        let files = args.iter().any(|(_, carrier): &(Slot, Box<str>)| &**carrier == "file");
        self.entries.push(Arc::new(Entry { api, args, to, when, wraps, files }));
        Ok(())
    }

    /// Adds what names look like when their namespace was not seen, for languages in which a namespace is
    /// written like a type: from the type on, which is what stands before `()` or before the last part.
    fn shorten(&mut self) {
        let types: Set<Box<str>> = self
            .exact
            .keys()
            .flat_map(|name| name.split('.').filter_map(|part| part.strip_suffix("()")).map(Box::from))
            .collect();
        let mut names: Vec<(Box<str>, Vec<u32>)> = Vec::new();
        for (name, ids) in &self.exact {
            let parts: Vec<&str> = name.split('.').collect();
            let called = parts.iter().position(|part| part.ends_with("()"));
            let last = parts.last().map_or("", |last| *last);
            let from = match called {
                Some(at) => at,
                None if types.contains(last) => parts.len() - 1,
                None => parts.len().saturating_sub(2),
            };
            if from > 0 && parts.len() > 1 {
                names.push((parts.get(from..).unwrap_or_default().join(".").into(), ids.clone()));
            }
        }
        for (name, ids) in names {
            let known = self.short.entry(name).or_default();
            known.extend(ids);
            known.sort_unstable();
            known.dedup();
        }
    }

    fn root(&mut self, name: &str) {
        // Every leading part is a name an import may bring in.
        let plain = name.split(['(', '[', '=']).next().unwrap_or(name);
        for (at, _) in plain.match_indices('.') {
            if let Some(root) = plain.get(..at) {
                self.roots.insert(root.into());
            }
        }
        self.roots.insert(plain.into());
    }

    /// Whether `path` is, or leads to, something catalogued.
    pub fn knows(&self, path: &str) -> bool {
        self.roots.contains(path)
    }

    /// The entries `path` matches. `imported` tells whether the file imports a module.
    pub fn matches(&self, path: &str, imported: &dyn Fn(&str) -> bool) -> Vec<Match> {
        if !self.may_match(path) {
            // `engine.eval<double>`: what a template is made for is no part of its name.
            return match path.strip_suffix('>').and_then(|path| path.split_once('<')) {
                Some((plain, _)) if !plain.is_empty() && !plain.ends_with('-') => {
                    self.matches(plain, imported)
                }
                _ => Vec::new(),
            };
        }
        let mut found = self.raw(path);
        if found.is_empty() {
            found = self.raw(self.without_global(path));
        }
        found
            .into_iter()
            .filter(|found| {
                found.entry.api.with.is_empty()
                    || found.confidence == Confidence::High
                    || found.entry.api.with.iter().any(|module| imported(module))
            })
            .collect()
    }

    /// Whether an entry can match `path`, by its last component: most paths of a program end with a name that
    /// stands nowhere in the catalogue.
    fn may_match(&self, path: &str) -> bool {
        self.names.contains(last_name(path))
            || split_last(path).is_some_and(|(base, _)| {
                self.prefix.contains_key(base) || self.prefix.contains_key(self.without_global(base))
            })
    }

    /// Whether a store to `path` may be an effect.
    pub fn may_store(&self, path: &str) -> bool {
        self.stores.contains(last_name(path))
            || split_last(path).is_some_and(|(base, _)| {
                self.prefix.contains_key(base) || self.prefix.contains_key(self.without_global(base))
            })
    }

    fn raw(&self, path: &str) -> Vec<Match> {
        let mut found: Vec<Match> = Vec::new();
        // What names a file that is sent is true whatever else is known of the call.
        let mut push = |ids: &[u32], most: Confidence| {
            let known = !found.is_empty();
            for entry in ids.iter().filter_map(|id| self.entries.get(*id as usize)) {
                if !known || (entry.files && !found.iter().any(|old| Arc::ptr_eq(&old.entry, entry))) {
                    let confidence = entry.api.confidence.min(most);
                    found.push(Match { entry: entry.clone(), confidence });
                }
            }
        };
        let split = split_last(path);
        if let Some(ids) = self.exact.get(path) {
            push(ids, Confidence::High);
        } else if let Some(ids) = split.and_then(|(base, _)| self.prefix.get(base)) {
            push(ids, Confidence::High);
        } else if let Some(ids) = self.short.get(path) {
            push(ids, Confidence::Medium);
        }
        if let Some((before, last)) = split {
            if let Some(bases) = self.under.get(last) {
                let ids =
                    bases.iter().filter(|(base, id)| self.came_of(before, base, *id)).map(|(_, id)| *id);
                push(&ids.collect::<Vec<u32>>(), Confidence::Medium);
            }
            // `*.objects.filter`: a method of a member of anything.
            let two = split_last(before).map_or(0, |(first, _)| first.len() + 1);
            if let Some(ids) =
                path.get(two..).filter(|two| two.len() > last.len()).and_then(|two| self.method.get(two))
            {
                push(ids, Confidence::Medium);
            }
            if let Some(patterns) = self.patterns.get(last) {
                let ids = patterns.iter().filter(|(pattern, _)| fits(pattern, before)).map(|(_, id)| *id);
                push(&ids.collect::<Vec<u32>>(), Confidence::Medium);
            }
            if let Some(ids) = self.method.get(last) {
                push(ids, Confidence::Medium);
            }
        }
        found
    }

    /// Whether `path` begins with `base`, and nothing that entry `id` names was called on the way.
    fn came_of(&self, path: &str, base: &str, id: u32) -> bool {
        let Some(rest) = path.strip_prefix(base) else { return false };
        (rest.is_empty() || rest.starts_with(['.', '/', '(', '[']))
            && rest.split('.').filter_map(|part| part.strip_suffix("()")).all(|called| {
                let entries = self.under.get(called).map_or(&[][..], Vec::as_slice);
                !entries.iter().any(|(of, entry)| *entry == id && **of == *base)
            })
    }

    /// The entries about `method` of a receiver of which nothing is known but that it is called `receiver`.
    /// `imported` tells whether the file imports a module.
    pub fn guess(&self, method: &str, receiver: &str, imported: &dyn Fn(&str) -> bool) -> Vec<Match> {
        let Some(ids) = self.guesses.get(method).filter(|_| !receiver.is_empty()) else { return Vec::new() };
        let plain: String = receiver.chars().filter(char::is_ascii_alphanumeric).collect();
        let plain = plain.to_ascii_lowercase();
        ids.iter()
            .filter_map(|id| self.entries.get(*id as usize))
            .filter(|entry| entry.api.called.iter().any(|word| plain.ends_with(word.as_str())))
            .filter(|entry| entry.api.with.is_empty() || entry.api.with.iter().any(|module| imported(module)))
            .map(|entry| Match {
                entry: entry.clone(),
                confidence: entry.api.confidence.min(Confidence::Low),
            })
            .collect()
    }

    /// The entries about a call of something unknown that is given `what`.
    pub fn given(&self, what: &str) -> Vec<Match> {
        let ids = self.given.get(what).map_or(&[][..], Vec::as_slice);
        let found = ids.iter().filter_map(|id| self.entries.get(*id as usize));
        found
            .map(|entry| Match {
                entry: entry.clone(),
                confidence: entry.api.confidence.min(Confidence::Medium),
            })
            .collect()
    }

    /// What a value of a declared type is of which nothing but its path is known. `imported` tells whether the
    /// file imports a module.
    pub fn typed(&self, path: &str, imported: &dyn Fn(&str) -> bool) -> Option<&str> {
        let found = self.types.iter().find_map(|(pattern, id)| {
            let api = &self.entries.get(*id as usize)?.api;
            let seen = api.with.is_empty() || api.with.iter().any(|module| imported(module));
            (seen && fits(pattern, path)).then_some(api.gives.as_str())
        });
        found.filter(|gives| !gives.is_empty())
    }

    /// `path` without a leading name of the global object.
    fn without_global<'p>(&self, path: &'p str) -> &'p str {
        for global in &self.globals {
            if let Some(rest) = path.strip_prefix(&**global).and_then(|rest| rest.strip_prefix('.')) {
                return rest;
            }
        }
        path
    }

    /// The last component of every name: what a file must contain for any name to match in it.
    pub fn names(&self) -> &Set<Box<str>> {
        &self.names
    }

    /// Of [`Catalogue::names`], those of which a file must contain one for anything in it to be recorded.
    pub fn recorded(&self) -> &Set<Box<str>> {
        &self.recorded
    }

    /// Of [`Catalogue::names`], those that test something about the world: what they give decides what is done.
    pub fn gates(&self) -> &Set<Box<str>> {
        &self.gates
    }

    /// Whether a member of something may be what `name`, the last component of a name, means.
    pub fn is_member(&self, name: &str) -> bool {
        self.method.contains_key(name)
            || self.guesses.contains_key(name)
            || self.under.contains_key(name)
            || self.members.contains(name)
    }

    /// The entries.
    pub fn entries(&self) -> &[Arc<Entry>] {
        &self.entries
    }
}

/// Whether `path` is as `pattern` says: `*` stands for anything, `%` for the component before the last.
fn fits(pattern: &str, path: &str) -> bool {
    let before = split_last(path).map_or("", |(before, _)| last_name(before));
    let written = pattern.replace('%', before);
    if pattern.contains('%') && before.is_empty() {
        return false;
    }
    let mut pieces = written.split('*');
    let Some(mut rest) = pieces.next().and_then(|first| path.strip_prefix(first)) else { return false };
    let Some(last) = pieces.next_back() else { return rest.is_empty() };
    for piece in pieces {
        let Some(at) = rest.find(piece) else { return false };
        rest = rest.get(at + piece.len()..).unwrap_or("");
    }
    rest.ends_with(last)
}

/// `a.b.c` as (`a.b`, `c`); a dot inside parentheses does not count (there is none in a resolved path).
fn split_last(path: &str) -> Option<(&str, &str)> {
    path.rsplit_once('.')
}

/// The last component without its `()`, `[]` or `=`.
pub fn last_name(path: &str) -> &str {
    let last = path.rsplit('.').next().unwrap_or(path);
    last.split(['(', '[', '=']).next().unwrap_or(last)
}

/// The part of a path from its first capitalised component on, where something stands before it: what the
/// path looks like when an import was not seen.
fn short_name(path: &str) -> Option<&str> {
    let mut at = 0;
    for part in path.split('.') {
        if part.starts_with(|c: char| c.is_ascii_uppercase()) {
            return if at == 0 { None } else { path.get(at..) };
        }
        at += part.len() + 1;
    }
    None
}

/// `::`, `\` and `->` as `.`; lower case where the language ignores case.
fn normalise(name: &str, ignore_case: bool) -> String {
    let name = name.replace("::", ".").replace("->", ".").replace('\\', ".");
    let name = name.trim_start_matches('.');
    if ignore_case { name.to_ascii_lowercase() } else { name.to_owned() }
}

/// `a{b,c}d` as `abd`, `acd`; groups multiply.
fn expand(name: &str) -> Vec<String> {
    let Some((before, rest)) = name.split_once('{') else { return vec![name.to_owned()] };
    let Some((group, after)) = rest.split_once('}') else { return vec![name.to_owned()] };
    let tails = expand(after);
    group
        .split(',')
        .flat_map(|part| tails.iter().map(move |tail| format!("{before}{}{tail}", part.trim())))
        .collect()
}

fn slot_of(text: &str) -> Slot {
    match text {
        "this" => Slot::This,
        "*" => Slot::Any,
        _ => match (text.parse(), text.strip_suffix('+').map(str::parse)) {
            (Ok(at), _) => Slot::At(at),
            (_, Some(Ok(from))) => Slot::From(from),
            _ => match text.split_once('.').map(|(at, key)| (at.parse(), key)) {
                Some((Ok(at), key)) => Slot::Item(at, key.into()),
                _ => Slot::Named(text.into()),
            },
        },
    }
}

fn condition_of(text: &str, ignore_case: bool) -> Option<Condition> {
    let (open, text) = text.strip_prefix('?').map_or((false, text), |rest| (true, rest));
    let mut parts = text.splitn(3, ':');
    let lower = |text: &str| if ignore_case { text.to_ascii_lowercase() } else { text.to_owned() };
    let slot = parts.next()?;
    let slot = if slot.contains('.') { slot_of(slot) } else { slot_of(&lower(slot)) };
    let test = match parts.next()? {
        "contains" => Test::Contains,
        "starts" => Test::Starts,
        "not-starts" => Test::NotStarts,
        "equals" => Test::Equals,
        "lacks" => Test::Lacks,
        "is" => Test::Is,
        "not-is" => Test::IsNot,
        "named" => Test::Named,
        "not-named" => Test::NotNamed,
        "constant" => Test::Constant,
        "variable" => Test::Variable,
        "absent" => Test::Absent,
        "present" => Test::Present,
        "not-function" => Test::NotFunction,
        _ => return None,
    };
    // What a value is has the case of names; what it says has its own.
    let named = matches!(test, Test::Is | Test::IsNot | Test::Named | Test::NotNamed);
    let written = parts.next().unwrap_or("");
    let values: Vec<&str> = match written {
        "|" => vec!["|"],
        _ => written.split('|').filter(|value| !value.is_empty()).collect(),
    };
    let values =
        values.into_iter().map(|value| if named { lower(value).into() } else { Box::from(value) }).collect();
    Some(Condition { slot, test, values, open })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_rule_file_parses_and_every_condition_reads() {
        for language in Language::ALL {
            if let Err(error) = Catalogue::new(language, &[]) {
                panic!("{error}");
            }
        }
    }

    #[test]
    fn names_multiply_and_shorten() {
        assert_eq!(expand("a.{b,c}().{d,e}"), ["a.b().d", "a.b().e", "a.c().d", "a.c().e"]);
        assert_eq!(short_name("java.net.URL().openStream"), Some("URL().openStream"));
        assert_eq!(short_name("URL().openStream"), None);
        assert_eq!(last_name("os.environ[]"), "environ");
        assert_eq!(normalise("std::env::var", false), "std.env.var");
    }
}
