//! What a call does by the catalogue: its role, its folds, where its data goes.

use std::sync::Arc;

use crate::model::scan::Confidence;
use crate::scan::code::calls::Site;
use crate::scan::code::calls::only;
use crate::scan::code::calls::slots::holds;
use crate::scan::code::calls::slots::slot_ops;
use crate::scan::code::calls::slots::slot_vals;
use crate::scan::code::catalogue::Match;
use crate::scan::code::catalogue::Role;
use crate::scan::code::catalogue::Slot;
use crate::scan::code::constants;
use crate::scan::code::evaluate::BY_VARIABLE;
use crate::scan::code::evaluate::Evaluation;
use crate::scan::code::evaluate::Frame;
use crate::scan::code::evaluate::aged;
use crate::scan::code::flow::Sink;
use crate::scan::code::ir::Op;
use crate::scan::code::ir::OpId;
use crate::scan::code::ir::Place;
use crate::scan::code::ir::Sym;
use crate::scan::code::language::Language;
use crate::scan::code::resolve::import_path;
use crate::scan::code::rules;
use crate::scan::code::value::From;
use crate::scan::code::value::FuncRef;
use crate::scan::code::value::Hidden;
use crate::scan::code::value::Object;
use crate::scan::code::value::Origin;
use crate::scan::code::value::Taint;
use crate::scan::code::value::Taints;
use crate::scan::code::value::Text;
use crate::scan::code::value::Val;

/// Whether data was decoded, or turned character by character.
pub(super) fn is_encoded(taint: &Taint) -> bool {
    matches!(&taint.from, From::Source(origin) if &*origin.category == "obf.encoded")
}

/// Whether what hides in a value could be read: a text nobody can read may be anything.
fn can_be_read(value: &Val) -> bool {
    let hides = |value: &Val| value.hidden() >= Hidden::Spelled;
    let whole = |value: &Val| value.text.as_ref().is_none_or(|text| text.whole);
    let items = value.items.iter().flat_map(|items| items.iter().take(8)).map(|(_, item)| item);
    whole(value) && items.filter(|item| hides(item)).all(whole)
}

/// The key under which the answer to a query that only counts is marked.
const COUNTED: &str = "@counted";

