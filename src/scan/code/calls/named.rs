//! Classes, members and functions that are found by their names: what they stand for, and what a call through
//! them reaches.

use crate::scan::code::language::Language;
use std::sync::Arc;

use crate::model::scan::Confidence;
use crate::scan::address;
use crate::scan::code::calls::Site;
use crate::scan::code::catalogue::Match;
use crate::scan::code::evaluate::Evaluation;
use crate::scan::code::evaluate::Frame;
use crate::scan::code::ir::Op;
use crate::scan::code::ir::OpId;
use crate::scan::code::ir::Place;
use crate::scan::code::machine::Made;
use crate::scan::code::machine::Shown;
use crate::scan::code::rules;
use crate::scan::code::value::From;
use crate::scan::code::value::Hidden;
use crate::scan::code::value::Items;
use crate::scan::code::value::Taint;
use crate::scan::code::value::Taints;
use crate::scan::code::value::Text;
use crate::scan::code::value::Val;

/// The key under which a value keeps what it stands for: a class, a member.
const MEANT: &str = "@meant";

/// What stands for the name of a member that is found by a name nobody can read.
const UNREAD: &str = "?";

/// The key under which a function keeps that its name cannot be read where it was found.
const FOUND: &str = "@found";

impl Val {
    /// The class or member found by its name that this stands for.
    pub(crate) fn found_class(&self) -> Option<&Val> {
        self.item(MEANT)
    }
}

/// Bytes of the longest text that is a command, a host or a name, and no program.
const LONGEST_NAME: usize = 160;

/// Whether a text is an address: a host, with or without a port.
fn names_host(text: &str) -> bool {
    let text = text.split_once("://").map_or(text, |(_, rest)| rest.split('/').next().unwrap_or(rest));
    text.parse::<std::net::IpAddr>().is_ok() || address::whole(text.as_bytes(), 0).is_some()
}

fn is_number(text: &str) -> bool {
    text.bytes().all(|byte| byte.is_ascii_digit())
}

/// Whether a taint says nothing of the world: what was decoded, what callers in the program hand over.
fn is_own(taint: &Taint) -> bool {
    super::catalogued::is_encoded(taint) || matches!(taint.from, From::Param(..))
}

impl<'w> Evaluation<'w> {
    /// The path of what the linker calls `name`.
    pub(crate) fn symbol(&mut self, name: &str) -> Arc<str> {
        let name = name.trim_end_matches('\0');
        let candidates =
            [name.to_owned(), format!("libc.{name}"), format!("Darwin.{name}"), format!("Glibc.{name}")];
        let known = candidates.into_iter().map(Arc::<str>::from).find(|path| !self.matches(path).is_empty());
        known.unwrap_or_else(|| name.into())
    }

    /// What is kept beside a function that was found by a name nobody can read: calls of it say so.
    pub(crate) fn found_by(&mut self, name: &Val, path: &Arc<str>) -> Option<Items> {
        let built = name.text.as_ref().is_some_and(|text| text.built);
        let effect =
            built && self.matches(path).iter().any(|found| rules::is_effect(&found.entry.api.category));
        effect.then(|| Arc::new(vec![(FOUND.into(), Val::default())]))
    }

    /// What is kept beside a module, a class or a function whose name nobody can read.
    pub(crate) fn unread_found() -> Option<Items> {
        Some(Arc::new(vec![(FOUND.into(), Val::default())]))
    }

    /// Something is called on a module or a class that was found by a name nobody can read.
    fn called_on_found(&mut self, frame: &mut Frame<'w>, callee: OpId, called: &Val, place: Place) {
        let Some(Op::Field(base, _) | Op::Index(base, _)) = frame.function.ops.get(callee as usize) else {
            return;
        };
        let held = frame.val(*base);
        if held.item(FOUND).is_none() {
            return;
        }
        // Of what is known after all only what does something is told.
        let of = held.what.clone();
        let known = of.is_some_and(|what| self.knows(&what));
        let path = called.what.clone().filter(|path| !path.starts_with(['?', '$']));
        let effect = path.as_ref().is_some_and(|path| {
            self.matches(path).iter().any(|found| rules::is_effect(&found.entry.api.category))
        });
        if !known || effect {
            let path = path.unwrap_or_else(|| "a computed name".into());
            self.hit(frame, "obf.api-indirection", &path, place, Confidence::Medium, true);
        }
    }

