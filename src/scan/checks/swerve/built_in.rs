//! Texts that open something or send something to somebody: digests of passwords, certificates, accounts, addresses.

use super::Told;
use super::magic::ADMITTED;
use super::magic::COPIED;
use super::magic::DIGEST;
use super::magic::PATTERN;
use super::magic::PAYEE;
use super::magic::RECIPIENT;
use super::magic::told;
use super::sense::Sense;
use super::sense::inner;
use super::tokens::Kind;

/// Whether a text is an IPv4 address that is neither private nor one every program knows.
pub(super) fn public_address(text: &[u8]) -> bool {
    let text = std::str::from_utf8(text).unwrap_or_default();
    let host = text.split_once('/').map_or(text, |(host, _)| host);
    // `198.51.100.`: what the addresses of a network begin with.
    let begin = (2..=3).contains(&host.matches('.').count()) && host.ends_with('.');
    let whole = if begin {
        format!("{host}{}", if host.matches('.').count() == 3 { "1" } else { "1.1" })
    } else {
        host.to_owned()
    };
    let Ok(address) = whole.parse::<std::net::Ipv4Addr>() else { return false };
    let [first, second, third, fourth] = address.octets();
    let known =
        matches!((first, second, third, fourth), (8, 8, 8 | 4, _) | (1, 1 | 0, 1 | 0, _) | (9, 9, 9, 9));
    !known
        && first != 0
        && !address.is_private()
        && !address.is_loopback()
        && !address.is_link_local()
        && !address.is_multicast()
        && !address.is_broadcast()
        && !(first == 255 || first == 100 && (64..128).contains(&second))
}

/// The text at `at`: the digest of a password, a certificate, a pattern for addresses.
pub(super) fn written(sense: &Sense, at: usize) -> Option<Told> {
    let tokens = sense.outline.tokens;
    let text = inner(tokens.text(at));
    let place = at..at + 1;
    if password_digest(text) {
        return Some(told(DIGEST, place));
    }
    let raw = text.len() == 44
        && text.ends_with(b"=")
        && text.iter().all(|b| b.is_ascii_alphanumeric() || matches!(b, b'+' | b'/' | b'='))
        && tokens.names.iter().any(|name| {
            let name = name.to_ascii_lowercase();
            ["keyagreement", "crypto_box_seal", "sealedbox", "x25519", "wrapkey"]
                .iter()
                .any(|word| memchr::memmem::find(&name, word.as_bytes()).is_some())
        })
        && !tokens.names.iter().any(|name| name.eq_ignore_ascii_case(b"signing"));
    if raw {
        return Some(told(RECIPIENT, place));
    }
    if account_entry(sense, at, text) {
        return Some(told(ENTRY, place));
    }
    if text.len() >= 40
        && (text.starts_with(b"MII")
            || text.starts_with(b"-----BEGIN CERTIFICATE")
            || text.starts_with(b"-----BEGIN PUBLIC KEY")
            || text.starts_with(b"age1"))
    {
        let for_whom = (0..tokens.all.len()).any(|at| {
            let name = tokens.text(at).to_ascii_lowercase();
            tokens.kind(at) == Some(Kind::Word)
                && ["recipient", "encryptto", "encrypt_to", "escrow", "publickeyencrypt", "sealedbox"]
                    .iter()
                    .any(|word| memchr::memmem::find(&name, word.as_bytes()).is_some())
        });
        return for_whom.then(|| told(RECIPIENT, place));
    }
    if text.contains(&b'@') && text.len() >= 6 && copied(sense, at) {
        return Some(told(COPIED, place));
    }
    if account(text) && pasted(sense, at) {
        return Some(told(PAYEE, place));
    }
    if account(text) && on_condition(sense, at) {
        return Some(told(PAYEE, place));
    }
    if public_address(text) && admits(sense, at) {
        return Some(told(ADMITTED, place));
    }
    half_anchored(text).then(|| told(PATTERN, place))
}

const ENTRY: super::magic::Said = (
    "built-in-credential",
    "a table of accounts in the program has a password and rights for one of them",
    "Who knows this password, and can the customer change it?",
);