impl<'w> Evaluation<'w> {
    pub(crate) fn by_catalogue(
        &mut self,
        frame: &mut Frame<'w>,
        path: &Arc<str>,
        matches: &[Match],
        site: &Site<'_>,
        passed: Taints,
    ) -> Val {
        let mut result = Val::default();
        if !path.starts_with('?') && path.len() < 400 {
            let made = if matches.is_empty() { self.typed_by_name(path) } else { None };
            result.what = made.or_else(|| Some(self.called(path)));
        }
        // What a method of something with a variable behind it gives has the same behind it.
        result.wraps = site.this.as_ref().and_then(|(_, this)| this.wraps);
        result.fixed = !site.vals.is_empty() && site.vals.iter().all(|value| value.fixed);
        let mut carries = matches.is_empty();
        let handle = site.this.as_ref().and_then(|(_, this)| this.file.clone());
        let handle = handle.or_else(|| site.vals.iter().find_map(|value| value.file.clone()));
        let keeps = |found: &Match| found.entry.args.iter().any(|(_, carrier)| &**carrier == "kept");
        let touched = |found: &Match| {
            let api = &found.entry.api;
            keeps(found)
                || [&api.category, &api.also]
                    .iter()
                    .any(|c| ["cap.fs", "src.file", "cap.net.download"].iter().any(|of| rules::under(c, of)))
        };
        result.file = if matches.iter().any(touched) {
            site.vals.iter().filter_map(|value| value.whole_text()).find(|text| is_path(text)).map(Into::into)
        } else {
            None
        };
        let file = result.file.clone().or(handle);
        let named = file.is_none() && self.world.flows && matches.iter().any(touched);
        let file = if named { self.file_of_variable(frame, matches, site) } else { file };
        if named && file.is_some() {
            self.paths.insert(frame.id);
        }
        let file = match file {
            // `"$env:TEMP/setup.exe"`: the same words name the same file where it is started.
            None if self.world.flows && matches.iter().any(keeps) => {
                let texts = site.vals.iter().filter_map(|value| value.text.as_ref());
                let mut named =
                    texts.map(|text| &text.text).filter(|text| is_path(text) && text.starts_with("{}"));
                named.next_back().cloned()
            }
            file => file,
        };
        result.file = file.clone();
        let anew =
            matches.iter().filter(|found| found.entry.api.overwrites).flat_map(|found| &found.entry.to);
        for op in anew.flat_map(|slot| slot_ops(slot, site)) {
            self.written_anew(frame, op);
        }
        for found in matches {
            let api = &found.entry.api;
            match api.gives.as_str() {
                "" => {}
                "this" => {
                    if let Some((_, this)) = &site.this {
                        result.what = this.what.clone();
                        result.inst = this.inst;
                        result.func = this.func;
                        keep_object(this, &mut result);
                    }
                }
                gives => result.what = Some(gives.replace("::", ".").into()),
            }
            let first = site.vals.iter().find_map(|value| value.whole_text());
            let unnamed = site.args.iter().zip(&site.vals).filter(|(arg, _)| arg.name == 0);
            let constant = unnamed.filter_map(|(_, value)| value.whole_text()).next().is_some()
                || site.args.is_empty() && first.is_some();
            // A path is telling even where its beginning is not known.
            let this_text = site.this.as_ref().and_then(|(_, this)| this.text.as_ref());
            let texts = || site.vals.iter().filter_map(|value| value.text.as_ref()).chain(this_text);
            // Options may stand before the address: `curl -s http://169.254.169.254/…`.
            let telling = |text: &&Text| rules::refine("net", &text.text) != "net";
            let incoming = api.yields == "net" && self.unit.language == Language::Bash;
            let told = if incoming { texts().find(telling) } else { None }.or_else(|| texts().next());
            let told = told.map_or("", |text| &*text.text);
            if !api.category.is_empty() && !matches!(api.role, Role::Gate | Role::Decoder) {
                match api.role {
                    // A file by its path: a key is more than a file.
                    Role::Source if api.category == "src.file" => {
                        let category = rules::refine(&api.category, told);
                        self.hit(frame, category, path, site.place, found.confidence, constant);
                        if !api.also.is_empty() {
                            self.hit(frame, &api.also, path, site.place, found.confidence, constant);
                        }
                    }
                    _ if api.fills => {}
                    _ => self.record(frame, found, path, site.place, found.confidence, constant),
                }
                self.endpoint(found, path, site);
            }
            match api.role {
                Role::Capability => {}
                Role::Type => carries = true,
                Role::Sink => self.sink(frame, found, path, site, &file),
                Role::Source => {
                    let category = rules::refine(&api.category, told);
                    let origin = self.origin(category, path, site.place, found.confidence);
                    self.deliver(
                        frame,
                        found,
                        site,
                        Taint { from: From::Source(origin), trail: None },
                        &mut result,
                    );
                    if let (Some(file), true) = (&file, found.entry.to.is_empty()) {
                        result.taints.add(&self.written_to(file, site.place));
                    }
                }
                Role::Propagator => {
                    self.propagate(frame, found, path, site, &mut result);
                    if result.gate.is_none() {
                        result.gate = self.tested(frame, site);
                    }
                }
                // What a test of time or place gives is one still.
                Role::Sanitizer => result.gate = self.tested(frame, site),
                Role::Leave => {
                    if let Some(branch) = frame.branches.last_mut() {
                        branch.left = true;
                    }
                }
                Role::Gate => {
                    carries = true;
                    result.gate = Some(self.origin(&api.category, path, site.place, found.confidence));
                }
                Role::Decoder => {
                    result.taints.add(&passed);
                    let category = if api.category.is_empty() { "obf.encoded" } else { &api.category };
                    let origin = self.origin(category, path, site.place, found.confidence);
                    result.taints.push(Taint { from: From::Source(origin), trail: None });
                }
            }
            if rules::under(&api.category, "cap.exec")
                && !matches!(self.unit.language, Language::Bash | Language::PowerShell)
            {
                self.program(frame, path, site, &mut result);
                // `Command::new("ps").arg("aux").output()`: what the program tells is in what comes of it.
                let this = site.this.as_ref().map(|(_, this)| this);
                let from = this.into_iter().chain(site.vals.iter().take(1));
                for taint in from.flat_map(|value| value.taints.iter()) {
                    if self.is_told_by_program(taint) {
                        result.taints.push(taint.clone());
                    }
                }
            }
            if api.carries {
                carries = true;
                // A handle is the receiver, or the first argument where there are no methods.
                let plain = matches!(
                    self.unit.language,
                    Language::C | Language::Cpp | Language::Php | Language::Swift
                );
                let first = site.args.first().map(|arg| arg.value).filter(|_| plain);
                let handle = site.this.as_ref().map(|(op, _)| *op).or(first);
                if let Some(handle) = handle {
                    let mut given = Taints::default();
                    site.vals.iter().for_each(|value| given.add(&value.taints));
                    let given = given.step(self.number, site.place, format_args!("through {path}"));
                    self.taint_place(frame, handle, &given);
                }
            }
            self.hidden_arguments(frame, found, path, site);
            if let Some(slot) = &found.entry.wraps {
                let behind = slot_ops(slot, site).first().and_then(|op| frame.deep_root(*op));
                result.wraps = behind.map(|name| (frame.id, name)).or(result.wraps);
            }
            if !api.yields.is_empty() {
                let category = rules::refine(&api.yields, told);
                if category.starts_with("src.") {
                    self.hit(frame, category, path, site.place, found.confidence, constant);
                }
                let origin = self.origin(category, path, site.place, found.confidence);
                self.deliver(
                    frame,
                    found,
                    site,
                    Taint { from: From::Source(origin), trail: None },
                    &mut result,
                );
            }
            match api.fold.as_str() {
                // `__import__("os")` is `os`; `getattr(os, "system")` is `os.system`.
                // `Box::new(f)` is `f`.
                "first" if site.vals.len() == 1 && result.func.is_none() && result.inst.is_none() => {
                    let held = only(site.vals.first().unwrap_or(&Val::default()));
                    (result.func, result.inst, result.class) = (held.func, held.inst, held.class);
                    site.vals.iter().take(1).for_each(|first| keep_object(first, &mut result));
                }
                "module" => {
                    let name_hidden = site.vals.first().map_or(Hidden::Plain, Val::hidden);
                    let loads =
                        matches.iter().any(|found| rules::under(&found.entry.api.category, "cap.dynload"));
                    if let Some(name) = first {
                        let own = self.world.index.names.get(self.number as usize).map_or("", |name| name);
                        let path: Arc<str> = import_path(self.unit, own, name).into();
                        result = self.imported_value(&path);
                        let built =
                            site.vals.first().and_then(|name| name.text.as_ref()).is_some_and(|t| t.built);
                        if built && self.knows(&path) {
                            if name_hidden > Hidden::Plain && !loads {
                                // Which module is loaded is not what stands there.
                                self.hit(
                                    frame,
                                    "cap.dynload.import",
                                    &path,
                                    site.place,
                                    found.confidence,
                                    false,
                                );
                            }
                            self.hit(frame, "obf.api-indirection", &path, site.place, found.confidence, true);
                        }
                    }
                    if name_hidden >= Hidden::Spelled && result.items.is_none() {
                        result.items = Self::unread_found();
                    }
                }
                // `promisify(f)` is `f`; `dlsym(library, "connect")` is `connect`.
                "argument" => {
                    if let Some(first) = site.vals.first() {
                        result.what = first.what.clone();
                        result.func = first.func;
                        result.inst = first.inst;
                        result.class = first.class;
                        result.object = first.object;
                        result.items = first.items.clone();
                    }
                }
                "symbol" => {
                    let name = site.vals.get(1).cloned().unwrap_or_default();
                    let name = constants::lettered(&name).unwrap_or(name);
                    if let Some(text) = name.whole_text() {
                        let path = self.symbol(text);
                        result.what = Some(path.clone());
                        if name.hidden() >= Hidden::Spelled && self.matches(&path).is_empty() {
                            // Whatever it is: its name was kept from being read.
                            let by = Confidence::Medium;
                            self.hit(frame, "obf.string-reconstruction", &path, site.place, by, true);
                        }
                        self.indirect(frame, &name, &path, site.place);
                        result.items = self.found_by(&name, &path);
                    } else if name.hidden() >= Hidden::Spelled {
                        result.items = Self::unread_found();
                    }
                }
                "member" => {
                    let (of, name) = (site.vals.first(), site.vals.get(1).and_then(|name| name.whole_text()));
                    let unread = site.vals.get(1).is_some_and(|name| name.hidden() >= Hidden::Spelled);
                    if name.is_none() && unread && of.is_some_and(|of| of.what.is_some()) {
                        // Which member it is nobody can read.
                        let by = Confidence::Medium;
                        self.hit(frame, "obf.api-indirection", path, site.place, by, true);
                    }
                    if let (Some(what), Some(name)) = (of.and_then(|of| of.what.as_deref()), name) {
                        let path: Arc<str> = format!("{what}.{name}").into();
                        result.what = Some(path.clone());
                        if let Some(name) = site.vals.get(1) {
                            self.indirect(frame, name, &path, site.place);
                        }
                    }
                }
                "class-named" | "class-of" | "object-of" | "instance-of" | "member-named" | "call-named"
                | "call-member-named" => {
                    self.found_by_name(frame, &api.fold, site, &mut result);
                }
                "symbol-first" => {
                    if let Some(name) = site.vals.first().filter(|name| name.whole_text().is_some()) {
                        let path = self.symbol(name.whole_text().unwrap_or(""));
                        result.what = Some(path.clone());
                        self.indirect(frame, &name.clone(), &path, site.place);
                        result.items = self.found_by(&name.clone(), &path);
                    }
                }
                // `Kernel.send("system", x)` is `Kernel.system(x)`; `call_user_func("system", x)` is `system(x)`.
                "invoke" => {
                    if let Some(value) = self.invoked(frame, site) {
                        result = value;
                    }
                }
                _ => {}
            }
            if !api.fold.is_empty() {
                let this = site.this.as_ref().map(|(_, this)| this);
                let args: Vec<&Val> = site.vals.iter().collect();
                if let Some(folded) = constants::fold(&api.fold, this, &args) {
                    result.text = folded.text;
                    result.items = folded.items;
                    result.fixed |= folded.fixed;
                }
                // An encoded value keeps its gate and its data.
                if matches!(api.role, Role::Propagator | Role::Type) && result.gate.is_none() {
                    result.gate = this.and_then(|this| this.gate.clone());
                }
            }
        }
        if !self.unit.made.is_empty()
            && matches.iter().any(|found| rules::under(&found.entry.api.category, "cap.dynload"))
        {
            // What is found in code that was decoded is hidden as well.
            let this = site.this.iter().map(|(_, this)| this);
            for value in this.chain(&site.vals) {
                value
                    .taints
                    .iter()
                    .filter(|taint| is_encoded(taint))
                    .for_each(|taint| result.taints.push(taint.clone()));
            }
        }
        if result.items.is_none() && counts(site) {
            // `query("SELECT count(*) …")` is asked before it is sent.
            result.items = Some(Arc::new(vec![(COUNTED.into(), Val::default())]));
            if let Some(root) = self.asked_of(frame, site)
                && let Some(var) = frame.vars.get_mut(&root).filter(|var| var.items.is_none())
            {
                var.items = result.items.clone();
            }
        } else if site
            .vals
            .iter()
            .any(|value| value.text.as_ref().is_some_and(|text| rules::asks(&text.text)))
            && let Some(root) = self.asked_of(frame, site)
            && let Some(var) = frame.vars.get_mut(&root)
            && var.item(COUNTED).is_some()
        {
            // The same handle is asked for something else.
            var.items = None;
        }
        if carries {
            // `spell().split(' ')`: what nobody can read is in the pieces as well.
            let given = site.this.as_ref().map(|(_, this)| this).or(site.vals.first());
            let unread = |text: &&Text| text.hidden >= Hidden::Spelled && !text.whole;
            if result.text.is_none()
                && result.items.is_none()
                && let Some(text) = given.and_then(|given| given.text.as_ref()).filter(unread)
            {
                result.text = Some(text.clone());
            }
            result.taints.add(&passed.step(self.number, site.place, format_args!("through {path}")));
            if result.gate.is_none() {
                let of_args = site.vals.iter().find_map(|value| value.gate.clone());
                let gate = site.this.as_ref().and_then(|(_, this)| this.gate.clone()).or(of_args);
                let parts: Vec<&Val> = site.vals.iter().collect();
                result.gate = gate.map(|gate| aged(gate, &parts));
            }
        }
        result
    }

