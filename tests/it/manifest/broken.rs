//! What the reviewer sees, one snapshot per kind of mistake; rules on a page separate the cases.

use insta::assert_snapshot;

use super::changed;
use super::seen;

/// What the reviewer sees, case after case: one snapshot per test.
#[derive(Default)]
struct Page(String);

impl Page {
    fn add(&mut self, seen: impl AsRef<str>) {
        assert!(!seen.as_ref().starts_with("loads"), "a broken manifest loads");
        self.0 += &format!("{}{}\n", if self.0.is_empty() { "" } else { "----\n\n" }, seen.as_ref());
    }
}

#[test]
fn not_toml() {
    let mut page = Page::default();
    page.add(changed("commands = [\"make\"]", "commands = [\"make\""));
    page.add(changed("path = \".\"", "path = .\nname = = 2"));
    page.add(changed("rung = \"bit-exact\"", "rung = \"bit-exact\"\nrung = \"explained\""));
    page.add(seen("\0"));
    assert_snapshot!(page.0);
}

#[test]
fn another_version_hides_everything_else() {
    let mut page = Page::default();
    page.add(changed("version = 1\n", "version = 2\nfuture = true\n"));
    assert_snapshot!(page.0);
}

#[test]
fn unknown_keys() {
    let mut page = Page::default();
    page.add(changed("commands", "comands"));
    page.add(changed("[policy]", "[polcy]\n[policy]"));
    page.add(changed("path = \".\"", "path = \".\"\ncommit = \"x\""));
    page.add(changed("path = \"shipped/agent\"", "path = \"shipped/agent\"\narchitecture = \"all\""));
    page.add(changed("host = \"updates", "network = true\nhost = \"updates"));
    assert_snapshot!(page.0);
}

#[test]
fn missing_keys() {
    let mut page = Page::default();
    page.add(changed("purpose = \"A test.\"\n", ""));
    page.add(seen("version = 1\n"));
    page.add(changed("kind = \"directory\"\n", ""));
    page.add(changed("sha256", "# sha256"));
    page.add(seen(""));
    assert_snapshot!(page.0);
}

#[test]
fn wrong_types() {
    let mut page = Page::default();
    page.add(changed("commands = [\"make\"]", "commands = \"make\""));
    page.add(changed("commands = [\"make\"]", "commands = [\"make\", 3]"));
    page.add(changed("name = \"agent\"", "name = 2026-01-31"));
    page.add(changed("rung = \"bit-exact\"", "rung = 1\nrequire-reproducible = \"yes\""));
    page.add(changed("commands", "source-date-epoch = \"1\"\ncommands"));
    page.add(changed("[source]\nkind = \"directory\"\npath = \".\"", "[source.kind]"));
    page.add(seen("version = 1\nproduct = 1\nsource = \"here\""));
    page.add(changed("[policy]", "[build.limits]\nprocesses = -1\n[policy]"));
    page.add(seen("version = \"1\""));
    assert_snapshot!(page.0);
}

#[test]
fn closed_lists() {
    let mut page = Page::default();
    page.add(changed("kind = \"directory\"", "kind = \"directroy\""));
    page.add(changed("kind = \"directory\"", "kind = \"svn\""));
    page.add(changed("rung = \"bit-exact\"", "rung = \"bitexact\""));
    page.add(changed("rung = \"bit-exact\"", "rung = \"inconclusive\"\nfail-on = \"terrible\""));
    assert_snapshot!(page.0);
}

#[test]
fn digests() {
    let mut page = Page::default();
    page.add(changed("e3b0c442", "e3b0c4"));
    page.add(changed("e3b0c442", "E3B0C442"));
    page.add(changed("e3b0c442", "sha256:"));
    assert_snapshot!(page.0);
}

#[test]
fn names_that_stand_twice_or_nowhere() {
    let mut page = Page::default();
    let twice = "[[artifact]]\nname = \"agent\"\nfrom = { kind = \"file\", path = \"x\", sha256 = \
                 \"e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855\" }\n\n[[artifact]]";
    page.add(changed("[[artifact]]", twice));
    page.add(changed("output = \"agent\"", "output = \"agnet\""));
    page.add(changed("outputs = [\"agent\", ", "outputs = [\"agent\", \"agent\", "));
    page.add(changed("[build]\ncommands = [\"make\"]\noutputs = [\"agent\", \"../agent.deb\"]\n", ""));
    assert_snapshot!(page.0);
}

