//! Texts put together so that no search finds them: spelled out in character numbers or escapes, written
//! backwards, cut into pieces, computed with exclusive or, taken from a picture's bits.
//!
//! A text in pieces is honest nearly everywhere; it counts where the whole is the name of something that
//! runs code and no single piece says so, or where the pieces are single characters.

use std::sync::LazyLock;

use aho_corasick::AhoCorasick;
use regex::bytes::Regex;

use super::Check;
use super::Report;
use super::Subject;
use super::finder;
use super::pattern;
use crate::model::scan::Confidence;
use crate::model::scan::Severity;
use crate::scan::code::rules::LISTS;
use crate::scan::draft::Draft;

pub const CHECK: Check = Check {
    rules: &["rebuilt-text", "computed-code", "hidden-in-picture", "silenced-output"],
    about: "Names and commands spelled out, reversed, cut up or computed before they are used.",
    run,
};

/// What stands near a rebuilt text: a file without any of these is not searched further.
const NEEDLES: &[&str] = &[
    "chr(",
    "fromCharCode(",
    "fromCodePoint(",
    "[char]",
    "\\x",
    "[::-1]",
    "strrev(",
    "reverse",
    "\"+\"",
    "\" + \"",
    "'+'",
    "' + '",
    "'.'",
    "' . '",
    "\" . \"",
    "\".\"",
    "comspec",
    "pshome[",
    "`",
    "}{",
    "constructor\"]",
    "constructor']",
    "console.log =",
    "console.log=",
    "getpixel",
    "getimagedata",
    " ^ 0x",
    "^= ",
    "..0]",
    "\\u00",
    "\\u{00",
    "constructor",
    "getownpropertynames",
    "ownkeys",
    "object.keys(",
    "get-command",
    "get-alias",
    "get-variable",
    "& (gcm",
    "data:",
    "/?",
    "?/",
    "ifs",
    "utime",
    "/dev/null",
    "[char",
    "-split '(",
    "%6",
    "%7",
    "printf '\\1",
    "printf \"\\1",
    "printf '\\0",
    "printf '%b' ",
    "printf %b ",
    "printf \"%b\" ",
    "[]byte{",
    "[]rune{",
    "listof(",
    "arrayof(",
    "new string(new",
    "getstring(new",
    "(bytes: [",
    "from_utf8",
    "].pack",
    "].map",
    "bytes([",
    "bytearray([",
    "].join(",
    ".join([",
    ".join((",
    "\" ^ \"",
    "' ^ '",
    "\"^\"",
    "'^'",
    "', '",
    "','",
    ":1}",
    "::$",
    ").invoke(",
    "define ",
    "error_reporting(0",
    "@file_get",
    "@exec",
    "@system",
    "@shell_exec",
    "@curl_exec",
    "@fsockopen",
    "@mail",
    "powershell",
    "pwsh",
    "getdata()",
    "imagecolorat",
    "get_pixel",
    "getrgb(",
    "-enc",
    "\"-ec\"",
    "'-ec'",
    "${!",
    "(~",
    "( ~",
];

static FINDER: LazyLock<Option<AhoCorasick>> = LazyLock::new(|| finder(NEEDLES));

/// One way to spell a text so that it is not read.
struct Spelling {
    pattern: Regex,
    languages: &'static [&'static str],
    category: &'static str,
    message: &'static str,
    /// Whether the text must turn out to be one of the telling names.
    telling: Option<fn(&[u8]) -> String>,
}

/// What is said of a program that is named by a pattern.
const PATTERNED: &str = "a program is named by a pattern, so that no search finds it";

/// The length from which a telling name tells even inside a longer text, and four more.
const DISTINCT: usize = 12;