    /// The variable of the handle a query is asked of: what the call is of, or its first argument where there are no
    /// methods.
    fn asked_of(&self, frame: &Frame<'w>, site: &Site<'_>) -> Option<Sym> {
        let first = site.args.first().map(|arg| arg.value);
        let plain = matches!(self.unit.language, Language::C | Language::Cpp | Language::Php);
        let handle = site.this.as_ref().map(|(op, _)| *op).or(first.filter(|_| plain))?;
        frame.root(handle)
    }

    /// What a program that is started tells: its output is data, whoever reads it.
    fn program(&mut self, frame: &mut Frame<'w>, path: &Arc<str>, site: &Site<'_>, result: &mut Val) {
        /// Most words of a command line that are looked at.
        const MOST: usize = 16;
        let texts = site.vals.iter().take(4).flat_map(|value| {
            let items = value.items.iter().flat_map(|items| items.iter().take(MOST));
            let items = items.filter_map(|(_, item)| item.text.as_ref());
            value.text.iter().chain(items)
        });
        let words: Vec<&str> =
            texts.flat_map(|text| text.text.split_ascii_whitespace().take(MOST)).take(MOST).collect();
        let Some(category) = rules::program_output(&words) else { return };
        self.hit(frame, category, path, site.place, Confidence::Medium, true);
        if self.world.flows {
            let origin = self.origin(category, path, site.place, Confidence::Medium);
            result.taints.push(Taint { from: From::Source(origin), trail: None });
        }
    }

