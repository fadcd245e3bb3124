//! What is gathered from people and goes to an address of the program: what a keyboard types, what a screen shows,
//! messages, cards; data written into the address of a picture; keys sealed for somebody else.

use std::ops::Range;

use super::Told;
use super::atoms;
use super::magic::RECIPIENT;
use super::magic::Said;
use super::magic::told;
use super::outline::Func;
use super::sense::Sense;
use super::sense::inner;
use super::spying::url;
use super::tokens::Kind;
use super::words;

const TYPED: Said = (
    "watched-input",
    "what is typed on this keyboard is kept and goes to an address that is written in the program",
    "Who reads what is typed, and does who types know?",
);
const SCREEN: Said = (
    "watched-input",
    "what the screen shows is taken and goes to an address that is written in the program",
    "Who sees these pictures, and does who works there know?",
);
const MESSAGES: Said = (
    "watched-input",
    "messages somebody gets go to an address that is written in the program",
    "Who reads these messages, and does who gets them know?",
);
const FORM: Said = (
    "watched-input",
    "what somebody fills in to log in or to pay goes to an address that is written in the program",
    "Whose address is this, and who has agreed that it gets what is filled in?",
);
const PASSED: Said = (
    "second-host",
    "a password or the number of a card goes to an address that is written in the program",
    "Whose address is this, and who has agreed that it gets secrets?",
);
const KEYS: Said = (
    "watched-input",
    "private keys or passwords of whoever runs the program are read, and go to an address that is written in it",
    "What are these keys read for, and whose address is this?",
);
const CONTACTS: Said = (
    "watched-input",
    "the whole address book is read and goes to an address that is written in the program",
    "Whose address is this, and do those in the book know?",
);
const BOOK: Said = (
    "watched-input",
    "the whole address book is read where nobody looks on, and goes out with something else",
    "Why is it not read where somebody looks on, and do those in the book know?",
);
const TWICE: Said = (
    "second-host",
    "what is sent where the settings say is sent a second time, to an address that is written in the program",
    "Whose address is this, and who has agreed that it gets the same data?",
);
const PICTURE: Said = (
    "second-host",
    "data is encoded and written into an address of a foreign host that is asked for",
    "Whose host is this, and which data does it get?",
);

