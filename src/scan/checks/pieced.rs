//! Texts that are put together where they are run: joined from letters, turned round, written as numbers or
//! escapes, computed character by character.
//!
//! Nothing here is suspicious by itself, a program joins texts all the time. It counts where the text is a
//! program, code, or the name of code: in the same statement, or in a variable that was filled a few lines
//! before.

use std::collections::BTreeMap;
use std::sync::LazyLock;

use regex::bytes::Regex;

use super::pattern;

/// A text turned round, shifted by an alphabet, or glued by the preprocessor.
static TURNED: LazyLock<Option<Regex>> = LazyLock::new(|| {
    pattern(concat!(
        r#"["'][^"'\n]{2,80}["']\s*(?:\)\s*)?\.\s*(?:reversed\(|reverse\b|Reverse\(|chars\(\)\s*\.rev\()"#,
        r#"|\b(?:reversed|strrev|_strrev|String\.reverse)\(\s*["'][^"'\n]{2,80}["']|["'][^"'\n]{2,80}["']\s*\[(?:::-1|-1\s*\.\.)"#,
        r#"|["'][^"'\n]{2,80}["']\s*\.(?:tr|translate)\(|\b(?:str_rot13|rot13)\(\s*["']"#,
        r#"|\b(?:concat|stringify)!\s*\("#
    ))
});

/// Short literals in a row, with what makes one text of them before or behind.
static JOINED: LazyLock<Option<Regex>> = LazyLock::new(|| {
    pattern(concat!(
        r#"(?:["'][^"'\n\s]{0,9}["']\s*,\s*){1,60}["'][^"'\n\s]{1,9}["']\s*,?\s*[\])}]+\s*\.\s*(?:(?:join|joined|joinToString)\s*\(?\s*(?:separator\s*[:=]\s*)?(?:["']["']|["']\.["']|\)|$)|concat\(|concatToString\()"#,
        r#"|\b(?:strings\.Join|implode|[sS]tring\.(?:Join|join|Concat)|["']["']\.join)\s*\(\s*(?:["'][^"'\s]?["']\s*,\s*)?(?:new\s*(?:string|String|char)?\s*\[\s*\]\s*\{|\[\]string\s*\{|@?[\[({]|array\(|List\.of\(|Arrays\.asList\()?\s*(?:["'][^"'\n\s]{1,9}["']\s*,\s*){1,60}["'][^"'\n\s]{1,9}["']\s*[\])},]*\s*(?:["']["']|\)|;|$)"#,
        r#"|%w[\[(](?:[^\s\])]{1,3}\s+){2,60}[^\s\])]{1,3}[\])]\s*\.\s*join"#,
        r#"|["'](?:\{\d?\}|%s){2,9}["']\s*(?:,|%|-f|\.format\()\s*\(?\s*["'][^"'\n]{1,9}["']\s*,\s*["']"#,
        r#"|[\[({]\s*(?:'[A-Za-z0-9/._-]'\s*,\s*){2,60}(?:'[A-Za-z0-9/._-]'|0|'\\0')"#,
        r"|\$\{\s*[\x22'][^\x22'\n]{1,9}[\x22']\s*\}\s*\$\{\s*[\x22'][^\x22'\n]{1,9}[\x22']\s*\}"
    ))
});

/// Pieces of a word added to one another: no blank in them, none of them long.
static ADDED: LazyLock<Option<Regex>> = LazyLock::new(|| {
    pattern(concat!(
        r#"(?:^|[^\w"'=])\(*\s*(?:std::string\(\s*)?["'][A-Za-z_./:-]{1,5}["']\s*\)?\s*(?:\+|\.)\s*["'][A-Za-z_./:-]{1,6}["']\s*\)*\s*(?:\)|,|;|$|\+|\.(?:c_str|to_sym|intern)|\.\s*["'])"#,
        r"|(?:\b\w+\[\d{1,3}\]\s*[+.]\s*){3,}\w+\[\d{1,3}\]"
    ))
});

/// Escapes of letters, and nothing else between them.
static ESCAPED: LazyLock<Option<Regex>> = LazyLock::new(|| {
    pattern(
        r#"["'](?:\\x[2-7][0-9a-fA-F]|\\u\{?0{0,2}[2-7][0-9a-fA-F]\}?|\\[01][0-7]{2}){2,}|\$'(?:\\x[2-7][0-9a-fA-F]|\\[01][0-7]{2}){2,}"#,
    )
});