    /// Whether data is what a program tells that was named where it was to be started.
    fn is_told_by_program(&mut self, taint: &Taint) -> bool {
        let From::Source(origin) = &taint.from else { return false };
        let path: Arc<str> = (*origin.api).into();
        self.matches(&path).iter().any(|found| rules::under(&found.entry.api.category, "cap.exec"))
    }

    /// A call by name: the first argument says of what, the others are its arguments.
    fn invoked(&mut self, frame: &mut Frame<'w>, site: &Site<'_>) -> Option<Val> {
        let name = site.vals.first()?;
        let text = name.whole_text().filter(|text| !text.is_empty() && text.len() < 200)?;
        let text = text.trim_start_matches([':', '\\']).replace('\\', ".").replace("::", ".");
        let text = if self.catalogue_ignores_case() { text.to_ascii_lowercase() } else { text };
        let of = site.this.as_ref().and_then(|(_, this)| this.what.as_deref());
        let member: Option<Arc<str>> = of
            .filter(|what| !what.starts_with('?') && what.len() < 200)
            .map(|what| format!("{what}.{text}").into());
        let known = |path: &Arc<str>, this: &mut Self| {
            this.matches(path)
                .iter()
                .any(|found| !found.entry.api.category.is_empty() && found.entry.api.fold != "invoke")
        };
        let bare: Arc<str> = text.as_str().into();
        let path = match member {
            Some(member) if known(&member, self) => member,
            _ if known(&bare, self) => bare,
            _ => return None,
        };
        let name = name.clone();
        self.indirect(frame, &name, &path, site.place);
        let inner = Site {
            place: site.place,
            args: site.args.get(1..).unwrap_or_default(),
            names: site.names.get(1..).unwrap_or_default().to_vec(),
            vals: site.vals.get(1..).unwrap_or_default().to_vec(),
            this: site.this.clone(),
            receiver: site.receiver,
        };
        let matches: Vec<Match> = self
            .matches(&path)
            .iter()
            .filter(|found| {
                found.entry.api.fold != "invoke"
                    && found.entry.when.iter().all(|condition| holds(condition, &inner))
            })
            .cloned()
            .collect();
        let mut passed = Taints::default();
        inner.vals.iter().for_each(|value| passed.add(&value.taints));
        Some(self.by_catalogue(frame, &path, &matches, &inner, passed))
    }

    /// A constant that was kept from being read is given to something that runs it or finds code by it.
    fn hidden_arguments(&mut self, frame: &mut Frame<'w>, found: &Match, path: &str, site: &Site<'_>) {
        let category = &found.entry.api.category;
        let least = if rules::under(category, "cap.dynload") {
            Hidden::Cut
        } else if ["cap.exec", "cap.code-eval", "cap.syscall"].iter().any(|of| rules::under(category, of)) {
            Hidden::Spelled
        } else if rules::under(category, "cap.net") {
            // Whom to talk to is the one text a reviewer looks for first.
            let whom = found.entry.args.iter().filter(|(_, carrier)| matches!(&**carrier, "url" | "host"));
            let whom = whom.flat_map(|(slot, _)| slot_vals(slot, site));
            // `connect(port, host)`: the order differs.
            let reaches =
                ["connect", "dial", "socket"].iter().any(|of| path.to_ascii_lowercase().ends_with(of));
            let any = site.vals.iter().filter(|_| reaches && rules::under(category, "cap.net.socket"));
            let spelled = whom.chain(any).find(|value| {
                let items = value.items.iter().flat_map(|items| items.iter().take(8));
                value.hidden() >= Hidden::Spelled
                    || items.map(|(_, item)| item.hidden()).any(|hidden| hidden >= Hidden::Spelled)
            });
            if let Some(spelled) = spelled {
                let read = can_be_read(spelled);
                let least = if read { Confidence::High } else { Confidence::Medium };
                let confidence = found.confidence.min(least);
                self.hit(frame, "obf.string-reconstruction", path, site.place, confidence, true);
            }
            return;
        } else {
            return;
        };
        let told = |value: &Val| value.taints.iter().any(is_encoded);
        let named =
            |value: &Val| value.text.as_ref().is_some_and(|text| text.whole && !text.text.contains('/'));
        let of_file = !rules::under(category, "cap.code-eval")
            || found.entry.args.iter().any(|(_, carrier)| carrier.starts_with("file"));
        if of_file
            && self.stages(frame)
            && site
                .vals
                .first()
                .or(site.this.as_ref().map(|(_, this)| this))
                .is_some_and(|first| !named(first))
            && found.entry.api.role == Role::Sink
        {
            // The same function wrote something decoded to a file just before.
            self.hit(frame, "obf.encoded-exec", path, site.place, Confidence::Medium, true);
        }
        if let Some((_, this)) = &site.this
            && told(this)
            && (rules::under(category, "cap.code-eval") || rules::under(category, "cap.dynload"))
        {
            self.hit(frame, "obf.encoded-exec", path, site.place, found.confidence, true);
        }
        let hides = |value: &Val| {
            if told(value) {
                return false;
            }
            value.hidden() >= least
                || value
                    .items
                    .iter()
                    .any(|items| items.iter().take(16).any(|(_, item)| item.hidden() >= least))
        };
        // `process.executableURL = undo(…)`, and then `process.run()`.
        let starts = rules::under(category, "cap.exec");
        let root = site.this.as_ref().filter(|_| starts).and_then(|(op, _)| frame.root(*op));
        let kept = root.is_some_and(|root| {
            frame.parts.iter().any(|((of, _), part)| *of == root && part.hidden() >= Hidden::Spelled)
        });
        if kept || site.vals.iter().any(hides) {
            // A name that was merely joined may be one of many, and one nobody could read may be anything.
            let spelled =
                kept || site.vals.iter().any(|value| value.hidden() >= Hidden::Spelled && can_be_read(value));
            let confidence =
                if spelled { found.confidence } else { found.confidence.min(Confidence::Medium) };
            self.hit(frame, "obf.string-reconstruction", path, site.place, confidence, true);
        }
    }

