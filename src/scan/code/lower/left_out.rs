//! Fields that are left out where an object is written: by an annotation, a word of the language, or a list of those
//! that are not.

use std::sync::LazyLock;

use regex::Regex;

use crate::scan::code::ir::Op;
use crate::scan::code::ir::Sym;
use crate::scan::code::ir::Unit;
use crate::scan::code::language::Language;

/// What says so before the name of a field.
static BEFORE: LazyLock<Option<Regex>> = LazyLock::new(|| {
    Regex::new(concat!(
        r"@(?:\w+\.)*(?:JsonIgnore|Transient|XmlTransient|Exclude)\b",
        r"|@Json\(\s*ignore\s*=\s*true|@Expose\([^)]*serialize\s*=\s*false",
        r"|\[[^\]]*\b(?:JsonIgnore|NonSerialized|IgnoreDataMember|XmlIgnore|BsonIgnore)\b",
        r"|\btransient\s|#\[Ignore\b",
        r"|\bserde\([^\]]*\bskip(?:_serializing)?\s*[,)]",
    ))
    .ok()
});

/// What says so behind it.
static BEHIND: LazyLock<Option<Regex>> =
    LazyLock::new(|| Regex::new(r#"json:"-"|\bField\([^)]*\bexclude\s*=\s*True"#).ok());

/// What says that it is written all the same, or at times.
static WRITTEN: LazyLock<Option<Regex>> = LazyLock::new(|| {
    let forms =
        r"\bJsonIgnore(?:Attribute)?\(\s*(?:false|value\s*=\s*false|Condition\b)|\btoClassOnly\s*:\s*true";
    Regex::new(forms).ok()
});

/// Lines of annotations above a field, and lines below them its name may stand on.
const LINES: usize = 4;

/// The class whose cases are the fields that are written, in Swift.
const KEYS: &str = "CodingKeys";

/// Notes for each class of `unit`, the lines of which are those of `src` from line `first` on, what is left out.
pub(super) fn note(unit: &mut Unit, src: &[u8], first: u32) {
    let (Some(before), Some(behind)) = (&*BEFORE, &*BEHIND) else { return };
    let Ok(text) = std::str::from_utf8(src) else { return };
    let keys = unit.language == Language::Swift && text.contains(KEYS);
    if unit.classes.is_empty() || !(keys || before.is_match(text) || behind.is_match(text)) {
        return;
    }
    let lines: Vec<&str> = text.lines().collect();
    let mut found: Vec<Vec<Sym>> = Vec::new();
    let kotlin = unit.language == Language::Kotlin;
    for class in &unit.classes {
        let body = unit.funcs.get(class.body as usize);
        let ops = body.into_iter().flat_map(|body| body.ops.iter().zip(&body.places));
        let mut out = Vec::new();
        for (op, place) in ops {
            let Op::Declare { name, .. } = op else { continue };
            let at = place.line.saturating_sub(first) as usize;
            if is_marked(&lines, at, unit.strings.get(*name), (before, behind, kotlin)) {
                out.push(*name);
            }
        }
        found.push(out);
    }
    if keys {
        without_keys(unit, &lines, first, &mut found);
    }
    for (class, out) in unit.classes.iter_mut().zip(found) {
        class.left_out = out.into();
    }
}

/// Whether the field `name`, declared on line `at`, is marked.
fn is_marked(
    lines: &[&str],
    at: usize,
    name: &str,
    (before, behind, kotlin): (&Regex, &Regex, bool),
) -> bool {
    let here = lines.iter().enumerate().skip(at).take(LINES);
    let Some((line, start)) = here.filter_map(|(number, line)| Some((number, word(line, name)?))).next()
    else {
        return false;
    };
    let text = lines.get(line).copied().unwrap_or_default();
    let (head, tail) = text.split_at_checked(start).unwrap_or((text, ""));
    let mut head = own(head).to_owned();
    for above in lines.get(line.saturating_sub(LINES)..line).unwrap_or_default().iter().rev() {
        let above = above.trim();
        if !above.starts_with(['@', '[', '#']) || above.ends_with([';', '{', '}', ',']) {
            break;
        }
        head.insert(0, ' ');
        head.insert_str(0, above);
    }
    // The next field is marked by what stands before it.
    let tail = tail.split(';').next().unwrap_or_default();
    // What a database leaves out (JPA) is written all the same.
    let head = if kotlin { head } else { head.replace("@Transient", "") };
    let written = WRITTEN.as_ref().is_none_or(|written| written.is_match(&head));
    before.is_match(&head) && !written || behind.is_match(tail)
}

/// Where `name` stands as a word in `line`.
fn word(line: &str, name: &str) -> Option<usize> {
    let is_word = |c: char| c.is_alphanumeric() || c == '_';
    line.match_indices(name).map(|(at, _)| at).find(|at| {
        let before = line.get(..*at).unwrap_or_default().chars().next_back();
        let after = line.get(at + name.len()..).unwrap_or_default().chars().next();
        !before.is_some_and(is_word) && !after.is_some_and(is_word)
    })
}

/// Of what stands before a name what belongs to it: what stands behind the last separator outside brackets.
fn own(head: &str) -> &str {
    let mut depth = 0;
    for (at, c) in head.char_indices().rev() {
        match c {
            ')' | ']' | '>' => depth += 1,
            '(' | '[' | '<' if depth > 0 => depth -= 1,
            ',' | '(' | ';' | '{' | '}' if depth == 0 => return head.get(at + 1..).unwrap_or_default(),
            _ => {}
        }
    }
    head
}

/// In Swift a class with a list of keys is written with those alone.
fn without_keys(unit: &Unit, lines: &[&str], first: u32, found: &mut [Vec<Sym>]) {
    for keys in unit.classes.iter().filter(|class| unit.strings.get(class.name) == KEYS) {
        let Some(body) = unit.funcs.get(keys.body as usize) else { continue };
        let at = body.place.line.saturating_sub(first) as usize;
        let listed: Vec<&str> = cases(lines.get(at..).unwrap_or_default());
        let of = unit.classes.iter().position(|class| Some(class.body) == body.parent);
        let Some((class, out)) = of.and_then(|at| Some((unit.classes.get(at)?, found.get_mut(at)?))) else {
            continue;
        };
        let fields = unit.funcs.get(class.body as usize).into_iter().flat_map(|body| &body.ops);
        for op in fields.filter(|_| !listed.is_empty()) {
            if let Op::Declare { name, .. } = op
                && !listed.contains(&unit.strings.get(*name))
            {
                out.push(*name);
            }
        }
    }
}

/// The cases of the enumeration that begins on the first of `lines`.
fn cases<'l>(lines: &[&'l str]) -> Vec<&'l str> {
    /// Lines of the longest.
    const MOST: usize = 64;
    let mut found = Vec::new();
    for line in lines.iter().take(MOST) {
        let listed = line.split("case ").nth(1).unwrap_or_default();
        let names = listed.split(',').map(|one| one.split(['=', '}', '/']).next().unwrap_or_default().trim());
        found.extend(names.filter(|name| !name.is_empty()));
        if line.contains('}') {
            break;
        }
    }
    found
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::scan::code::languages;
    use crate::scan::code::lower::Table;
    use crate::scan::code::lower::lower;
    use crate::scan::code::map::Set;

    fn left(language: Language, source: &str) -> Vec<String> {
        let spec = languages::spec(language).unwrap();
        let unit = lower(spec, &Table::new(spec), "x", source.as_bytes(), 1, &Set::default());
        let all = unit.classes.iter().flat_map(|class| class.left_out.iter());
        all.map(|name| unit.strings.get(*name).to_owned()).collect()
    }

    #[test]
    fn marks_belong_to_one_field() {
        assert_eq!(
            left(
                Language::Java,
                "class A {\n  @JsonProperty final String a;\n  @JsonIgnore final String b;\n  transient int c; int d;\n  @JsonIgnore\n  @Deprecated\n  String e;\n}"
            ),
            ["b", "c", "e"]
        );
        assert_eq!(
            left(
                Language::Kotlin,
                "data class A(val a: String, @Transient val b: String = \"\", val c: Int)"
            ),
            ["b"]
        );
        assert_eq!(
            left(
                Language::CSharp,
                "class A {\n [JsonIgnore]\n public string B { get; init; }\n [JsonPropertyName(\"c\")]\n public string C { get; init; }\n}"
            ),
            ["B"]
        );
        assert_eq!(
            left(
                Language::Rust,
                "struct A { a: u8, #[serde(skip_serializing_if = \"x\")] b: u8, #[serde(skip)] c: u8 }"
            ),
            ["c"]
        );
        assert_eq!(
            left(
                Language::Go,
                "package m\ntype A struct {\n\tB string `json:\"b\"`\n\tC string `json:\"-\"`\n}\n"
            ),
            ["C"]
        );
        assert_eq!(
            left(
                Language::TypeScript,
                "class A {\n  @Expose() a = '';\n  @Exclude({ toPlainOnly: true }) b: string;\n}"
            ),
            ["b"]
        );
        for (language, written) in [
            (Language::Java, "class A {\n  @JsonIgnore(false) final String b;\n  @Transient String c;\n}"),
            (
                Language::CSharp,
                "class A {\n [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]\n public string B { get; init; }\n}",
            ),
            (Language::TypeScript, "class A {\n  @Exclude({ toClassOnly: true }) b: string;\n}"),
        ] {
            assert_eq!(left(language, written), [""; 0], "{language}");
        }
        assert_eq!(
            left(
                Language::Swift,
                "struct A: Encodable {\n let a: String\n let b: String\n enum CodingKeys: String, CodingKey {\n case a\n }\n}\n"
            ),
            ["b"]
        );
    }
}
