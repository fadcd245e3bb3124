//! What is kept of a unit in a tree too large to keep whole: functions that may matter, with their names.
//!
//! A function in which no telling name stands (catalogued, or of a function that was seen to lead to a source
//! or an effect) is put to sleep: its signature stays, its operations go, and a call of it is a call of
//! something unknown, which gives on what it is given. Short functions stay, because what they return
//! (constants, constructed clients) is cheap to keep and much used.

use super::ir::Arg;
use super::ir::Func;
use super::ir::FuncKind;
use super::ir::Op;
use super::ir::OpId;
use super::ir::Strings;
use super::ir::Sym;
use super::ir::Unit;
use super::language::Language;

/// Functions of at most this many operations stay.
const SHORT: usize = 12;
/// Literals of a table that stay.
const LONG_TABLE: usize = 64;

/// Whether a name tells that the function matters in which it stands.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Tells {
    /// Where it stands alone.
    pub alone: bool,
    /// Where it is a member of something.
    pub member: bool,
}

impl Tells {
    /// Wherever it stands.
    const ANYWHERE: Tells = Tells { alone: true, member: true };

    fn any(self) -> bool {
        self.alone || self.member
    }
}

/// Puts to sleep what of `unit` holds no name that tells. Gives how many functions sleep.
pub fn thin(unit: &mut Unit, tells: &dyn Fn(&str) -> Tells) -> usize {
    let mut telling: Vec<Tells> = unit.strings.all().map(tells).collect();
    // What a file calls such a name, by an import or by a variable of its top level, tells as much.
    for import in &unit.imports {
        let path = unit.strings.get(import.path);
        let last = path.rsplit(|c: char| !c.is_alphanumeric() && c != '_').next().unwrap_or(path);
        if tells(last).any()
            && let Some(slot) = telling.get_mut(import.local as usize).filter(|_| import.local != 0)
        {
            *slot = Tells::ANYWHERE;
        }
    }
    for function in unit.funcs.iter().filter(|function| shared(function)) {
        for name in named(&function.ops, &telling) {
            if let Some(slot) = telling.get_mut(name as usize) {
                *slot = Tells::ANYWHERE;
            }
        }
    }
    let is = |symbol: Sym, member: bool| {
        telling.get(symbol as usize).is_some_and(|tells| if member { tells.member } else { tells.alone })
    };
    // A function and what stands in it share their variables: they stay or sleep together.
    let group: Vec<usize> = (0..unit.funcs.len()).map(|id| outermost(&unit.funcs, id)).collect();
    let mut awake = vec![false; unit.funcs.len()];
    for (function, outer) in unit.funcs.iter().zip(&group) {
        let tells = function.ops.len() <= SHORT
            || function.ops.iter().any(|op| match op {
                Op::Name(name) | Op::Str(name) | Op::OfType(name) => is(*name, false),
                Op::Field(_, name) => is(*name, true),
                _ => false,
            });
        if let Some(slot) = awake.get_mut(*outer)
            && tells
        {
            *slot = true;
        }
    }
    // Elsewhere a table may be a program that is put together and evaluated.
    let c = matches!(unit.language, Language::C | Language::Cpp);
    let mut asleep = 0;
    for (function, outer) in unit.funcs.iter_mut().zip(&group) {
        if shared(function) && c {
            empty_tables(function);
        }
        if shared(function) || awake.get(*outer).copied().unwrap_or(true) {
            continue;
        }
        function.asleep = true;
        function.ops = Vec::new();
        function.places = Vec::new();
        asleep += 1;
    }
    shrink(unit);
    asleep
}

/// Whether what stands in `function` is there for every function of the file or class.
fn shared(function: &Func) -> bool {
    matches!(function.kind, FuncKind::Top | FuncKind::ClassBody)
}