    /// What a test such as `startsWith` on this and these arguments is a test of.
    fn tested(&self, frame: &Frame<'w>, site: &Site<'_>) -> Option<Arc<Origin>> {
        let this = site.this.as_ref().map(|(_, this)| this);
        let fixed = site.vals.is_empty() || site.vals.iter().any(|value| value.fixed || value.gate.is_some());
        if let Some(gate) = this.and_then(|this| this.gate.clone()).filter(|_| fixed) {
            return Some(gate);
        }
        let literal = this.into_iter().chain(site.vals.iter()).any(|value| value.fixed);
        if let Some(gate) = site.vals.iter().find_map(|value| value.gate.clone()).filter(|_| literal) {
            return Some(gate);
        }
        let all: Vec<&Val> = this.into_iter().chain(site.vals.iter()).collect();
        self.identity_test(&all, site.place).or_else(|| {
            let of = site.this.iter().map(|(op, _)| *op).chain(site.args.iter().map(|arg| arg.value));
            let called: Vec<&str> = of.map(|op| self.shown(frame, op)).collect();
            self.word_test(&all, &called, site.place)
        })
    }

    /// Puts new data where the entry says it goes: the result, or an argument's variable.
    fn deliver(
        &mut self,
        frame: &mut Frame<'w>,
        found: &Match,
        site: &Site<'_>,
        taint: Taint,
        result: &mut Val,
    ) {
        if !self.world.flows {
            return;
        }
        let of_database = matches!(&taint.from, From::Source(origin) if matches!(&*origin.category, "src.database" | "src.file"));
        if of_database && counts(site) {
            // How many rows there are is not what stands in them; nor is what is read of the answer.
            result.items = Some(Arc::new(vec![(COUNTED.into(), Val::default())]));
            return;
        }
        if found.entry.to.is_empty() {
            result.taints.push(taint);
            return;
        }
        let mut taints = Taints::default();
        taints.push(taint);
        let told = site.vals.iter().any(|value| value.func.is_some());
        for slot in &found.entry.to {
            for op in slot_ops(slot, site) {
                if told && frame.val(op).inst.is_some() {
                    // A function of the tree is given along to fill the object: what it puts where is seen there.
                    continue;
                }
                self.taint_place(frame, op, &taints);
            }
            if *slot == Slot::This {
                // `new Request(url).AddFile(path)` gives what it was called on.
                result.taints.add(&taints);
            }
        }
    }

    fn propagate(
        &mut self,
        frame: &mut Frame<'w>,
        found: &Match,
        path: &str,
        site: &Site<'_>,
        result: &mut Val,
    ) {
        let mut taints = Taints::default();
        if found.entry.args.is_empty() {
            site.vals.iter().for_each(|value| taints.add(&value.taints));
            if let (Some((_, this)), true) = (&site.this, found.entry.to.is_empty()) {
                taints.add(&this.taints);
            }
        }
        for (slot, _) in &found.entry.args {
            for value in slot_vals(slot, site) {
                taints.add(&value.taints);
            }
        }
        let taints = taints.step(self.number, site.place, format_args!("through {path}"));
        if found.entry.to.is_empty() {
            result.taints.add(&taints);
            return;
        }
        for slot in &found.entry.to {
            for op in slot_ops(slot, site) {
                self.taint_place(frame, op, &taints);
                if *slot == Slot::This {
                    site.vals.iter().for_each(|value| self.hold(frame, op, value, site.place));
                }
            }
        }
        self.write_text(frame, found, site);
        if let Some((_, this)) = &site.this {
            result.taints.add(&this.taints);
        }
        result.taints.add(&taints);
    }

    /// What stood in a buffer that is filled anew is gone.
    pub(crate) fn written_anew(&mut self, frame: &mut Frame<'w>, op: OpId) {
        let Some(root) = frame.root(op) else { return };
        if let Some(at) = frame.function.params.iter().take(16).position(|param| param.name == root)
            && frame.branches.is_empty()
        {
            frame.summary.anew |= 1 << at;
        }
        let Some(held) = frame.vars.get(&root).filter(|held| held.inst.is_none() && !held.taints.is_empty())
        else {
            return;
        };
        let empty = Val { taints: Taints::default(), ..held.clone() };
        self.set(frame, root, empty, true);
    }