#[test]
fn outputs() {
    let mut page = Page::default();
    page.add(changed("outputs = [\"agent\", \"../agent.deb\"]", "outputs = []"));
    page.add(changed("\"../agent.deb\"", "\"/etc/passwd\""));
    page.add(changed("\"../agent.deb\"", "\"../../agent.deb\""));
    page.add(changed("\"../agent.deb\"", "\"a/../../agent.deb\""));
    page.add(changed("\"../agent.deb\"", "\"a//b\", \"./c\", \"\", \"a\\u0000b\""));
    assert_snapshot!(page.0);
}

#[test]
fn build_paths() {
    let mut page = Page::default();
    for path in ["source", "/build/../etc", "/build/", "/usr/src/agent", "/source", "/"] {
        page.add(changed("commands", &format!("path = \"{path}\"\ncommands")));
    }
    assert_snapshot!(page.0);
}

#[test]
fn commands_variables_and_limits() {
    let mut page = Page::default();
    page.add(changed("commands = [\"make\"]", "commands = [\" \"]"));
    page.add(changed(
        "[[artifact]]",
        "[build.env]\nSOURCE_DATE_EPOCH = \"1\"\n\"A B\" = \"x\"\n1A = \"x\"\n[build.limits]\nmemory-mib = 0\n[[artifact]]"
    ));
    page.add(changed("commands", "source-date-epoch = -1\ncommands"));
    assert_snapshot!(page.0);
}

#[test]
fn sources() {
    let mut page = Page::default();
    let source = |text: &str| changed("kind = \"directory\"\npath = \".\"", text);
    page.add(source("kind = \"git\"\nrepository = \"x.git\""));
    page.add(source("kind = \"git\"\nrepository = \"x.git\"\ncommit = \"4b825dc\""));
    let digest = "sha256 = \"e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855\"";
    page.add(source(&format!("kind = \"debian\"\npackage = \"-o\"\nversion = \"1 2\"\n{digest}")));
    page.add(source(&format!("kind = \"pypi\"\npackage = \"idna>=3\"\nversion = \"3.*\"\n{digest}")));
    assert_snapshot!(page.0);
}

#[test]
fn declarations() {
    let mut page = Page::default();
    page.add(changed("category = \"cap.net\"", "category = \"cap.nett\""));
    page.add(changed("category = \"cap.net\"", "category = \"telepathy\""));
    page.add(changed("host = \"updates.example.com\"", "host = \"https://updates.example.com/v1\""));
    page.add(changed("host = \"updates.example.com\"", "host = \"up*.example.com\""));
    page.add(changed("reason = \"Updates.\"", "reason = \" \""));
    assert_snapshot!(page.0);
}

#[test]
fn acceptances() {
    let mut page = Page::default();
    for date in ["31.01.2026", "2026-02-30", "2026-1-1", "+002026-01-31", ""] {
        page.add(changed("2026-01-31", date));
    }
    page.add(changed("\"Looked at.\"", "\"\""));
    assert_snapshot!(page.0);
}

#[test]
fn several_problems_are_reported_together_in_order_of_place() {
    let mut page = Page::default();
    page.add(seen(
        "version = 1\n[product]\nvendor = ''\nnam = 'x'\n[source]\nkind = 'archive'\nsha256 = 'zz'\n\
         [build]\ncommands = []\noutputs = ['/x']\n[policy]\nfail-on = 'hihg'\n",
    ));
    let many: String = (0..30).map(|n| format!("k{n} = 1\n")).collect();
    let error = seen(&format!("{many}{}", super::RIGHT));
    assert!(error.ends_with("\nand 10 more\n"), "{error}");
    assert_snapshot!(page.0);
}

#[test]
fn hostile_text_cannot_rearrange_the_message() {
    let mut page = Page::default();
    page.add(changed("commands", "\"com\u{202e}\\u001b[2Jmands\" = \"\u{202e}x\"\ncommands"));
    let long = format!("path = \"{}\"\nx = 1", "é".repeat(5000));
    page.add(changed("path = \".\"", &format!("{long}, y = 2")));
    page.add(changed("commands", "env = { A = \"é\t\", B = 1 }\ncommands"));
    assert_snapshot!(page.0);
}

#[test]
fn bytes_that_are_not_utf8_are_located() {
    let mut page = Page::default();
    let error = pellucid::manifest::read(b"version = 1\nname = \"caf\xe9\"\n", "review.toml").unwrap_err();
    page.add(error.to_string());
    assert_snapshot!(page.0);
}
