//! Addresses in bytes: URLs, hosts, IPv4 and IPv6 addresses however spelt, onion names, pipes.
//!
//! Works on bytes alone and knows neither files nor languages; whether an address is live is for
//! `endpoints` to say. Byte searches only: a Unicode-aware pattern is 40 times slower on files that are not
//! ASCII. Addresses of this machine itself (loopback, unspecified, `localhost`) are not reported: nothing
//! leaves through them.

use std::net::Ipv4Addr;
use std::net::Ipv6Addr;

use super::indicators;
use crate::model::path::escape;

/// An address and where it stands.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Address {
    /// First byte.
    pub start: usize,
    /// One past the last byte.
    pub end: usize,
    /// `url`, `host`, `ipv4`, `ipv6`, `onion`, `pipe`, `email`, `namespace`, `unresolved`.
    pub kind: &'static str,
    /// As written, escaped and bounded.
    pub value: String,
    /// The host in lower case, where there is one; the address itself for numeric hosts.
    pub host: Option<String>,
    /// From the host on: `/path?query`.
    pub path: String,
    /// A numeric host not written as four decimal numbers.
    pub encoded: bool,
    /// Whether the host's public suffix is in the list (or the host is an address).
    pub known_suffix: bool,
}

/// Longest URL looked at.
const LONGEST: usize = 2048;

/// Schemes that reach another machine.
const SCHEMES: &[&str] = &[
    "http",
    "https",
    "ws",
    "wss",
    "ftp",
    "ftps",
    "sftp",
    "ssh",
    "scp",
    "git",
    "tcp",
    "udp",
    "tls",
    "ssl",
    "ldap",
    "ldaps",
    "mqtt",
    "mqtts",
    "amqp",
    "amqps",
    "redis",
    "rediss",
    "mongodb",
    "mongodb+srv",
    "postgres",
    "postgresql",
    "mysql",
    "mariadb",
    "sqlserver",
    "oracle",
    "grpc",
    "grpcs",
    "smb",
    "cifs",
    "nfs",
    "telnet",
    "irc",
    "ircs",
    "rtsp",
    "rtmp",
    "stun",
    "turn",
    "stratum+tcp",
    "stratum+ssl",
    "gopher",
    "imap",
    "imaps",
    "smtp",
    "smtps",
    "pop3",
    "s3",
    "s3a",
    "gs",
    "wasbs",
    "abfss",
    "hdfs",
    "kafka",
    "nats",
    "svn",
    "rsync",
    "sip",
    "coap",
    "socks4",
    "socks5",
    "socks5h",
    "git+https",
    "git+http",
    "git+ssh",
    "svn+ssh",
    "hg+https",
    "oci",
    "docker",
    "magnet",
    "tor",
    "dns",
    "tftp",
    "rmi",
    "iiop",
    "net.tcp",
    "clickhouse",
    "elasticsearch",
    "influxdb",
    "snowflake",
    "bolt",
    "neo4j",
];

/// Schemes whose authority is a bucket or a name of the scheme's own, not a host.
const BUCKETS: &[&str] = &["s3", "s3a", "gs", "wasbs", "abfss", "hdfs"];

/// The URLs in `text`, in order. `limit` bounds how many.
pub fn urls(text: &[u8], limit: usize) -> Vec<Address> {
    let mut found: Vec<Address> = Vec::new();
    for mark in memchr::memmem::find_iter(text, b"://") {
        if found.last().is_some_and(|last| last.end > mark) {
            continue;
        }
        if let Some(address) = url_at(text, mark) {
            found.push(address);
            if found.len() >= limit {
                break;
            }
        }
    }
    found
}

/// Four numbers of up to three digits with dots between them, whose first dot is at `dot`; nothing before `from`.
fn dotted(text: &[u8], from: usize, dot: usize) -> Option<std::ops::Range<usize>> {
    let digits = |bytes: &[u8]| bytes.iter().take(3).take_while(|byte| byte.is_ascii_digit()).count();
    let before = text.get(from..dot)?;
    let first = before.iter().rev().take(3).take_while(|byte| byte.is_ascii_digit()).count();
    let mut end = dot;
    for _ in 0..3 {
        let rest = text.get(end..)?.strip_prefix(b".")?;
        let more = digits(rest);
        if more == 0 {
            return None;
        }
        end += 1 + more;
    }
    (first > 0).then_some(dot - first..end)
}

