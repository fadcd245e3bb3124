//! What a class has from the one it extends: `super`, and the constructors that are called by it.

use super::Evaluation;
use super::Frame;
use crate::scan::code::ir::FuncId;
use crate::scan::code::ir::FuncKind;
use crate::scan::code::ir::Op;
use crate::scan::code::ir::OpId;
use crate::scan::code::language::Language;
use crate::scan::code::rules;
use crate::scan::code::value::ClassRef;
use crate::scan::code::value::FuncRef;
use crate::scan::code::value::Object;
use crate::scan::code::value::Taints;
use crate::scan::code::value::Val;

/// What a method is called on, as one of the class that its class extends; whatever a language calls it. Also the
/// field that stands for what an object is given to keep by a class outside the tree.
pub(crate) const BASE: &str = "super";

impl<'w> Evaluation<'w> {
    /// What a method is called on, as one of the class that its class extends, where that is one of the tree.
    pub(super) fn as_base(&self, frame: &Frame<'w>) -> Option<Val> {
        let class = self.enclosing_class(frame.id)?;
        let base = self.world.index.bases(class).first()?.class?;
        Some(Val { inst: Some(base), object: Object::This, ..Val::default() })
    }

    /// What a new object of `class` is made by.
    pub(crate) fn constructor(&mut self, class: ClassRef) -> Option<FuncRef> {
        for name in &rules::LISTS.constructor {
            if let Some(func) = self.class_member(class, name).and_then(|member| member.func) {
                return Some(func);
            }
        }
        let unit = self.world.units.get(class.unit as usize)?;
        if unit.language != Language::Cpp {
            return None;
        }
        // It bears the name of its class.
        let name = unit.strings.get(unit.classes.get(class.class as usize)?.name);
        let name = name.rsplit([':', '.']).next().unwrap_or(name);
        let name = name.split('<').next().unwrap_or(name);
        self.world.index.method(class, name)
    }

    /// Whether a call of `callee` is one of the constructor of the class that the class around extends, or of another
    /// constructor of it: `super(…)`, `super.__init__(…)`, `this(…)`, `Base.__init__(self, …)`.
    pub(crate) fn is_chained(&self, frame: &Frame<'w>, callee: OpId) -> bool {
        let ops = &frame.function.ops;
        let is_base = |op: OpId| match ops.get(op as usize) {
            Some(Op::Name(name)) => self.unit.strings.get(*name) == BASE,
            // `super().__init__()`
            Some(Op::Call { callee, .. }) => {
                matches!(ops.get(*callee as usize), Some(Op::Name(name)) if self.unit.strings.get(*name) == BASE)
            }
            _ => false,
        };
        match ops.get(callee as usize) {
            Some(Op::Name(name)) => match self.unit.strings.get(*name) {
                BASE => true,
                "this" => self.is_constructor(frame.id),
                _ => false,
            },
            Some(Op::Field(base, name)) => is_base(*base) && is_constructor(self.unit.strings.get(*name)),
            _ => false,
        }
    }

    fn is_constructor(&self, id: FuncId) -> bool {
        self.unit.funcs.get(id as usize).is_some_and(|function| {
            function.kind == FuncKind::Named
                && function.class.is_some()
                && is_constructor(self.unit.strings.get(function.name))
        })
    }

    /// A class outside the tree is given data to keep in the object that is being made.
    pub(crate) fn kept_by_base(&mut self, frame: &mut Frame<'w>, taints: &Taints) {
        // In Python an error that hands on nothing keeps nothing; one that calls no other constructor keeps it all.
        if !taints.is_empty() || self.unit.language == Language::Python {
            let value = Val { taints: taints.clone(), ..Val::default() };
            self.fill_this(frame, BASE, &value);
        }
    }
}

fn is_constructor(name: &str) -> bool {
    rules::LISTS.constructor.iter().any(|known| **known == *name)
}