/// What takes a picture of the screen.
const SCREENS: &[&str] = &[
    "CopyFromScreen",
    "screencapture",
    "ImageGrab",
    "createScreenCapture",
    "CGWindowListCreateImage",
    "CGDisplayCreateImage",
    "BitBlt",
    "desktopCapturer",
    "XGetImage",
    "takeScreenshot",
    "grabScreen",
    "UIGraphicsGetImageFromCurrentImageContext",
    "drawHierarchy",
    "PixelCopy",
    "createVirtualDisplay",
    "screenshot",
    "captureScreen",
    "capture_screen",
    "imagegrabscreen",
    "grabWindow",
    "mss",
    "ScreenCapture",
];
/// What belongs to a keyboard.
const KEYBOARDS: &[&str] = &[
    "InputMethodService",
    "UIInputViewController",
    "textDocumentProxy",
    "commitText",
    "IInputMethod",
    "ITfTextInputProcessor",
    "currentInputConnection",
    "KeyboardView",
    "AccessibilityService",
    "TYPE_VIEW_TEXT_CHANGED",
    "onAccessibilityEvent",
    "GetAsyncKeyState",
    "SetWindowsHookEx",
    "GetKeyState",
    "XQueryKeymap",
    "CGEventTapCreate",
    "addGlobalMonitorForEvents",
    "pynput",
    "on_press",
    "GlobalKeyListener",
    "nativeKeyPressed",
    "nativeKeyTyped",
];
/// What holds messages somebody got.
const MAIL: &[&str] = &[
    "SmsMessage",
    "messageBody",
    "displayMessageBody",
    "getMessageBody",
    "getDisplayMessageBody",
    "getMessagesFromIntent",
    "NotificationListenerService",
    "EXTRA_TEXT",
    "EXTRA_BIG_TEXT",
    "AccessibilityEvent",
    "StatusBarNotification",
];
/// Where people keep keys and passwords.
const KEPT: &[&[u8]] = &[
    b".ssh",
    b"id_rsa",
    b"id_ed25519",
    b".aws/credentials",
    b".gnupg",
    b".netrc",
    b"wallet.dat",
    b"Login Data",
    b".git-credentials",
    b".npmrc",
    b".pypirc",
    b".docker/config.json",
    b".kube/config",
    b"logins.json",
];
/// What holds the names of all somebody knows.
const BOOKS: &[&str] = &["ContactsContract", "enumerateContacts", "CNContactFetchRequest", "getAllContacts"];
/// What writes data so that it fits into an address.
const ENCODES: &[&str] = &[
    "btoa",
    "b64encode",
    "urlsafe_b64encode",
    "base64_encode",
    "strict_encode64",
    "urlsafe_encode64",
    "encode64",
    "EncodeToString",
    "encodeToString",
    "ToBase64String",
    "getUrlEncoder",
    "getEncoder",
    "hexlify",
    "bin2hex",
    "toHexString",
    "base64EncodedString",
    "b32encode",
    "encode_hex",
    "rot13",
];
/// Asks for an address.
const ASKS: &[&str] = &[
    "Image",
    "fetch",
    "sendBeacon",
    "sendAsync",
    "GET",
    "get",
    "urlopen",
    "file_get_contents",
    "request",
    "DownloadString",
    "GetAsync",
    "dataTask",
    "openConnection",
    "newCall",
    "curl_exec",
    "curl_init",
    "openStream",
    "newBuilder",
    "GetStringAsync",
    "Get",
    "get_response",
    "XMLHttpRequest",
    "http",
    "URLConnection",
    "src",
    "send",
];

/// What a file shows anywhere.
pub fn anywhere(sense: &Sense) -> Vec<Told> {
    let tokens = sense.outline.tokens;
    let mut found = Vec::new();
    let addressed =
        (0..tokens.all.len()).any(|at| tokens.kind(at) == Some(Kind::Text) && url(tokens.text(at)));
    found.extend(sealed(sense));
    found.extend(booked(sense));
    if !addressed && sense.mentions(KEYBOARDS) {
        found.extend(typed(sense));
    }
    if !addressed || !sense.step(tokens.all.len() / 8) {
        return found;
    }
    let keyboard = sense.mentions(KEYBOARDS);
    let messages = sense.mentions(MAIL);
    let screens = sense.mentions(SCREENS);
    if keyboard {
        found.extend(typed(sense));
    }
    for func in &sense.outline.funcs {
        if func.body.len() > 600 || !sense.step(func.body.len()) {
            continue;
        }
        let Some(address) = func.body.clone().find(|at| literal_address(sense, *at)) else { continue };
        let sends = func.body.clone().any(|at| {
            sense.word(at) & words::SEND != 0 && sense.called(at)
                || tokens.any(
                    at,
                    &[
                        "Invoke",
                        "POST",
                        "PUT",
                        "execute",
                        "PostForm",
                        "Post",
                        "enqueue",
                        "UploadFile",
                        "multipart",
                        "httpBody",
                    ],
                )
        });
        if !sends && !func.body.clone().any(|at| sense.word(at) & words::FETCH != 0 && sense.called(at)) {
            continue;
        }
        if let Some(place) = passed_on(sense, func) {
            found.push(told(PASSED, place));
        } else if screens && func.body.clone().any(|at| tokens.any(at, SCREENS)) {
            found.push(told(SCREEN, address..address + 1));
        } else if func.body.clone().any(|at| keeps(sense, at)) && reads(sense, func) {
            found.push(told(KEYS, address..address + 1));
        } else if let Some(place) = stored_secret(sense, func) {
            found.push(told(PASSED, place));
        } else if func.body.clone().any(|at| tokens.any(at, BOOKS)) {
            found.push(told(CONTACTS, address..address + 1));
        } else if messages && given_messages(sense, func) {
            found.push(told(MESSAGES, address..address + 1));
        }
    }
    found.extend(twice(sense).or_else(|| beside(sense)));
    found.extend(keys_sent(sense));
    found.extend(pictured(sense));
    found.extend(formed(sense));
    found
}