    /// What is called is named by a text nobody can read: `$undo($x)`, `tools[spelled()](x)`.
    pub(crate) fn unread_called(&mut self, frame: &mut Frame<'w>, callee: OpId, called: &Val, place: Place) {
        self.called_on_found(frame, callee, called, place);
        let unread = |value: &Val| value.hidden() >= Hidden::Spelled && value.whole_text().is_none();
        match frame.function.ops.get(callee as usize) {
            Some(Op::Index(base, key)) => {
                let (base, key) = (*base, *key);
                let mut key_val = frame.val(key).clone();
                self.made_here(frame, key, &mut key_val);
                let of = frame.val(base).what.clone().filter(|what| !what.starts_with(['?', '$']));
                if let Some(of) = of.filter(|_| unread(&key_val)) {
                    self.hit(frame, "obf.api-indirection", &of, place, Confidence::Medium, true);
                }
            }
            _ if matches!(self.unit.language, Language::Php | Language::PowerShell)
                && unread(called)
                && called.func.is_none() =>
            {
                self.hit(frame, "obf.api-indirection", "a computed name", place, Confidence::Medium, true);
            }
            _ => {}
        }
    }

    /// A function that was found by a name nobody can read is called.
    pub(crate) fn found_called(&mut self, frame: &mut Frame<'w>, called: &Val, place: Place) {
        if called.item(FOUND).is_some() {
            let path = called.what.clone().filter(|path| !path.starts_with(['?', '$']));
            let path = path.unwrap_or_else(|| "a computed name".into());
            self.hit(frame, "obf.api-indirection", &path, place, Confidence::Medium, true);
        }
    }

    /// `readers[i].open(name)`: one of the functions in the rows of a table, where one of them starts a program.
    pub(crate) fn called_from_table(&mut self, frame: &mut Frame<'w>, callee: OpId, place: Place) {
        /// Most rows, and most of what stands in one.
        const MOST: usize = 32;
        let Some(Op::Field(row, _)) = frame.function.ops.get(callee as usize) else { return };
        let Some(Op::Index(table, _)) = frame.function.ops.get(*row as usize) else { return };
        let Some(rows) = frame.val(*table).items.clone() else { return };
        let all = rows.iter().take(MOST).flat_map(|(_, row)| row.items.iter());
        let named = all.flat_map(|row| row.iter().take(MOST)).filter_map(|(_, item)| item.what.clone());
        let starts = |found: &Match| rules::under(&found.entry.api.category, "cap.exec");
        for what in named.take(MOST * 4) {
            if self.matches(&what).iter().any(starts) {
                self.hit(frame, "obf.api-indirection", &what, place, Confidence::Medium, true);
                self.hit(frame, "cap.exec", &what, place, Confidence::Medium, true);
                return;
            }
        }
    }