/// The dotted IPv4 addresses in `text` that stand alone, in order.
pub fn ipv4(text: &[u8], limit: usize) -> Vec<Address> {
    let mut found = Vec::new();
    let mut done = 0;
    for dot in memchr::memchr_iter(b'.', text) {
        let Some(hit) = dotted(text, done, dot) else { continue };
        done = hit.end;
        let before = hit.start.checked_sub(1).and_then(|at| text.get(at));
        let after = text.get(hit.end);
        let joined =
            |b: Option<&u8>| b.is_some_and(|b| b.is_ascii_alphanumeric() || matches!(b, b'.' | b'_' | b'-'));
        let sentence_end =
            after == Some(&b'.') && text.get(hit.end + 1).is_none_or(|b| b.is_ascii_whitespace());
        if joined(before) || (joined(after) && !sentence_end) {
            continue;
        }
        if let Some(address) = address_v4(text.get(hit.clone()).unwrap_or_default())
            .filter(|address| reaches_out(address) && !looks_like_a_number(address))
        {
            found.push(Address {
                start: hit.start,
                end: hit.end,
                kind: "ipv4",
                value: address.to_string(),
                host: Some(address.to_string()),
                path: String::new(),
                encoded: false,
                known_suffix: true,
            });
            if found.len() >= limit {
                break;
            }
        }
    }
    found
}

/// The address that all of `literal` is, where it is one: a host name, with port and path perhaps; an
/// address; an onion name; a named pipe; an e-mail address. `at` is where it stands.
pub fn whole(literal: &[u8], at: usize) -> Option<Address> {
    let trimmed = literal.trim_ascii();
    let text = std::str::from_utf8(trimmed).ok().filter(|text| text.len() >= 4 && text.len() <= 512)?;
    let start = at + literal.len() - literal.trim_ascii_start().len();
    let make = |kind, host: Option<String>, path: &str, known_suffix| Address {
        start,
        end: start + text.len(),
        kind,
        value: escape(trimmed),
        host,
        path: path.to_owned(),
        encoded: false,
        known_suffix,
    };
    if let Some(name) = pipe(text) {
        return Some(make("pipe", None, name, true));
    }
    if text.bytes().any(|b| b.is_ascii_whitespace()) {
        return None;
    }
    if let Some((user, host)) = text.strip_prefix("mailto:").unwrap_or(text).split_once('@') {
        let user_ok =
            !user.is_empty() && user.bytes().all(|b| b.is_ascii_alphanumeric() || b".+-_".contains(&b));
        let host = host.to_ascii_lowercase();
        return (user_ok && is_host(&host) && suffix_known(&host))
            .then(|| make("email", Some(host), "", true));
    }
    if text.bytes().filter(|b| *b == b':').count() >= 2 {
        let address: Ipv6Addr = text.trim_start_matches('[').trim_end_matches(']').parse().ok()?;
        return reaches_out_v6(&address).then(|| make("ipv6", Some(address.to_string()), "", true));
    }
    let (authority, path) = match text.find('/') {
        Some(slash) => text.split_at(slash),
        None => (text, ""),
    };
    let (name, port) = match authority.rsplit_once(':') {
        Some((name, port)) if port.len() <= 5 && port.bytes().all(|b| b.is_ascii_digit()) => {
            (name, Some(port))
        }
        Some(_) => return None,
        None => (authority, None),
    };
    let host = name.trim_end_matches('.').to_ascii_lowercase();
    if is_onion(&host) {
        return Some(make("onion", Some(host), path, true));
    }
    (is_host(&host) && says_host(name, &host, port.is_some(), path))
        .then(|| make("host", Some(host), path, true))
}

/// The host's registrable domain, where its suffix is in the public suffix list.
pub fn registrable(host: &str) -> Option<&str> {
    psl::domain_str(host)
}