    /// What a buffer says once a text was copied, appended or formatted into it.
    fn write_text(&mut self, frame: &mut Frame<'w>, found: &Match, site: &Site<'_>) {
        let place = |slot: Option<&Slot>, or: usize| match slot {
            Some(Slot::At(at)) => *at,
            _ => or,
        };
        let at = place(found.entry.to.first(), 0);
        let (Some(to), Some(target)) = (site.args.get(at), site.vals.get(at)) else { return };
        // `inet_pton(AF_INET, text, &address.sin_addr)`: the whole of it is where it says.
        let Some(root) = frame.root(to.value).or_else(|| frame.deep_root(to.value).filter(|_| at > 0)) else {
            return;
        };
        let rest = site.vals.get(1..).unwrap_or_default();
        let written = match found.entry.api.fold.as_str() {
            "copy-to" => {
                let from = site.vals.get(place(found.entry.args.first().map(|(slot, _)| slot), 1));
                from.filter(|from| from.text.is_some()).cloned()
            }
            "append-to" => rest.first().and_then(|from| {
                let parts = [target, from];
                constants::concat(parts.into_iter()).filter(|_| target.text.is_some() && from.text.is_some())
            }),
            "printf-to" => rest
                .split_first()
                .and_then(|(pattern, args)| constants::printf(pattern, &args.iter().collect::<Vec<_>>())),
            "printf-to-2" => rest
                .get(1..)
                .and_then(|rest| rest.split_first())
                .and_then(|(pattern, args)| constants::printf(pattern, &args.iter().collect::<Vec<_>>())),
            _ => None,
        };
        let Some(written) = written else { return };
        let (mut value, _) = self.name(frame, root);
        value.text = written.text;
        value.fixed = written.fixed;
        self.set(frame, root, value, false);
    }

    /// A name for the file whose path is in a variable, where only the function knows it.
    fn file_of_variable(&self, frame: &Frame<'w>, matches: &[Match], site: &Site<'_>) -> Option<Arc<str>> {
        let download = matches.iter().any(|found| rules::under(&found.entry.api.category, "cap.net"));
        let mut args = site.args.iter().map(|arg| arg.value);
        let local = |op: OpId| self.variable_file(frame, op);
        match &site.this {
            // `path.write_bytes(data)`.
            Some((this, _)) if site.args.len() <= 1 && !download => {
                local(*this).or_else(|| args.find_map(local))
            }
            // The address comes first.
            _ if download => args.rev().find_map(local),
            _ => args.find_map(local),
        }
    }

    /// The name of the file whose path the variable at `op` holds.
    fn variable_file(&self, frame: &Frame<'w>, op: OpId) -> Option<Arc<str>> {
        if let Some(Op::Field(base, name)) = frame.function.ops.get(op as usize)
            && let Some(class) = frame.val(*base).inst
        {
            let name = self.unit.strings.get(*name);
            return Some(format!("?.{}:{}:{name}", class.unit, class.class).into());
        }
        let name = frame.deep_root(op).filter(|name| frame.vars.contains_key(name))?;
        Some(format!("?{}:{}:{name}", self.number, frame.id).into())
    }

    /// A path that is handed on stays the path of what was written there.
    pub(crate) fn keeps_file(&self, frame: &Frame<'w>, op: OpId, value: &mut Val) {
        if value.file.is_none()
            && (!self.files.is_empty() || !self.world.files.is_empty())
            && let Some(file) = self.variable_file(frame, op)
            && (self.files.contains_key(&file) || self.world.files.contains_key(&file))
        {
            value.file = Some(file);
        }
        let Some(Op::List(all)) = frame.function.ops.get(op as usize) else { return };
        let Some(items) = value.items.as_mut().filter(|items| items.len() <= 4) else { return };
        for (op, (_, item)) in all.iter().zip(Arc::make_mut(items)) {
            // `return path, nil`.
            if item.file.is_none() && !matches!(frame.function.ops.get(*op as usize), Some(Op::List(_))) {
                self.keeps_file(frame, *op, item);
            }
        }
    }

    /// What a function writes to a file whose path it is given, its caller finds there, and the other way round.
    pub(crate) fn shared_files(
        &mut self,
        frame: &Frame<'w>,
        func: FuncRef,
        param: Sym,
        op: OpId,
        value: &Val,
    ) {
        let theirs: Arc<str> = format!("?{}:{}:{param}", func.unit, func.func).into();
        let text = value.whole_text().filter(|text| is_path(text)).map(Arc::from);
        let Some(ours) = text.or_else(|| value.file.clone()).or_else(|| self.variable_file(frame, op)) else {
            return;
        };
        if ours == theirs {
            return;
        }
        for (from, to) in [(&theirs, &ours), (&ours, &theirs)] {
            self.reads.insert(from.clone());
            let written = self.world.files.get(from).or_else(|| self.files.get(from)).cloned();
            if let Some(written) = written {
                self.files.entry(to.clone()).or_default().add(&written);
            }
        }
    }

