//! What is run and was put together bit by bit out of something that does not stand in the file: the points of a
//! picture, a resource, the samples of a sound, the numbers of a table somebody else fills.
//!
//! What it says nobody can tell from the file. That its letters are made of shifted and masked numbers, and that it is
//! run, can be told: programs that are handed over as programs are read as they are.

use std::collections::BTreeMap;

use super::NONE;
use super::Sealed;
use super::Way;
use super::nodes::name_of;
use crate::scan::code::language::Language;
use crate::scan::code::machine::recipe::Id;
use crate::scan::code::machine::recipe::Node;
use crate::scan::code::machine::run::Made;

/// Nodes of the longest way that is gone: further away everything is reckoned somewhere.
const LONGEST: u32 = 600;
/// Names, calls and members of the widest.
const WIDEST: u32 = 60;

/// What runs what it is given, by the last name of what is called.
const RUNS: [&str; 44] = [
    "eval",
    "exec",
    "execSync",
    "execFile",
    "spawn",
    "spawnSync",
    "system",
    "popen",
    "Popen",
    "Function",
    "AsyncFunction",
    "construct",
    "runInNewContext",
    "runInThisContext",
    "runInContext",
    "Script",
    "compile",
    "Load",
    "defineClass",
    "defineHiddenClass",
    "loadstring",
    "load",
    "loads",
    "instance_eval",
    "class_eval",
    "module_eval",
    "evaluate",
    "evaluateScript",
    "evaluateJavaScript",
    "EvaluateAsync",
    "RunAsync",
    "iex",
    "invoke-expression",
    "create",
    "Command",
    "CommandContext",
    "arg",
    "args",
    "Start",
    "ProcessBuilder",
    "ProcessStartInfo",
    "shell_exec",
    "passthru",
    "luaL_dostring",
];

/// Whether `name` runs what it is given.
pub(super) fn runs(name: &str) -> bool {
    RUNS.contains(&name)
}

impl Sealed<'_> {
    /// Adds to `made` what is run and was put together bit by bit, of the uses that are `run`.
    pub(super) fn carry(&mut self, run: Vec<Id>, made: &mut BTreeMap<(u32, u32), Made>) {
        for used in run {
            let place = self.recipe.place(used);
            let open = match made.get(&place) {
                None => true,
                Some(Made::Text(text, _)) => text.contains("{}"),
                Some(_) => false,
            };
            let bare = matches!(
                self.recipe.node(used),
                Node::Text(_) | Node::Number(_) | Node::Char(_) | Node::Unknown | Node::Function(..)
            );
            if !open || bare || self.left == 0 {
                continue;
            }
            let mut way = Way { through: true, ..Way::default() };
            self.back(used, &mut way, 0);
            self.left = self.left.saturating_sub(way.steps);
            if !way.spent && way.steps <= LONGEST && way.facts.width <= WIDEST && way.facts.is_carried() {
                made.insert(place, Made::Turned);
            }
        }
    }

    /// Whether `target` is called on something the file made itself: its own `load` runs nothing.
    pub(super) fn is_run(&self, target: Id) -> bool {
        let name = name_of(self.recipe, target);
        // Elsewhere it reads data.
        let loads = matches!(name, "load" | "loads") && self.recipe.language != Language::Rust;
        target != NONE && runs(name) && !loads && !self.names.contains(name)
    }
}