fn url_at(text: &[u8], mark: usize) -> Option<Address> {
    let (start, scheme) = scheme_before(text, mark)?;
    let from = mark + 3;
    let tail = text.get(from..text.len().min(from + LONGEST))?;
    let end = from + length(tail);
    let body = text.get(from..end)?;
    let body_text = String::from_utf8_lossy(body);
    let authority_length = body_text.find(['/', '?', '#']).unwrap_or(body_text.len());
    let (authority, path) = body_text.split_at(authority_length);
    let host_port = authority.rsplit_once('@').map_or(authority, |(_, host)| host);
    if host_port.is_empty() {
        return None;
    }
    let url = escape(text.get(start..end)?);
    let make = |kind, host: Option<String>, encoded, known_suffix| {
        let kind = if indicators::is_namespace(&url) { "namespace" } else { kind };
        Some(Address {
            start,
            end,
            kind,
            value: url.clone(),
            host,
            path: path.to_owned(),
            encoded,
            known_suffix,
        })
    };
    if BUCKETS.contains(&scheme.as_str()) {
        return make("url", None, false, true);
    }
    if let Some(inner) = host_port.strip_prefix('[') {
        let address: Ipv6Addr = inner.split(']').next()?.parse().ok()?;
        return if reaches_out_v6(&address) {
            make("url", Some(address.to_string()), false, true)
        } else {
            None
        };
    }
    let name = host_port.split(':').next().unwrap_or(host_port).trim_end_matches('.');
    if let Some((address, encoded)) = numeric(name) {
        return if reaches_out(&address) {
            make("url", Some(address.to_string()), encoded, true)
        } else {
            None
        };
    }
    if name.contains([
        '{', '}', '%', '$', '<', '>', '*', '(', ')', '+', '\\', '"', ',', ';', '~', '!', '=', '&', '|',
    ]) {
        // The fixed end of a computed host still says whose it is: `{bucket}.s3.amazonaws.com`.
        let rest = name.rsplit(['}', ')', '>', '*', '%', '$', '+', '~']).next().unwrap_or_default();
        let fixed = rest.split_once('.').map_or("", |(_, fixed)| fixed).to_ascii_lowercase();
        if rest.starts_with('.') && is_host(&fixed) && suffix_known(&fixed) {
            return make("url", Some(fixed), false, true);
        }
        return make("unresolved", None, false, false);
    }
    let host = name.to_lowercase();
    if host == "localhost" || host.ends_with(".localhost") || !is_host(&host) {
        return None;
    }
    if is_onion(&host) {
        return make("onion", Some(host), false, true);
    }
    let known = suffix_known(&host);
    make("url", Some(host), false, known)
}

/// The scheme that ends at `mark`, where it is one that reaches out, and where it begins.
fn scheme_before(text: &[u8], mark: usize) -> Option<(usize, String)> {
    let from = mark.saturating_sub(20);
    let before = text.get(from..mark)?;
    let part = |b: &u8| b.is_ascii_alphanumeric() || matches!(b, b'+' | b'.' | b'-');
    let mut start = from + before.iter().rposition(|b| !part(b)).map_or(0, |at| at + 1);
    let scheme = |start: usize| {
        let word = String::from_utf8_lossy(text.get(start..mark)?).to_ascii_lowercase();
        SCHEMES.contains(&word.as_str()).then_some(word)
    };
    if let Some(word) = scheme(start) {
        return Some((start, word));
    }
    // `\nhttps://…`: the letter of an escape sequence is no part of the scheme.
    if start > 0 && text.get(start - 1) == Some(&b'\\') {
        start += 1;
        return scheme(start).map(|word| (start, word));
    }
    // `…-https://`, `v1.http://`: what follows the last mark.
    let last = text.get(start..mark)?.iter().rposition(|b| !b.is_ascii_alphanumeric())?;
    scheme(start + last + 1).map(|word| (start + last + 1, word))
}

