//! Disguises that one language or one shell offers: a command written with empty quotes and escapes, code kept
//! in the file's own text, a lookup in a scrambled table, functions made through what makes functions.
//!
//! Each is told by the line it stands on. A needle says which lines are looked at.

use std::sync::LazyLock;

use aho_corasick::AhoCorasick;
use regex::bytes::Regex;

use super::Check;
use super::Report;
use super::Subject;
use super::finder;
use super::lines_around;
use super::pattern;
use crate::model::scan::Confidence;
use crate::model::scan::Severity;
use crate::scan::draft::Draft;

pub const CHECK: Check = Check {
    rules: &["disguised-code", "trace-removed"],
    about: "Commands and code disguised with what one language offers for it.",
    run,
};

struct Disguise {
    needles: &'static [&'static str],
    pattern: &'static str,
    languages: &'static [&'static str],
    category: &'static str,
    message: &'static str,
    /// A capability it is, too.
    also: &'static str,
}

const SCRIPTS: &[&str] = &["javascript", "typescript", "html"];
const SHELLS: &[&str] = &["bash", "make", "dockerfile", "yaml"];

const DISGUISES: &[Disguise] = &[
    Disguise {
        needles: &["constructor"],
        pattern: r#"(?:\}\s*\)|=>\s*\{\s*\}\s*\)|\[\]|''|""|\)|\.constructor|\]|\.(?:filter|map|at|sort|sub|bind|constructor))\s*(?:\.constructor|\[\s*["'`]constructor["'`]\s*\])\s*\(\s*["'`\w$]|\b(?:get)?[pP]rototypeOf\(\s*(?:async\s+)?(?:function\b|\(\s*\)\s*=>)[^;\n]{0,40}\)\s*(?:\.constructor|\[\s*["']constructor["']\s*\])"#,
        languages: SCRIPTS,
        category: "obf.api-indirection",
        message: "a function is made of a text through the constructor of functions, so that no search finds it",
        also: "cap.code-eval",
    },
    Disguise {
        needles: &["_0x"],
        pattern: r#"[\w\])]\s*\[\s*_0x[0-9a-f]{2,8}\s*[\[(]|\b_0x[0-9a-f]{2,8}\(\s*(?:["']0x|0x|-?\d)[^)\n]{0,20}\)"#,
        languages: SCRIPTS,
        category: "obf.api-indirection",
        message: "what is called here is looked up in a scrambled table",
        also: "",
    },
    Disguise {
        needles: &["![]", "+[]", "!+[]"],
        pattern: r"(?:\(\s*!?!?\[\]\s*\+\s*(?:\[\]|\{\})\s*\)\s*\[[^\]\n]{1,60}\]\s*\+?\s*){1,}|(?:\+!\+\[\]|!\+\[\]\s*\+){2,}",
        languages: SCRIPTS,
        category: "obf.string-reconstruction",
        message: "a text is spelled with empty lists only",
        also: "",
    },
    Disguise {
        needles: &["map(chr", "pack("],
        pattern: r#"\bmap\(\s*chr\s*,\s*[\[(]\s*(?:(?:0x[0-9a-fA-F]{2}|\d{2,3})\s*,\s*){2,}|\bpack\(\s*["'][<>=!@]?\d{0,3}[BbcC]+\*?["']\s*,\s*(?:(?:0x[0-9a-fA-F]{2}|\d{2,3})\s*,\s*){2,}|\bpack\(\s*["']H\*["']\s*,\s*["'][0-9a-fA-F]{6,}["']"#,
        languages: &["python", "php", "perl"],
        category: "obf.string-reconstruction",
        message: "a text is spelled out in numbers, so that it cannot be read where it stands",
        also: "",
    },
    Disguise {
        needles: &["]+", "] +", "]."],
        pattern: r"=\s*(?:\$?\w+\[\d{1,3}\]\s*[+.]\s*){3,}\$?\w+\[\d{1,3}\]\s*;?\s*(?:$|#|//|\$|\})",
        languages: &["python", "php", "javascript", "typescript", "ruby"],
        category: "obf.string-reconstruction",
        message: "a text is picked letter by letter, so that no search finds it",
        also: "",
    },
    Disguise {
        needles: &["__file__", "__FILE__", "__COMPILER_HALT_OFFSET__", "DATA.read", "$0"],
        pattern: r#"\b(?:eval|exec|assert)\s*\(?[^;\n]{0,60}(?:open\(\s*__file__\s*[,)]|file_get_contents\(\s*__FILE__|__COMPILER_HALT_OFFSET__|DATA\.read|File\.read\(\s*__FILE__)|\b(?:tail|sed|awk|dd)\b[^\n|]{0,60}["']?\$\{?0\b[^\n]{0,80}\|\s*(?:ba|z|da)?sh\b"#,
        languages: &[],
        category: "obf.encoded-exec",
        message: "code is taken from the text of the file itself and run",
        also: "",
    },
    Disguise {
        needles: &["data:"],
        pattern: r#"\b(?:include|require)(?:_once)?\s*\(?\s*["']data:"#,
        languages: &["php"],
        category: "obf.encoded-exec",
        message: "code is loaded from a text in the program itself",
        also: "",
    },
    Disguise {
        needles: &["^"],
        pattern: r"\b(?:[a-z]\^){3,}[a-z]",
        languages: &["powershell", "batch"],
        category: "obf.string-reconstruction",
        message: "a command is written with signs that the shell drops, so that no search finds it",
        also: "",
    },
    Disguise {
        needles: &[
            "(gal",
            "(gcm",
            "( gal",
            "( gcm",
            "pshome[",
            "shellid[",
            "comspec[",
            "[-1..",
            "get-variable",
        ],
        pattern: r#"\$(?:env:comspec|pshome|shellid)\s*\[\s*\d+(?:\s*,\s*-?\d+)+\s*\]|[&.]\s*\(\s*(?:gal|gcm|get-alias|get-command)\s+\S*[*?]|\$(?:env:\w+|pshome|shellid|verbosepreference\.tostring\(\))\s*\[\s*\d+\s*\]\s*\+|['"][^'"\n]{3,60}['"]\s*\)?\s*\[\s*-1\s*\.\.\s*-?\d+\s*\]|[&.]\s*\(\s*\(\s*get-variable"#,
        languages: &["powershell"],
        category: "obf.api-indirection",
        message: "a command is put together from pieces of other texts, so that no search finds it",
        also: "cap.code-eval",
    },
    Disguise {
        needles: &["silentlycontinue", "-ea 0", "-erroraction 0", "-erroraction ignore", "-ea ignore"],
        pattern: r"\b(?:iwr|irm|wget|curl|invoke-webrequest|invoke-restmethod|start-bitstransfer|send-mailmessage)\b[^\n;|]{0,200}-(?:ea|erroraction)\s+(?:0|silentlycontinue|ignore)\b",
        languages: &["powershell"],
        category: "evasion.swallow-exceptions",
        message: "what this sends or fetches fails without a word",
        also: "",
    },
    Disguise {
        needles: &["catch (...)", "catch(...)"],
        pattern: r"\bcatch\s*\(\s*\.\.\.\s*\)\s*\{\s*(?://[^\n]*)?\}",
        languages: &["cpp"],
        category: "evasion.swallow-exceptions",
        message: "whatever fails here fails without a word",
        also: "",
    },
    Disguise {
        needles: &["recover()"],
        pattern: r"\bdefer\s+func\(\)\s*\{\s*(?:_\s*=\s*)?recover\(\)\s*;?\s*\}\(\)",
        languages: &["go"],
        category: "evasion.swallow-exceptions",
        message: "whatever fails here fails without a word",
        also: "",
    },
    Disguise {
        needles: &[".catch(", "runcatching"],
        pattern: r"\.catch\(\s*(?:\(\s*\w*\s*\)|\w+)\s*=>\s*(?:undefined|null|void 0|false)\s*\)|\brunCatching\s*\{[^\n]*(?:URL\(|http|send|post)[^\n]*\}\s*(?:$|\})",
        languages: &["javascript", "typescript", "kotlin"],
        category: "evasion.swallow-exceptions",
        message: "whatever fails here fails without a word",
        also: "",
    },
    Disguise {
        needles: &["histfile", "histsize", "+o history", "histcontrol"],
        pattern: r"\bunset\s+HISTFILE\b|\bHISTFILE=(?:/dev/null|[\x22']?[\x22']?\s*(?:$|;))|\bHISTSIZE=0\b|\bset\s+\+o\s+history\b",
        languages: SHELLS,
        category: "evasion.log-wipe",
        message: "what is typed from here on leaves no trace",
        also: "",
    },
    Disguise {
        needles: &["$'\\"],
        pattern: r"(?:^|[;&|(]|\bexec\s|\beval\s)\s*\$'(?:\\x[0-9a-f]{2}|\\[0-7]{3}){2,}",
        languages: SHELLS,
        category: "obf.string-reconstruction",
        message: "a command is written as escapes, so that no search finds it",
        also: "",
    },
    Disguise {
        needles: &[":0:1}", ":1:1}", ":2:1}"],
        pattern: r"\$\{\w+:\d{1,2}:1\}\w*\$\{\w+:\d{1,2}:1\}|\$\{(?:PATH|HOME|PWD|SHELL|HOSTTYPE):\d{1,2}:1\}",
        languages: SHELLS,
        category: "obf.string-reconstruction",
        message: "a command is put together from single letters of other texts",
        also: "",
    },
    Disguise {
        needles: &["\\"],
        pattern: r"^\s*(?:sudo\s+)?(?:[a-z]\\[a-z]+|[a-z]+\\[a-z]|[a-z]+\\[a-z]+\\[a-z]+)\s+[^=\s]",
        languages: &["bash"],
        category: "obf.string-reconstruction",
        message: "a command is written with signs that the shell drops, so that no search finds it",
        also: "",
    },
    Disguise {
        needles: &["eval"],
        pattern: r#"\beval\s+["']?(?:\$\(|`)[^\n]{0,120}\b(?:gunzip|gzip\s+-\w*d\w*|zcat|xz\s+-\w*d\w*|xzcat|bunzip2|bzip2\s+-\w*d\w*|openssl\s+enc|uudecode|xxd|base64|base32)\b|\bperl\s+-\w*e\s+['"][^'"\n]{0,40}\beval\s*\(?\s*(?:unpack|pack|decode_base64)"#,
        languages: SHELLS,
        category: "obf.encoded-exec",
        message: "a text is decoded and run in one step",
        also: "",
    },
    Disguise {
        needles: &["<("],
        pattern: r#"(?:^|[;&|]\s*|\b(?:then|do)\s+)(?:\.|source|bash|sh|zsh|eval)\s+<\(\s*(?:rev|tac|base64|base32|xxd|uudecode|gunzip|zcat|tr|printf|openssl)\b"#,
        languages: SHELLS,
        category: "obf.encoded-exec",
        message: "a text is decoded and run in one step",
        also: "cap.code-eval",
    },
    Disguise {
        needles: &["syscall"],
        pattern: r"\b(?:syscall|RawSyscall6?|Syscall6?|do_syscall)\s*\(\s*(?:0x[0-9a-f]{1,3}|\d{1,3})\s*,",
        languages: &["c", "cpp", "go", "rust", "python", "swift"],
        category: "obf.api-indirection",
        message: "a call of the system is named by its number, so that no search finds it",
        also: "",
    },
    Disguise {
        needles: &["type("],
        pattern: r"\btype\(\s*\w+\s*\)\(\s*[\w.\[\]]+(?:\([^()\n]*\))?\s*,\s*(?:globals\(\)|locals\(\)|vars\(|\{[^}\n]{0,60}\})[^()\n]{0,60}\)\s*\(|\btype\(\s*(?:lambda\b[^()\n]{0,24}:[^()\n]{1,24}|(?:\w+\.)+__func__|\(lambda\b[^()\n]{0,40}\))\s*\)\s*\(\s*\w",
        languages: &["python"],
        category: "obf.api-indirection",
        message: "a function is made of code through the type of another one, so that no search finds it",
        also: "cap.code-eval",
    },
    Disguise {
        needles: &[
            "dir(",
            "vars(",
            "methods",
            "keys(",
            "ownkeys(",
            "getownpropertynames(",
            "get-command",
            "get_defined_functions",
        ],
        pattern: r"\b(?:sorted|list)\(\s*(?:dir|vars)\(\s*\w+\s*\)[^()\n]{0,12}\)\s*\[[^\]\n:]{0,10}\d|\bdir\(\s*\w+\s*\)\s*\[[^\]\n:]{0,10}\d|\bget(?:Declared)?Methods\(\)\s*\[\s*\d|\bGetMethods\([^)\n]{0,60}\)\s*\[\s*\d|(?:Object\.keys|Reflect\.ownKeys|getOwnPropertyNames)\(\s*(?:globalThis|window|global|process|Function\.prototype|\w*(?:fs|child_process|cp))\s*\)\s*(?:\.sort\(\)\s*)?\[\s*\d|\bKernel\.(?:private_)?methods(?:\(\w*\))?(?:\.sort)?\s*\[\s*\d|\(\s*Get-Command\b[^()\n]{0,60}\)\s*\[\s*\d|\bget_defined_functions\(\)\s*\[[^\]\n]{1,14}\]\s*\[\s*\d",
        languages: &[],
        category: "obf.api-indirection",
        message: "a function is taken by its place among others, so that no search finds it",
        also: "",
    },
    Disguise {
        needles: &["get-command (", "(gcm (", "get-command -name ("],
        pattern: r#"[&.]\s*\(\s*(?:gal|gcm|get-alias|get-command)\s+(?:-name\s+)?\(\s*["'$]"#,
        languages: &["powershell"],
        category: "obf.api-indirection",
        message: "a command is put together from pieces of other texts, so that no search finds it",
        also: "",
    },
    Disguise {
        needles: &["'ht'", "\"ht\"", "'h'", "\"h\"", "'htt'", "\"htt\""],
        pattern: r#"["']h(?:tt?)?["']\s*[+.,]\s*["']t{0,2}p?s?(?::[^"'\n]{0,24}["']|["']\s*[+.,]\s*["']p?s?:[^"'\n]{0,24}["'])"#,
        languages: &[
            "python",
            "javascript",
            "typescript",
            "php",
            "ruby",
            "csharp",
            "java",
            "kotlin",
            "go",
            "powershell",
            "swift",
            "rust",
        ],
        category: "obf.string-reconstruction",
        message: "an address is cut into pieces, so that no search finds it",
        also: "",
    },
];

