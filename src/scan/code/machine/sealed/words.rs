//! What a name says of what it is called for: the words sealed values are told by.

/// Words in the name of a function that brings something from outside.
const LIVE: [&str; 59] = [
    "rand", "random", "now", "time", "today", "recv", "receive", "read", "reader", "readline", "gets",
    "scanf", "input", "env", "getenv", "environ", "argv", "args", "request", "uuid", "open", "fetch", "http",
    "socket", "query", "which", "config", "option", "options", "param", "params", "spawn", "exec", "output",
    "load", "stdin", "prompt", "getpid", "pid", "hostname", "cwd", "getcwd", "home", "lookup", "find",
    "glob", "listdir", "file", "settings", "session", "cookie", "header", "headers", "ask", "urandom",
    "accept", "getopt", "secrets", "cin",
];

/// What makes something else of a text or of numbers, by what is in its name.
const TURNS: [&str; 46] = [
    "chr",
    "char",
    "codepoint",
    "rune",
    "decode",
    "decrypt",
    "decipher",
    "dofinal",
    "finalblock",
    "cryptblocks",
    "keystream",
    "xor",
    "pack",
    "utf8",
    "getstring",
    "b64",
    "base64",
    "atob",
    "hex",
    "inflate",
    "gunzip",
    "decompress",
    "reverse",
    "sort",
    "orderby",
    "translate",
    "rot13",
    "digits",
    "bytes",
    "tobytearray",
    "memcpy",
    "copy",
    "fold",
    "reduce",
    "inject",
    "accumulate",
    "permut",
    "shuffle",
    "zip",
    "interleave",
    "swap",
    "scan",
    "ord",
    "unpack",
    "scalar",
    "strtr",
];

/// What opens something that was closed: what it is given is no text to a reader.
const OPENS: [&str; 19] = [
    "b64",
    "base64",
    "atob",
    "unhex",
    "fromhex",
    "hex2bin",
    "hextobytes",
    "decrypt",
    "decipher",
    "dofinal",
    "transformfinalblock",
    "cryptblocks",
    "keystream",
    "inflate",
    "gunzip",
    "decompress",
    "rot13",
    "decode64",
    "b32",
];

/// What makes letters of numbers.
const CODES: [&str; 10] = [
    "chr",
    "character",
    "fromcharcode",
    "fromcodepoint",
    "tochar",
    "rune",
    "scalar",
    "charvalueof",
    "forcharcode",
    "unichr",
];

/// What puts the letters or the pieces of a text into another order, or makes others of them.
const TRICKS: [&str; 29] = [
    "reverse",
    "strrev",
    "sorted",
    "orderby",
    "sortby",
    "strtr",
    "translate",
    "rot13",
    "rotate",
    "treemap",
    "sorteddictionary",
    "sortedmap",
    "sortedlist",
    "ksort",
    "permut",
    "shuffle",
    "swapcase",
    "reduceright",
    // Numbers that are taken for their bits.
    "float32bits",
    "float64bits",
    "floattointbits",
    "floattorawintbits",
    "doubletolongbits",
    "doubletorawlongbits",
    "singletoint32bits",
    "doubletoint64bits",
    // Letters of another alphabet.
    "applyingtransform",
    "transliterat",
    "unidecode",
];

/// What changes the order or the letters of what it is called on, or of what it is given.
const MOVES: [&str; 9] =
    ["reverse", "sort", "shuffle", "permut", "rotate", "swap", "ksort", "usort", "interleave"];

/// What a program reads of itself.
const OWN: [&str; 34] = [
    "getDeclaredFields",
    "getDeclaredMethods",
    "getDeclaredField",
    "getFields",
    "GetFields",
    "GetField",
    "GetProperties",
    "GetCustomAttribute",
    "GetCustomAttributes",
    "getAnnotation",
    "getConstants",
    "Mirror",
    "TypeOf",
    "__doc__",
    "__name__",
    "__annotations__",
    "get_defined_functions",
    "getRecordComponents",
    "get_class_methods",
    "getSimpleName",
    "getsource",
    "__qualname__",
    "instance_methods",
    "GetNames",
    "nameof",
    "type_name",
    "enumConstants",
    "getEnumConstants",
    "getMethods",
    "GetMethods",
    "GetMembers",
    "get_class_vars",
    "get_object_vars",
    "ReflectionClass",
];

/// A way of reading letters that makes others of them: from the right, as those they look like.
pub(super) fn is_turning(text: &str) -> bool {
    matches!(
        text,
        "RightToLeft"
            | "rightToLeft"
            | "NFKC"
            | "NFKD"
            | "FormKC"
            | "FormKD"
            | "nfkc"
            | "nfkd"
            | "precomposedStringWithCompatibilityMapping"
    )
}

/// What begins a row of numbers that is always the same.
pub(super) fn is_seeded(name: &str) -> bool {
    let small = name.to_ascii_lowercase().replace('_', "");
    [
        "random",
        "newsource",
        "rand",
        "seed",
        "seedfromu64",
        "newpcg",
        "defaultrng",
        "mt19937",
        "srand",
        "mtsrand",
    ]
    .contains(&small.as_str())
        || small.ends_with("rng") && small.len() < 12
}

/// Functions that are given the name of what is asked for.
pub(super) const BY_NAME: [&str; 11] = [
    "__callStatic",
    "__call",
    "__get",
    "method_missing",
    "__getattr__",
    "__getattribute__",
    "__missing__",
    "__class_getitem__",
    "const_missing",
    "TryGetMember",
    "TryInvokeMember",
];

