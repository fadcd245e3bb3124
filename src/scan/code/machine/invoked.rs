//! Calls: of the file's own functions and objects, of what is handed over, and of what stands outside the file.

use super::functions;
use super::methods;
use super::natives;
use super::recipe::Id;
use super::recipe::Node;
use super::run::BUILT;
use super::run::Machine;
use super::run::V;
use super::run::path_of;
use crate::scan::code::language::Language;

/// A call, with what stands in it.
struct Called<'a> {
    target: Id,
    args: &'a [Id],
    base: Option<Id>,
    name: Box<str>,
    of: Option<V>,
    known: Option<V>,
    values: Vec<V>,
}

impl Machine<'_> {
    /// What the call of `target` with `args` gives.
    pub(super) fn call(&mut self, target: Id, args: &[Id], depth: u32) -> V {
        let recipe = self.recipe;
        let (base, name) = match recipe.node(target) {
            Node::Member(base, name) => (Some(*base), name.clone()),
            Node::Name(name) => (None, name.clone()),
            // `x["push"](…)` is `x.push(…)`.
            Node::Index(base, key) => match self.value(*key, depth) {
                V::Text(name) => {
                    self.see(*key, &V::Text(name.clone()));
                    (Some(*base), (*name).into())
                }
                _ => (None, "".into()),
            },
            _ => (None, "".into()),
        };
        let of = base.map(|base| self.value(base, depth));
        let known = match (&of, &*name) {
            (_, "") => Some(self.value(target, depth)),
            (Some(of), name) if of.is_unknown() || matches!(of, V::Func(_)) => {
                let written =
                    matches!(recipe.node(target), Node::Member(..)) && !matches!(of, V::Unknown(_) | V::Lost);
                let found = self.find(name).filter(|_| written).cloned();
                found.or_else(|| self.function(&path_of(of), name).map(V::Func))
            }
            (Some(V::Map(_)), name) => of.as_ref().map(|of| natives::element(self, of, &V::text(name))),
            (Some(_), _) => None,
            (None, name) => Some(self.name(name)),
        };
        let values = self.values(args, depth);
        self.called(Called { target, args, base, name, of, known, values }, depth)
    }

    /// The call itself, once everything in it is known. Apart, so that calls in calls take little room.
    fn called(&mut self, called: Called<'_>, depth: u32) -> V {
        let recipe = self.recipe;
        let Called { target, args, base, name, of, known, values } = called;
        let class = match (&of, &*name) {
            // Ruby: `Box.new(text)`.
            (Some(V::Outside(path)), "new") if self.recipe.language == Language::Ruby => path.to_string(),
            (None, name) => name.to_owned(),
            _ => String::new(),
        };
        if let Some(made) = self.make(&class, &[], &values, depth) {
            args.iter().zip(&values).for_each(|(arg, value)| self.see(*arg, value));
            return made;
        }
        if let (Some(base), Some(object @ V::Map(_))) = (base, &of)
            && let Some((value, now)) = self.on_object(object, &name, &values, depth).or_else(|| {
                let given: Vec<V> = std::iter::once(V::text(&*name)).chain(values.iter().cloned()).collect();
                ["method_missing", "__call"].iter().find_map(|any| self.on_object(object, any, &given, depth))
            })
        {
            args.iter().zip(&values).for_each(|(arg, value)| self.see(*arg, value));
            if matches!(recipe.node(base), Node::Name(_)) && now != *object {
                self.store(base, now, depth);
            }
            return value;
        }
        if let (Some(V::Map(_)), "getMessage" | "what") = (&of, &*name)
            && let Some(known) = known.as_ref().filter(|known| !known.is_unknown())
        {
            return known.clone();
        }
        let known = match (&of, known) {
            // `step.call(text)`
            (Some(V::Func(id)), _) if CALLS.contains(&&*name) => Some(V::Func(*id)),
            (_, known) => known,
        };
        match (&*name, values.as_slice(), self.recipe.language) {
            ("define", [V::Text(name), value], Language::Php) => {
                // Constants are known everywhere.
                if let Some(all) = self.vars.first_mut() {
                    all.insert(name.clone(), value.clone());
                }
                return V::Num(1);
            }
            ("constant", [V::Text(name)], Language::Php) => return self.name(name),
            _ => {}
        }
        if let (None, "Proxy", [_, handler]) = (base, &*name, values.as_slice())
            && let get @ V::Func(_) = natives::element(self, handler, &V::text("get"))
        {
            return V::map(vec![(V::text(super::objects::HANDLER), get)]);
        }
        if let Some(name @ V::Text(_)) = &known {
            // `$name(…)`
            self.see(target, name);
        }
        if let (Some(V::Text(by)), Language::Php) = (&known, self.recipe.language)
            && let Some(made) = functions::outside(self, "", by, &values)
        {
            return made;
        }
        if let Some(V::Func(function)) = known {
            let (value, given) = self.applied(function, &values, depth);
            // A list that is handed over is the caller's own.
            for ((arg, before), now) in args.iter().zip(&values).zip(given) {
                if matches!(now, V::List(_) | V::Map(_)) && now != *before {
                    self.store(*arg, now, depth);
                }
            }
            return value;
        }
        // What it is called on may have changed meanwhile: `list.push(list.shift())`.
        let of = match base.map(|base| (base, recipe.node(base))) {
            Some((base, Node::Name(_))) => Some(match self.value(base, depth) {
                // `std::string s; s.push_back(c);`
                V::Outside(_)
                    if is_kept(&name)
                        && values.iter().all(|value| {
                            let bytes = self.recipe.language == Language::Go && matches!(value, V::List(_));
                            bytes || matches!(value, V::Num(_) | V::Char(_))
                        }) =>
                {
                    V::text("")
                }
                of => of,
            }),
            _ => of,
        };
        if let Some(value) = self.writes_into(&name, of.as_ref(), args, &values, depth) {
            return value;
        }
        let made = match &of {
            Some(of) if !of.is_unknown() => match self.each_by(&name, of, &values, depth) {
                Some(value) => Some((value, None)),
                None => methods::method(self, &name, of, &values),
            },
            None if name.starts_with("append") && self.find(BUILT).is_some() => {
                let built = self.find(BUILT).cloned().unwrap_or(V::Unknown(false));
                let now = methods::method(self, "append", &built, &values).map(|(now, _)| now);
                let turned = built.is_turned() || values.iter().any(V::is_turned);
                self.set(BUILT, now.unwrap_or(V::Unknown(turned)));
                Some((V::Unknown(false), None))
            }
            Some(of) => {
                let path = path_of(of);
                self.by_free(&name, &values, depth)
                    .or_else(|| functions::outside(self, &path, &name, &values))
                    .map(|value| (value, None))
            }
            None => self
                .by_free(&name, &values, depth)
                .or_else(|| functions::outside(self, "", &name, &values))
                .map(|value| (value, None)),
        };
        match made {
            Some((value, now)) => {
                if let (Some(base), Some(now)) = (base, now) {
                    self.store(base, now, depth);
                }
                value
            }
            None => {
                let mut turned = of.iter().chain(&values).any(V::is_turned);
                let maps = of.is_some() && matches!(&*name, "map" | "Select" | "compactMap" | "flat_map");
                for (arg, value) in args.iter().zip(&values) {
                    self.see(*arg, value);
                    // A function that is handed over runs at some time.
                    if let (V::Func(function), true) = (value, self.calls < 3) {
                        let made = self.apply(*function, &[V::Unknown(false)], depth);
                        turned |= maps && made.is_turned();
                    }
                }
                if let (Some(base), true) = (base, turned && is_kept(&name)) {
                    self.store(base, V::Unknown(true), depth);
                }
                if turned {
                    return V::Unknown(true);
                }
                let path = of.as_ref().map_or_else(String::new, path_of);
                V::by_unknown(&path, &name, of.as_ref(), &values)
            }
        }
    }

    /// Functions of libraries that write into what they are given.
    fn writes_into(
        &mut self,
        name: &str,
        of: Option<&V>,
        args: &[Id],
        values: &[V],
        depth: u32,
    ) -> Option<V> {
        let recipe = self.recipe;
        // `std::reverse(s.begin(), s.end());`
        if let ("reverse", [first, _]) = (name, args)
            && let Node::Call(from, _) = recipe.node(*first)
            && let Node::Member(list, _) = recipe.node(*from)
        {
            let value = self.value(*list, depth);
            if let Some((now, _)) = methods::method(self, "reversed", &value, &[]) {
                self.store(*list, now, depth);
            }
            return Some(V::Unknown(false));
        }
        if let (Some(V::Outside(path)), [to, _]) = (of, args)
            && path.contains("binary")
            && name.starts_with("PutUint")
            && let Some(number) = values.get(1).and_then(V::number)
        {
            // `binary.BigEndian.PutUint64(bytes[:], number)`
            let to = match recipe.node(*to) {
                Node::Slice(of, _) => *of,
                _ => *to,
            };
            let width = name.trim_start_matches("PutUint").parse().unwrap_or(64usize) / 8;
            let bytes = methods::bytes_in(number, width, path.contains("Little"));
            self.store(to, V::list(bytes), depth);
            return Some(V::Unknown(false));
        }
        if let ("accumulate", [first, _, start, by]) = (name, args)
            && let Node::Call(from, _) = recipe.node(*first)
            && let Node::Member(list, _) = recipe.node(*from)
        {
            let (list, start, by) =
                (self.value(*list, depth), self.value(*start, depth), self.value(*by, depth));
            return Some(self.each_by("reduce", &list, &[start, by], depth).unwrap_or(V::Unknown(false)));
        }
        if let ("transform", [first, _, to, .., by]) = (name, args)
            && let Some(all) = self.transformed(*first, *by, depth)
        {
            // `std::transform(s.begin(), s.end(), std::back_inserter(out), turn);`
            if let Node::Call(of, rest) = recipe.node(*to) {
                let target = match (recipe.node(*of), &**rest) {
                    (Node::Member(list, _), []) => Some(*list),
                    (_, [list]) => Some(*list),
                    _ => None,
                };
                target.into_iter().for_each(|target| self.store(target, all.clone(), depth));
            }
            return Some(V::Unknown(false));
        }
        if let ([list], [value]) = (args, values)
            && name.eq_ignore_ascii_case("reverse")
            && of.is_some_and(|of| {
                matches!(path_of(of).as_str(), "Array" | "array" | "Collections" | "slices")
            })
        {
            // `Array.Reverse(letters);`
            if let Some((now, _)) = methods::method(self, "reversed", value, &[]) {
                self.store(*list, now, depth);
            }
            return Some(V::Unknown(false));
        }
        if let ([to, ..], [_, V::Outside(order), what]) = (args, values)
            && let (true, Some(V::Outside(path))) = (name == "Write", of)
            && path.ends_with("binary")
        {
            // `binary.Write(&b, binary.BigEndian, number)`
            let before = values.first().and_then(natives::plain).unwrap_or_default();
            let kind = if order.ends_with("LittleEndian") { "V" } else { "N" };
            let now = methods::packed(kind, std::slice::from_ref(what)).and_then(|now| natives::plain(&now));
            let now = now.map_or(V::Unknown(false), |now| V::text(before + &now));
            self.store(*to, now, depth);
            return Some(V::Unknown(false));
        }
        None
    }

    /// `throw new Error(text)`
    pub(super) fn throw(&mut self, value: Id, depth: u32) {
        let made = match self.recipe.node(value) {
            Node::Call(_, args) => self.values(args, depth),
            _ => vec![self.value(value, depth)],
        };
        let first = made.first().cloned().unwrap_or(V::Unknown(false));
        let fields = ["message", "getMessage", "Message", "what", "localizedDescription"];
        let mut pairs: Vec<(V, V)> = fields.iter().map(|field| (V::text(*field), first.clone())).collect();
        pairs.push((V::text("args"), V::list(made)));
        self.thrown = Some(V::map(pairs));
    }
}

/// How a function that is kept somewhere is called.
const CALLS: [&str; 9] =
    ["call", "apply", "invoke", "Invoke", "run", "accept", "applyAsInt", "yield", "applyAsChar"];

/// Whether a method keeps what it is given.
fn is_kept(name: &str) -> bool {
    let small = name.to_ascii_lowercase();
    ["write", "push", "append", "add", "put", "insert"].iter().any(|start| small.starts_with(start))
}
