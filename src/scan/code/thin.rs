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
use super::ir::Strings;
use super::ir::Sym;
use super::ir::Unit;

/// Functions of at most this many operations stay.
const SHORT: usize = 12;

/// Puts to sleep what of `unit` holds no name of which `tells` is true. Gives how many functions sleep.
pub fn thin(unit: &mut Unit, tells: &dyn Fn(&str) -> bool) -> usize {
    let telling: Vec<bool> = unit.strings.all().map(tells).collect();
    let is = |symbol: Sym| telling.get(symbol as usize).copied().unwrap_or(false);
    // A function and what stands in it share their variables: they stay or sleep together.
    let group: Vec<usize> = (0..unit.funcs.len()).map(|id| outermost(&unit.funcs, id)).collect();
    let mut awake = vec![false; unit.funcs.len()];
    for (function, outer) in unit.funcs.iter().zip(&group) {
        let tells = function.ops.len() <= SHORT
            || function.ops.iter().any(|op| match op {
                Op::Name(name) | Op::Field(_, name) | Op::Str(name) | Op::OfType(name) => is(*name),
                _ => false,
            });
        if let Some(slot) = awake.get_mut(*outer)
            && tells
        {
            *slot = true;
        }
    }
    let mut asleep = 0;
    for (function, outer) in unit.funcs.iter_mut().zip(&group) {
        let shared = matches!(function.kind, FuncKind::Top | FuncKind::ClassBody);
        if shared || awake.get(*outer).copied().unwrap_or(true) {
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
    }
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
    use crate::scan::code::lower;

    #[test]
    fn what_tells_nothing_sleeps_and_what_is_kept_reads_as_before() {
        let text = "import os\ndef quiet(a):\n    b = a + 1\n    c = b * 2\n    d = c - 3\n    e = d / 4\n    return other(a, b, c, d, e)\n\
                    def loud(a):\n    run = lambda: os.system(a)\n    b = a + 1\n    c = b * 2\n    d = c - 3\n    return run(b, c, d)\n";
        let file = CodeFile { path: "a.py".into(), language: Language::Python, size: 0, first_line: 1 };
        let mut unit = lower(&file, text.as_bytes(), &Catalogues::default()).unit;
        let before = unit.clone();
        assert_eq!(super::thin(&mut unit, &|name| name == "system"), 1);
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