static FINDER: LazyLock<Option<AhoCorasick>> = LazyLock::new(|| {
    let all = DISGUISES.iter().flat_map(|disguise| disguise.needles.iter());
    finder(all)
});

/// Patterns, in the order of [`DISGUISES`].
static PATTERNS: LazyLock<Vec<Option<Regex>>> = LazyLock::new(|| {
    DISGUISES.iter().map(|disguise| pattern(&format!("(?im){}", disguise.pattern))).collect()
});

/// Which disguise a needle belongs to.
static OWNERS: LazyLock<Vec<usize>> = LazyLock::new(|| {
    let owners =
        DISGUISES.iter().enumerate().flat_map(|(at, disguise)| disguise.needles.iter().map(move |_| at));
    owners.collect()
});

/// At most this many of one disguise a file.
const PER_FILE: usize = 12;
/// A longer line is packed code, of which another check tells.
const LONGEST: usize = 4000;
/// At most this many places of needles are looked at in a file.
const PLACES: usize = 2000;

fn run(subject: &Subject, report: &mut Report) {
    let language = subject.classified.language;
    if !subject.classified.code && !matches!(language, "html" | "make" | "dockerfile" | "yaml" | "batch") {
        return;
    }
    let bytes = subject.bytes();
    let Some(finder) = FINDER.as_ref() else { return };
    let mut wanted: Vec<Vec<usize>> = vec![Vec::new(); DISGUISES.len()];
    let mut beyond = false;
    for hit in finder.find_overlapping_iter(bytes) {
        let Some(owner) = OWNERS.get(hit.pattern().as_usize()) else { continue };
        let meant = DISGUISES
            .get(*owner)
            .is_some_and(|disguise| disguise.languages.is_empty() || disguise.languages.contains(&language));
        let Some(places) = wanted.get_mut(*owner).filter(|_| meant) else { continue };
        if places.len() < PLACES {
            places.push(hit.start());
        } else {
            beyond = true;
        }
    }
    if beyond {
        report.left.push(format!(
            "of more than {PLACES} places of one kind only the first were looked at for disguised code"
        ));
    }
    for ((disguise, pattern), mut hits) in DISGUISES.iter().zip(PATTERNS.iter()).zip(wanted) {
        let Some(pattern) = pattern else { continue };
        let packed = report.drafts.iter().any(|draft| draft.rule == "packed-code");
        if packed && disguise.needles.contains(&"![]") {
            // Told of the whole file already.
            continue;
        }
        hits.sort_unstable();
        let mut told = 0;
        for line in lines_around(bytes, hits.into_iter(), 0, 0) {
            if told >= PER_FILE {
                report
                    .left
                    .push(format!("disguised code: only the first {PER_FILE} places of one kind are told"));
                break;
            }
            if line.len() > LONGEST {
                report.left.push(format!(
                    "a line of more than {LONGEST} bytes was not looked at for disguised code"
                ));
                continue;
            }
            let text = bytes.get(line.clone()).unwrap_or_default();
            let Some(shown) = pattern.find(text) else { continue };
            let at = line.start + shown.start();
            if subject.in_comment(line.start + shown.end().saturating_sub(1)) {
                continue;
            }
            told += 1;
            if !disguise.also.is_empty() {
                report.capabilities.push((disguise.also, "disguised".to_owned(), at));
            }
            let evasion = disguise.category.starts_with("evasion");
            report.drafts.push(Draft {
                rule: if evasion { "trace-removed" } else { "disguised-code" },
                category: disguise.category,
                severity: if evasion { Severity::Low } else { Severity::Medium },
                confidence: Confidence::Medium,
                start: at,
                end: line.start + shown.end(),
                message: disguise.message.to_owned(),
                question: "What does this say in plain text, and why is it not written so?",
                key: String::new(),
            });
        }
    }
}