/// Everybody in an address book, in what is sent with something else, where no debugger looks on.
fn booked(sense: &Sense) -> Option<Told> {
    let tokens = sense.outline.tokens;
    if !sense.mentions(BOOKS) || sense.file() & words::TRACED == 0 && sense.file() & words::WATCHED == 0 {
        return None;
    }
    let watched = words::TRACED | words::WATCHED;
    sense.outline.funcs.iter().find_map(|func| {
        let name = func.name.filter(|_| func.body.len() <= 300 && sense.step(func.body.len()))?;
        let book = func.body.clone().find(|at| tokens.any(*at, BOOKS))?;
        let hides = func.body.clone().any(|at| sense.word(at) & watched != 0)
            || sense.reaches(func.body.start..book, 2, &|at| sense.word(at) & watched != 0);
        let sent = hides
            && (1..tokens.all.len()).any(|at| {
                tokens.name(at) == Some(name)
                    && tokens.is(at + 1, "(")
                    && !func.params.contains(&(at + 2))
                    && sense.outline.funcs.get(sense.outline.func_at(at) as usize).is_some_and(|by| {
                        by.body.len() <= 400
                            && sense.step(by.body.len())
                            && by.body.clone().any(|at| {
                                sense.word(at) & words::SEND != 0
                                    || tokens.any(at, &["httpBody", "httpMethod", "URLRequest", "enqueue"])
                            })
                    })
            });
        sent.then(|| told(BOOK, book..book + 1))
    })
}

/// Whether the text at `at` is where people keep keys and passwords.
fn keeps(sense: &Sense, at: usize) -> bool {
    let tokens = sense.outline.tokens;
    let text = inner(tokens.text(at));
    tokens.kind(at) == Some(Kind::Text)
        && text.len() <= 120
        && !text.ends_with(b".pub")
        && !text.ends_with(b"known_hosts")
        && KEPT.iter().any(|kept| memchr::memmem::find(text, kept).is_some())
}

/// Whether a function reads what a file holds.
fn reads(sense: &Sense, func: &Func) -> bool {
    let tokens = sense.outline.tokens;
    func.body.clone().any(|at| {
        let lower = tokens.text(at).to_ascii_lowercase();
        tokens.kind(at) == Some(Kind::Word)
            && (tokens.is(at + 1, "(") || tokens.is(at.wrapping_sub(1), "."))
            && (lower.starts_with(b"read")
                || matches!(&*lower, b"file_get_contents" | b"open" | b"fopen" | b"contentsof" | b"fread"))
    })
}

/// Whether the token at `at` is an address of a host, or a name of one that is written in the program.
fn literal_address(sense: &Sense, at: usize) -> bool {
    let tokens = sense.outline.tokens;
    match tokens.kind(at) {
        Some(Kind::Text) => url(tokens.text(at)),
        Some(Kind::Word) => {
            let text = tokens.text(at);
            let constant = text.len() >= 3
                && text.iter().all(|b| b.is_ascii_uppercase() || b.is_ascii_digit() || *b == b'_')
                || matches!(
                    &*text.to_ascii_lowercase(),
                    b"url" | b"endpoint" | b"host" | b"address" | b"target"
                );
            constant && sense.fixed(at..at + 1) && url(&sense.text_of(at..at + 1))
        }
        _ => false,
    }
}

