//! What a file's own small functions make of the constants in it: the tree is read into a small program, and
//! the program is run, within bounds.
//!
//! The texts found so stand nowhere in the file. They are kept by the place at which they are used, and the
//! evaluation takes them up there like any other constant.

mod calls;
mod functions;
mod handed;
mod invoked;
mod lost;
mod methods;
mod natives;
mod objects;
mod places;
mod powershell;
mod recipe;
mod run;
mod sealed;
mod seeds;
mod spelled;
mod statements;
mod unseen;

use std::collections::BTreeMap;
use std::sync::LazyLock;
use std::sync::OnceLock;

use aho_corasick::AhoCorasick;
use aho_corasick::AhoCorasickKind;
use regex::bytes::Regex;
use tree_sitter::Node;

pub use self::run::Made;
pub use self::run::Shown;

use self::recipe::Recipe;
use self::run::Machine;
use super::language::Language;
use super::rules;

/// Bytes of the largest file that is run.
const MAX_FILE: usize = 96 * 1024;

/// Bytes of a file of C or C++ that is run without a sign of what makes texts in it.
const SMALL_FILE: usize = 12 * 1024;

/// A variable that is called: PHP.
static CALLED: LazyLock<Option<Regex>> = LazyLock::new(|| Regex::new(r"(?-u)[^\w>$:]\$\w+\(").ok());

/// What stands in a file of a language that is worth running.
struct Worth {
    /// What makes texts of characters.
    signs: Option<AhoCorasick>,
    /// What can do something with such a text: start, evaluate, load, find by name, reach out.
    effects: Option<AhoCorasick>,
}

impl Worth {
    fn of(language: Language) -> Option<&'static Worth> {
        static ALL: [OnceLock<Worth>; Language::ALL.len()] = [const { OnceLock::new() }; Language::ALL.len()];
        let at = Language::ALL.iter().position(|known| *known == language)?;
        let lists = &rules::LISTS;
        let make =
            || Worth { signs: finder(language, &lists.turning), effects: finder(language, &lists.effect) };
        Some(ALL.get(at)?.get_or_init(make))
    }
}

/// Finds `words`, of those that begin with a language (`go=byte(`) the ones of `language`.
fn finder(language: Language, words: &[Box<str>]) -> Option<AhoCorasick> {
    let language = if language == Language::Tsx { Language::TypeScript } else { language };
    let ours = words.iter().filter_map(|word| match word.split_once('=') {
        Some((of, text)) if Language::from_name(of).is_some() => {
            (Language::from_name(of) == Some(language)).then_some(text)
        }
        _ => Some(&**word),
    });
    AhoCorasick::builder().kind(Some(AhoCorasickKind::DFA)).build(ours).ok()
}