/// Numbers that become characters.
static NUMBERED: LazyLock<Option<Regex>> = LazyLock::new(|| {
    pattern(
        r"[\[({]\s*(?:(?:0x[2-7][0-9a-fA-F]|\d{2,3}|0)(?:u8|U)?\s*,\s*){1,400}(?:0x[0-9a-fA-F]{2}|\d{1,3})\s*,?\s*[\])}]",
    )
});

/// What makes characters of numbers.
static CHARACTERS: LazyLock<Option<Regex>> = LazyLock::new(|| {
    pattern(
        r"\b(?:chr|char|Char|String|string|bytes|bytearray|byte|rune|pack|fromCharCode|from_utf8|GetString|toChar|UnicodeScalar|Character|decodeToString|byteArrayOf|charArrayOf|intArrayOf|unsigned|u8)\b",
    )
});

/// Characters computed from characters.
static COMPUTED: LazyLock<Option<Regex>> = LazyLock::new(|| {
    pattern(
        r"(?:fromCharCode|from_char|\bchr|\(char\)|toChar|rune|as char|UnicodeScalar|\.chr|\[char\])[^;\n]{0,80}(?:\^|-bxor|\bxor\b|[\w\])]\s*[-+]\s*\w)|(?:\^|-bxor|\bxor\b)[^;\n]{0,60}(?:fromCharCode|\bchr|\(char\)|toChar|rune|as char|UnicodeScalar|\.chr|\[char\])|\{\s*it\s*[-+]\s*\d|\{\s*\$0\s*\^|charCodeAt\([^)\n]{0,20}\)\s*[-+^]|\.ord\s*[-+^]|\bord\([^)\n]{1,40}\)\s*[-+^]",
    )
});

/// A variable that is given something, and what.
static GIVEN: LazyLock<Option<Regex>> = LazyLock::new(|| {
    pattern(
        r"(?:^|[^\w.>])[$@]?(\w+)\s*(?:\[\s*\d*\s*\])?\s*(?::[^=;\n]{1,40})?(?:,\s*\w+\s*)?:?=\s*([^=;\n][^;\n]{2,300})",
    )
});

/// A variable whose characters are changed in place, or that grows by computed characters.
static CHANGED: LazyLock<Option<Regex>> = LazyLock::new(|| {
    pattern(concat!(
        r"(?:^|[^\w.])[$@]?(\w+)\s*\[[^\]\n]{1,24}\]\s*(?:[-+^]=|=\s*(?:\([^)\n]{1,20}\)\s*)?\(?\s*\w+\s*\[[^\]\n]{1,24}\]\s*[-+^])",
        r"|(?:^|[^\w.])[$@]?(\w+)\s*(?:\.?\+?=|<<|\.append\(|\.push_str\(|\.push\(|\.Append\()\s*(?:\(char\)|[^;\n]{0,40}?(?:[^\w;\n]\(char\)|\bchr\(|fromCharCode|\brune\(|as char|toChar\(\)|UnicodeScalar|\.chr\b|\[char\]))",
        r"|(?:^|[^\w.])(\w+)\.(?:push_back|append|push)\(\s*(?:static_cast<\s*(?:unsigned\s+)?char\s*>\(|\(char\)|1\s*,\s*(?:static_cast|\(char\)))",
        r"|\breverse\(\s*(\w+)\.begin\(|\bArray\.Reverse\(\s*(\w+)\s*\)|\bslices\.Reverse\(\s*(\w+)\s*\)|\b(\w+)\.reverse!|\b_?strrev\(\s*(\w+)\s*\)",
        r"|(?:^|[^\w.])(\w+)\[0\]\s*=\s*'[^'\n]'\s*(?:[-+]\s*\d+\s*)?;\s*\w+\[1\]\s*=\s*'[^'\n]'"
    ))
});

fn is(pattern: &LazyLock<Option<Regex>>, text: &[u8]) -> bool {
    pattern.as_ref().is_some_and(|pattern| pattern.is_match(text))
}

/// Whether a text is put together in `given`, the arguments of what runs it.
pub fn pieced(given: &[u8]) -> bool {
    is(&TURNED, given)
        || is(&JOINED, given)
        || is(&ADDED, given)
        || is(&ESCAPED, given)
        || is(&COMPUTED, given)
        || numbered(given)
}

fn numbered(given: &[u8]) -> bool {
    let Some(numbers) = NUMBERED.as_ref() else { return false };
    is(&CHARACTERS, given) && numbers.find_iter(given).any(|found| reads(found.as_bytes()))
}