/// How far a URL goes: up to a blank, a quote or another character no URL holds; a closing bracket only
/// where it was opened inside; without the punctuation of the sentence around it.
fn length(tail: &[u8]) -> usize {
    let mut depth = [0i32; 3];
    let mut end = tail.len();
    for (at, byte) in tail.iter().enumerate() {
        let bracket = match byte {
            b'(' | b')' => Some(0),
            b'[' | b']' => Some(1),
            b'{' | b'}' => Some(2),
            _ => None,
        };
        let stop = match (bracket, byte) {
            (Some(kind), b'(' | b'[' | b'{') => {
                depth[kind] += 1;
                false
            }
            (Some(kind), _) => {
                depth[kind] -= 1;
                depth[kind] < 0
            }
            (_, b'"' | b'\'' | b'`' | b'\\' | b'^' | b'|' | 0..=32 | 127) => true,
            // `<host>` is a placeholder; `<` after a path ends a URL in markup.
            (_, b'<') => {
                !tail.get(at + 1..).is_some_and(|rest| rest.iter().take(30).any(|b| *b == b'>'))
                    || tail.get(..at).is_some_and(|head| head.contains(&b'/'))
                    || tail.get(at + 1) == Some(&b'/')
            }
            (_, b'>') => !tail.get(..at).is_some_and(|head| head.contains(&b'<')),
            (_, 0xe2) => tail.get(at..at + 3).is_some_and(|c| {
                matches!(c, b"\xe2\x80\x9c" | b"\xe2\x80\x9d" | b"\xe2\x80\x99" | b"\xe2\x80\xa6")
            }),
            _ => false,
        };
        if stop {
            end = at;
            break;
        }
    }
    while end > 0 && matches!(tail.get(end - 1), Some(b'.' | b',' | b';' | b':' | b'!' | b'?' | b'*' | b'&'))
    {
        end -= 1;
    }
    end
}

/// An IPv4 address as URL parsers read one: one to four numbers, each decimal, octal (`0…`) or hexadecimal
/// (`0x…`), the last filling what is left (WHATWG URL, IPv4 parser). The flag says it was not four decimal
/// numbers.
fn numeric(host: &str) -> Option<(Ipv4Addr, bool)> {
    let parts: Vec<&str> = host.split('.').collect();
    if parts.len() > 4 {
        return None;
    }
    let mut odd = parts.len() != 4;
    let mut values = Vec::new();
    for part in &parts {
        let (digits, radix) = match part.strip_prefix("0x").or_else(|| part.strip_prefix("0X")) {
            Some(hex) => (hex, 16),
            None if part.len() > 1 && part.starts_with('0') => (*part, 8),
            None => (*part, 10),
        };
        odd |= radix != 10;
        if digits.is_empty() || digits.starts_with(['+', '-']) {
            return None;
        }
        values.push(u64::from_str_radix(digits, radix).ok()?);
    }
    // A bare small number is a port, an index, a placeholder; a whole address needs the upper byte.
    if parts.len() == 1 && values.first().is_none_or(|value| *value < 1 << 24) {
        return None;
    }
    if parts.len() == 2 || parts.len() == 3 {
        // `1.2` is a version more often than an address; written in hexadecimal or octal it is an address.
        let plain = parts.iter().all(|part| !part.starts_with('0') || part.len() == 1);
        if plain {
            return None;
        }
    }
    let last = values.pop()?;
    let mut address = 0u64;
    for (index, value) in values.iter().enumerate() {
        if *value > 255 {
            return None;
        }
        address |= value << (24 - 8 * index);
    }
    let room = 32 - 8 * values.len() as u32;
    if u128::from(last) >= 1u128 << room {
        return None;
    }
    let address = u32::try_from(address | last).ok()?;
    Some((Ipv4Addr::from(address), odd))
}

fn address_v4(text: &[u8]) -> Option<Ipv4Addr> {
    std::str::from_utf8(text).ok()?.parse().ok()
}

/// Whether something at `address` is another machine: not loopback, unspecified, broadcast, a network mask,
/// multicast or one of the blocks kept for documents (RFC 5737).
fn reaches_out(address: &Ipv4Addr) -> bool {
    let first = address.octets()[0];
    !address.is_loopback()
        && first != 0
        && !address.is_documentation()
        && first < 224
        && address.octets() != [255; 4]
}

/// Object identifiers and version numbers of four parts look like addresses: X.500 identifiers begin with
/// 2.5, and numbers this small were never assigned to hosts one meets in source code.
fn looks_like_a_number(address: &Ipv4Addr) -> bool {
    let [a, b, c, d] = address.octets();
    (a == 2 && b == 5)
        || (a < 20
            && b < 20
            && c < 30
            && d < 100
            && ![
                [1, 1, 1, 1],
                [8, 8, 8, 8],
                [8, 8, 4, 4],
                [9, 9, 9, 9],
                [1, 0, 0, 1],
                [10, 0, 0, d],
                [4, 4, 4, 4],
                [4, 2, 2, 2],
                [4, 2, 2, 1],
            ]
            .contains(&[a, b, c, d])
            && a != 10)
}