#[cfg(test)]
mod tests {
    use super::super::tests::report;

    fn told(name: &str, text: &str) -> bool {
        report(name, text).drafts.iter().any(|draft| matches!(draft.rule, "disguised-code" | "trace-removed"))
    }

    #[test]
    fn numbers_of_calls_types_of_functions_and_streams_that_are_run_are_told() {
        assert!(told("a.c", "long fd = syscall(41, 2, 1, 0);\n"));
        assert!(!told("a.c", "long fd = syscall(SYS_socket, 2, 1, 0);\n"));
        assert!(told("a.py", "return type(self.blank.__func__)(body, {})()\n"));
        assert!(!told("a.py", "return type(self)(body)\n"));
        assert!(told("a.sh", ". <(rev <<<'sl')\n"));
        assert!(!told("a.sh", ". <(kubectl completion bash)\n"));
        assert!(told("a.ps1", "& (Get-Command ('Inv' + 'oke-W' + 'ebRe*st')) -Uri $u\n"));
    }

    #[test]
    fn disguises_are_told() {
        let cases = [
            ("a.js", "(() => {}).constructor('return ' + text)();\n"),
            ("a.js", "const Make = Object.getPrototypeOf(async function () {}).constructor;\n"),
            ("a.js", "console[_0x1b2c('0x0')](_0x1b2c('0x1'));\n"),
            ("a.js", "x = (![] + [])[+[]] + (![] + [])[+!+[]];\n"),
            ("a.py", "name = ''.join(map(chr, [112, 114, 105, 110, 116]))\n"),
            ("a.py", "name = n[18] + n[24] + n[18] + n[19] + n[4]\n"),
            ("a.py", "exec(open(__file__).read().split('#X')[1])\n"),
            ("a.php", "<?php include 'data:text/plain;base64,AAAA';\n"),
            ("a.ps1", "& (gal ?e?) 'dir'\n"),
            ("a.ps1", ". ($PSHOME[4] + $PSHOME[30] + 'x') 'dir'\n"),
            ("a.ps1", "iwr https://x.example -ErrorAction SilentlyContinue\n"),
            ("a.sh", "#!/bin/sh\nunset HISTFILE\n"),
            ("a.sh", "#!/bin/sh\nw\\get https://x.example\n"),
            ("a.sh", "#!/bin/sh\neval \"$(gzip -dc data.gz)\"\n"),
            ("a.sh", "#!/bin/bash\n${PATH:0:1}bin${PATH:0:1}ls\n"),
            ("a.py", "url = ''.join(['ht', 'tps:', '//c2', '.exam', 'ple'])\n"),
        ];
        for (name, text) in cases {
            assert!(told(name, text), "{text}");
        }
    }

    #[test]
    fn plain_code_is_not() {
        let cases = [
            ("a.js", "class A { copy() { return new this.constructor(this.value); } }\n"),
            ("a.js", "if (x.constructor === Object) go();\n"),
            ("a.js", "const total = v[0] + v[1];\n"),
            ("a.py", "exec(open(os.path.join(os.path.dirname(__file__), 'version.py')).read())\n"),
            ("a.py", "parts = ['http', 'https']\n"),
            ("a.py", "data = struct.pack('BB', 1, 2)\n"),
            ("a.sh", "#!/bin/sh\nHISTSIZE=1000\n\\ls -l\ngrep 'a\\.b' file\n"),
            ("a.sh", "#!/bin/sh\neval \"$(ssh-agent -s)\"\n"),
            ("a.ps1", "Get-Process | Select-Object -First 1\n$list[-1]\n"),
            ("a.js", "// (() => {}).constructor('x')\n"),
        ];
        for (name, text) in cases {
            assert!(!told(name, text), "{text}");
        }
    }
}