/// The variables that `before`, the lines in front of a statement, fills with such texts, and where.
pub fn filled(before: &[u8]) -> BTreeMap<Vec<u8>, usize> {
    let mut names: BTreeMap<Vec<u8>, usize> = BTreeMap::new();
    for found in GIVEN.iter().flat_map(|pattern| pattern.captures_iter(before)).take(60) {
        if let (Some(name), Some(value)) = (found.get(1), found.get(2))
            && pieced(value.as_bytes())
        {
            names.insert(name.as_bytes().to_vec(), name.start());
        }
    }
    for found in CHANGED.iter().flat_map(|pattern| pattern.captures_iter(before)).take(60) {
        names.extend(found.iter().skip(1).flatten().map(|name| (name.as_bytes().to_vec(), name.start())));
    }
    names
}

/// Whether numbers in brackets are the codes of a text.
fn reads(numbers: &[u8]) -> bool {
    let numbers = String::from_utf8_lossy(numbers);
    let numbers = numbers.trim_matches(|c: char| !c.is_ascii_alphanumeric());
    let mut letters = 0;
    let mut count = 0;
    for number in numbers.split(',') {
        let number = number.trim().trim_end_matches("u8").trim_end_matches('U');
        let code = match number.strip_prefix("0x") {
            Some(hex) => u32::from_str_radix(hex, 16),
            None => number.parse(),
        };
        match code {
            Ok(code @ (9 | 10 | 13 | 32..=126)) => {
                count += 1;
                letters += usize::from(char::from_u32(code).is_some_and(|c| c.is_ascii_alphabetic()));
            }
            Ok(0) => {}
            _ => return false,
        }
    }
    count >= 2 && letters * 3 >= count * 2
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn texts_put_together_are_known() {
        let cases = [
            r#"("hsab".reversed())"#,
            r#"("hsab".chars().rev().collect::<String>())"#,
            r#"(["b", "a", "s", "h"].concat())"#,
            r#"(strings.Join([]string{"b", "a", "s", "h"}, ""))"#,
            r#"(string.Concat("c", "m", "d"))"#,
            r#"(format!("{}{}", "ba", "sh"))"#,
            r#"(concat!("ba", "sh"))"#,
            r#"("ba" + "sh", "-c")"#,
            r#"("\x62\x61\x73\x68")"#,
            r"(new String(new char[] {'c', 'a', 'l', 'c'}))",
            r"(String(byteArrayOf(105, 100)))",
            r"(data.map(c => String.fromCharCode(c ^ k)).join(''))",
            r#"("jcaaaa".map { it - 1 }.joinToString(""))"#,
            r#"(String.join(".", "java", "lang", "Runtime"))"#,
            "(n[18] + n[24] + n[18] + n[19] + n[4] + n[12])",
        ];
        for case in cases {
            assert!(pieced(case.as_bytes()), "{case}");
        }
    }

    #[test]
    fn ordinary_arguments_are_not() {
        let cases = [
            r#"("git", "log", "--format=%H")"#,
            r#"("cp " + from + " " + to)"#,
            r#"("/usr/bin/" + name)"#,
            r#"(["ls", "-l", path])"#,
            r#"("SELECT a, b FROM " + table + " WHERE x = 1")"#,
            r#"(sizes.map(n => n + 1), 4, [80, 443, 22])"#,
            r#"(args.join(" "))"#,
            r#"(["git", "log"].join(" "))"#,
            r#"(path.join("dist", "cli.js"))"#,
            r#"('ls', ['-l', '-a'])"#,
            r#"(cmd.replace("a", "").replace("b", ""))"#,
            r#"("a long text that goes on " + "over two lines")"#,
            r#"(String.format("%s %s", a, b))"#,
        ];
        for case in cases {
            assert!(!pieced(case.as_bytes()), "{case}");
        }
    }

    #[test]
    fn variables_filled_before_are_known() {
        let names = |text: &str| {
            filled(text.as_bytes())
                .into_keys()
                .map(|name| String::from_utf8_lossy(&name).into_owned())
                .collect::<Vec<_>>()
        };
        assert_eq!(names("char s[] = \"cbti\";\nfor (i = 0; s[i]; i++) s[i] -= 1;\n"), ["s"]);
        assert_eq!(names("std::string s;\nfor (int c : {98, 97}) s += (char)c;\n"), ["s"]);
        assert_eq!(names("var c = new char[] { 'c', 'a', 'l', 'c' };\n"), ["c"]);
        assert_eq!(names("let total = a + b;\nlist[i] = list[i] * 2;\n"), Vec::<String>::new());
    }
}