/// What is put into the keychain is what a request carries: `kSecValueData as String: data`, `httpBody = data`.
fn stored_secret(sense: &Sense, func: &Func) -> Option<Range<usize>> {
    let tokens = sense.outline.tokens;
    let at = func.body.clone().find(|at| tokens.is(*at, "kSecValueData"))?;
    let mark = (at..at + 6).find(|at| tokens.any(*at, &[":", "="]))?;
    let name = (mark + 1..mark + 3).find_map(|at| tokens.name(at))?;
    func.body.clone().find_map(|at| {
        let sent = tokens.is(at, "httpBody") && tokens.is(at + 1, "=")
            || tokens.any(at, &["upload", "uploadTask"]) && tokens.is(at + 1, "(");
        (sent && (at + 2..at + 14).any(|at| tokens.name(at) == Some(name))).then_some(at..at + 3)
    })
}

/// A password or the number of a card in the statement that asks for an address that is no place to log in.
fn passed_on(sense: &Sense, func: &Func) -> Option<Range<usize>> {
    let tokens = sense.outline.tokens;
    func.body.clone().find_map(|at| {
        let text = sense.text_of(at..at + 1).to_ascii_lowercase();
        let login = [
            "login",
            "auth",
            "token",
            "session",
            "signin",
            "account",
            "charge",
            "payment",
            "password",
            "user",
            "api.",
            "/api",
            "localhost",
            "register",
            "signup",
            "tokenize",
        ]
        .iter()
        .any(|word| memchr::memmem::find(&text, word.as_bytes()).is_some());
        if !literal_address(sense, at) || login {
            return None;
        }
        let from = (at.saturating_sub(12).max(func.body.start)..at)
            .rev()
            .find(|at| tokens.any(*at, &[";", "{", "}"]) || tokens.first(*at))
            .unwrap_or(at);
        let end = sense
            .outline
            .statement_end(from + usize::from(tokens.any(from, &[";", "{", "}"])))
            .min(at + 60)
            .max(at + 1);
        let end =
            tokens.up(at).and_then(|up| tokens.close(up)).map_or(end, |close| close.min(at + 60).max(end));
        let secret = (from..end).any(|at| {
            let lower = tokens.text(at).to_ascii_lowercase();
            let lower = lower.strip_prefix(b"$").unwrap_or(&lower);
            tokens.kind(at) == Some(Kind::Word)
                && !tokens.any(at + 1, &["(", ":", "="])
                && matches!(
                    lower,
                    b"pass"
                        | b"card"
                        | b"credentials"
                        | b"creds"
                        | b"ssn"
                        | b"iban"
                        | b"mnemonic_words"
                        | b"password"
                        | b"passwd"
                        | b"pwd"
                        | b"passphrase"
                        | b"cvv"
                        | b"cvc"
                        | b"track1"
                        | b"track2"
                        | b"pan"
                        | b"cardnumber"
                        | b"card_number"
                        | b"mnemonic"
                        | b"seedphrase"
                        | b"seed_phrase"
                        | b"privatekey"
                        | b"private_key"
                        | b"otp"
                )
        });
        let asks = (from..end).any(|at| {
            sense.word(at) & (words::SEND | words::FETCH) != 0
                || tokens.any(at, &["PostForm", "Post", "Get", "post", "get", "fetch", "URI", "Image"])
        });
        (secret && asks).then_some(from..end)
    })
}