static SPELLINGS: LazyLock<Vec<Spelling>> = LazyLock::new(|| {
    type Row =
        (&'static str, &'static [&'static str], &'static str, &'static str, Option<fn(&[u8]) -> String>);
    const SPELLED: &str = "a text is spelled out in numbers, so that it cannot be read where it stands";
    const ESCAPED: &str = "letters are written as escapes, so that no search finds the text";
    const BACKWARDS: &str = "a telling name is written backwards, so that no search finds it";
    const PIECES: &str = "a telling name is cut into pieces, so that no search finds it";
    let rows: [Row; 38] = [
        (
            r#"["']-e(?:c|nc|ncoded|ncodedcommand)["']\s*,\s*[$\w"'(\[]"#,
            &[],
            "obf.encoded-exec",
            "what is run here is encoded: it cannot be read where it stands",
            None,
        ),
        (
            r#"(?:^|[;&|('"`]|\b(?:then|do|else|trap)\s+)\s*['"]?\$\{![A-Za-z_]\w*\}['"]?\s+["'$\w/-]"#,
            &["bash", "make", "dockerfile"],
            "obf.api-indirection",
            "what is run here is named by a variable that is named by another one, so that no search finds it",
            None,
        ),
        (
            r"(?:\bchr\(\s*(?:0x[0-9a-f]+|\d+)\s*\)\s*[.+,&]\s*){3,}",
            &[],
            "obf.string-reconstruction",
            SPELLED,
            None,
        ),
        (
            r"\bchr\(\s*\w+(?:\s*\^\s*\w+)?\s*\)\s+for\s+\w+\s+in\s*[\[(]\s*(?:(?:0x[0-9a-f]+|\d+)\s*,\s*){3,}",
            &[],
            "obf.string-reconstruction",
            SPELLED,
            None,
        ),
        (
            r"from(?:CharCode|CodePoint)\(\s*(?:(?:0x[0-9a-f]+|\d+)\s*,\s*){3,}",
            &[],
            "obf.string-reconstruction",
            SPELLED,
            None,
        ),
        (
            r"(?:\[char\]\s*\(?\s*(?:0x[0-9a-f]+|\d+)\s*\)?\s*[+,]\s*){2,}",
            &["powershell"],
            "obf.string-reconstruction",
            SPELLED,
            None,
        ),
        (
            r"(?:\\x(?:4[1-9a-f]|5[0-9a]|6[1-9a-f]|7[0-9a])){3,}",
            &["javascript", "typescript", "php", "ruby", "bash", "python", "html"],
            "obf.string-reconstruction",
            ESCAPED,
            Some(unordered),
        ),
        (
            r#"\$\{?\s*\{?"[A-Za-z]*\\x(?:4[1-9a-f]|5[0-9a]|6[1-9a-f]|7[0-9a])|include(?:_once)?\s*\(?\s*"[^"\n]*\\x[2-7][0-9a-f]"#,
            &["php"],
            "obf.string-reconstruction",
            ESCAPED,
            None,
        ),
        (
            r#"["'][^"'\n]{3,60}["']\s*\[::-1\]|strrev\(\s*["'][^"'\n]{3,60}["']\s*\)|["'][^"'\n]{3,60}["']\.(?:reverse\b|Reverse\(|split\(\s*(?:""|'')\s*\)\.reverse)|StringBuilder\(\s*"[^"\n]{3,60}"\s*\)\.reverse\(|\(['"][^\n]{3,60}['"]\)\s*\[\s*(?:-1|\d+)\s*\.\.\s*(?:0|-\d+)\s*\]"#,
            &[],
            "obf.string-reconstruction",
            BACKWARDS,
            Some(reversed),
        ),
        (
            r#"(?:"[^"\n]{0,40}"\s*[+.]\s*){1,40}"[^"\n]{0,40}"|(?:'[^'\n]{0,40}'\s*[+.]\s*){1,40}'[^'\n]{0,40}'"#,
            &[],
            "obf.string-reconstruction",
            PIECES,
            Some(joined),
        ),
        (
            r"\$\w+::\$\w+\s*\(|\.\(\s*\$\w+(?:\.Name)?\s*\)\.Invoke\(",
            &["powershell"],
            "obf.api-indirection",
            "what is called here is named by a variable, so that no search finds it",
            None,
        ),
        (
            r"\$(?:env:\w+|pshome|shellid)\s*\[\s*\d+(?:\s*,\s*-?\d+)+\s*\]",
            &["powershell"],
            "obf.api-indirection",
            PIECES,
            None,
        ),
        (r"\b[a-z]+(?:-?`[a-z]+|-[a-z]+)+", &["powershell"], "obf.api-indirection", PIECES, Some(unticked)),
        (
            r#"["'](?:\{\d+\}){2,}["']\s*-f\s*(?:["'][^"'\n]*["']\s*,?\s*)+"#,
            &["powershell"],
            "obf.string-reconstruction",
            PIECES,
            Some(formatted),
        ),
        (
            r#"\[\s*["']constructor["']\s*\]\s*\(|\[["'](?:filter|map|sort|flat|at|find)["']\]\[["']constructor["']\]"#,
            &["javascript", "typescript", "html"],
            "obf.api-indirection",
            "code is made through the constructor of a function, so that no search finds it",
            None,
        ),
        (
            r"console\.(?:log|error|warn|info)\s*=\s*(?:console\.\w+\s*=\s*)*(?:function\s*\w*\s*\([^)]*\)\s*\{\s*\}|\([^)]*\)\s*=>\s*\{\s*\})",
            &["javascript", "typescript"],
            "evasion.swallow-exceptions",
            "what the program would say is silenced",
            None,
        ),
        (
            r"(?:^|[^\\\w])(?:\w*\\u\{?00(?:4[1-9a-f]|5[0-9a]|6[1-9a-f]|7[0-9a])\}?)+\w*",
            &["java", "kotlin", "csharp", "javascript", "typescript"],
            "obf.string-reconstruction",
            ESCAPED,
            Some(unescaped),
        ),
        (
            r#"\.constructor\s*\(\s*["'`]|\.constructor\s*\.\s*constructor\b|\.constructor\s+as\s+(?:Async)?Function(?:Constructor)?\s*\)\s*\("#,
            &["javascript", "typescript", "html"],
            "obf.api-indirection",
            "code is made through the constructor of a function, so that no search finds it",
            None,
        ),
        (
            r"(?:getOwnPropertyNames|Reflect\.ownKeys|Object\.keys)\(\s*(?:globalThis|window|global|self|process|Function\.prototype)\s*\)\s*\.\s*(?:find|filter)\b|\bGet-(?:Command|Alias|Variable)\s+(?:-\w+\s+)?['\x22]?[\w-]*\*[\w*?-]*['\x22]?\s*\)\s*\.?\s*(?:Name|Definition)?\s*(?:\[|\|)|&\s*\(\s*(?:gcm|Get-Command|gal|Get-Alias)\s+(?:-\w+\s+)?\S*[*?]|\$\w+\s*=\s*\(?\s*(?:gcm|Get-Command|gal|Get-Alias)\s+(?:-\w+\s+)?['\x22]?[\w-]*[*?][\w*?-]*['\x22]?\s*\)?(?:\.\w+)?\s*(?:;|$)",
            &["javascript", "typescript", "html", "powershell"],
            "obf.api-indirection",
            "a function is looked up by how its name looks, so that no search finds it",
            None,
        ),
        (
            r#"\b(?:import|Worker|SharedWorker|require|importScripts)\s*\(\s*["'`]data:[^,"'`\n]{0,60}(?:javascript|ecmascript|wasm)|\bfrom\s+["']data:[^,"'\n]{0,60}javascript"#,
            &["javascript", "typescript", "html"],
            "obf.encoded-exec",
            "code is loaded from a text in the program itself",
            None,
        ),
        (
            r"^\s*(?:sudo\s+)?/[\w/*\[\]-]*\?[\w?/*\[\]-]*(?:\s|$|[\x22'][$\w])|[;&|(]\s*/[\w/*\[\]-]*\?[\w?/*\[\]-]*(?:\s|$)",
            &["bash", "make", "dockerfile"],
            "obf.api-indirection",
            PATTERNED,
            None,
        ),
        (
            r"\b[a-z]+\$\{?IFS\}?[\w/'\x22$-]",
            &["bash", "make", "dockerfile"],
            "obf.string-reconstruction",
            "the blanks of a command are written as a variable, so that no search finds it",
            Some(blanks),
        ),
        (
            r#"\b(?:os\.utime|touch\s+-(?:t|d|r)|File\.(?:utime|SetLastWriteTime|SetCreationTime))\s*\(\s*[^,\n]{1,60},\s*\(?\s*\d{9,10}"#,
            &["python", "ruby"],
            "evasion.timestomp",
            "the time of a file is set to a fixed day",
            None,
        ),
        (
            r"\b(?:curl|wget|nc|ncat|socat)\b[^\n#]*(?:(?:>|&>)\s*/dev/null(?:\s+2>&1)?|2>\s*/dev/null)[^\n#]*(?:\|\|\s*(?:true|:)|[^&>|]&\s*(?:\)|$|#))",
            &["bash", "make", "dockerfile"],
            "evasion.swallow-exceptions",
            "what this sends is started aside, and nobody hears of its errors",
            None,
        ),
        (
            r"\[char\[\]\]\s*\(?\s*@?\(?\s*(?:(?:0x[0-7]?[0-9a-f]|\d{1,3})\s*,\s*){2,}|\[char\]\s*\[convert\]::toint32\(|-split\s*'\(\.\.\)'|(?:^|[^\]])\[char\]\s*\(?\s*\$_\s*(?:-bxor|[-+])",
            &["powershell"],
            "obf.string-reconstruction",
            SPELLED,
            None,
        ),
        (
            r#"\bprintf\s+(?:--\s+|["']?%b["']?\s+)?["'](?:\\0?(?:1[0-7]{2}|0[4-7][0-7])|\\x[2-7][0-9a-f]){3,}"#,
            &["bash", "make", "dockerfile"],
            "obf.string-reconstruction",
            ESCAPED,
            None,
        ),
        (
            r"(?:string\(\s*\[\](?:byte|rune)\{|new\s+String\(\s*new\s+\w+\[\]\s*\{|GetString\(\s*new\s+byte\[\]\s*\{|String\(bytes:\s*\[|from_utf8(?:_lossy)?\(\s*(?:vec!|&)?\[|\bbytes\(\[|\bbytearray\(\[)\s*(?:(?:0x[0-9a-f]{2}|\d{2,3})\s*,\s*){3,}(?:0x[0-9a-f]{2}|\d{2,3})",
            &[],
            "obf.string-reconstruction",
            SPELLED,
            Some(numbered),
        ),
        (
            r"(?:listOf\(|ArrayOf\(|\[)\s*(?:(?:0x[0-9a-f]{2}|\d{2,3})\s*,\s*){3,}(?:0x[0-9a-f]{2}|\d{2,3})\s*[\])]\s*\.\s*(?:pack\b|map\s*[({&]|joinToString|decodeToString|toString)",
            &[],
            "obf.string-reconstruction",
            SPELLED,
            Some(numbered),
        ),
        (
            r#"\[\s*(?:["'][^"'\n]{1,8}["']\s*,\s*){2,}["'][^"'\n]{1,8}["']\s*\]\.join\(\s*(?:""|'')|(?:""|'')\.join\(\s*[\[(]\s*(?:["'][^"'\n]{1,8}["']\s*,\s*){2,}["'][^"'\n]{1,8}["']"#,
            &[],
            "obf.string-reconstruction",
            PIECES,
            Some(joined),
        ),
        (
            r#"\(\s*(?:"[^"\n]{1,12}"\s*\^\s*"[^"\n]{1,12}"|'[^'\n]{1,12}'\s*\^\s*'[^'\n]{1,12}')\s*\)"#,
            &["php"],
            "obf.string-reconstruction",
            "a text is computed from two others, so that it cannot be read where it stands",
            None,
        ),
        (
            r"(?:'[a-z /._-]'\s*,\s*){4,}'[a-z /._-]'",
            &["c", "cpp", "java", "csharp", "kotlin", "rust", "go"],
            "obf.string-reconstruction",
            SPELLED,
            Some(lettered),
        ),
        (
            r#""[^"\n]{4,60}"\.reversed\(|'[^'\n]{4,60}'\.reversed\(|\breversed\(\s*["'][^"'\n]{4,60}["']"#,
            &[],
            "obf.string-reconstruction",
            BACKWARDS,
            Some(reversed),
        ),
        (
            r"(?:\$\{\w+:\s?\d+:\d\}){2,}",
            &["bash"],
            "obf.string-reconstruction",
            "a text is put together from letters cut out of another",
            None,
        ),
        (
            r"#\s*define\s+\w+\s+\w+\(\s*\w{1,8}\s*(?:,\s*\w{1,8}\s*)+\)",
            &["c", "cpp"],
            "obf.string-reconstruction",
            PIECES,
            Some(pasted),
        ),
        (
            r"\(\s*~\s*[^()\n;]{1,60}\)\s*\(",
            &["php"],
            "obf.api-indirection",
            "what is called here is a text with all of its bits turned, so that no search finds it",
            None,
        ),
        (
            r"error_reporting\(\s*0\s*\)|@(?:file_get_contents|fsockopen|curl_exec|exec|system|shell_exec|mail|passthru|proc_open|popen|stream_socket_client)\s*\(",
            &["php"],
            "evasion.swallow-exceptions",
            "what goes wrong here is silenced",
            None,
        ),
        (
            r"(?:powershell|pwsh)(?:\.exe)?\b[^\n|;]{0,100}\s-e(?:nc|ncodedcommand|c)?\s+[\x22']?[$%]\w+",
            &[],
            "obf.encoded-exec",
            "what is run here is encoded: it cannot be read where it stands",
            None,
        ),
        (
            r"\b(?:eval|exec|Function|system|assert|iex)\s*\(?[^;\n]{0,60}(?:%[0-9a-f]{2}){6,}",
            &[],
            "obf.encoded-exec",
            ESCAPED,
            None,
        ),
    ];
    rows.into_iter()
        .filter_map(|(text, languages, category, message, telling)| {
            let pattern = pattern(&format!("(?i){text}"))?;
            Some(Spelling { pattern, languages, category, message, telling })
        })
        .collect()
});

/// How far back a loop that computes a text stands before what runs it.
const NEAR: usize = 700;

static COMPUTED: LazyLock<Option<Regex>> = LazyLock::new(|| {
    pattern(r"(?i)\w\s*\]?\s*\^=?\s*(?:0x[0-9a-f]{1,2}\b|\d{1,3}\b|key|\w+\[[^\]\n]{1,40}\])")
});

static RUNS: LazyLock<Option<Regex>> = LazyLock::new(|| {
    pattern(
        r"\b(?:dlsym|GetProcAddress|NSClassFromString|NSSelectorFromString|Command::new|exec\.Command|system|popen|execl|execv|execve|execvp|WinExec|ShellExecute[AW]?|CreateProcess[AW]?|LoadLibrary[AW]?|dlopen|eval|exec|Assembly\.Load|Process\.Start|defineClass|loadClass|shell_exec|passthru|CreateThread|EvaluateAsync|RunAsync|evaluateScript|evaluateJavaScript|Function|runInNewContext|runInThisContext|instance_eval|class_eval|getEngineByName|CompileAssemblyFromSource|scriptblock\]::Create)\s*(?:<\w+>)?\s*\(",
    )
});

/// At most this many findings a file.
const PER_FILE: usize = 20;

fn run(subject: &Subject, report: &mut Report) {
    let bytes = subject.bytes();
    if !subject.classified.code && !matches!(subject.classified.language, "html" | "m4" | "make") {
        return;
    }
    if subject.classified.language == "bash" {
        spelled_programs(subject, report);
    }
    let Some(finder) = FINDER.as_ref() else { return };
    let mut searched = 0;
    let mut found = 0;
    let mut computed = false;
    let mut beyond = false;
    for hit in finder.find_iter(bytes) {
        let needle = NEEDLES.get(hit.pattern().as_usize()).copied().unwrap_or("");
        match needle {
            "getpixel" | "getimagedata" | "getdata()" | "imagecolorat" | "get_pixel" | "getrgb(" => {
                picture(subject, hit.start(), report);
                continue;
            }
            " ^ 0x" | "^= " => {
                computed = true;
                continue;
            }
            _ => {}
        }
        if hit.start() < searched {
            continue;
        }
        if found >= PER_FILE {
            beyond = true;
            continue;
        }
        let (start, end) = line_around(bytes, hit.start());
        searched = end;
        let line = bytes.get(start..end).unwrap_or_default();
        for spelling in SPELLINGS.iter() {
            let language = subject.classified.language;
            if !spelling.languages.is_empty() && !spelling.languages.contains(&language) {
                continue;
            }
            let shown = spelling.pattern.find_iter(line).find(|shown| {
                let tells = match spelling.telling {
                    None => true,
                    Some(plain) => is_telling(shown.as_bytes(), &plain(shown.as_bytes())),
                };
                tells && !subject.in_comment(start + shown.start())
            });
            if let Some(shown) = shown {
                found += 1;
                if spelling.message == PATTERNED {
                    // Whatever bears such a name is started.
                    report.capabilities.push(("cap.exec", "pattern".to_owned(), start + shown.start()));
                }
                let evasion = spelling.category == "evasion.swallow-exceptions";
                report.drafts.push(Draft {
                    rule: if evasion { "silenced-output" } else { "rebuilt-text" },
                    category: spelling.category,
                    severity: if evasion { Severity::Low } else { Severity::Medium },
                    confidence: Confidence::Medium,
                    start: start + shown.start(),
                    end: start + shown.end(),
                    message: spelling.message.to_owned(),
                    question: "What does this say in plain text, and why is it not written so?",
                    key: String::new(),
                });
                break;
            }
        }
    }
    if beyond {
        report.left.push(format!("texts put together: only the first {PER_FILE} are told"));
    }
    if computed {
        computed_code(subject, report);
    }
    if matches!(subject.classified.language, "c" | "cpp") {
        pasted_names(subject, report);
    }
}

/// What a shell script starts, or reaches, by a name it spells.
fn spelled_programs(subject: &Subject, report: &mut Report) {
    for (start, end) in super::shelled::named(subject.bytes()) {
        if subject.in_comment(start) {
            continue;
        }
        report.drafts.push(Draft {
            rule: "rebuilt-text",
            category: "obf.string-reconstruction",
            severity: Severity::Medium,
            confidence: Confidence::Medium,
            start,
            end,
            message: "what is started or reached here is spelled by the script, so that no search finds it"
                .to_owned(),
            question: "What does this say in plain text, and why is it not written so?",
            key: String::new(),
        });
    }
}

/// A macro whose name stands for a name that is pasted together, and the pieces of it.
static PASTED: LazyLock<Option<Regex>> = LazyLock::new(|| {
    pattern(r"(?m)^[ \t]*#[ \t]*define[ \t]+(\w+)[ \t]+\w+(\([ \t]*\w{1,8}[ \t]*(?:,[ \t]*\w{1,8}[ \t]*)+\))")
});

/// Where what is pasted together under another name is called: it starts a program, and no search finds it.
fn pasted_names(subject: &Subject, report: &mut Report) {
    let bytes = subject.bytes();
    if memchr::memmem::find(bytes, b"##").is_none() {
        return;
    }
    for (start, end, name) in super::pasted::called(bytes).into_iter().take(PER_FILE) {
        if !subject.in_comment(start) {
            told_pasted((start, end), name, report);
        }
    }
    for found in PASTED.iter().flat_map(|pattern| pattern.captures_iter(bytes)).take(PER_FILE) {
        let (Some(all), Some(name), Some(pieces)) = (found.get(0), found.get(1), found.get(2)) else {
            continue;
        };
        let plain = pasted(pieces.as_bytes());
        if !LISTS.hashed_start.contains(&*plain) {
            continue;
        }
        let rest = bytes.get(all.end()..).unwrap_or_default();
        for at in memchr::memmem::find_iter(rest, name.as_bytes()).take(PER_FILE) {
            let before = at.checked_sub(1).and_then(|before| rest.get(before));
            let whole = before.is_none_or(|byte| !byte.is_ascii_alphanumeric() && *byte != b'_');
            let after = rest.get(at + name.len()..).unwrap_or_default();
            let start = all.end() + at;
            if !whole || !after.trim_ascii_start().starts_with(b"(") || subject.in_comment(start) {
                continue;
            }
            told_pasted((start, start + name.len()), plain.clone(), report);
        }
    }
}

/// Tells that `name` is called at a place under another one.
fn told_pasted((start, end): (usize, usize), name: String, report: &mut Report) {
    report.drafts.push(Draft {
        rule: "rebuilt-text",
        category: "obf.api-indirection",
        severity: Severity::Medium,
        confidence: Confidence::Medium,
        start,
        end,
        message: format!(
            "`{name}` is called by a name the preprocessor pastes together, so that no search finds it"
        ),
        question: "What does this say in plain text, and why is it not written so?",
        key: String::new(),
    });
    report.capabilities.push(("cap.exec", name, start));
}

/// A loop of exclusive or shortly before something that runs its result.
fn computed_code(subject: &Subject, report: &mut Report) {
    let (Some(computed), Some(runs)) = (COMPUTED.as_ref(), RUNS.as_ref()) else { return };
    let bytes = subject.bytes();
    let mut last = 0;
    for place in computed.find_iter(bytes).take(200) {
        if place.start() < last || subject.in_comment(place.start()) {
            continue;
        }
        let near = bytes.get(place.end()..(place.end() + NEAR).min(bytes.len())).unwrap_or_default();
        // The end of a function ends what is near.
        let near = near.get(..memchr::memmem::find(near, b"\n}").unwrap_or(near.len())).unwrap_or_default();
        let Some(run) = runs.find(near) else { continue };
        let at = place.end() + run.start();
        if subject.in_comment(at) || crate::scan::syntax::kind_at(subject.spans, at).is_some() {
            continue;
        }
        last = at;
        report.drafts.push(Draft {
            rule: "computed-code",
            category: "obf.encoded-exec",
            severity: Severity::High,
            confidence: Confidence::Medium,
            start: at,
            end: place.end() + run.end(),
            message: "what is run here was decoded with exclusive or just before: it cannot be read where it stands"
                .to_owned(),
            question: "What does the decoded data say, and why is it encoded?",
            key: String::new(),
        });
        report.drafts.push(Draft {
            rule: "rebuilt-text",
            category: "obf.string-reconstruction",
            severity: Severity::Medium,
            confidence: Confidence::Medium,
            start: place.start(),
            end: place.end(),
            message: "a text is decoded with exclusive or shortly before it is run".to_owned(),
            question: "What does this say in plain text, and why is it not written so?",
            key: String::new(),
        });
    }
}

/// Code taken from the lowest bits of a picture.
fn picture(subject: &Subject, from: usize, report: &mut Report) {
    if report.drafts.iter().any(|draft| draft.rule == "hidden-in-picture") {
        return;
    }
    let bytes = subject.bytes();
    let bits =
        ["& 1", "&1", "% 2", "%2"].iter().any(|text| memchr::memmem::find(bytes, text.as_bytes()).is_some());
    let Some(run) = RUNS.as_ref().filter(|_| bits).and_then(|runs| runs.find_at(bytes, from)) else { return };
    if subject.in_comment(run.start()) {
        return;
    }
    report.drafts.push(Draft {
        rule: "hidden-in-picture",
        category: "obf.steganography",
        severity: Severity::High,
        confidence: Confidence::Medium,
        start: run.start(),
        end: run.end(),
        message: "this file reads the lowest bits of a picture and runs code".to_owned(),
        question: "What is in the picture, and why does the program run it?",
        key: String::new(),
    });
}

/// The line at `at`, bounded: lines of packed code have no end.
fn line_around(bytes: &[u8], at: usize) -> (usize, usize) {
    const MOST: usize = 2000;
    let before = bytes.get(at.saturating_sub(MOST)..at).unwrap_or_default();
    let start = at - before.len() + before.iter().rposition(|b| *b == b'\n').map_or(0, |n| n + 1);
    let after = bytes.get(at..(at + MOST).min(bytes.len())).unwrap_or_default();
    let end = at + memchr::memchr(b'\n', after).unwrap_or(after.len());
    (start, end.max(at + 1).min(bytes.len()))
}

/// Whether `plain` is a telling name, and what is written does not say it.
fn is_telling(written: &[u8], plain: &str) -> bool {
    let plain = plain.to_ascii_lowercase();
    let written = written.to_ascii_lowercase();
    let unwritten = |name: &str| memchr::memmem::find(&written, name.as_bytes()).is_none();
    let names = || LISTS.telling.iter().map(|name| &**name);
    let long = |name: &&str| name.len() >= DISTINCT - 4;
    let pieces =
        plain.len() >= 6 && written.len() >= plain.len() * 4 && plain.bytes().all(|b| b.is_ascii_graphic());
    names().any(|name| plain.trim_matches(['(', ')']) == name && unwritten(name))
        || names().filter(long).any(|name| plain.contains(name) && unwritten(name))
        || ["getruntime", "runtime", "phpinfo", "process", ".exe", "get-date", "builtins"]
            .iter()
            .any(|name| plain.contains(name) && unwritten(name) && plain.len() < 60)
        || pieces
}

/// The quoted texts of `written`, without their quotes.
fn quoted(written: &[u8]) -> Vec<String> {
    let mut all = Vec::new();
    let mut open: Option<(u8, Vec<u8>)> = None;
    for byte in written {
        match &mut open {
            Some((quote, text)) if byte == quote => {
                all.push(String::from_utf8_lossy(text).into_owned());
                open = None;
            }
            Some((_, text)) => text.push(*byte),
            None if matches!(byte, b'"' | b'\'') => open = Some((*byte, Vec::new())),
            None => {}
        }
    }
    all
}

fn joined(written: &[u8]) -> String {
    quoted(written).concat()
}

/// What the arguments of a macro that pastes make.
fn pasted(written: &[u8]) -> String {
    let text = String::from_utf8_lossy(written);
    let inner = text.rsplit_once('(').map_or("", |(_, inner)| inner).trim_end_matches(')');
    inner.split(',').map(str::trim).collect()
}

/// What numbers spell, where each is a printable character.
fn numbered(written: &[u8]) -> String {
    let text = String::from_utf8_lossy(written);
    let list = text.rsplit(['[', '{', '(']).find(|part| part.contains(',')).unwrap_or("");
    let mut plain = String::new();
    for number in list.split(',') {
        let number = number.trim();
        let end = number.find(|c: char| !c.is_ascii_alphanumeric()).unwrap_or(number.len());
        let number = number.get(..end).unwrap_or("");
        let code = match number.strip_prefix("0x").or(number.strip_prefix("0X")) {
            Some(hex) => u8::from_str_radix(hex, 16).ok(),
            None => number.parse().ok(),
        };
        match code.map(char::from).filter(char::is_ascii_graphic) {
            Some(c) => plain.push(c),
            None => return String::new(),
        }
    }
    plain
}

/// The first word that letters spell one by one, where it names something that runs.
fn lettered(written: &[u8]) -> String {
    let text = joined(written);
    let first = text.split(' ').next().unwrap_or("");
    // What follows another in the alphabet is a table.
    let steps = text.as_bytes().windows(2).filter(|pair| pair[1] == pair[0] + 1).count();
    if steps * 2 > text.len() {
        return String::new();
    }
    first.to_owned()
}

fn reversed(written: &[u8]) -> String {
    joined(written).chars().rev().collect()
}

fn unticked(written: &[u8]) -> String {
    String::from_utf8_lossy(written).replace('`', "")
}

/// Something telling, unless the letters that escapes stand for follow one another: a table, and no text.
fn unordered(written: &[u8]) -> String {
    let text = String::from_utf8_lossy(written);
    let codes: Vec<u8> =
        text.split("\\x").filter_map(|code| u8::from_str_radix(code.get(..2)?, 16).ok()).collect();
    let steps = codes.windows(2).filter(|pair| matches!(pair, [a, b] if *b == a.wrapping_add(1))).count();
    if steps * 3 > codes.len() * 2 { String::new() } else { "/bin/sh".to_owned() }
}

/// The command in front of a blank that is written `${IFS}`, unless the line only keeps the variable.
fn blanks(written: &[u8]) -> String {
    let text = String::from_utf8_lossy(written).to_ascii_lowercase();
    if text.contains("old") || text.starts_with("ifs") { String::new() } else { "/bin/sh".to_owned() }
}

/// `\u0065xec` is `exec`.
fn unescaped(written: &[u8]) -> String {
    let text = String::from_utf8_lossy(written);
    let text = text.trim_start_matches(|c: char| !c.is_ascii_alphanumeric() && c != '\\' && c != '_');
    let mut out = String::new();
    let mut rest = text;
    while let Some((before, after)) = rest.split_once("\\u") {
        out.push_str(before);
        let digits: String =
            after.chars().skip_while(|c| *c == '{').take_while(char::is_ascii_hexdigit).take(4).collect();
        if let Some(c) = u32::from_str_radix(&digits, 16).ok().and_then(char::from_u32) {
            out.push(c);
        }
        let length = digits.len() + 2 * usize::from(after.starts_with('{'));
        rest = after.get(length.min(after.len())..).unwrap_or("");
    }
    out + rest
}

/// `"{1}{0}" -f 'b', 'a'` is `ab`.
fn formatted(written: &[u8]) -> String {
    let parts = quoted(written);
    let Some((order, parts)) = parts.split_first() else { return String::new() };
    order
        .split(['{', '}'])
        .filter_map(|number| number.parse::<usize>().ok())
        .filter_map(|number| parts.get(number))
        .map(String::as_str)
        .collect()
}

#[cfg(test)]
mod tests {
    use super::super::tests::found;
    use super::SPELLINGS;

    #[test]
    fn every_spelling_compiles() {
        assert_eq!(SPELLINGS.len(), 38);
    }

    #[test]
    fn spelled_out_reversed_and_cut_up_names_are_found() {
        let cases = [
            ("a.py", "x = chr(101) + chr(118) + chr(97) + chr(108)\n"),
            ("a.py", "getattr(os, 'metsys'[::-1])('id')\n"),
            ("a.py", "vars(os)['po' + 'pen']('id')\n"),
            ("a.py", "h = 'm' + 'o' + 'c' + '.' + 'x' + 'y'\n"),
            ("a.js", "f(String.fromCharCode(101, 118, 97, 108));\n"),
            ("a.js", "window['\\x65\\x76\\x61\\x6c']('1');\n"),
            ("a.js", "[]['filter']['constructor']('return 1')();\n"),
            ("a.php", "<?php $f = 'as' . 'sert'; $f($x);\n"),
            ("a.php", "<?php assert(strrev(')(ofniphp'));\n"),
            ("a.sh", "c=$(printf '\\145\\166\\141\\154')\n"),
            ("a.go", "n := string([]byte{99, 97, 108, 99})\n"),
            ("a.rb", "Kernel.send([115, 121, 115, 116, 101, 109].pack('c*'), 'id')\n"),
            ("a.kt", "val n = listOf(115, 121, 115, 116, 101, 109).map { it.toChar() }.joinToString(\"\")\n"),
            ("a.ts", "const k = [\"c\", \"on\", \"struc\", \"tor\"].join(\"\");\n"),
            ("a.py", "m.__dict__[''.join(['p', 'op', 'en'])]('id')\n"),
            ("a.php", "<?php $f = ('!' ^ '@') . 'b';\n"),
            ("a.c", "char n[] = {'w', 'h', 'o', 'a', 'm', 'i', 0};\n"),
            ("a.swift", "let n = String(\"metsys\".reversed())\n"),
            ("a.ps1", "& ('I' + 'EX') 'x'\n"),
            ("a.ps1", "i`e`x 'x'\n"),
            ("a.ps1", "&([char]105 + [char]101 + [char]120) 'x'\n"),
            ("a.ps1", "\"{1}{0}\" -f 'X', 'IE' | % { & $_ 'x' }\n"),
            (
                "A.java",
                "class A { Object o = Class.forName(new StringBuilder(\"emitnuR.gnal.avaj\").reverse().toString()); }\n",
            ),
        ];
        for (name, text) in cases {
            assert!(found(name, text).iter().any(|(rule, _)| *rule == "rebuilt-text"), "{text}");
        }
        let xor = "void f(void) {\n  for (i = 0; i < 4; i++) c[i] = s[i] ^ 0x2a;\n  system(c);\n}\n";
        assert!(found("a.c", xor).iter().any(|(rule, _)| *rule == "computed-code"));
    }

    #[test]
    fn ordinary_texts_in_pieces_are_not() {
        let cases = [
            ("a.py", "name = 'user' + '_' + 'name'\nx = items[::-1]\ny = chr(65)\n"),
            ("a.js", "const s = 'a' + 'b'; const t = ['a', 'b'].reverse().join(' ');\n"),
            ("a.js", "const r = /[\\x41-\\x5a\\x61-\\x7a]/; const u = 'https:' + '//cdn.example.com';\n"),
            ("a.php", "<?php echo strrev('abc') . 'x' . 'y';\n"),
            ("a.go", "magic := []byte{31, 139, 8, 12}\nkey := string([]byte{10, 13, 10, 13})\n"),
            ("a.rb", "x = [10, 20, 30, 40].map { |n| n * 2 }\n"),
            ("a.kt", "val primes = listOf(11, 13, 17, 19, 23).map { it + 1 }\n"),
            ("a.ts", "const path = ['a', 'b', 'c'].join('');\nconst w = ['x', 'y', 'z'].join(' ');\n"),
            ("a.c", "char hex[] = {'a', 'b', 'c', 'd', 'e', 'f'};\nchar v[] = {'a', 'e', 'i', 'o', 'u'};\n"),
            ("a.sh", "printf 'one\\n'\n"),
            ("a.ps1", "Write-Host \"line`nnext\"\n"),
            ("a.c", "void f(void) {\n  h ^= 0x9e;\n}\nint g(void) {\n  return system(\"x\");\n}\n"),
        ];
        for (name, text) in cases {
            assert_eq!(found(name, text), [], "{text}");
        }
    }

    #[test]
    fn names_the_preprocessor_pastes_are_told_where_they_are_called() {
        let text = "#define CAT(a, b) a##b\n#define RUN CAT(po, pen)\nFILE *f(void) { return RUN(\"id\", \"r\"); }\n";
        let found = super::super::tests::report("a.c", text);
        assert!(
            found.capabilities.iter().any(|(category, name, _)| *category == "cap.exec" && name == "popen")
        );
        let blocks = "$bars = [char[]](0x2588, 0x2593, 0x2592, 0x2591) -join ''\n";
        let found = super::super::tests::report("a.ps1", blocks);
        assert!(!found.drafts.iter().any(|draft| draft.rule == "rebuilt-text"));
    }
}