/// Empties tables of many literals: of a large tree nobody reads what a device is set to.
fn empty_tables(function: &mut Func) {
    let mut begins: Vec<u32> = Vec::with_capacity(function.ops.len());
    let mut literal: Vec<bool> = Vec::with_capacity(function.ops.len());
    let mut tables: Vec<std::ops::Range<usize>> = Vec::new();
    for (at, op) in function.ops.iter_mut().enumerate() {
        let (mut begin, mut pure) = (at as u32, true);
        op.operands(&mut |operand| {
            begin = begin.min(begins.get(*operand as usize).copied().unwrap_or(0));
            pure &= literal.get(*operand as usize).copied().unwrap_or(false);
        });
        let table = matches!(op, Op::List(_) | Op::Dict(_));
        pure &= table || matches!(op, Op::Str(_) | Op::Int(_) | Op::Literal(_));
        if table && pure && at - begin as usize > LONG_TABLE {
            // What stands in it was put down first, and nothing else.
            tables.retain(|inner| inner.start < begin as usize);
            tables.push(begin as usize..at);
            *op = Op::List(Box::default());
        }
        begins.push(begin);
        literal.push(pure);
    }
    if tables.is_empty() {
        return;
    }
    let mut moved: Vec<OpId> = Vec::with_capacity(function.ops.len());
    let mut tables = tables.into_iter().peekable();
    let mut kept = 0;
    for at in 0..function.ops.len() {
        while tables.next_if(|table| table.end <= at).is_some() {}
        moved.push(kept);
        kept += u32::from(!tables.peek().is_some_and(|table| table.contains(&at)));
    }
    let stays = |at: usize| moved.get(at) != moved.get(at + 1) || at + 1 == moved.len();
    let mut at = 0;
    function.places.retain(|_| {
        at += 1;
        stays(at - 1)
    });
    at = 0;
    function.ops.retain_mut(|op| {
        op.operands(&mut |operand| *operand = moved.get(*operand as usize).copied().unwrap_or(*operand));
        at += 1;
        stays(at - 1)
    });
}

/// The variables to which `ops` give a value in which something tells.
fn named(ops: &[Op], telling: &[Tells]) -> Vec<Sym> {
    let tells = |symbol: &Sym| telling.get(*symbol as usize).is_some_and(|tells| tells.any());
    let mut told = vec![false; ops.len()];
    let mut names = Vec::new();
    for (at, op) in ops.iter().enumerate() {
        let is = |id: &OpId| told.get(*id as usize) == Some(&true);
        let here = match op {
            Op::Name(name) | Op::Str(name) | Op::OfType(name) => tells(name),
            Op::Field(base, name) => tells(name) || is(base),
            Op::Index(base, key) => is(base) || is(key),
            Op::Element(base) => is(base),
            Op::Call { callee, args, .. } => is(callee) || args.iter().any(|arg| is(&arg.value)),
            Op::Concat(all) | Op::List(all) | Op::Any(all) => all.iter().any(is),
            Op::Dict(all) => all.iter().any(|(_, value)| is(value)),
            Op::Declare { name, ty, value } => {
                if tells(ty) || value.as_ref().is_some_and(is) {
                    names.push(*name);
                }
                false
            }
            Op::Assign { target, value, .. } => {
                if is(value)
                    && let Some(Op::Name(name) | Op::Field(_, name)) = ops.get(*target as usize)
                {
                    names.push(*name);
                }
                false
            }
            _ => false,
        };
        if let Some(slot) = told.get_mut(at) {
            *slot = here;
        }
    }
    names
}

/// The outermost function around function `id` that is neither the file nor a class; `id` itself where there
/// is none.
fn outermost(funcs: &[Func], id: usize) -> usize {
    let (mut outer, mut at) = (id, id);
    for _ in 0..64 {
        let Some(parent) = funcs.get(at).and_then(|function| function.parent) else { break };
        at = parent as usize;
        match funcs.get(at).map(|function| function.kind) {
            Some(FuncKind::Named | FuncKind::Closure) => outer = at,
            Some(FuncKind::Top | FuncKind::ClassBody) => {}
            None => break,
        }
    }
    outer
}