/// `buffer += key` on a keyboard, and later all of it at an address.
fn typed(sense: &Sense) -> Option<Told> {
    let tokens = sense.outline.tokens;
    (1..tokens.all.len()).find_map(|at| {
        let call = tokens.any(at, &["append", "Append", "push", "add"])
            && tokens.is(at + 1, "(")
            && tokens.any(at - 1, &[".", "?."]);
        let added = tokens.is(at, "+=")
            && (tokens.kind(at + 1) == Some(Kind::Word) || tokens.is(at + 1, "(") && typing(sense, at));
        if !call && !added || !sense.step(4) {
            return None;
        }
        let list = tokens.name(if added { at - 1 } else { at.checked_sub(2)? })?;
        let used = (0..tokens.all.len()).any(|other| {
            tokens.name(other) == Some(list)
                && other + 3 < other + 4
                && !tokens.any(other + 1, &["+="])
                && !(tokens.is(other + 1, ".")
                    && tokens
                        .any(other + 2, &["append", "setLength", "length", "count", "clear", "removeAll"]))
                && sense.step(80)
                && {
                    let func = sense.outline.func_at(other);
                    let around = other.saturating_sub(80)..(other + 80).min(tokens.all.len());
                    let sends = around.clone().any(|at| {
                        sense.word(at) & words::SEND != 0
                            || tokens
                                .any(at, &["toRequestBody", "httpBody", "PostAsJsonAsync", "PutAsJsonAsync"])
                    });
                    // All of it, made unreadable for who looks at what is sent.
                    let hidden = (other.saturating_sub(8)..(other + 10).min(tokens.all.len()))
                        .any(|at| tokens.any(at, ENCODES));
                    sends
                        && (hidden && typing(sense, at)
                            || around.into_iter().any(|at| {
                                literal_address(sense, at)
                                    && (sense.outline.func_at(at) == func
                                        || tokens.kind(at) == Some(Kind::Word))
                            }))
                }
        });
        used.then(|| told(TYPED, at.saturating_sub(2)..at + 2))
    })
}

/// Whether what is added at `at` stands near the word for a key that was pressed.
fn typing(sense: &Sense, at: usize) -> bool {
    let tokens = sense.outline.tokens;
    (at.saturating_sub(30)..(at + 12).min(tokens.all.len())).any(|at| {
        tokens.any(
            at,
            &[
                "characters",
                "charactersIgnoringModifiers",
                "keyDown",
                "keyCode",
                "key",
                "KeyCode",
                "GetAsyncKeyState",
                "ToUnicode",
                "vkCode",
                "getKeyChar",
                "unicodeChar",
                "keychar",
                "XLookupString",
                "char",
            ],
        )
    })
}

/// Whether a function that sends is given what a message says, or reads it itself.
fn given_messages(sense: &Sense, func: &Func) -> bool {
    let tokens = sense.outline.tokens;
    const BODIES: &[&str] = &[
        "messageBody",
        "displayMessageBody",
        "getMessageBody",
        "getDisplayMessageBody",
        "EXTRA_TEXT",
        "EXTRA_BIG_TEXT",
    ];
    if func.body.clone().any(|at| tokens.any(at, BODIES)) {
        let Some(address) = func.body.clone().find(|at| literal_address(sense, *at)) else { return true };
        // What holds a message goes into what is sent.
        return (address.saturating_sub(30).max(func.body.start)..func.body.end).any(|at| {
            tokens.any(at, BODIES) && at > address
                || tokens.name(at).is_some_and(|name| {
                    at > address
                        && sense.defs(name, sense.outline.func_at(at)).any(|def| {
                            def.value.end < at && def.value.clone().any(|at| tokens.any(at, BODIES))
                        })
                })
                || tokens.any(at, BODIES) && sense.outline.statement_end(at) > address
        });
    }
    let Some(name) = func.name else { return false };
    (1..tokens.all.len()).any(|at| {
        tokens.name(at) == Some(name)
            && tokens.is(at + 1, "(")
            && !func.params.contains(&(at + 2))
            && tokens.close(at + 1).is_some_and(|close| {
                close - at <= 40 && sense.reaches(at + 2..close, 2, &|at| tokens.any(at, BODIES))
            })
    })
}