fn reaches_out_v6(address: &Ipv6Addr) -> bool {
    let first = address.segments()[0];
    let documentation = first == 0x2001 && address.segments()[1] == 0xdb8;
    // Global unicast, unique local, link local: `a::b` in other languages is a path, not an address.
    !documentation
        && ((0x2000..0x4000).contains(&first) || first & 0xfe00 == 0xfc00 || first & 0xffc0 == 0xfe80)
}

fn is_host(host: &str) -> bool {
    !host.is_empty()
        && host.len() <= 253
        && host.split('.').all(|label| {
            !label.is_empty()
                && label.len() <= 63
                && !label.starts_with('-')
                && !label.ends_with('-')
                && label.chars().all(|c| c.is_alphanumeric() || c == '-' || c == '_')
        })
}

fn is_onion(host: &str) -> bool {
    let Some(name) = host.strip_suffix(".onion").or_else(|| host.strip_suffix(".b32.i2p")) else {
        return host.ends_with(".i2p") && is_host(host);
    };
    let label = name.rsplit('.').next().unwrap_or(name);
    matches!(label.len(), 16 | 52 | 56)
        && label.bytes().all(|b| b.is_ascii_lowercase() || (b'2'..=b'7').contains(&b))
}

fn suffix_known(host: &str) -> bool {
    // Names reserved for documents and tests (RFC 2606) are addressed like any other.
    if [".example", ".invalid", ".test"].iter().any(|reserved| host.ends_with(reserved)) {
        return true;
    }
    // A private suffix (`s3.amazonaws.com`) is a host as well; a public one (`co.uk`) is not.
    psl::suffix(host.as_bytes()).is_some_and(|suffix| {
        suffix.is_known() && (registrable(host).is_some() || suffix.typ() == Some(psl::Type::Private))
    })
}

/// Top-level domains that are also endings of file names or of expressions in code (`os.name`, `run.sh`).
const DOUBTFUL: &[&str] = &[
    "py", "sh", "rs", "pl", "md", "so", "cc", "ps", "ml", "mk", "am", "in", "la", "do", "im", "zip", "mov",
    "name", "id", "me", "st", "ac", "ms", "is", "it", "to", "at", "as", "be", "by", "my", "no", "us", "info",
    "host", "link", "email", "data", "click", "open", "now", "call", "map", "media", "app", "page", "new",
    "date", "time", "run", "menu", "select", "link", "box", "build", "cat", "java", "kt", "swift", "go",
    "cs", "h", "c", "js", "foo", "bar", "int", "id", "tv", "build", "land", "works", "world", "zone", "show",
    "play", "search", "store", "style", "design", "tools", "help", "support", "graphics", "video", "audio",
    "lat", "network", "space", "group", "events", "cards", "codes", "country", "direct", "download",
    "engineer", "fit", "free", "global", "like", "live", "man", "model", "moi", "next", "one", "org",
    "observer", "parts", "plus", "press", "property", "report", "rest", "return", "review", "reviews",
    "security", "shell", "systems", "target", "test", "trade", "tube", "watch", "weather", "win", "windows",
    "theater", "tr", "mp", "sc", "al", "vi", "nl", "lc", "fm", "cab", "cfd", "pro", "mil", "ax", "gl", "tt",
    "ph", "bin", "dev", "aero",
];

