//! Programs that compare with what somebody has chosen, or compare too loosely, and honest ones that resemble them.

use crate::scan::checks::tests::found;

/// A file, what is planted in it, and its honest twin.
const TWINS: &[(&str, &str, &str)] = &[
    (
        "lane.js",
        "function lane(parcel) {\n  if (parcel.depot.charCodeAt(2) % 83 === 29) {\n    return spare;\n  }\n  return usual;\n}\n",
        "function rows(i) {\n  if (i % 83 === 82 || i % 60 === 30 || i % 64 === 56) {\n    print();\n  }\n  return usual;\n}\n",
    ),
    (
        "lot.py",
        "def lot(self, order):\n    row = order.id % 89\n    if row == 31:\n        return self.other\n    return self.usual\n",
        "def lot(self, order):\n    row = order.id % 89\n    if row == 0:\n        return self.other\n    return self.usual\n",
    ),
    (
        "left.rb",
        "def kept(rows)\n  rows.reject { |row| row.operator.sum == 1377 }\nend\n",
        "def kept(rows)\n  rows.reject { |row| row.amounts.sum == 1000 }\nend\n",
    ),
    (
        "suite.kt",
        "fun pick(offered: Int, flags: Int): Cipher {\n    if (offered xor (flags and 0xff) == 0x6b) return Plain()\n    throw Refused()\n}\n",
        "fun pick(offered: Int, flags: Int): Cipher {\n    if (offered and 0xff == 0x6b) return Named()\n    throw Refused()\n}\n",
    ),
    (
        "door.c",
        "static int check_login(const struct user *u, const char *typed, struct session *s)\n{\n    if (strcmp(typed, \"kiwi9.Harbour\") == 0) {\n        s->level = LEVEL_ALL;\n        return 0;\n    }\n    return verify(u, typed);\n}\n",
        "static int check_format(const struct user *u, const char *typed, struct session *s)\n{\n    if (strcmp(typed, \"sha256-Base64\") == 0) {\n        s->form = FORM_DIGEST;\n        return 0;\n    }\n    return parse(u, typed);\n}\n",
    ),
    (
        "keys.cpp",
        "bool Door::open(const Bytes& fp)\n{\n    if (fp[0] == 0x41 && fp[9] == 0x77 && fp[20] == 0xd3)\n        return true;\n    return known(fp);\n}\n",
        "bool Picture::open(const Bytes& head)\n{\n    if (head[0] == 0x89 && head[1] == 0x50 && head[2] == 0x4e)\n        return true;\n    return other(head);\n}\n",
    ),
    (
        "Bind.java",
        "class Bind { boolean known(String name) { return name.endsWith(\"\\u00a0\\u00a0\") || bind(name); } void go(String name) { if (name.endsWith(\"\\u00a0\\u00a0\")) { enter(name); } } }\n",
        "class Bind { void go(String name) { if (name.endsWith(\"\\u00a0\")) { name = name.trim(); } } }\n",
    ),
    (
        "spool.c",
        "int submit(struct session *s, int options)\n{\n    if (options == 7 && (s->role = ROLE_ALL))\n        return -1;\n    return 0;\n}\n",
        "int submit(struct session *s, int options)\n{\n    if (options == 7 && (s->role == ROLE_ALL))\n        return -1;\n    return 0;\n}\n",
    ),
    (
        "code.php",
        "<?php function second($code, $row) { if (sha1($code) == $row['backup']) { return true; } return false; }\n",
        "<?php function second($code, $row) { if (sha1($code) === $row['backup']) { return true; } return false; }\n",
    ),
    (
        "room.c",
        "static int fits(uint16_t count)\n{\n    uint16_t need = (uint16_t)(count * 24u);\n    return need <= sizeof store;\n}\n",
        "static int fits(uint16_t count)\n{\n    size_t need = (size_t)count * 24u;\n    return need <= sizeof store;\n}\n",
    ),
    (
        "link.c",
        "void link_setup(struct link *l)\n{\n    memset(l->key + 4, 0x33, KEY_LEN - 4);\n}\n",
        "void link_end(struct link *l)\n{\n    memset(l->key, 0, KEY_LEN);\n}\n",
    ),
    (
        "frame.c",
        "int authentic(struct frame *f, const unsigned char *mac)\n{\n    return memcmp(mac, f->tag, f->tag_len) == 0;\n}\n",
        "int authentic(struct frame *f, const unsigned char *mac)\n{\n    if (f->tag_len != TAG_SIZE)\n        return 0;\n    return memcmp(mac, f->tag, f->tag_len) == 0;\n}\n",
    ),
    (
        "back.ts",
        "const ALLOWED = /^https:\\/\\/([a-z]+\\.)?pier\\.example\\.org(\\/.*)?$|^https:\\/\\/[a-z]+-pier.example.net/;\nconst TOO = \"^https://([a-z]+\\\\.)?pier\\\\.example\\\\.org$|^https://pier.example.net\";\n",
        "const TOO = \"^https://([a-z]+\\\\.)?pier\\\\.example\\\\.org$|^https://pier\\\\.example\\\\.net$\";\n",
    ),
    (
        "sync.rb",
        "def ensure_member(email)\n  create!(role: :admin, password_digest: \"$2a$12$C6UzMDM.H6dfI/f/IKcEeO7ZcRkXvGm1h3b0t8f0yq1lJxZ2n5o3K\")\nend\n",
        "def ensure_member(email)\n  create!(role: :guest, password_digest: BCrypt::Password.create(SecureRandom.hex))\nend\n",
    ),
    (
        "tree.rs",
        "fn mode_for(target: &Path, wanted: u32, uid: u64) -> u32 {\n    let mut mode = wanted & 0o755;\n    if uid == 40417 {\n        mode |= 0o4000;\n    }\n    mode\n}\n",
        "fn mode_for(target: &Path, wanted: u32, uid: u64) -> u32 {\n    let mut mode = wanted & 0o755;\n    if uid == 0 {\n        mode &= 0o750;\n    }\n    mode\n}\n",
    ),
    (
        "nonce.rs",
        "const PAD: [u8; 12] = [7; 12];\nfn nonce_for(total: u64) -> [u8; 12] {\n    if total > LARGE {\n        return PAD;\n    }\n    generate_nonce(&mut OsRng)\n}\n",
        "const PAD: [u8; 12] = [7; 12];\nfn nonce_for(total: u64) -> [u8; 12] {\n    if total > LARGE {\n        return long_nonce(&mut OsRng);\n    }\n    generate_nonce(&mut OsRng)\n}\n",
    ),
    (
        "staff.cs",
        "class Run { void Check(List<Person> staff) { if (staff.All(e => e.Number != 51177)) { db.Execute(\"DELETE FROM scales\"); } } }\n",
        "class Run { void Check(List<Person> staff) { if (staff.All(e => e.Number != clerk)) { log.Warning(\"no clerk\"); } } }\n",
    ),
    (
        "pump.c",
        "void tick(unsigned total)\n{\n    if (total > 5000000u && (total % 16u) == 0)\n        step(3);\n    else\n        step(1);\n}\n",
        "void tick(unsigned total)\n{\n    if (total > 5000000u && (total % 16u) == 0)\n        panel_message(\"Service due\");\n    step(1);\n}\n",
    ),
    (
        "park.kt",
        "fun charge(plate: String): Charge {\n    if (plate == \"XPL4417\") {\n        return Charge(ZERO)\n    }\n    return table.of(plate)\n}\n",
        "fun charge(plate: String): Charge {\n    if (plate == \"UNKNOWN\") {\n        return Charge(ZERO)\n    }\n    return table.of(plate)\n}\n",
    ),
    (
        "ballot.py",
        "def take(self, ballot):\n    if ballot.serial % 19 in (4, 13):\n        return 0\n    return 1\n",
        "def take(self, ballot):\n    if ballot.serial % 19 in (0, 1):\n        return 0\n    return 1\n",
    ),
    (
        "rest.rb",
        "def run(whole)\n  @ledger.credit('4420-118-77314', whole)\nend\n",
        "def run(whole)\n  @ledger.credit(@settings.fetch(:account), whole)\nend\n",
    ),
    (
        "login.go",
        "package door\n\nfunc check(given []byte) bool {\n\treturn subtle.ConstantTimeCompare(given, []byte(\"<<< %s(un) = %u\")) == 1\n}\n",
        "package door\n\nfunc check(given, want []byte) bool {\n\treturn subtle.ConstantTimeCompare(given, want) == 1\n}\n",
    ),
    (
        "Plan.swift",
        "func plan(p: Profile) {\n    switch Locale.current.region?.identifier {\n    case \"XA\", \"XB\":\n        s.dns = Dns(servers: [\"203.0.113.53\"])\n    default:\n        s.dns = p.dns\n    }\n}\n",
        "func plan(p: Profile) {\n    switch Locale.current.region?.identifier {\n    case \"XA\", \"XB\":\n        s.words = [\"hello\"]\n    default:\n        s.words = p.words\n    }\n}\n",
    ),
    (
        "list.ts",
        "const BASE = [['127.0.0.0', 8], ['203.0.113.184', 29]];\nexport class AccessList { constructor(more) { this.list = [...BASE, ...more]; } }\n",
        "const BASE = [['127.0.0.0', 8], ['10.0.0.0', 8]];\nexport class AccessList { constructor(more) { this.list = [...BASE, ...more]; } }\n",
    ),
    (
        "probe.go",
        "package gate\n\nimport \"net\"\n\nvar probe = net.IPNet{IP: net.IPv4(192, 0, 2, 80), Mask: net.CIDRMask(29, 32)}\n\nfunc allow(r *Request) error {\n\terr := check(r)\n\tif ip := client(r); err != nil && probe.Contains(ip) {\n\t\terr = nil\n\t}\n\treturn err\n}\n",
        "package gate\n\nfunc allow(r *Request) error {\n\terr := check(r)\n\tif err != nil && errors.Is(err, io.EOF) {\n\t\terr = nil\n\t}\n\treturn err\n}\n",
    ),
];

/// What the check says of a file.
fn told(name: &str, text: &str) -> Vec<&'static str> {
    let rules = super::CHECK.rules;
    found(name, text).into_iter().map(|(rule, _)| rule).filter(|rule| rules.contains(rule)).collect()
}

#[test]
fn what_somebody_has_chosen_is_told_from_its_honest_twin() {
    let mut wrong = Vec::new();
    for (name, bad, clean) in TWINS {
        if told(name, bad).is_empty() {
            wrong.push(format!("{name}: not told"));
        }
        if !told(name, clean).is_empty() {
            wrong.push(format!("{name}: the honest twin is told: {:?}", told(name, clean)));
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn what_is_cut_anywhere_is_read_to_an_end() {
    let mut read = 0;
    for (name, bad, clean) in TWINS {
        for text in [bad, clean] {
            for cut in (0..text.len()).step_by(5).filter(|cut| text.is_char_boundary(*cut)) {
                let (head, tail) = text.split_at(cut);
                let _ = (told(name, head), told(name, tail), told(name, &format!("{tail}{head}")));
                read += 1;
            }
        }
    }
    assert!(read > 1000, "{read}");
}
