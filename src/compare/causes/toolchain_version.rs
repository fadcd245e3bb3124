//! Which tool made it: version fields that nothing executes.

use super::Cause;
use super::Judge;
use super::Opinion;
use super::Pair;
use crate::compare::text::Accept;
use crate::compare::text::Slot;
use crate::model::anatomy::Role;

/// The cause, for regions.
pub const CAUSE: Cause = Cause {
    id: "toolchain-version",
    looks_for: "The .comment section of an ELF file: printable compiler and linker names, without anything else.",
    gives: "Both lists of names, shipped and rebuilt.",
    roles: &[Role::Toolchain],
    fix: "Build with the vendor's exact toolchain.",
    judge: Judge::Region(region),
};

/// The cause, for metadata texts.
pub const IN_TEXT: Cause = Cause {
    id: "toolchain-version-in-text",
    looks_for: "The line of WHEEL or MANIFEST.MF that names the tool that wrote it.",
    gives: "Both names, shipped and rebuilt.",
    roles: &[],
    fix: "Build with the vendor's exact build backend or packer.",
    judge: Judge::Words(in_line),
};

fn region(pair: &Pair<'_>) -> Opinion {
    if pair.format != "elf" || !pair.name.contains(".comment") {
        return Opinion::No;
    }
    match (names(pair.shipped), names(pair.rebuilt)) {
        (Some(shipped), Some(rebuilt)) => {
            Opinion::Explains(vec![format!("shipped {shipped:?}, rebuilt {rebuilt:?}")])
        }
        _ => Opinion::Resembles("the section holds more than names of tools".to_owned()),
    }
}

/// A section of printable names of bounded length: a section can be mapped and its bytes used.
fn names(section: &[u8]) -> Option<Vec<String>> {
    const TOOLS: [&str; 9] =
        ["GCC: ", "clang", "Linker: ", "rustc", "Android", "Debian", "Ubuntu", "LLD", "GNU "];
    let mut names = Vec::new();
    if section.len() > 1024 {
        return None;
    }
    for name in section.split(|byte| *byte == 0).filter(|name| !name.is_empty()) {
        let text = std::str::from_utf8(name).ok()?;
        let printable = text.chars().all(|c| c == ' ' || c.is_ascii_graphic());
        if !printable || text.len() > 200 || !TOOLS.iter().any(|tool| text.contains(tool)) {
            return None;
        }
        names.push(text.to_owned());
    }
    Some(names)
}

/// The lines that name a tool, by the file they stand in.
const LINES: [(&str, &[&str]); 2] = [
    ("wheel", &["Generator: "]),
    ("manifest.mf", &["Created-By: ", "Build-Jdk: ", "Build-Jdk-Spec: ", "Built-With: "]),
];

fn in_line(line: &str, pair: &Pair<'_>) -> Vec<Slot> {
    let base = pair.place.base_name();
    let keys = LINES.iter().find(|(file, _)| *file == base).map_or(&[][..], |(_, keys)| keys);
    let Some(key) = keys.iter().find(|key| line.starts_with(**key)) else { return Vec::new() };
    let end = line.trim_end_matches('\r').len();
    vec![Slot {
        range: key.len()..end,
        pattern: "[A-Za-z0-9][A-Za-z0-9 ._()+,~-]{0,99}".to_owned(),
        cause: IN_TEXT.id,
        accept: Accept::Values(|shipped, rebuilt| Some(format!("shipped {shipped}, rebuilt {rebuilt}"))),
    }]
}
