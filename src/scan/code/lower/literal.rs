//! Texts of nodes as values: numbers, strings without their quotes and escapes, names of types.

use tree_sitter::Node;

use crate::scan::code::lower::Lowering;

/// The name of a type without qualifiers, references, generics and well-known wrappers.
pub fn type_name(ty: &str) -> &str {
    const WRAPPERS: [&str; 47] = [
        "Optional",
        "Option",
        "Arc",
        "Rc",
        "Box",
        "Mutex",
        "RwLock",
        "Promise",
        "Awaitable",
        "Task",
        "ValueTask",
        "Future",
        "CompletableFuture",
        "unique_ptr",
        "shared_ptr",
        "std::unique_ptr",
        "std::shared_ptr",
        "typing.Optional",
        "Type",
        "Ref",
        "Lazy",
        "ThreadLocal",
        "Result",
        "auto_ptr",
        "Weak",
        "weak_ptr",
        "std::weak_ptr",
        "RefCell",
        "Pin",
        "Cow",
        "Provider",
        "ObjectProvider",
        "Instance",
        "AtomicReference",
        "WeakReference",
        "Deferred",
        "Mono",
        "Annotated",
        "ReadOnly",
        "Readonly",
        "State",
        "Extension",
        "Data",
        "web::Data",
        "axum::extract::State",
        "IOptions",
        "LazyLock",
    ];
    let mut ty = ty.trim();
    for _ in 0..8 {
        ty = without_lifetime(ty).trim_matches(|c: char| {
            c.is_whitespace() || matches!(c, '&' | '*' | '?' | '!' | ':' | '"' | '\'' | '(' | ')' | '@')
        });
        let mut stripped = false;
        for word in [
            "const ",
            "mut ",
            "static ",
            "final ",
            "readonly ",
            "struct ",
            "dyn ",
            "impl ",
            "class ",
            "volatile ",
            "unsigned ",
            "extern ",
            "inline ",
            "enum ",
            "union ",
            "extends ",
            "super ",
            "out ",
            "any ",
            "some ",
            "inout ",
            "override ",
        ] {
            if let Some(rest) = ty.strip_prefix(word) {
                ty = rest;
                stripped = true;
            }
        }
        let cut = ty.find(['<', '[', '{', '|', ' ']).unwrap_or(ty.len());
        let (name, rest) = ty.split_at(cut);
        if WRAPPERS.contains(&name) && rest.len() > 2 {
            let inner = rest.get(1..rest.len() - 1).unwrap_or("");
            ty = inner.split(',').next().unwrap_or("");
            continue;
        }
        if !stripped && rest.is_empty() {
            break;
        }
        ty = name;
    }
    if ty.len() > 200 { "" } else { ty }
}

/// `Depot` of `&'a Depot`.
fn without_lifetime(ty: &str) -> &str {
    let rest = ty.trim_start_matches(|c: char| c.is_whitespace() || matches!(c, '&' | '*'));
    let named = rest.strip_prefix('\'').and_then(|rest| rest.split_once(' '));
    match named {
        Some((name, rest)) if name.chars().all(|c| c.is_alphanumeric() || c == '_') => rest,
        _ => ty,
    }
}

/// The type of the elements of a container's type: `Vec<Box<dyn Sink>>`, `[]Sender`, `Map<String, Handler>`, `T[]`.
pub fn element_type(ty: &str) -> Option<&str> {
    const CONTAINERS: [&str; 77] = [
        "Vec",
        "VecDeque",
        "List",
        "ArrayList",
        "LinkedList",
        "Set",
        "HashSet",
        "Collection",
        "Iterable",
        "Iterator",
        "Sequence",
        "Array",
        "MutableList",
        "Map",
        "HashMap",
        "MutableMap",
        "TreeMap",
        "ConcurrentHashMap",
        "Dictionary",
        "IList",
        "IEnumerable",
        "IReadOnlyList",
        "ICollection",
        "IDictionary",
        "ReadonlyArray",
        "Record",
        "vector",
        "std::vector",
        "std::list",
        "std::map",
        "list",
        "dict",
        "Queue",
        "BTreeMap",
        "BTreeSet",
        "IndexMap",
        "DashMap",
        "Channel",
        "ReceiveChannel",
        "SendChannel",
        "Flow",
        "SharedFlow",
        "MutableSharedFlow",
        "StateFlow",
        "MutableStateFlow",
        "Flux",
        "Observable",
        "Stream",
        "AsyncStream",
        "Sender",
        "Receiver",
        "UnboundedSender",
        "UnboundedReceiver",
        "BlockingQueue",
        "LinkedBlockingQueue",
        "ArrayBlockingQueue",
        "ConcurrentLinkedQueue",
        "ConcurrentQueue",
        "ConcurrentBag",
        "ConcurrentDictionary",
        "BlockingCollection",
        "Deque",
        "ArrayDeque",
        "PriorityQueue",
        "IReadOnlyCollection",
        "IReadOnlyDictionary",
        "IAsyncEnumerable",
        "AsyncIterable",
        "Generator",
        "LinkedHashMap",
        "MutableSet",
        "deque",
        "tuple",
        "std::unordered_map",
        "std::deque",
        "std::queue",
        "std::array",
    ];
    let ty = without_lifetime(ty.trim());
    let ty = ty.trim_start_matches(|c: char| c.is_whitespace() || matches!(c, '&' | '*' | ':' | '?'));
    let ty = ty.strip_prefix("mut ").unwrap_or(ty).strip_prefix("const ").unwrap_or(ty);
    if let Some(inner) = ty.strip_prefix("[]") {
        return Some(inner);
    }
    if let Some(rest) = ty.strip_prefix("map[") {
        return rest.split_once(']').map(|(_, value)| value);
    }
    if let Some(inner) = ty.strip_suffix("[]") {
        return Some(inner);
    }
    if let Some(inner) = ty.strip_prefix('[').and_then(|rest| rest.strip_suffix(']')) {
        // `[Sink]`, `[String: Sink]`, `[Sink; 4]`.
        return Some(inner.split(';').next().unwrap_or(inner).rsplit(':').next().unwrap_or(inner));
    }
    let (name, rest) = ty.split_at(ty.find(['<', '['])?);
    let inner = rest.get(1..rest.rfind(['>', ']'])?)?;
    if !CONTAINERS.contains(&name.rsplit(['.', ':']).next().unwrap_or(name)) && !CONTAINERS.contains(&name) {
        return None;
    }
    // The last of several: a map's value.
    let mut depth = 0usize;
    let mut last = 0;
    for (at, c) in inner.char_indices() {
        match c {
            '<' | '[' | '(' => depth += 1,
            '>' | ']' | ')' => depth = depth.saturating_sub(1),
            ',' if depth == 0 => last = at + 1,
            _ => {}
        }
    }
    inner.get(last..)
}