    /// What was downloaded to a file that is started, loaded or run by its path.
    pub(crate) fn started_file(&mut self, frame: &Frame<'w>, op: OpId, value: &Val, place: Place) -> Taints {
        /// Most words of a command line that are looked at.
        const MOST: usize = 8;
        let mut taints = Taints::default();
        if !self.world.flows {
            return taints;
        }
        let items = value.items.iter().flat_map(|items| items.iter().take(MOST)).map(|(_, item)| item);
        let texts = std::iter::once(value).chain(items).filter_map(|value| value.text.as_ref());
        let words = texts.flat_map(|text| text.text.split_ascii_whitespace().take(MOST));
        let mut files: Vec<Arc<str>> = words.filter(|word| is_path(word)).map(Into::into).collect();
        // `path.toString()`, `"sh " + path`, `[path, "-x"]`, `new ProcessStartInfo { FileName = path }`.
        let (mut work, mut at) = (vec![op], 0);
        while let Some(op) = work.get(at).copied().filter(|_| at < MOST) {
            at += 1;
            match frame.function.ops.get(op as usize) {
                Some(Op::List(all) | Op::Concat(all) | Op::Any(all)) => work.extend(all.iter().take(MOST)),
                Some(Op::Dict(all)) => work.extend(all.iter().take(MOST).map(|(_, value)| *value)),
                Some(Op::Call { callee, args, .. }) => {
                    if let Some(Op::Field(base, _)) = frame.function.ops.get(*callee as usize) {
                        work.push(*base);
                    }
                    work.extend(args.iter().take(2).map(|arg| arg.value));
                }
                Some(Op::Name(_) | Op::Field(..)) => files.extend(self.variable_file(frame, op)),
                _ => {}
            }
            files.extend(frame.val(op).file.clone());
        }
        let items = value.items.iter().flat_map(|items| items.iter().take(MOST));
        files.extend(items.filter_map(|(_, item)| item.file.clone()));
        files.sort();
        files.dedup();
        for file in files {
            if file.starts_with('?') {
                self.paths.insert(frame.id);
            }
            let written = self.written_to(&file, place);
            // What was downloaded, and what was decoded, is run as it was written.
            let staged = |taint: &&Taint| {
                let net =
                    |origin: &Origin| ["net", "cap.net"].iter().any(|of| rules::under(&origin.category, of));
                is_encoded(taint) || matches!(&taint.from, From::Source(origin) if net(origin))
            };
            written.iter().filter(staged).for_each(|taint| taints.push(taint.clone()));
        }
        taints
    }

    /// What the tree writes to the file at `path`, as what reads it there gets it.
    fn written_to(&mut self, path: &Arc<str>, place: Place) -> Taints {
        if !self.world.flows {
            return Taints::default();
        }
        self.reads.insert(path.clone());
        let written = self.world.files.get(path).cloned().unwrap_or_default();
        if path.starts_with('?') {
            return written.step(self.number, place, format_args!("{BY_VARIABLE}"));
        }
        written.step(self.number, place, format_args!("written to and read from {path}"))
    }

    /// What a file named by an argument holds, for what is given names and reads them itself. Of `file?`, only
    /// what looks like the name of one; of `file-at`, only names after an `@`.
    fn named_file(&mut self, value: &Val, carrier: &str, api: &str, place: Place) -> Taints {
        let mut taints = Taints::default();
        let data = |taint: &Taint| match &taint.from {
            From::Source(origin) => !matches!(&*origin.category, "src.pii" | "src.secret" | "src.args"),
            From::Param(..) => false,
        };
        let name = match &value.text {
            _ if !self.world.flows => return taints,
            Some(text) if carrier == "file" && (text.text.is_empty() || text.text.contains("://")) => {
                return taints;
            }
            Some(text) if carrier == "file" => &*text.text,
            Some(text) => match file_name(&text.text, carrier == "file-at") {
                Some(name) => name,
                None => return taints,
            },
            None if carrier == "file-at" => return taints,
            // A file that was opened is its content already, and so is what was read.
            None if value.taints.iter().any(data) => return taints,
            None => "",
        };
        let category = rules::refine("src.file", name);
        let origin = self.origin(category, api, place, Confidence::Medium);
        taints.push(Taint { from: From::Source(origin), trail: None });
        if value.text.as_ref().is_some_and(|text| text.whole) {
            taints.add(&self.written_to(&name.into(), place));
        }
        taints
    }

    pub(crate) fn sink(
        &mut self,
        frame: &mut Frame<'w>,
        found: &Match,
        path: &str,
        site: &Site<'_>,
        file: &Option<Arc<str>>,
    ) {
        let entry = found.entry.clone();
        let all = [(Slot::Any, Box::from(""))];
        let slots: &[(Slot, Box<str>)] = if entry.args.is_empty() { &all } else { &entry.args };
        let started = ["cap.exec", "cap.dynload", "cap.code-eval"];
        let starts = started.iter().any(|category| rules::under(&entry.api.category, category));
        for (slot, carrier) in slots {
            let ops = if starts { slot_ops(slot, site) } else { Vec::new() };
            for (index, value) in slot_vals(slot, site).into_iter().enumerate() {
                let mut taints = value.taints.clone();
                let mut category = entry.api.category.as_str();
                if let Some(op) = ops.get(index) {
                    taints.add(&self.started_file(frame, *op, value, site.place));
                }
                match &**carrier {
                    // What comes in by a pipe is what is sent, no name of it.
                    "file?" if is_piped(value, site) => {}
                    "file" | "file?" | "file-at" => {
                        taints.add(&self.named_file(value, carrier, path, site.place));
                    }
                    "kept" if site.vals.iter().any(|value| value.whole_text() == Some("/dev/null")) => {
                        continue;
                    }
                    "kept" if self.world.flows => {
                        let origin = self.origin("net", path, site.place, found.confidence);
                        taints = Taints::one(From::Source(origin));
                        category = "cap.fs.write";
                    }
                    _ => {}
                }
                // A setting that is all of an address says whom to talk to.
                let address = matches!(&**carrier, "url" | "host")
                    && value.text.is_none()
                    && value.items.is_none()
                    && slot_ops(slot, site).get(index).is_some_and(|op| is_read(frame, *op));
                if (address && !self.is_request(value)) || is_base(value, self.unit.language) {
                    taints.drop_settings();
                }
                if taints.is_empty() {
                    continue;
                }
                let written = rules::under(category, "cap.fs.write");
                let sink = Arc::new(Sink {
                    unit: self.number,
                    place: (site.place.line, site.place.column, site.place.end_line),
                    category: category.into(),
                    api: path.into(),
                    carrier: match &**carrier {
                        "file?" | "file-at" | "kept" => "file".into(),
                        _ => carrier.clone(),
                    },
                    confidence: found.confidence,
                    file: file.clone().filter(|_| written),
                });
                self.reach(frame, &taints, &sink, &None);
            }
        }
        self.sink_rest(frame, found, path, site, slots);
    }

