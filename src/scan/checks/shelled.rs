//! Names of programs that a shell script spells: letter by letter, by their numbers, backwards, out of another text.
//!
//! A script joins words all the time; what counts is a variable that is spelled so of nothing but what stands in the
//! script, and then stands where a program is named, or says where to send something.

use std::collections::BTreeSet;
use std::sync::LazyLock;

use regex::bytes::Regex;

use super::pattern;

/// Most places that are told in one file.
const MOST: usize = 12;

/// A variable that is given something.
static GIVEN: LazyLock<Option<Regex>> =
    LazyLock::new(|| pattern(r"(?m)(?:^|[\s;&|({])(\w+)(\+?)=(\x22?(?:\$\{?\w+\}?)?\$\([^\n]*|[^\s;]*)"));

/// What spells a text.
static SPELLS: LazyLock<Option<Regex>> = LazyLock::new(|| {
    pattern(concat!(
        // Letters cut out of a text, or taken out of it.
        r"(?:\$\{\w+:\s?\d+:\d+\}\x22?){2}|^\x22?\$\{\w+//[^/}\n]{1,8}/\}\x22?$",
        // Letters by their numbers.
        r"|\$\((?:printf|echo -n?e)\s[^)\n]{0,40}\\\\?(?:x|0|[1-7$])|\$'(?:\\x[0-9a-fA-F]{2}|\\[0-7]{3}){2,}",
        r"|\$\(\s*awk\s[^\n]{0,80}printf\s*\(?\x22%c",
        // A text in the script, turned.
        r"|\$\(\s*(?:echo|printf)\s+(?:-\w+\s+|'%s'\s+|%s\s+)*['\x22]?[\w=+/.:-]+['\x22]?\s*\|\s*(?:rev|tr\s|xxd\s+-r|base64\s+(?:-d|-D|--decode)|openssl\s)",
        r"|\$\(\s*(?:rev|tr\s[^)\n]{1,40}|xxd\s+-r[^)\n]{0,20}|base64\s+-d)\s*<<<\s*['\x22]?[\w=+/.-]+",
        // What was handed over, in another order.
        r"|^\x22?(?:\$\{?\d\}?){3,}"
    ))
});

/// Letters in a list, one by one.
static LETTERS: LazyLock<Option<Regex>> = LazyLock::new(|| {
    pattern(r"=\(\s*(?:\[\w+\]=)?['\x22]?\w['\x22]?(?:\s+(?:\[\w+\]=)?['\x22]?\w['\x22]?){2,}\s*\)")
});

/// An element of a list, or all of it as one word.
static ELEMENT: LazyLock<Option<Regex>> = LazyLock::new(|| pattern(r"^\x22?\$\{\w+\[[^\]\n]{1,12}\]\}"));

/// `printf -v name '%s%s' …`
static PRINTED: LazyLock<Option<Regex>> = LazyLock::new(|| {
    pattern(
        r"\bprintf\s+-v\s+(\w+)\s+['\x22]?(?:(?:%s|%b|%c){2,}|[^\n]*\\x|%s['\x22]?\s+\x22\$\{\w+\[[@*]\]\})",
    )
});

/// Where a program is named by a variable, or something is sent to what a variable says.
static NAMED: LazyLock<Option<Regex>> = LazyLock::new(|| {
    pattern(
        r"(?m)(?:^|[;&|(]|\bthen\b|\bdo\b|\belse\b|\b(?:eval|exec|sudo|nohup)\b)\s*[\x22']?\$\{?(\w+)\}?[\x22']?(?:[ \t]+[^=\s]|[ \t]*$|[ \t]*[;&|)])|\b(?:curl|wget|nc|ncat|ssh|scp|ftp)\b[^\n;|]{0,120}\$\{?(\w+)\}?",
    )
});

/// A program that is named by what turns a text.
static TURNED: LazyLock<Option<Regex>> = LazyLock::new(|| {
    pattern(
        r"(?m)(?:^|[;&|])[ \t]*\$\(\s*(?:rev|tr\s[^)\n]{1,40}|xxd\s+-r[^)\n]{0,20})\s*<<<\s*['\x22]?[\w=+/.-]+['\x22]?\s*\)[ \t]+\S",
    )
});

/// The end of the script itself, decoded into a file, and that file.
static OWN: LazyLock<Option<Regex>> = LazyLock::new(|| {
    pattern(
        r"\b(?:tail|sed|awk|grep)\b[^\n|]*[\x22']?\$(?:0|\{?BASH_SOURCE)[^\n|]*\|\s*(?:tr|base64|openssl|xxd|rev|sed)\b[^\n>]*>\s*([\w./$\x22{}-]+)",
    )
});

/// What a script spells by the numbers of letters and evaluates at once, and a path whose first words are variables that
/// is opened both ways: a way to the network.
static AT_ONCE: LazyLock<Option<Regex>> = LazyLock::new(|| {
    pattern(concat!(
        r"\beval\s+[\x22']?\$\([^\n]{0,120}\\\\?x(?:&|\\1)[^\n]{0,120}(?:printf|echo)[^\n]*",
        r"|<>\s*\x22?/\$\{?\w+[^/\n]{0,16}/\$\{?\w[^\n]*"
    ))
});

fn is(pattern: &LazyLock<Option<Regex>>, text: &[u8]) -> bool {
    pattern.as_ref().is_some_and(|pattern| pattern.is_match(text))
}