    /// What the file's own functions make of constants where `op` stands, in place of what `value` says.
    pub(crate) fn made_here(&mut self, frame: &Frame<'w>, op: OpId, value: &mut Val) {
        let place = frame.function.places.get(op as usize).copied().unwrap_or_default();
        match self.unit.made.get(&(place.line, place.column)) {
            // One of what it may be, of words that stand there; it comes of something else as well.
            Some(Made::Text(_, Shown::All))
                if value.text.as_ref().is_some_and(|text| {
                    !text.whole && text.text.len() > 4 && text.hidden < Hidden::Spelled
                }) || !value.taints.iter().all(is_own) => {}
            Some(Made::Text(text, shown))
                if value.whole_text().is_none_or(|known| {
                    let said = || value.hidden() >= Hidden::Spelled && self.knows(&Arc::from(known));
                    (known != &**text || names_host(text)) && *shown != Shown::All && !said()
                }) =>
            {
                let whole = !text.contains("{}");
                let known = self.knows(&Arc::from(&**text));
                // Somewhere in a whole program stands a word that tells.
                let program = text.len() > LONGEST_NAME;
                let first: Arc<str> = text.split(' ').next().unwrap_or("").into();
                let hidden = match shown {
                    Shown::Program if !program && (rules::is_telling(&first) || self.knows(&first)) => {
                        Hidden::Spelled
                    }
                    Shown::Program => Hidden::Plain,
                    Shown::Partly if program => Hidden::Plain,
                    Shown::Hardly => Hidden::Spelled,
                    Shown::Partly if known || rules::is_telling(text) || names_host(text) => Hidden::Spelled,
                    Shown::All if known => Hidden::Cut,
                    // One word of pieces.
                    Shown::Partly if text.len() > 4 && text.bytes().all(|b| b.is_ascii_alphanumeric()) => {
                        Hidden::Cut
                    }
                    _ => Hidden::Plain,
                };
                // What could not be run is as hidden as it was.
                let hidden = if whole { hidden } else { hidden.max(value.hidden()) };
                value.text = Some(Text { text: (&**text).into(), whole, built: true, hidden });
                value.fixed |= whole;
                value.items = None;
            }
            // What was computed of a part of it is not it.
            Some(Made::Turned) if value.whole_text().is_none_or(is_number) => {
                let origin =
                    self.origin("obf.encoded", "characters turned into others", place, Confidence::Medium);
                value.taints.push(Taint { from: From::Source(origin), trail: None });
            }
            Some(Made::Unread)
                if value.taints.iter().all(is_own)
                    && value.item(FOUND).is_none()
                    && value.item(MEANT).is_none() =>
            {
                match &mut value.text {
                    // What can be read of it is kept.
                    Some(text) if text.text.len() > 4 && !is_number(&text.text) => {
                        let read = text.text.chars().all(|c| (' '..='~').contains(&c));
                        if text.built && read || !text.whole {
                            text.hidden = text.hidden.max(Hidden::Spelled);
                        }
                    }
                    text if text.as_ref().is_none_or(|text| !text.whole || is_number(&text.text)) => {
                        *text = Some(Text::unread());
                        value.items = None;
                    }
                    _ => {}
                }
            }
            _ => {}
        }
    }