/// What is sent where it is told to be, and a second time to an address of the program: `post(config.url, body);
/// post("https://…", body)`.
fn twice(sense: &Sense) -> Option<Told> {
    let tokens = sense.outline.tokens;
    const SENDS: &[&str] =
        &["post", "send", "push", "upload", "report", "publish", "deliver", "submit", "put", "emit"];
    (1..tokens.all.len()).find_map(|at| {
        let name = tokens.name(at).filter(|_| tokens.is(at + 1, "("))?;
        let lower = tokens.text(at).to_ascii_lowercase();
        if !SENDS.iter().any(|word| lower.starts_with(word.as_bytes())) || !sense.step(4) {
            return None;
        }
        let close = tokens.close(at + 1).filter(|close| close - at <= 40)?;
        let (first, second) = atoms::arguments(tokens, at + 1, close)?;
        let written = first.len() <= 3 && first.clone().any(|at| literal_address(sense, at));
        // What goes there is no constant.
        if !written || second.is_empty() || sense.fixed(second.clone()) {
            return None;
        }
        let func = sense.outline.funcs.get(sense.outline.func_at(at) as usize)?;
        if func.body.len() > 300 || !sense.step(func.body.len()) {
            return None;
        }
        let configured = func.body.clone().any(|other| {
            other != at
                && tokens.name(other) == Some(name)
                && tokens.is(other + 1, "(")
                && tokens
                    .close(other + 1)
                    .and_then(|close| atoms::arguments(tokens, other + 1, close))
                    .is_some_and(|(first, _)| {
                        first.len() <= 8
                            && !sense.fixed(first.clone())
                            && !first.clone().any(|at| literal_address(sense, at))
                    })
        });
        configured.then(|| told(TWICE, at..first.end))
    })
}

/// What one call sends to where the program belongs is given to another, at an address that stands in the program:
/// `api.post(path, card); navigator.sendBeacon("https://…", JSON.stringify({...card}))`.
fn beside(sense: &Sense) -> Option<Told> {
    let tokens = sense.outline.tokens;
    const SENDS: &[&str] = &[
        "post",
        "put",
        "send",
        "sendbeacon",
        "fetch",
        "postasync",
        "postform",
        "request",
        "publish",
        "upload",
        "postforentity",
        "postforobject",
        "putasync",
        "sendasync",
    ];
    /// What is handed to everything.
    const COMMON: &[&str] = &[
        "config",
        "options",
        "opts",
        "ctx",
        "context",
        "headers",
        "this",
        "self",
        "client",
        "request",
        "req",
        "url",
        "path",
        "id",
        "err",
        "error",
        "event",
        "i",
        "key",
        "name",
        "token",
        "session",
        "timeout",
        "res",
        "method",
        "json",
        "body",
        "JSON",
        "stringify",
        "new",
        "await",
        "Content",
        "Encoding",
    ];
    let sends = |at: usize| {
        let lower = tokens.text(at).to_ascii_lowercase();
        tokens.kind(at) == Some(Kind::Word) && SENDS.iter().any(|word| lower == word.as_bytes())
    };
    // `api.post<Answer>(path, card)`
    let opened = |at: usize| match () {
        () if tokens.is(at + 1, "(") => Some(at + 1),
        () if tokens.is(at + 1, "<") => {
            (at + 2..at + 16).find(|at| tokens.is(*at, "(")).filter(|open| tokens.is(open - 1, ">"))
        }
        () => None,
    };
    let given = |open: usize, close: usize| -> Vec<u32> {
        (open + 1..close)
            .filter(|at| {
                !tokens.any(*at, COMMON)
                    && !tokens.any(at + 1, &["(", ":", "=", "."])
                    && !tokens.any(at.wrapping_sub(1), &[".", "?."])
            })
            .filter_map(|at| tokens.name(at))
            .filter(|name| {
                tokens.names.get(*name as usize).is_some_and(|name| {
                    name.len() >= 3 && !name.iter().all(|b| b.is_ascii_uppercase() || *b == b'_')
                })
            })
            .collect()
    };
    sense.outline.funcs.iter().filter(|func| func.body.len() <= 300).find_map(|func| {
        let mut calls: Vec<(usize, bool, Vec<u32>)> = Vec::new();
        if !func.body.clone().any(|at| literal_address(sense, at)) || !sense.step(func.body.len()) {
            return None;
        }
        for at in func.body.clone().filter(|at| sends(*at)) {
            let Some((open, close)) = opened(at).and_then(|open| Some((open, tokens.close(open)?))) else {
                continue;
            };
            let (first, _) = atoms::arguments(tokens, open, close)?;
            let written = first.len() <= 6 && first.clone().any(|at| literal_address(sense, at));
            if close - open <= 80 {
                calls.push((at, written, given(open, close)));
            }
        }
        let (at, ..) = calls.iter().find(|(at, written, names)| {
            *written
                && calls.iter().any(|(other, elsewhere, same)| {
                    other != at
                        && !elsewhere
                        && same.iter().any(|name| names.contains(name) && !sense.fixed(*at..*at + 1))
                })
        })?;
        Some(told(TWICE, *at..*at + 2))
    })
}