/// Whether the text at `at` is the password of an account in a table: `{ "diag", "…", LEVEL_ADMIN }`.
fn account_entry(sense: &Sense, at: usize, text: &[u8]) -> bool {
    let tokens = sense.outline.tokens;
    if text.len() < 8 || !super::opens::made_up(text) || !sense.step(2) {
        return false;
    }
    let Some(up) = tokens.up(at).filter(|up| tokens.any(*up, &["{", "(", "["])) else { return false };
    let Some(close) = tokens.close(up).filter(|close| close - up <= 24) else { return false };
    let name = inner(tokens.text(at.wrapping_sub(2)));
    let named = tokens.is(at - 1, ",")
        && tokens.kind(at.wrapping_sub(2)) == Some(Kind::Text)
        && (3..=24).contains(&name.len())
        && name.iter().all(|b| b.is_ascii_alphanumeric() || matches!(b, b'_' | b'-' | b'.'));
    let rights = (at + 1..close).any(|at| {
        let lower = tokens.text(at).to_ascii_lowercase();
        matches!(tokens.kind(at), Some(Kind::Word | Kind::Text))
            && [
                "priv", "admin", "role", "level", "operator", "root", "super", "service", "engineer",
                "access",
            ]
            .iter()
            .any(|word| memchr::memmem::find(&lower, word.as_bytes()).is_some())
    });
    // The table is one of accounts.
    let of_accounts = tokens.up(up).is_some_and(|outer| {
        (outer.saturating_sub(10)..outer).any(|at| {
            let lower = tokens.text(at).to_ascii_lowercase();
            tokens.kind(at) == Some(Kind::Word)
                && ["account", "user", "login", "cred", "operator", "builtin", "passw"]
                    .iter()
                    .any(|word| memchr::memmem::find(&lower, word.as_bytes()).is_some())
        })
    });
    named && rights && of_accounts
}

/// Whether the address at `at` is one of those that get a copy unseen.
pub(super) fn copied(sense: &Sense, at: usize) -> bool {
    let tokens = sense.outline.tokens;
    (at.saturating_sub(14)..at).any(|near| {
        let name = tokens.text(near).to_ascii_lowercase();
        matches!(
            &*name,
            b"-blindcopyto"
                | b"-forwardto"
                | b"-redirectto"
                | b"-forwardasattachmentto"
                | b"-forwardingsmtpaddress"
                | b"-copyto"
                | b"-bcc"
                | b"bcc"
                | b"addbcc"
                | b"add_bcc"
                | b"setbcc"
                | b"addrecipientbcc"
        ) && !(near..at)
            .any(|at| tokens.any(at, &[";"]) || tokens.first(at) && at > near + 1 && !tokens.any(at, &["."]))
    })
}

/// Whether a text is the number of a bank account or the address of a wallet.
pub(super) fn account(text: &[u8]) -> bool {
    let plain: Vec<u8> = text.iter().copied().filter(|b| *b != b' ').collect();
    let upper = |range: &[u8]| range.iter().all(|b| b.is_ascii_uppercase() || b.is_ascii_digit());
    let iban = (15..=34).contains(&plain.len())
        && plain.iter().take(2).all(u8::is_ascii_uppercase)
        && plain.get(2..4).is_some_and(|digits| digits.iter().all(u8::is_ascii_digit))
        && upper(&plain)
        && plain.iter().filter(|b| b.is_ascii_digit()).count() >= 8;
    let ether = plain.len() == 42
        && plain.starts_with(b"0x")
        && plain.get(2..).is_some_and(|rest| rest.iter().all(u8::is_ascii_hexdigit));
    let segwit = (26..=74).contains(&plain.len())
        && (plain.starts_with(b"bc1") || plain.starts_with(b"tb1"))
        && plain.iter().all(|b| b.is_ascii_lowercase() || b.is_ascii_digit());
    let base58 = (26..=35).contains(&plain.len())
        && matches!(plain.first(), Some(b'1' | b'3'))
        && plain.iter().all(|b| b.is_ascii_alphanumeric() && !matches!(b, b'0' | b'O' | b'I' | b'l'))
        && plain.iter().any(u8::is_ascii_lowercase)
        && plain.iter().any(u8::is_ascii_uppercase);
    text.len() == plain.len() + text.iter().filter(|b| **b == b' ').count()
        && (iban || ether || segwit || base58)
}