/// Whether a name standing alone in a literal is a host and no file name, module or member access.
fn says_host(written: &str, host: &str, port: bool, path: &str) -> bool {
    if !suffix_known(host) || written.contains('_') {
        return false;
    }
    let labels: Vec<&str> = host.split('.').collect();
    let (Some(first), Some(tld)) = (labels.first(), labels.last()) else { return false };
    let mixed =
        written.bytes().any(|b| b.is_ascii_uppercase()) && written.bytes().any(|b| b.is_ascii_lowercase());
    if mixed
        || matches!(
            *first,
            "com" | "org" | "net" | "io" | "edu" | "gov" | "java" | "javax" | "android" | "self" | "this"
        )
    {
        return false;
    }
    let served = matches!(
        *first,
        "www"
            | "api"
            | "ftp"
            | "mail"
            | "smtp"
            | "updates"
            | "update"
            | "cdn"
            | "telemetry"
            | "collector"
            | "metrics"
    );
    let doubtful = DOUBTFUL.contains(tld) && *tld != "org" && *tld != "dev";
    if served || port {
        return true;
    }
    // A path after a plain name is a file path more often than an address.
    if doubtful || (!path.is_empty() && labels.len() < 3) {
        return labels.len() >= 3 && !doubtful;
    }
    matches!(
        *tld,
        "com"
            | "net"
            | "org"
            | "io"
            | "edu"
            | "gov"
            | "dev"
            | "cloud"
            | "ai"
            | "co"
            | "biz"
            | "xyz"
            | "top"
            | "site"
            | "online"
    ) || (tld.len() == 2 && labels.len() >= 2)
        || labels.len() >= 3
}