    /// Classes and members found by their names, and what is called through them: what each stands for is kept
    /// beside what it is.
    pub(crate) fn found_by_name(
        &mut self,
        frame: &mut Frame<'w>,
        fold: &str,
        site: &Site<'_>,
        result: &mut Val,
    ) {
        let this = site.this.as_ref().map(|(_, this)| this);
        let first = site.vals.first();
        let name =
            first.and_then(|name| name.text.as_ref()).filter(|text| text.whole && text.text.len() < 200);
        let of = this.and_then(|this| this.item(MEANT).or(Some(this))).and_then(|of| of.what.clone());
        let meant = |path: String, name: Option<&Val>| {
            let text = name.and_then(|name| name.text.clone());
            Val { what: Some(path.into()), text, ..Val::default() }
        };
        let keep = |result: &mut Val, meant: Val| result.items = Some(Arc::new(vec![(MEANT.into(), meant)]));
        let looks_up = matches!(fold, "class-named" | "member-named" | "call-member-named");
        let given = site.vals.iter().flat_map(|value| {
            let inner = value.items.iter().flat_map(|items| items.iter().take(16).map(|(_, item)| item));
            std::iter::once(value).chain(inner)
        });
        if looks_up && name.is_some_and(|text| text.hidden > Hidden::Plain && text.text.len() > 2)
            || fold == "instance-of" && given.into_iter().any(|value| value.hidden() >= Hidden::Spelled)
        {
            // What is found, or what it is made with, was kept from being read.
            let api = if site.receiver.is_empty() { fold } else { site.receiver };
            self.hit(frame, "obf.string-reconstruction", api, site.place, Confidence::Medium, true);
        }
        match fold {
            "class-named" => {
                let Some(text) = name else {
                    if first.is_some_and(|name| name.hidden() >= Hidden::Spelled) {
                        result.items = Self::unread_found();
                    }
                    return;
                };
                let class = text.text.split([',', '<', '`']).next().unwrap_or("").trim();
                let class = class.replace(['\\', '/'], ".").replace("::", ".");
                let class = match rules::LISTS.program_id.contains(&*class.to_ascii_lowercase()) {
                    true => format!("com.{}", class.to_ascii_lowercase()),
                    false => class,
                };
                let class = if self.catalogue_ignores_case() { class.to_ascii_lowercase() } else { class };
                keep(result, meant(class, first));
            }
            "instance-of" => {
                let class = this.filter(|this| this.item(MEANT).is_some()).or(first);
                if let Some(class) = class.and_then(|class| class.item(MEANT)) {
                    keep(result, class.clone());
                }
            }
            "class-of" => {
                if let Some(class) = this.and_then(|this| this.item(MEANT)) {
                    keep(result, class.clone());
                }
            }
            "object-of" => {
                if let Some(what) = first.and_then(|first| first.what.clone()) {
                    keep(result, meant(what.to_string(), None));
                }
            }
            "member-named" => {
                let by_name = this.is_some_and(|this| this.item(MEANT).is_some());
                match (of, name) {
                    (Some(of), Some(text)) => keep(result, meant(format!("{of}.{}", text.text), first)),
                    (Some(of), None) if by_name && !site.vals.is_empty() => {
                        keep(result, meant(format!("{of}.{UNREAD}"), first))
                    }
                    _ => {}
                }
            }
            _ => {
                let member = match (fold, name) {
                    ("call-member-named", Some(text)) => {
                        of.map(|of| meant(format!("{of}.{}", text.text), first))
                    }
                    _ => this.and_then(|this| this.item(MEANT)).cloned(),
                };
                let Some(member) = member else { return };
                let Some(path) = member.what.clone() else { return };
                let effect = |found: &Match| !found.entry.api.category.is_empty();
                let (class, method) = path.rsplit_once('.').unwrap_or(("", &path));
                if method == UNREAD {
                    let last = class.rsplit('.').next().unwrap_or("").trim_end_matches("()");
                    if rules::LISTS.starter.contains(&*last.to_ascii_lowercase()) {
                        // Which member it is nobody can read; the class is there to start programs.
                        self.hit(frame, "obf.api-indirection", class, site.place, Confidence::Medium, true);
                        self.hit(frame, "cap.exec", class, site.place, Confidence::Medium, true);
                    }
                    return;
                }
                let last = class.rsplit('.').next().unwrap_or("").trim_end_matches("()");
                let candidates = [
                    path.to_string(),
                    format!("{class}().{method}"),
                    format!("{class}.get{last}().{method}"),
                    format!("{last}().{method}"),
                    format!("{last}.{method}"),
                    // `launchedTaskWithLaunchPath:arguments:`
                    format!("{last}.{}", method.split(':').next().unwrap_or(method)),
                ];
                let known = candidates
                    .into_iter()
                    .filter(|path| !path.starts_with('?'))
                    .map(Arc::<str>::from)
                    .find(|path| self.matches(path).iter().any(effect));
                let Some(path) = known else {
                    result.what = Some(format!("{path}()").into());
                    return;
                };
                let skip = usize::from(fold == "call-member-named" || site.vals.len() > 1);
                let inner = Site {
                    place: site.place,
                    args: site.args.get(skip..).unwrap_or_default(),
                    names: site.names.get(skip..).unwrap_or_default().to_vec(),
                    vals: site.vals.get(skip..).unwrap_or_default().to_vec(),
                    this: None,
                    receiver: "",
                };
                let matches: Vec<Match> =
                    self.matches(&path).iter().filter(|found| found.entry.when.is_empty()).cloned().collect();
                self.indirect(frame, &member, &path, site.place);
                *result = self.by_catalogue(frame, &path, &matches, &inner, Taints::default());
            }
        }
    }
}