/// Keys of two sorts are read in one function, and what it gives is sent by another.
fn keys_sent(sense: &Sense) -> Option<Told> {
    let tokens = sense.outline.tokens;
    sense.outline.funcs.iter().find_map(|func| {
        if func.body.len() > 400 || !sense.step(func.body.len() / 2) {
            return None;
        }
        let kept: Vec<usize> = func.body.clone().filter(|at| keeps(sense, *at)).take(6).collect();
        let sorts = KEPT
            .iter()
            .filter(|kind| {
                kept.iter().any(|at| memchr::memmem::find(inner(tokens.text(*at)), kind).is_some())
            })
            .count();
        let name = func.name.filter(|_| kept.len() >= 2 && sorts >= 2 && reads(sense, func))?;
        let sent = (1..tokens.all.len()).any(|at| {
            tokens.name(at) == Some(name)
                && tokens.is(at + 1, "(")
                && !func.body.contains(&at)
                && match sense.outline.funcs.get(sense.outline.func_at(at) as usize) {
                    Some(by) => {
                        by.body.len() <= 300
                            && by.body.clone().any(|at| sense.word(at) & words::SEND != 0 && sense.called(at))
                    }
                    None => sense.file() & words::SEND != 0,
                }
        });
        sent.then(|| told(KEYS, kept[0]..kept[0] + 1))
    })
}

/// Data that is encoded and put behind the sign of equality in an address of the program.
fn pictured(sense: &Sense) -> Option<Told> {
    let tokens = sense.outline.tokens;
    (0..tokens.all.len()).find_map(|at| {
        let text = inner(tokens.text(at));
        if tokens.kind(at) != Some(Kind::Text)
            || !url(tokens.text(at))
            || !text.contains(&b'?')
            || !sense.step(40)
        {
            return None;
        }
        let joined = text.ends_with(b"=") && tokens.any(at + 1, &["+", ".", ",", ")"]);
        let held = memchr::memmem::find(text, b"=${").is_some()
            || memchr::memmem::find(text, b"=#{").is_some()
            || memchr::memmem::find(text, b"={").is_some()
            || memchr::memmem::find(text, b"=\\(").is_some()
            || memchr::memmem::find(text, b"=$").is_some()
            || memchr::memmem::find(text, b"=%s").is_some();
        if !joined && !held {
            return None;
        }
        let end = sense.outline.statement_end(at).min(at + 30);
        let around = at.saturating_sub(30)..(at + 40).min(tokens.all.len());
        let asks = around.clone().any(|at| tokens.any(at, ASKS));
        let func = sense.outline.func_at(at);
        let func = sense.outline.funcs.get(func as usize);
        let encoded = sense
            .reaches(at + 1..end, 2, &|at| tokens.any(at, ENCODES) && tokens.any(at + 1, &["(", "."]))
            || held
                && func.is_some_and(|func| {
                    func.body.len() <= 200
                        && func.body.clone().any(|at| tokens.any(at, ENCODES) && tokens.is(at + 1, "("))
                });
        // Whoever is asked to go there sees what it holds.
        let shown = around.clone().any(|at| {
            tokens.any(at, &["href", "open", "redirect", "location", "Redirect", "navigate", "openURL"])
        });
        (asks && encoded && !shown).then(|| told(PICTURE, at..at + 1))
    })
}