/// Drops the strings nothing refers to any more, and gives back what vectors do not use.
pub fn shrink(unit: &mut Unit) {
    let old = std::mem::take(&mut unit.strings);
    let mut new = Strings::default();
    let mut moved: Vec<Option<Sym>> = vec![None; old.len()];
    let mut keep = |symbol: &mut Sym| {
        let Some(slot) = moved.get_mut(*symbol as usize) else { return };
        *symbol = *slot.get_or_insert_with(|| new.intern(old.get(*symbol)));
    };
    for function in &mut unit.funcs {
        keep(&mut function.name);
        keep(&mut function.returns);
        function.marks.iter_mut().for_each(&mut keep);
        for param in &mut function.params {
            keep(&mut param.name);
            keep(&mut param.ty);
            keep(&mut param.mark);
        }
        for op in &mut function.ops {
            match op {
                Op::Name(name)
                | Op::Field(_, name)
                | Op::Str(name)
                | Op::Literal(name)
                | Op::OfType(name) => {
                    keep(name);
                }
                Op::Declare { name, ty, .. } => {
                    keep(name);
                    keep(ty);
                }
                Op::Call { args, .. } => args.iter_mut().for_each(|Arg { name, .. }| keep(name)),
                Op::Caught { types, .. } => types.iter_mut().for_each(&mut keep),
                _ => {}
            }
        }
        function.params.shrink_to_fit();
        function.ops.shrink_to_fit();
        function.places.shrink_to_fit();
    }
    for class in &mut unit.classes {
        keep(&mut class.name);
        class.bases.iter_mut().for_each(&mut keep);
        class.left_out.iter_mut().for_each(&mut keep);
    }
    unit.inner.iter_mut().for_each(|(name, _)| keep(name));
    for import in &mut unit.imports {
        keep(&mut import.path);
        keep(&mut import.local);
    }
    if let Some(package) = &mut unit.package {
        keep(package);
    }
    new.freeze();
    unit.strings = new;
    unit.funcs.shrink_to_fit();
    unit.excerpts.shrink_to_fit();
}

#[cfg(test)]
mod tests {
    use crate::scan::code::Catalogues;
    use crate::scan::code::CodeFile;
    use crate::scan::code::Language;
    use crate::scan::code::ir::Op;
    use crate::scan::code::lower;
    use crate::scan::code::thin::Tells;

    #[test]
    fn long_tables_of_literals_are_emptied_and_everything_else_means_what_it_did() {
        let numbers = "{1, 2, \"a\"}, ".repeat(40);
        let text = format!(
            "int before = 1;\nint table[][3] = {{ {numbers} }};\nchar *host = \"example.org\";\n\
             void *some[] = {{ 1, 2, 3 }};\nchar *more[] = {{ {}, system }};\n",
            "1, ".repeat(99)
        );
        let file = CodeFile { path: "a.c".into(), language: Language::C, size: 0, first_line: 1 };
        let mut unit = lower(&file, text.as_bytes(), &Catalogues::default()).unit;
        let before = format!("{:?}", unit.funcs[0].ops);
        super::empty_tables(&mut unit.funcs[0]);
        let function = &unit.funcs[0];
        assert_eq!(function.ops.len(), function.places.len());
        assert!(before.len() > 2 * format!("{:?}", function.ops).len());
        let mut declared = Vec::new();
        for op in &function.ops {
            if let Op::Declare { name, value: Some(value), .. } = op {
                let held = match &function.ops[*value as usize] {
                    Op::List(all) => format!("{} elements", all.len()),
                    Op::Str(text) => unit.strings.get(*text).to_owned(),
                    other => format!("{other:?}"),
                };
                declared.push(format!("{} {held}", unit.strings.get(*name)));
            }
        }
        assert_eq!(
            declared,
            ["before Int(1)", "table 0 elements", "host example.org", "some 3 elements", "more 100 elements"]
        );
    }

    #[test]
    fn what_tells_nothing_sleeps_and_what_is_kept_reads_as_before() {
        let text = "import os\ndef quiet(a):\n    b = a + 1\n    c = b * 2\n    d = c - 3\n    e = d / 4\n    return other(a, b, c, d, e)\n\
                    def loud(a):\n    run = lambda: os.system(a)\n    b = a + 1\n    c = b * 2\n    d = c - 3\n    return run(b, c, d)\n";
        let file = CodeFile { path: "a.py".into(), language: Language::Python, size: 0, first_line: 1 };
        let mut unit = lower(&file, text.as_bytes(), &Catalogues::default()).unit;
        let before = unit.clone();
        let tells = |name: &str| if name == "system" { Tells::ANYWHERE } else { Tells::default() };
        assert_eq!(super::thin(&mut unit, &tells), 1);
        for (old, new) in before.funcs.iter().zip(&unit.funcs) {
            let name = unit.strings.get(new.name);
            assert_eq!(before.strings.get(old.name), name);
            assert_eq!(new.asleep, name == "quiet", "{name}");
            assert_eq!(new.ops.len(), if new.asleep { 0 } else { old.ops.len() }, "{name}");
            let places = |f: &crate::scan::code::ir::Func| f.params.len();
            assert_eq!(places(old), places(new));
        }
        assert!(unit.strings.find("system").is_some() && unit.strings.find("other").is_none());
    }
}