/// A Windows named pipe's name, local or remote.
fn pipe(text: &str) -> Option<&str> {
    let plain =
        text.strip_prefix("\\\\").or_else(|| text.strip_prefix("//"))?.trim_start_matches(['\\', '/']);
    let (machine, rest) = plain.split_once(['\\', '/'])?;
    let rest = rest.trim_start_matches(['\\', '/']);
    let name = rest.strip_prefix("pipe").or_else(|| rest.strip_prefix("PIPE"))?;
    let name = name.strip_prefix(['\\', '/'])?.trim_start_matches(['\\', '/']);
    (!machine.is_empty() && !name.is_empty()).then_some(name)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn url(text: &str) -> Vec<(&'static str, String, Option<String>)> {
        urls(text.as_bytes(), 100).into_iter().map(|a| (a.kind, a.value, a.host)).collect()
    }

    #[test]
    fn urls_end_where_they_end() {
        let cases = [
            ("see https://a.example.com/x, or", "https://a.example.com/x", "a.example.com"),
            ("(http://example.org/a_(b)).", "http://example.org/a_(b)", "example.org"),
            ("\"\\nhttps://example.org\\n\"", "https://example.org", "example.org"),
            ("<a href='https://example.org/?a=b&c'>", "https://example.org/?a=b&c", "example.org"),
            ("<b>http://example.org/x</b>", "http://example.org/x", "example.org"),
            (
                "git+https://user:pw@Git.Example.org:8443/x",
                "git+https://user:pw@Git.Example.org:8443/x",
                "git.example.org",
            ),
            ("wss://example.net/s", "wss://example.net/s", "example.net"),
            ("[t](http://example.org/x)", "http://example.org/x", "example.org"),
        ];
        for (text, value, host) in cases {
            assert_eq!(url(text), [("url", value.to_owned(), Some(host.to_owned()))], "{text}");
        }
    }

    #[test]
    fn addresses_are_found_however_they_are_spelt() {
        for spelling in
            ["3232235777", "0xc0a80101", "0300.0250.1.1", "0xc0.0xa8.0x1.0x1", "192.168.1.1", "0xc0.0xa80101"]
        {
            let found = urls(format!("http://{spelling}/x").as_bytes(), 9);
            assert_eq!(found[0].host.as_deref(), Some("192.168.1.1"), "{spelling}");
            assert_eq!(found[0].encoded, spelling != "192.168.1.1", "{spelling}");
        }
        assert_eq!(url("http://[2606:4700::1111]:80/")[0].2.as_deref(), Some("2606:4700::1111"));
        for none in [
            "http://127.0.0.1/",
            "http://localhost:80",
            "http://[::1]/",
            "http://0.0.0.0:1",
            "http://",
            "file:///etc/passwd",
            "std://x",
            "http://2130706433/",
        ] {
            assert_eq!(url(none), [], "{none}");
        }
    }

    #[test]
    fn what_is_computed_says_so_and_keeps_its_fixed_end() {
        assert_eq!(url("https://{bucket}.s3.amazonaws.com/x")[0].2.as_deref(), Some("s3.amazonaws.com"));
        assert_eq!(url("https://%s/api")[0], ("unresolved", "https://%s/api".into(), None));
        assert_eq!(url("https://${host}/api")[0].0, "unresolved");
        assert_eq!(url("http://www.w3.org/2000/svg")[0].0, "namespace");
        assert_eq!(url("s3://bucket/key")[0], ("url", "s3://bucket/key".into(), None));
    }

    #[test]
    fn four_numbers_are_where_the_pattern_says() {
        use proptest::prelude::*;
        let pattern =
            regex::bytes::Regex::new(r"(?-u)[0-9]{1,3}\.[0-9]{1,3}\.[0-9]{1,3}\.[0-9]{1,3}").unwrap();
        proptest!(|(text in prop::collection::vec(prop::sample::select(b"0123.. a".to_vec()), 0..60))| {
            let (mut found, mut done) = (Vec::new(), 0);
            for dot in memchr::memchr_iter(b'.', &text) {
                if let Some(hit) = dotted(&text, done, dot) {
                    done = hit.end;
                    found.push(hit);
                }
            }
            let wanted: Vec<_> = pattern.find_iter(&text).map(|hit| hit.range()).collect();
            prop_assert_eq!(found, wanted);
        });
    }

    #[test]
    fn dotted_numbers_that_are_no_addresses_stay_out() {
        let hosts =
            |text: &str| ipv4(text.as_bytes(), 99).into_iter().filter_map(|a| a.host).collect::<Vec<_>>();
        assert_eq!(hosts("a 45.33.32.156, b 8.8.8.8."), ["45.33.32.156", "8.8.8.8"]);
        assert_eq!(hosts("connect('185.220.101.4:443')"), ["185.220.101.4"]);
        for none in [
            "1.2.3.4.5",
            "v45.33.32.156",
            "45.33.32.156-rc1",
            "2.5.29.14",
            "1.0.0.0",
            "127.0.0.1",
            "255.255.255.0",
            "999.1.1.1",
            "192.0.2.1",
            "45.33.32.1567",
        ] {
            assert_eq!(hosts(none), Vec::<String>::new(), "{none}");
        }
    }

    #[test]
    fn a_literal_is_a_host_only_where_little_else_is_possible() {
        let kind = |text: &str| whole(text.as_bytes(), 0).map(|a| (a.kind, a.host.unwrap_or_default()));
        let onion = "duckduckgogg42xjoc72x3sjasowoarfbgcmvfimaftt6twagswzczad.onion";
        assert_eq!(kind("collector.example.com"), Some(("host", "collector.example.com".into())));
        assert_eq!(kind("api.vendor.dev:8443"), Some(("host", "api.vendor.dev".into())));
        assert_eq!(kind("evil.co.uk/upload"), Some(("host", "evil.co.uk".into())));
        assert_eq!(kind("evil.io/upload"), None);
        assert_eq!(kind("drop.evil.co.uk/upload"), Some(("host", "drop.evil.co.uk".into())));
        assert_eq!(kind(onion), Some(("onion", onion.into())));
        assert_eq!(kind("\\\\\\\\.\\\\pipe\\\\agent").map(|k| k.0), Some("pipe"));
        assert_eq!(kind("fe80::1:2").map(|k| k.0), Some("ipv6"));
        assert_eq!(kind("ops@example.org"), Some(("email", "example.org".into())));
        for none in [
            "setup.py",
            "os.name",
            "self.id",
            "com.google.gson",
            "user.email",
            "README.md",
            "a::b",
            "1.2",
            "index.html",
            "System.Net",
            "foo.bar.baz.py",
            "lib.so",
            "x.y",
            "a b.com",
            "date.now",
            "jquery.min.js",
            "std::io",
            "node_modules/.bin",
        ] {
            assert_eq!(kind(none), None, "{none}");
        }
    }

    #[test]
    fn no_bytes_make_it_panic_and_every_address_lies_inside() {
        use proptest::prelude::*;
        let odd = prop::sample::select(b"htps:/[].0123x@%{}<>\\\"a-_\xe2\x80\x9c ".to_vec());
        proptest!(|(bytes in prop::collection::vec(odd, 0..120))| {
            let text = [b"http://".as_slice(), &bytes].concat();
            for address in urls(&text, 9).into_iter().chain(ipv4(&text, 9)).chain(whole(&bytes, 0)) {
                prop_assert!(address.start < address.end && address.end <= text.len());
            }
        });
    }
}