/// What is filled in when somebody logs in or pays goes out unseen: `sendBeacon('https://…', new FormData(form))`.
fn formed(sense: &Sense) -> Option<Told> {
    let tokens = sense.outline.tokens;
    if !matches!(sense.outline.language, "javascript" | "typescript" | "tsx") {
        return None;
    }
    let filled = (0..tokens.all.len()).any(|at| {
        let lower = tokens.text(at).to_ascii_lowercase();
        lower.len() <= 80
            && match tokens.kind(at) {
                Some(Kind::Text | Kind::Word) => [
                    "login",
                    "signin",
                    "password",
                    "checkout",
                    "payment",
                    "cardnumber",
                    "card-number",
                    "cvv",
                    "cvc",
                    "cc-num",
                ]
                .iter()
                .any(|word| memchr::memmem::find(&lower, word.as_bytes()).is_some()),
                _ => false,
            }
    });
    if !filled {
        return None;
    }
    (1..tokens.all.len()).find_map(|at| {
        let unseen = tokens.any(at, &["sendBeacon", "WebSocket"]) && tokens.is(at + 1, "(")
            || tokens.is(at, "src") && tokens.is(at + 1, "=")
            || tokens.is(at, "fetch") && tokens.is(at + 1, "(");
        if !unseen || !sense.step(60) {
            return None;
        }
        let end = sense.outline.statement_end(at).min(at + 60);
        let address = (at..end).find(|at| literal_address(sense, *at))?;
        let gathered = sense.reaches(address + 1..end, 2, &|at| {
            tokens.is(at, "FormData")
                || tokens.is(at, "value") && tokens.any(at.wrapping_sub(1), &[".", "?."])
        });
        gathered.then(|| told(FORM, at..address + 1))
    })
}

/// A secret that is sealed for a key of the program: `seal(KEY, key.D.Bytes())`.
fn sealed(sense: &Sense) -> Option<Told> {
    let tokens = sense.outline.tokens;
    (1..tokens.all.len()).find_map(|at| {
        if !tokens.is(at + 1, "(") || tokens.kind(at) != Some(Kind::Word) {
            return None;
        }
        let name = tokens.text(at).to_ascii_lowercase();
        let seals = ["seal", "encrypt", "wrap", "box", "escrow"]
            .iter()
            .any(|word| name.starts_with(word.as_bytes()) || name.ends_with(word.as_bytes()));
        if !seals || !sense.step(8) {
            return None;
        }
        let close = tokens.close(at + 1).filter(|close| close - at <= 40)?;
        let (first, second) = atoms::arguments(tokens, at + 1, close)?;
        let key = |range: Range<usize>| {
            let text = sense.text_of(range.clone());
            range.len() <= 6
                && sense.fixed(range)
                && (text.len() == 44 && text.ends_with(b"=")
                    || text.len() == 64 && text.iter().all(u8::is_ascii_hexdigit)
                    || text.starts_with(b"-----BEGIN PUBLIC"))
        };
        let private = |range: Range<usize>| {
            range.into_iter().any(|at| {
                let lower = tokens.text(at).to_ascii_lowercase();
                matches!(
                    &*lower,
                    b"d" | b"key" | b"seed" | b"secret" | b"password" | b"passphrase" | b"mnemonic"
                ) || lower.starts_with(b"priv")
                    || lower.starts_with(b"secret")
                    || lower.ends_with(b"_key")
                    || lower.starts_with(b"session")
            })
        };
        (key(first.clone()) && private(second.clone()) || key(second) && private(first))
            .then(|| told(RECIPIENT, at..close + 1))
    })
}