/// What a name says.
#[derive(Clone, Copy, Default)]
pub(super) struct Said {
    /// It brings something from outside.
    pub(super) live: bool,
    /// What it makes, turns, opens, numbers and puts into another order.
    pub(super) turns: bool,
    pub(super) opens: bool,
    pub(super) codes: bool,
    pub(super) tricks: bool,
    pub(super) joins: bool,
    pub(super) text: bool,
    /// Addresses.
    pub(super) addresses: bool,
    /// It writes into what it is given.
    pub(super) fills: bool,
    pub(super) reads: bool,
    /// It puts what it is called on into another order.
    pub(super) moves: bool,
}

/// What makes a text.
const TEXTS: [&str; 10] =
    ["str", "char", "chr", "join", "concat", "append", "text", "format", "decode", "copy"];

/// What makes one of several.
const JOINS: [&str; 5] = ["join", "concat", "collect", "sum", "implode"];

const ADDRESSES: [&str; 6] = ["ipv4addr", "ipaddr", "inetaddr", "inetntoa", "long2ip", "inaddr"];

/// What puts something from outside into what it is given.
const READS: [&str; 7] = ["recv", "read", "gets", "scanf", "getline", "nextbytes", "random"];

impl Said {
    pub(super) fn by(name: &str) -> Said {
        let small = name.to_ascii_lowercase().replace('_', "");
        let has = |words: &[&str]| words.iter().any(|word| small.contains(word));
        Said {
            live: is_live(name),
            turns: has(&TURNS),
            opens: has(&OPENS),
            codes: has(&CODES),
            tricks: has(&TRICKS),
            joins: has(&JOINS),
            text: has(&TEXTS),
            addresses: has(&ADDRESSES),
            fills: has(&FILLS),
            moves: has(&MOVES),
            reads: has(&READS) && !small.contains("thread"),
        }
    }
}

/// What writes into what it is given.
const FILLS: [&str; 10] =
    ["copy", "decode", "encode", "crypt", "xor", "put", "fill", "swap", "transform", "write"];

/// A constant of a library: `AF_INET`.
pub(super) fn is_constant(name: &str) -> bool {
    name.len() > 2
        && name.bytes().all(|byte| byte.is_ascii_uppercase() || byte.is_ascii_digit() || byte == b'_')
}

/// What starts something writes into nothing.
pub(super) const STARTS: [&str; 36] = [
    "connect",
    "bind",
    "send",
    "sendto",
    "write",
    "close",
    "setsockopt",
    "listen",
    "sizeof",
    "exec",
    "execve",
    "posix_spawn",
    "fopen",
    "open",
    "LoadLibraryA",
    "GetProcAddress",
    "WinExec",
    "ShellExecuteA",
    "CreateProcessA",
    "curl_easy_setopt",
    "strcmp",
    "memcmp",
    "system",
    "popen",
    "execl",
    "execv",
    "execvp",
    "execlp",
    "dlopen",
    "dlsym",
    "printf",
    "fprintf",
    "puts",
    "strlen",
    "free",
    "Println",
];

/// A parameter that has no name.
pub(super) fn is_unnamed(name: &str) -> bool {
    matches!(name, "it" | "_" | "$0" | "$1" | "0" | "1" | "_1" | "psitem" | "value" | "field")
}

/// A type of the language.
pub(super) fn is_type(name: &str) -> bool {
    matches!(
        name,
        "char"
            | "byte"
            | "string"
            | "int"
            | "rune"
            | "uint"
            | "str"
            | "bytes"
            | "bytearray"
            | "chr"
            | "ord"
            | "usize"
            | "u8"
            | "u32"
            | "u64"
            | "uint8"
            | "uint32"
            | "uint64"
            | "int64"
            | "auto"
            | "long"
            | "float"
            | "short"
            | "list"
            | "tuple"
            | "dict"
            | "map"
            | "filter"
            | "sum"
            | "std"
            | "sizeof"
            | "object"
            | "constexpr"
            | "const"
            | "static"
    )
}

pub(super) fn picks(name: &str) -> bool {
    matches!(
        name,
        "find"
            | "filter"
            | "detect"
            | "select"
            | "first"
            | "First"
            | "Where"
            | "Single"
            | "grep"
            | "FirstOrDefault"
            | "firstOrNull"
    )
}

pub(super) fn is_own(name: &str) -> bool {
    OWN.contains(&name)
}

pub(super) fn is_this(name: &str) -> bool {
    matches!(name, "this" | "self" | "$this" | "Self" | "cls" | "super")
}

/// What names nothing outside.
pub(super) fn is_plain(name: &str) -> bool {
    is_this(name)
        || matches!(
            name,
            "true" | "false" | "True" | "False" | "null" | "nil" | "None" | "undefined" | "nullptr" | "NULL"
        )
}

pub(super) fn keeps(name: &str) -> bool {
    let small = name.to_ascii_lowercase();
    ["write", "push", "append", "add", "put", "insert", "set", "extend", "fill", "swap", "unshift", "concat"]
        .iter()
        .any(|start| small.starts_with(start))
}

/// Whether a word of `name` says that it brings something from outside.
fn is_live(name: &str) -> bool {
    let small = name.to_ascii_lowercase();
    if ["readu", "readi", "readbyte", "findindex"].iter().any(|known| small.starts_with(known)) {
        return false;
    }
    let mut word = String::new();
    let mut before = ' ';
    for c in name.chars().chain(['_']) {
        let ends = !c.is_alphanumeric() || c.is_uppercase() && before.is_lowercase();
        if ends && !word.is_empty() {
            if LIVE.contains(&word.as_str()) {
                return true;
            }
            word.clear();
        }
        if c.is_alphanumeric() {
            word.extend(c.to_lowercase());
        }
        before = c;
    }
    LIVE.contains(&small.as_str())
}