/// What is made in the file whose tree is below `root`, by line (from `first_line`) and column, and what was left
/// out, where something was.
pub fn made(
    language: Language,
    src: &[u8],
    root: Node<'_>,
    first_line: u32,
) -> (BTreeMap<(u32, u32), Made>, Option<String>) {
    let Some(worth) = Worth::of(language).filter(|_| language != Language::Bash) else {
        return Default::default();
    };
    let has = |all: &Option<AhoCorasick>| all.as_ref().is_some_and(|all| all.is_match(src));
    let is = |pattern: &Option<Regex>| pattern.as_ref().is_some_and(|pattern| pattern.is_match(src));
    // In PowerShell everything is a call; in PHP a variable can be.
    let effects =
        has(&worth.effects) || language == Language::PowerShell || language == Language::Php && is(&CALLED);
    // C and C++ are large and call by name; elsewhere what can do something is rare enough.
    let closed = matches!(language, Language::C | Language::Cpp)
        && !(has(&worth.signs) || src.len() <= MAX_FILE && seeds::has_seeds(src));
    if !effects || closed && src.len() > SMALL_FILE {
        return Default::default();
    }
    if src.len() > MAX_FILE {
        let left = format!(
            "larger than {} KiB: what its own functions make of constants was not looked at",
            MAX_FILE >> 10
        );
        return (BTreeMap::new(), Some(left));
    }
    let recipe = Recipe::read(language, src, root);
    let (mut made, spent) = Machine::run(&recipe);
    if closed {
        // Without a sign of it nothing is made of texts that the evaluation does not see as well.
        made.clear();
    }
    let spent = sealed::Sealed::add(&recipe, &mut made) || spent;
    let made = made.into_iter().map(|((line, column), made)| ((line + first_line, column), made)).collect();
    let left = "the steps for what its own functions make of constants were spent: some of it may be missing";
    (made, spent.then(|| left.to_owned()))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::scan::code::languages;
    use crate::scan::code::lower::Table;
    use crate::scan::code::lower::lower;
    use crate::scan::code::map::Set;

    fn texts(language: Language, source: &str) -> Vec<Made> {
        let spec = languages::spec(language).unwrap();
        let unit = lower(spec, &Table::new(spec), "x", source.as_bytes(), 1, &Set::default());
        unit.made.into_values().collect()
    }

    fn has(language: Language, source: &str, text: &str) {
        let made = texts(language, source);
        let found = made.iter().any(|made| matches!(made, Made::Text(found, _) if **found == *text));
        assert!(found, "{language}: {made:?}");
    }

    #[test]
    fn a_text_made_of_constants_is_found_in_every_language() {
        has(
            Language::Python,
            "T = [112, 107, 110, 109]\ndef f():\n    spawn(''.join(chr(c + i - i + 3) for i, c in enumerate(T)))\n",
            "snqp",
        );
        has(
            Language::Python,
            "def pick(*at):\n    return ''.join('tsmey'[i] for i in at)\nspawn(pick(1, 4, 1, 0, 3, 2))\n",
            "system",
        );
        has(
            Language::JavaScript,
            "const k = [7, 1];\nfunction o(a) { let s = ''; for (let i = 0; i < a.length; i++) { s += String.fromCharCode(a[i] ^ k[i % k.length]); } return s; }\nspawn(o([98, 119, 98, 98]));",
            "evec",
        );
        has(
            Language::JavaScript,
            "const n = ['b', 'exec', 'a'];\n(function (l, c) { while (--c) { l.push(l.shift()); } })(n, 3);\nconst at = (i) => n[i - 8];\nspawn(at(8) + at(9) + '-x');",
            "ab-x",
        );
        has(
            Language::TypeScript,
            "const turn = (s: string): string => s.split('').reverse().join('');\nspawn(turn('metsys') as string);",
            "system",
        );
        has(
            Language::Go,
            "package m\nvar t = []byte{0x31, 0x3b, 0x31, 0x36, 0x27, 0x2f}\nfunc o() string {\n\tvar b strings.Builder\n\tfor i, c := range t {\n\t\tb.WriteByte(c ^ 0x42 ^ byte(i-i))\n\t}\n\treturn b.String()\n}\nfunc f() { spawn(o()) }\n",
            "system",
        );
        has(
            Language::C,
            "static const unsigned char t[] = { 0x71, 0x71, 0x71 };\nstatic void o(char *to) { for (int i = 0; i < 3; i++) to[i] = t[i] + i; }\nvoid f(void) { char w[4]; w[0] = 'l'; w[2] = 'x'; w[1] = 's'; w[3] = 0; spawn(w); }\n",
            "lsx",
        );
        has(
            Language::Cpp,
            "static std::string o() { std::string s; for (auto c : {18, 22}) s.push_back(static_cast<char>(c ^ 0x61)); return s; }\nvoid f() { spawn(o().c_str()); }\n",
            "sw",
        );
        has(
            Language::Java,
            "class A { static String o(int[] a) { StringBuilder b = new StringBuilder(); for (int c : a) { b.append((char) (c - 9)); } return b.toString(); } void f() { spawn(o(new int[] { 110, 129, 110, 108 })); } }",
            "exec",
        );
        has(
            Language::CSharp,
            "class A { static string O(int[] a) => new string(a.Select((v, i) => (char)(v - 7 * (i % 2))).ToArray()); void F() { spawn(O(new[] { 83, 123, 97, 121, 116 })); } }",
            "Start",
        );
        has(
            Language::Kotlin,
            "fun o(a: IntArray) = a.map { (it xor 2).toChar() }.joinToString(\"\")\nfun f() { spawn(o(intArrayOf(103, 122, 103, 97))) }\n",
            "exec",
        );
        has(
            Language::Rust,
            "fn o(b: &[u8]) -> String { b.iter().map(|c| (c ^ 0x11) as char).collect() }\nfn f() { spawn(&o(&[98, 104])); }\n",
            "sy",
        );
        has(
            Language::Swift,
            "let t: [UInt8] = [52, 62, 52, 51, 34, 42]\nfunc f() { let n = String(decoding: t.map { $0 ^ 71 }, as: UTF8.self)\n spawn(n) }\n",
            "system",
        );
        has(
            Language::Php,
            "<?php function o($a) { $s = ''; foreach ($a as $c) { $s .= chr($c - 4); } return $s; }\nspawn(o([119, 125, 119]));",
            "sys",
        );
        has(Language::Ruby, "def o(t)\n  t.tr('n-za-m', 'a-z')\nend\nspawn(o('flfgrz'))\n", "system");
    }

    #[test]
    fn numbers_names_and_sums_are_read() {
        has(
            Language::TypeScript,
            "enum Key { s, h, x }\nconst chord = (...codes: number[]) => codes.map((n) => Key[n]).join('');\nspawn(chord(0, 1));",
            "sh",
        );
        has(
            Language::Python,
            "from itertools import accumulate\nD = [108, 7, -1]\nspawn(''.join(map(chr, accumulate(D))))\n",
            "lsr",
        );
        has(
            Language::Python,
            "spawn((168742879968173275463576970981825005108687970250616).to_bytes(21, 'big').decode())\nchr(1)\n",
            "sudo -u root rm -r /x",
        );
        has(
            Language::Java,
            "class A { void f() { spawn(new String(new BigInteger(\"1668641388\", 10).toByteArray())); } }",
            "curl",
        );
        has(Language::Ruby, "spawn(%w[e l a v].values_at(0, 3, 2, 1).join)\n", "eval");
        has(
            Language::Ruby,
            "exec(DATA.each_line.map { |l| l.chomp.each_char.map { |c| (c.ord - 1).chr }.join }.join)\n__END__\nmt!.m\n",
            "ls -l",
        );
        has(
            Language::Rust,
            "fn f() { let to = SocketAddrV4::new(Ipv4Addr::from(0x9aea_0cc2u32 ^ 0x51ea_7dc5), 80); TcpStream::connect(to); }",
            "203.0.113.7:80",
        );
        has(
            Language::Rust,
            "static S: &[u8] = &[0x30, 0x6c, 0x62, 0x69, 0x6c, 0x6e, 0x6c, 0x30, 0x73, 0x6c, 0x68, 0x30];\nfn f() { let path: String = S.iter().map(|b| if *b == b'0' { '/' } else { *b as char }).filter(|c| *c != 'l').collect(); let _ = Command::new(path.trim_end_matches('/')).spawn(); }",
            "/bin/sh",
        );
        has(
            Language::Php,
            "<?php function f() { $n = (\"3\" ^ \"@\") . (\"9\" ^ \"@\") . (\"3\" ^ \"@\"); @array_map($n, array(pack('H*', $_COOKIE['a']))); }",
            "sys",
        );
        has(
            Language::Go,
            "package m\nfunc f() {\n\tn, ok := new(big.Int).SetString(\"1668641388\", 10)\n\tif ok {\n\t\tf := strings.Fields(string(n.Bytes()))\n\t\texec.Command(f[0])\n\t}\n}\n",
            "curl",
        );
    }

    #[test]
    fn patterns_packed_numbers_and_declared_texts_are_read() {
        has(
            Language::TypeScript,
            "const turn = (s: string) => s.replace(/[a-z]/g, (c) => String.fromCharCode(((c.charCodeAt(0) - 97 + 13) % 26) + 97));\nconst [m, call] = 'puvyq_cebprff|fcnja'.split('|').map(turn);\nhost[call](m, call);\nspawn(call);",
            "spawn",
        );
        has(
            Language::Rust,
            "fn f() { let path: String = [\"6\", \".so.\", \"c\", \"lib\"].iter().rev().copied().collect(); Library::new(path); }",
            "libc.so.6",
        );
        has(
            Language::Rust,
            "fn f() { let n: String = [\"in\", \"it\", \"_i\", \"r\"].concat(); Library::get(n); }",
            "init_ir",
        );
        has(
            Language::Go,
            "package m\nfunc f() {\n\tvar b bytes.Buffer\n\tfor _, v := range []uint32{0x2f62696e, 0x2f656368} {\n\t\tbinary.Write(&b, binary.BigEndian, v)\n\t}\n\texec.Command(b.String() + \"o\")\n}\n",
            "/bin/echo",
        );
        has(
            Language::Ruby,
            "def f\n  host = [0x9C24A7E6 ^ 0x5A17C3E1].pack('N').unpack('C4').join('.')\n  Net::HTTP.get(host, '/')\nend\n",
            "198.51.100.7",
        );
    }

    #[test]
    fn what_a_function_makes_of_something_unknown_is_turned() {
        let rust = "static D: &[u8] = include_bytes!(\"d\");\nfn f() { let t: Vec<u8> = D.iter().map(|b| b ^ 7).collect(); Command::new(t); }";
        assert!(texts(Language::Rust, rust).contains(&Made::Turned));
    }

    #[test]
    fn tables_slices_and_hosts_in_pieces_are_read() {
        has(
            Language::Swift,
            "let w: [String: String] = [\"a\": \"ce\", \"b\": \"xe\"]\nfunc f() { let m = [\"a\", \"b\"].compactMap { w[$0] }\n spawn(String(m[0...].joined().reversed())) }\n",
            "exec",
        );
        has(
            Language::JavaScript,
            "const all = ['eGVj', 'ZXY'];\nconst at = (i) => Buffer.from(all[i - 0x1], 'base64').toString();\nspawn(at('0x2') + 'al');",
            "eval",
        );
        has(
            Language::Php,
            "<?php function f() { $m = str_repeat('*', 6); $n = \"\\x59\\x53\\x59\\x5e\\x4f\\x47\" ^ $m; $u = $_COOKIE['u'] ?? ''; if ($u !== '') { $n($u); } }",
            "system",
        );
        let host = "package m\nvar z = strings.Join([]string{\"_v1\", \"assets\", \"example\", \"org\"}, \".\")\nfunc f() { n := rune(1)\nhttp.Get(z) }\n";
        let partly = Made::Text("_v1.assets.example.org".into(), Shown::Partly);
        assert!(texts(Language::Go, host).contains(&partly));
    }

    #[test]
    fn what_cannot_be_known_is_said_to_be_turned_and_no_more() {
        let python = "def f():\n    data = open('x.bin', 'rb').read()\n    spawn(bytes(b ^ 7 for b in data))\n    spawn(data)\n";
        assert_eq!(texts(Language::Python, python), [Made::Turned]);
    }

    #[test]
    fn a_text_that_stands_there_is_not_called_unseen() {
        let joined = "spawn(' '.join(['ls', '-la', 'docs']))\n";
        assert!(
            !texts(Language::Python, joined)
                .iter()
                .any(|made| matches!(made, Made::Text(_, Shown::Partly | Shown::Hardly)))
        );
    }

    #[test]
    fn programs_without_an_end_are_left() {
        for source in [
            "def f(n):\n    return chr(n) + f(n + 1)\nspawn(f(1))\n",
            "s = chr(1)\nwhile True:\n    s = s + s\nspawn(s)\n",
            "x = [chr(1)]\nfor i in range(10 ** 9):\n    x.append(x)\nspawn(x)\n",
        ] {
            let _ = texts(Language::Python, source);
        }
        let deep = format!("spawn({}chr(1){})\n", "f(".repeat(900), ")".repeat(900));
        let _ = texts(Language::Python, &deep);
    }
}