    /// Whether a value is a request that was put together, and not whom to send it to.
    fn is_request(&mut self, value: &Val) -> bool {
        let made = value.what.as_deref().and_then(|what| what.strip_suffix("()"));
        made.is_some_and(|made| {
            let carries = |found: &Match| found.entry.api.carries;
            self.matches(&made.into()).iter().any(carries)
        })
    }

    /// What reaches a sink though no slot says so: what a function given along writes into what it is called
    /// with (`post { |request| request.body = text }`), and in Ruby the pairs of a trailing hash.
    fn sink_rest(
        &mut self,
        frame: &mut Frame<'w>,
        found: &Match,
        path: &str,
        site: &Site<'_>,
        slots: &[(Slot, Box<str>)],
    ) {
        if slots.iter().any(|(slot, _)| *slot == Slot::Any) {
            return;
        }
        let named: Vec<*const Val> =
            slots.iter().flat_map(|(slot, _)| slot_vals(slot, site)).map(std::ptr::from_ref).collect();
        let hash = self.unit.language == Language::Ruby
            && slots.iter().any(|(slot, _)| matches!(slot, Slot::At(at) | Slot::From(at) if *at > 0));
        let mut taints = Taints::default();
        for (index, value) in site.vals.iter().enumerate() {
            let labelled = site.args.get(index).is_some_and(|arg| arg.name != 0);
            if (value.func.is_some() || (hash && labelled)) && !named.contains(&std::ptr::from_ref(value)) {
                taints.add(&value.taints);
            }
        }
        if taints.is_empty() {
            return;
        }
        let sink = Arc::new(Sink {
            unit: self.number,
            place: (site.place.line, site.place.column, site.place.end_line),
            category: found.entry.api.category.as_str().into(),
            api: path.into(),
            carrier: "body".into(),
            confidence: found.confidence,
            file: None,
        });
        self.reach(frame, &taints, &sink, &None);
    }
}

/// What a call gives that only wraps an object, or unwraps it, is that object: `Ok(gate)`, `found.unwrap()`.
fn keep_object(object: &Val, result: &mut Val) {
    if object.object == Object::Whole && object.inst.is_some() && object.what.is_none() {
        result.what = None;
        result.object = object.object;
        result.items = object.items.clone();
    }
}

/// Whether an operation only reads what something else put together.
fn is_read(frame: &Frame<'_>, op: OpId) -> bool {
    matches!(frame.function.ops.get(op as usize), Some(Op::Name(_) | Op::Field(..) | Op::Index(..)))
}

/// Whether a value is what a program of the shell is given by a pipe.
fn is_piped(value: &Val, site: &Site<'_>) -> bool {
    let mut piped = site.names.iter().zip(&site.vals).filter(|(name, _)| **name == "stdin");
    piped.any(|(_, given)| std::ptr::eq(given, value))
}

/// Whether a call asks how many rows there are, or is of the answer. What is asked in this call says more than what
/// was asked of the same handle before.
fn counts(site: &Site<'_>) -> bool {
    let this = site.this.as_ref().map(|(_, this)| this);
    // The name of a table may be put in: `SELECT count(*) FROM {prefix}orders`.
    let asked = site.vals.iter().filter_map(|value| value.text.as_ref());
    let mut asked = asked.filter(|text| rules::asks(&text.text));
    match asked.next() {
        Some(text) => rules::only_counts(&text.text),
        None => this.into_iter().chain(&site.vals).any(|value| value.item(COUNTED).is_some()),
    }
}

/// Whether a text is an address of which only the beginning, whom to talk to, is not known.
fn is_base(value: &Val, language: Language) -> bool {
    let Some(text) = &value.text else { return false };
    if text.whole {
        // `${BASE:-https://…}`: what a setting is where nobody sets it.
        return language == Language::Bash && text.text.contains("://");
    }
    let rest = text.text.strip_prefix("{}");
    rest.is_some_and(|rest| rest.starts_with(['/', ':']) && !rest.contains("{}"))
}

/// The name of a file in an argument: after `@` (`-F x=@name`), or the whole of it, an option's name left out.
fn file_name(text: &str, at: bool) -> Option<&str> {
    if at {
        let (before, name) = text.split_once('@')?;
        let name = name.split(';').next().unwrap_or(name);
        let fits = before.is_empty() || before.ends_with('=') || before.ends_with("-d");
        return Some(name).filter(|name| fits && !name.is_empty() && *name != "-");
    }
    let name = match text.strip_prefix("--").and_then(|option| option.split_once('=')) {
        Some((_, value)) => value,
        None => text,
    };
    let host = name.split('/').next().is_some_and(|first| first.contains([':', '@']));
    let fits = name.contains(['/', '.', '\\', '~', '{']) && !name.contains("://") && !name.starts_with('-');
    let drive = name.as_bytes().get(1) == Some(&b':') && name.len() > 3;
    Some(name).filter(|_| fits && (!host || drive))
}

/// Whether a text is the path of a file.
fn is_path(text: &str) -> bool {
    text.len() > 2 && text.len() < 512 && text.contains(['/', '\\', '.']) && !text.contains("://")
}