/// Where in `bytes`, a shell script, something is started or reached whose name is spelled.
pub fn named(bytes: &[u8]) -> Vec<(usize, usize)> {
    let mut spelled: BTreeSet<Vec<u8>> = BTreeSet::new();
    let letters = is(&LETTERS, bytes);
    for given in GIVEN.iter().flat_map(|given| given.captures_iter(bytes)).take(2000) {
        let (Some(name), Some(more), Some(value)) = (given.get(1), given.get(2), given.get(3)) else {
            continue;
        };
        let grows = !more.is_empty() || value.as_bytes().starts_with(&own_start(name.as_bytes()));
        let element = letters && is(&ELEMENT, value.as_bytes());
        let whole = element && memchr::memmem::find(value.as_bytes(), b"[*]").is_some();
        let cut = grows && memchr::memmem::find(value.as_bytes(), b":1}").is_some();
        let growing = grows && is(&SPELLS, rest_of(value.as_bytes(), name.as_bytes()));
        if is(&SPELLS, value.as_bytes()) || growing || cut || element && grows || whole {
            spelled.insert(name.as_bytes().to_vec());
        }
    }
    for printed in PRINTED.iter().flat_map(|printed| printed.captures_iter(bytes)).take(MOST) {
        spelled.extend(printed.get(1).map(|name| name.as_bytes().to_vec()));
    }
    let mut places = Vec::new();
    if !spelled.is_empty() {
        for place in NAMED.iter().flat_map(|named| named.captures_iter(bytes)).take(2000) {
            let name = place.get(1).or(place.get(2));
            if let (Some(all), Some(name)) = (place.get(0), name)
                && spelled.contains(name.as_bytes())
            {
                places.push((name.start().saturating_sub(1), all.end()));
            }
        }
    }
    for place in TURNED.iter().flat_map(|turned| turned.find_iter(bytes)).take(MOST) {
        places.push((place.end() - 1, place.end()));
    }
    for turned in AT_ONCE.iter().flat_map(|turned| turned.find_iter(bytes)).take(MOST) {
        places.push((turned.start(), turned.end()));
    }
    for own in OWN.iter().flat_map(|own| own.captures_iter(bytes)).take(MOST) {
        let (Some(all), Some(file)) = (own.get(0), own.get(1)) else { continue };
        let rest = bytes.get(all.end()..).unwrap_or_default();
        for at in memchr::memmem::find_iter(rest, file.as_bytes()).take(MOST) {
            let before = rest.get(..at).unwrap_or_default().trim_ascii_end();
            let runs = [&b"."[..], b"source", b"sh", b"bash", b"exec", b"\n"];
            let starts = rest.get(..at).is_some_and(|before| before.ends_with(b"\n"));
            if starts || runs.iter().any(|run| before.ends_with(run)) && !before.is_empty() {
                places.push((all.end() + at, all.end() + at + file.len()));
            }
        }
    }
    places.sort_unstable();
    places.dedup();
    places.truncate(MOST);
    places
}

/// `"$name`: how a value begins that adds to what it was.
fn own_start(name: &[u8]) -> Vec<u8> {
    [b"\"$", name].concat()
}

/// What is added to what a variable was.
fn rest_of<'v>(value: &'v [u8], name: &[u8]) -> &'v [u8] {
    value.get(name.len() + 2..).unwrap_or(value)
}

#[cfg(test)]
mod tests {
    use super::named;

    #[test]
    fn programs_that_are_spelled_are_told_where_they_are_started() {
        for text in [
            "declare -A b=([3]=r [1]=c [2]=u)\nfor i in 1 2 3; do c+=\"${b[$i]}\"; done\n\"$c\" -s x\n",
            "w=$(echo 67726f | xxd -r -p | rev)\ncurl -s \"http://$w/x\"\n",
            "for n in 143 165; do w=\"$w$(printf \"\\\\$n\")\"; done\n$w -s x\n",
            "printf -v cmd '%s%s%s' c u r\n$cmd x\n",
            "set -- r c l u\nx=\"$2$4$1$3\"\n$x -s y\n",
            "s='xcuxrlx'; s=${s//x/}\n$s -s x\n",
            "a=(e v a l); IFS=; e=\"${a[*]}\"\n$e x\n",
            "$(rev <<< 'lruc') -s x\n",
            "eval \"$(sed 's/../\\\\x&/g' <<<\"$tag\" | xargs -0 printf '%b')\"\n",
            "exec 7<>\"/${kinds[2]}/${kinds[0]}/$(quad \"$seed\")/443\"\n",
            "tail -n +6 \"$0\" | tr a-m n-z > /tmp/.r\n. /tmp/.r\n",
        ] {
            assert_eq!(named(text.as_bytes()).len(), 1, "{text}");
        }
    }

    #[test]
    fn what_scripts_do_all_the_time_is_not() {
        for text in [
            "cmd=\"$base$suffix\"\n$cmd x\n",
            "args=(a b c)\nopts=\"${args[*]}\"\necho $opts\n",
            "name=$(echo \"$1\" | tr A-Z a-z)\n$name run\n",
            "v=${1//-/}\necho $v\n",
            "d=$(printf '%s/%s' a b)\n$d x\n",
            "printf -v at '%s' \"$x\"\n$at y\n",
        ] {
            assert!(named(text.as_bytes()).is_empty(), "{text}");
        }
    }
}