/// The value of a whole-number literal in decimal, hexadecimal, octal or binary.
pub fn parse_int(text: &str) -> Option<i64> {
    let text: String = text.chars().filter(|c| *c != '_' && *c != '\'').collect();
    // `0x1fu8`, `7usize`
    let typed = text.find(['u', 'i']).filter(|at| {
        let rest = text.get(at + 1..).unwrap_or_default();
        matches!(rest, "8" | "16" | "32" | "64" | "128" | "size")
    });
    let text = typed.and_then(|at| text.get(..at)).unwrap_or(&text);
    let text = text.trim_end_matches(['u', 'U', 'l', 'L', 'n']);
    if let Some(hex) = text.strip_prefix("0x").or(text.strip_prefix("0X")) {
        return i64::from_str_radix(hex, 16).ok();
    }
    if let Some(binary) = text.strip_prefix("0b").or(text.strip_prefix("0B")) {
        return i64::from_str_radix(binary, 2).ok();
    }
    if let Some(octal) = text.strip_prefix("0o").or(text.strip_prefix("0O")) {
        return i64::from_str_radix(octal, 8).ok();
    }
    text.parse().ok()
}

/// `text` with the escapes most languages share resolved: `\n \t \xHH \uHHHH \u{…} \UHHHHHHHH \ooo`.
pub fn unescape_literal(text: &str) -> String {
    if !text.contains('\\') {
        return text.to_owned();
    }
    let mut out = String::with_capacity(text.len());
    let mut chars = text.chars().peekable();
    while let Some(c) = chars.next() {
        if c != '\\' {
            out.push(c);
            continue;
        }
        let digits = |chars: &mut std::iter::Peekable<std::str::Chars>, radix: u32, most: usize| {
            let mut value = 0u32;
            let mut seen = 0;
            while seen < most {
                let Some(digit) = chars.peek().and_then(|c| c.to_digit(radix)) else { break };
                value = value.wrapping_mul(radix).wrapping_add(digit);
                chars.next();
                seen += 1;
            }
            value
        };
        match chars.next() {
            Some('n') => out.push('\n'),
            Some('t') => out.push('\t'),
            Some('r') => out.push('\r'),
            Some('e') => out.push('\u{1b}'),
            Some('x') => out.extend(char::from_u32(digits(&mut chars, 16, 2))),
            Some('u') if chars.peek() == Some(&'{') => {
                chars.next();
                out.extend(char::from_u32(digits(&mut chars, 16, 8)));
                if chars.peek() == Some(&'}') {
                    chars.next();
                }
            }
            Some('u') => out.extend(char::from_u32(digits(&mut chars, 16, 4))),
            Some('U') => out.extend(char::from_u32(digits(&mut chars, 16, 8))),
            Some(octal @ '0'..='7') => {
                let rest = digits(&mut chars, 8, 2);
                let first = octal.to_digit(8).unwrap_or(0);
                let value = if rest >= 8 || first > 0 { first * 64 + rest } else { rest };
                out.extend(char::from_u32(if rest < 8 && first > 0 { first * 8 + rest } else { value }));
            }
            Some('\n') | None => {}
            Some(other) => out.push(other),
        }
    }
    out
}

/// The text of a node between its first and last quote, unescaped: for grammars whose strings are leaves.
pub fn quoted_literal(lowering: &Lowering<'_>, node: Node<'_>) -> String {
    let text = lowering.src.get(node.byte_range()).unwrap_or_default();
    let text = String::from_utf8_lossy(text);
    let quote = |c: char| c == '"' || c == '\'' || c == '`';
    match (text.find(quote), text.rfind(quote)) {
        (Some(start), Some(end)) if start < end => unescape_literal(text.get(start + 1..end).unwrap_or("")),
        _ => unescape_literal(&text),
    }
}