/// Whether the wallet at `at` stands in a list of which a branch takes one, where something is pasted or copied.
fn pasted(sense: &Sense, at: usize) -> bool {
    let tokens = sense.outline.tokens;
    const CLIPBOARDS: &[&str] = &[
        "clipboardData",
        "clipboard",
        "readText",
        "writeText",
        "Clipboard",
        "pyperclip",
        "GetClipboardData",
        "SetClipboardData",
        "UIPasteboard",
        "NSPasteboard",
        "ClipboardManager",
        "getSystemClipboard",
        "paste",
        "Get-Clipboard",
        "atotto",
    ];
    if !sense.mentions(CLIPBOARDS) || !sense.step(tokens.all.len() / 8) {
        return false;
    }
    let held: Vec<u32> = sense
        .outline
        .defs
        .iter()
        .filter(|(_, defs)| defs.iter().any(|def| def.value.contains(&at) && def.value.len() <= 60))
        .map(|(name, _)| *name)
        .collect();
    !held.is_empty()
        && sense.outline.branches.iter().any(|branch| {
            !branch.rest
                && branch.body.len() <= 40
                && branch.body.clone().any(|at| tokens.name(at).is_some_and(|name| held.contains(&name)))
        })
}

/// Whether the text at `at` is what a branch gives or puts into something.
pub(super) fn on_condition(sense: &Sense, at: usize) -> bool {
    sense.outline.branches.iter().any(|branch| {
        !branch.rest && branch.body.contains(&at) && branch.body.len() <= 40 && !branch.test.contains(&at)
    })
}

/// Whether the text at `at` stands in a list, in a file that says who is let in.
pub(super) fn admits(sense: &Sense, at: usize) -> bool {
    let tokens = sense.outline.tokens;
    let listed = tokens.up(at).is_some_and(|up| tokens.any(up, &["[", "{"]));
    let says = [
        "accesslist",
        "allowlist",
        "whitelist",
        "allowednet",
        "trustednet",
        "permittednet",
        "ipfilter",
        "firewall",
    ];
    listed
        && tokens.names.iter().any(|name| {
            let name: Vec<u8> =
                name.iter().filter(|b| **b != b'_').map(u8::to_ascii_lowercase).take(64).collect();
            says.iter().any(|word| memchr::memmem::find(&name, word.as_bytes()).is_some())
        })
}

/// Whether a text is the digest of a password in one of the forms in which they are stored.
pub(super) fn password_digest(text: &[u8]) -> bool {
    let rest = |prefix: &[u8]| text.strip_prefix(prefix);
    let alphabet = |text: &[u8]| {
        text.iter().all(|b| b.is_ascii_alphanumeric() || matches!(b, b'.' | b'/' | b'$' | b'+' | b',' | b'='))
    };
    let bcrypt = [&b"$2a$"[..], b"$2b$", b"$2y$"]
        .iter()
        .any(|prefix| rest(prefix).is_some_and(|rest| rest.len() >= 50 && alphabet(rest)));
    let others = [&b"$6$"[..], b"$5$", b"$argon2id$", b"$argon2i$", b"$y$"];
    bcrypt || others.iter().any(|prefix| rest(prefix).is_some_and(|rest| rest.len() >= 40 && alphabet(rest)))
}

/// Whether a pattern for addresses has an end or escaped dots in one of its ways and not in another.
pub(super) fn half_anchored(text: &[u8]) -> bool {
    let Ok(text) = std::str::from_utf8(text) else { return false };
    if text.len() > 400 || !text.contains("://") || !text.contains("\\.") || !text.contains('|') {
        return false;
    }
    // Only what stands outside of all brackets divides the ways.
    let mut ways = vec![String::new()];
    let mut depth = 0;
    for c in text.chars() {
        match c {
            '(' | '[' => depth += 1,
            ')' | ']' => depth -= 1,
            '|' if depth == 0 => {
                ways.push(String::new());
                continue;
            }
            _ => {}
        }
        if let Some(way) = ways.last_mut() {
            way.push(c);
        }
    }
    let addresses: Vec<&String> = ways.iter().filter(|way| way.contains("://")).collect();
    let ended = addresses.iter().filter(|way| way.ends_with('$')).count();
    let bare = addresses.iter().filter(|way| {
        let host = way.split_once("://").map_or("", |(_, host)| host);
        let bytes = host.as_bytes();
        (1..bytes.len().saturating_sub(1)).any(|at| {
            let letter = |at: usize| bytes.get(at).is_some_and(u8::is_ascii_alphanumeric);
            bytes.get(at) == Some(&b'.') && letter(at - 1) && letter(at + 1)
        })
    });
    addresses.len() >= 2 && (ended > 0 && ended < addresses.len() || bare.count() > 0)
}
