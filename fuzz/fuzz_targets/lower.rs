//! Reads arbitrary bytes as source of every language, and folds arbitrary texts: no panic, no overflow of the
//! stack, and every record stands inside the file.
//!
//! The first byte says which language; the rest is the file. With its highest bit set the rest is cut into
//! texts at NUL bytes, which a small program then joins, formats, decodes and takes apart.
#![no_main]

use std::borrow::Cow;

use libfuzzer_sys::fuzz_target;
use pellucid::scan::code::Catalogues;
use pellucid::scan::code::CodeFile;
use pellucid::scan::code::Language;
use pellucid::scan::code::alone;
use pellucid::scan::code::analyse;
use pellucid::scan::code::lower;

fuzz_target!(|input: &[u8]| {
    let Some((which, rest)) = input.split_first() else { return };
    let (language, source) = if which & 0x80 == 0 {
        (Language::ALL[usize::from(*which) % Language::ALL.len()], Cow::Borrowed(rest))
    } else {
        (Language::Python, Cow::Owned(folding(rest).into_bytes()))
    };
    let lines = 1 + source.iter().filter(|byte| **byte == b'\n').count() as u32;
    let size = source.len() as u64;
    let file = CodeFile { path: "fuzz".to_owned(), language, size, first_line: 1 };
    let catalogues = Catalogues::default();
    let evidence = analyse(std::slice::from_ref(&file), &|_| Some(source.clone()), &catalogues);
    let single = alone(vec![lower(&file, &source, &catalogues)], &catalogues);
    for record in evidence.capabilities.iter().chain(&evidence.sources).chain(&single.capabilities) {
        assert!((1..=lines).contains(&record.location.start_line), "{record:?}");
    }
});

fn folding(texts: &[u8]) -> String {
    let mut out = String::from("import base64, codecs, os, requests\nt = [");
    for text in texts.split(|byte| *byte == 0).take(16) {
        out.push_str(&format!("{:?}, ", String::from_utf8_lossy(text)));
    }
    out.push_str("]\na, b, c = t[0], t[1], t[2]\n");
    for expression in [
        "a + b + c",
        "a.join(t)",
        "''.join(t)",
        "a.format(b, c)",
        "a % (b, c)",
        "f'{a}{b:>{c}}'",
        "a.replace(b, c)",
        "a[::-1]",
        "base64.b64decode(a)",
        "base64.b64decode(base64.b64decode(a))",
        "bytes.fromhex(a)",
        "codecs.decode(a, 'rot13')",
        "a.split(b)[1]",
        "os.path.join(a, b, c)",
        "chr(a) + chr(b)",
        "a.lower().upper().strip()",
        "getattr(os, a)(b)",
        "__import__(a).system(b)",
    ] {
        out.push_str(&format!("requests.get({expression})\n"));
    }
    out
}
