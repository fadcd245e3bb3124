//! What the engine needs to know about categories: which pairs of source and effect are flows, which paths
//! are secrets, what is an effect. Data in `rules/flows.toml` and `rules/secrets.toml`.

use std::collections::HashMap;
use std::sync::LazyLock;

use aho_corasick::AhoCorasick;
use serde::Deserialize;

use super::map::Set;
use crate::model::scan::Severity;

/// A pair of source and effect worth telling.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct FlowPair {
    /// The flow's category id.
    pub id: String,
    /// Prefix of the source's category.
    pub source: String,
    /// Prefix of the effect's category.
    pub sink: String,
    /// How bad, if undeclared.
    pub severity: Severity,
    /// What it means, without subject and full stop.
    pub message: String,
    /// What to ask.
    pub question: String,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Flows {
    flow: Vec<FlowPair>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct SecretPath {
    category: String,
    parts: Vec<String>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Secrets {
    path: Vec<SecretPath>,
}

static FLOWS: LazyLock<Vec<FlowPair>> = LazyLock::new(|| {
    toml::from_str::<Flows>(include_str!("../../../rules/flows.toml"))
        .map(|flows| flows.flow)
        .unwrap_or_default()
});

static SECRETS: LazyLock<Option<(AhoCorasick, Vec<String>)>> = LazyLock::new(|| {
    let secrets = toml::from_str::<Secrets>(include_str!("../../../rules/secrets.toml")).ok()?;
    let mut parts = Vec::new();
    let mut categories = Vec::new();
    for path in secrets.path {
        for part in path.parts {
            parts.push(part);
            categories.push(path.category.clone());
        }
    }
    let finder = AhoCorasick::builder().ascii_case_insensitive(true).build(parts).ok()?;
    Some((finder, categories))
});

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Personal {
    name: Vec<PersonalNames>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct PersonalNames {
    category: String,
    names: Vec<String>,
}

static PERSONAL: LazyLock<Option<HashMap<String, String>>> = LazyLock::new(|| {
    let file = toml::from_str::<Personal>(include_str!("../../../rules/personal.toml")).ok()?;
    let pairs = |group: PersonalNames| {
        let category = group.category;
        group.names.into_iter().map(move |name| (name, category.clone()))
    };
    Some(file.name.into_iter().flat_map(pairs).collect())
});

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Words {
    list: Vec<WordList>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct WordList {
    id: String,
    /// What the list is for, to its readers.
    #[serde(rename = "note")]
    _note: String,
    words: Vec<String>,
}

/// The lists of names the engine goes by where no catalogue entry says more: `rules/words.toml`.
#[derive(Default)]
pub struct Lists {
    /// Methods and members that tell how much there is of something.
    pub amount: Set<Box<str>>,
    /// Methods by which a container comes to hold what they are given.
    pub adding: Set<Box<str>>,
    /// Methods too common to mean one of the tree.
    pub common_method: Set<Box<str>>,
    /// Methods that run when an instance is made, in order.
    pub constructor: Vec<Box<str>>,
    /// Methods of a function as a value by which it is called.
    pub calling: Set<Box<str>>,
    /// Methods by which a container gives one of what it holds.
    pub taking: Set<Box<str>>,
    /// Methods by which a map keeps a value under a name.
    pub putting: Set<Box<str>>,
    /// Methods after which a container or a buffer holds nothing.
    pub emptying: Set<Box<str>>,
    /// Methods after which a map holds nothing under the names they are given.
    pub removing: Set<Box<str>>,
    /// Types of errors that many others are of.
    pub any_error: Set<Box<str>>,
    /// What gives a copy of a map without some of what it holds.
    pub leaving_out: Set<Box<str>>,
    /// Methods that give what a function makes of each thing.
    pub mapping: Set<Box<str>>,
    /// Methods that only say whether something is so.
    pub telling_whether: Set<Box<str>>,
    /// Methods by which a function comes to listen to an object.
    pub listening: Set<Box<str>>,
    /// Methods of an enumeration that give the one of its values a text names.
    pub choosing: Set<Box<str>>,
    /// Functions that make a container, or another handle, of what they are given.
    pub making: Set<Box<str>>,
    /// Classes of libraries that leave the fields of what extends them alone.
    pub plain_base: Set<Box<str>>,
    /// Members of an entry of a map that give its value.
    pub entry: Set<Box<str>>,
    /// Methods by which listeners are called.
    pub signal: Set<Box<str>>,
    /// Types that say nothing about what can be done with a value.
    pub plain_type: Set<Box<str>>,
    /// What is known of a value because of what it was made of.
    pub told: Set<Box<str>>,
    /// Ends of paths of calls that make what one part of a program fills while another empties it.
    pub queue: Vec<Box<str>>,
    /// Ends of paths of calls that give the two ends of one pipe.
    pub pipe: Vec<Box<str>>,
    /// Methods that run when an element of an object is stored to.
    pub index_store: Vec<Box<str>>,
    /// Methods that run when an element of an object is read.
    pub index_read: Vec<Box<str>>,
    /// Methods that run when an object is walked through.
    pub walking: Vec<Box<str>>,
    /// Methods that run when an object is called like a function.
    pub called_object: Vec<Box<str>>,
    /// Methods that run when an object is put into a text.
    pub as_text: Vec<Box<str>>,
    /// Methods that give another handle of the same thing.
    pub behind: Set<Box<str>>,
    /// Mappings from the names of a program to what bears them.
    pub scope: Set<Box<str>>,
    /// Members that give everything an object holds.
    pub whole: Set<Box<str>>,
    /// Users and hosts every machine has.
    pub common_user: Set<Box<str>>,
    /// Parts of names of APIs that tell which machine this is.
    pub host_name: Vec<Box<str>>,
    /// Parts of names of functions that decide about access.
    pub access: Vec<Box<str>>,
    /// Parts of names of what is secret.
    pub secret_name: Vec<Box<str>>,
    /// Names of what says who somebody is and what they may do.
    pub granted: Set<Box<str>>,
    /// Names of a request and of its parts.
    pub request_part: Set<Box<str>>,
    /// Names that run, load or fetch code.
    pub telling: Vec<Box<str>>,
    /// Words that tell in what was scrambled.
    pub telling_word: Set<Box<str>>,
    /// Digests of nothing.
    pub common_digest: Set<Box<str>>,
    /// Ends of paths of calls that give a number by chance.
    pub chance: Vec<Box<str>>,
    /// Methods that count and give the count.
    pub counter: Set<Box<str>>,
    /// Parts of lower-case texts that name a virtual machine.
    pub virtual_machine: Vec<Box<str>>,
    /// Parts of lower-case texts that name a tool of those who examine programs.
    pub examiner: Vec<Box<str>>,
    /// What stands in a file that makes texts of characters.
    pub turning: Vec<Box<str>>,
    /// Handles of libraries of which an element is a function: ends of paths.
    pub library: Vec<Box<str>>,
    /// Names of classes that Windows keeps for scripts, in small letters.
    pub program_id: Set<Box<str>>,
    /// Names of functions that are found by the hash of their name.
    pub hashed: Vec<Box<str>>,
    /// Which of them start a program.
    pub hashed_start: Set<Box<str>>,
    /// Classes found by their names through whose members programs are started.
    pub starter: Set<Box<str>>,
    /// What a shell's own variables say on every system: `name=text`.
    pub shell_text: Vec<Box<str>>,
    /// What stands in a file that can do something with such a text.
    pub effect: Vec<Box<str>>,
}

/// The lists of names, read once.
pub static LISTS: LazyLock<Lists> = LazyLock::new(|| {
    let file = toml::from_str::<Words>(include_str!("../../../rules/words.toml"));
    let all: HashMap<String, Vec<String>> = file
        .map(|file| file.list.into_iter().map(|list| (list.id, list.words)).collect())
        .unwrap_or_default();
    let ordered = |id: &str| -> Vec<Box<str>> {
        all.get(id).into_iter().flatten().map(|word| word.as_str().into()).collect()
    };
    let set = |id: &str| -> Set<Box<str>> { ordered(id).into_iter().collect() };
    Lists {
        amount: set("amount"),
        adding: set("adding"),
        common_method: set("common-method"),
        constructor: ordered("constructor"),
        calling: set("calling"),
        plain_type: set("plain-type"),
        told: set("told"),
        queue: ordered("queue"),
        pipe: ordered("pipe"),
        taking: set("taking"),
        putting: set("putting"),
        emptying: set("emptying"),
        removing: set("removing"),
        any_error: set("any-error"),
        leaving_out: set("leaving-out"),
        telling_whether: set("telling-whether"),
        mapping: set("mapping"),
        choosing: set("choosing"),
        listening: set("listening"),
        making: set("making"),
        plain_base: set("plain-base"),
        entry: set("entry"),
        signal: set("signal"),
        index_store: ordered("index-store"),
        index_read: ordered("index-read"),
        walking: ordered("walking"),
        called_object: ordered("called-object"),
        as_text: ordered("as-text"),
        behind: set("behind"),
        scope: set("scope"),
        whole: set("whole"),
        turning: ordered("turning"),
        library: ordered("library"),
        program_id: set("program-id"),
        hashed: ordered("hashed"),
        hashed_start: set("hashed-start"),
        starter: set("starter"),
        shell_text: ordered("shell-text"),
        effect: ordered("effect"),
        common_user: set("common-user"),
        host_name: ordered("host-name"),
        access: ordered("access"),
        secret_name: ordered("secret-name"),
        granted: set("granted"),
        request_part: set("request-part"),
        telling: ordered("telling"),
        telling_word: set("telling-word"),
        common_digest: set("common-digest"),
        chance: ordered("chance"),
        counter: set("counter"),
        virtual_machine: ordered("virtual-machine"),
        examiner: ordered("examiner"),
    }
});

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Programs {
    program: Vec<ProgramGroup>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct ProgramGroup {
    category: String,
    names: Vec<String>,
}

/// Programs whose output is data of interest, by name.
static PROGRAMS: LazyLock<HashMap<String, String>> = LazyLock::new(|| {
    let file = toml::from_str::<Programs>(include_str!("../../../rules/programs.toml"));
    let groups = file.map(|file| file.program).unwrap_or_default();
    let each = |group: ProgramGroup| {
        let category = group.category;
        group.names.into_iter().map(move |name| (name, category.clone()))
    };
    groups.into_iter().flat_map(each).collect()
});

/// What the output of a command line tells, by the program it runs: `ps aux`, `sh -c "whoami"`, `cat /etc/hosts`.
pub fn program_output(words: &[&str]) -> Option<&'static str> {
    const SHELLS: [&str; 11] =
        ["sh", "bash", "zsh", "dash", "ksh", "cmd", "powershell", "pwsh", "sudo", "doas", "nice"];
    let mut words = words.iter().copied();
    let mut name = words.next()?;
    for _ in 0..4 {
        let base = name.rsplit(['/', '\\']).next().unwrap_or(name);
        let base = base.strip_suffix(".exe").unwrap_or(base);
        if SHELLS.contains(&base) {
            name = words.by_ref().find(|word| !word.starts_with('-') && !matches!(*word, "/c" | "/C"))?;
            continue;
        }
        if matches!(base, "cat" | "type" | "head" | "tail") {
            let file = words.find(|word| word.contains(['/', '\\', '.']))?;
            return Some(refine("src.file", file)).map(|category| {
                SECRETS
                    .as_ref()
                    .and_then(|(_, all)| all.iter().find(|known| *known == category))
                    .map_or("src.file", String::as_str)
            });
        }
        return PROGRAMS.get(base).map(String::as_str);
    }
    None
}

/// The pair that data of category `source` reaching `sink` is, where it is one.
pub fn pair(source: &str, sink: &str) -> Option<&'static FlowPair> {
    FLOWS.iter().find(|pair| under(source, &pair.source) && under(sink, &pair.sink))
}

/// `category` made more precise by the constant it is used with: a file by its path.
pub fn refine<'c>(category: &'c str, text: &str) -> &'c str {
    let general = category == "src.file" || category == "net" || category == "src.database";
    if !general || text.is_empty() || text.len() > 4096 {
        return category;
    }
    let text = text.replace('\\', "/");
    let Some((finder, categories)) = SECRETS.as_ref() else { return category };
    let first = finder.find_overlapping_iter(&text).map(|found| found.pattern().as_usize()).min();
    let best = first.map(|at| categories.get(at).map_or("", |category| category.as_str()));
    match best {
        Some("src.cloud-metadata") if category == "net" => "src.cloud-metadata",
        Some(secret) if category != "net" && !secret.is_empty() && secret != "src.cloud-metadata" => secret,
        _ => category,
    }
}

/// Whether a query asks for nothing but how many there are.
pub fn only_counts(query: &str) -> bool {
    let word = |text: &str| text.split_ascii_whitespace().next().unwrap_or("").to_ascii_lowercase();
    let query = query.trim_start();
    let asked = query.get(6..).filter(|_| word(query) == "select").map(str::trim_start).unwrap_or("");
    let counted = asked.get(..5).filter(|start| start.eq_ignore_ascii_case("count")).and(asked.get(5..));
    let inner = counted.and_then(|rest| rest.trim_start().strip_prefix('('));
    // `count(*) as n from …`
    inner.and_then(|inner| inner.split_once(')')).is_some_and(|(_, rest)| {
        let mut words = rest.split_ascii_whitespace().take(3).take_while(|word| !word.contains(','));
        words.any(|word| word.eq_ignore_ascii_case("from"))
    })
}

/// Whether a text asks a database for rows.
pub fn asks(query: &str) -> bool {
    let first = query.trim_start().split_ascii_whitespace().next().unwrap_or("");
    first.eq_ignore_ascii_case("select") || first.eq_ignore_ascii_case("with")
}

/// Whether a use of this category changes or reveals something outside the program.
pub fn is_effect(category: &str) -> bool {
    [
        "cap.net",
        "cap.exec",
        "cap.code-eval",
        "cap.fs.delete",
        "cap.dynload",
        "cap.process-injection",
        "persist",
    ]
    .iter()
    .any(|prefix| under(category, prefix))
}

/// Whether an effect behind a gate is worth telling. A number that was counted up to, and a word in a request,
/// decide about ordinary effects all the time: they count before what ordinary programs do not do so.
pub fn is_gated(gate: &str, effect: &str, constant: bool) -> bool {
    let of = |prefixes: &[&str]| prefixes.iter().any(|prefix| under(effect, prefix));
    match gate {
        "trap.logic-bomb" => constant && of(&["cap.fs.delete", "destructive"]),
        "trap.backdoor" => {
            of(&["cap.exec", "cap.code-eval", "cap.dynload", "cap.fs.delete", "destructive", "trap.backdoor"])
        }
        "word" => false,
        _ => is_effect(effect) || of(&["destructive"]),
    }
}

/// Whether a text that was made of scrambled characters names something that runs, a place to send to, or a class.
pub fn is_telling(text: &str) -> bool {
    let lower = text.trim().to_ascii_lowercase();
    let address =
        lower.strip_prefix("http").is_some_and(|rest| rest.starts_with("://") || rest.starts_with("s://"));
    let class = ["java.", "javax.", "system.", "android.", "kotlin.", "microsoft."]
        .iter()
        .any(|start| lower.starts_with(start) && lower.len() > start.len() + 3);
    let path = ["/bin/", "/usr/", "/tmp/", "/etc/", "c:\\"].iter().any(|start| lower.starts_with(start));
    let known =
        |word: &str| LISTS.telling_word.contains(word) || LISTS.telling.iter().any(|known| **known == *word);
    address
        || class
        || path
        || known(&lower)
        || lower
            .split(|c: char| !c.is_ascii_alphanumeric() && c != '_' && c != '-')
            .any(|word| word.len() > 1 && known(word))
}

/// Whether a text in the place of a secret was chosen as one: letters and digits or signs, and no name of a kind.
pub fn is_chosen_word(text: &str) -> bool {
    let digits = text.bytes().filter(u8::is_ascii_digit).count();
    let letters = text.bytes().filter(u8::is_ascii_alphabetic).count();
    let plain = text.bytes().all(|b| b.is_ascii_alphanumeric() || b"-_!#@$%*^~.+?&".contains(&b));
    let code = letters == 0
        && (4..=12).contains(&digits)
        && text.len() == digits
        && !text.bytes().all(|b| b == b'0');
    let kind = [
        "utf", "sha", "md5", "base64", "bearer", "oauth", "sk_", "pk_", "http", "hs2", "rs2", "x-", "v1",
        "v2",
    ];
    let lower = text.to_ascii_lowercase();
    let named = kind.iter().any(|start| lower.starts_with(start)) || lower.contains("test");
    plain && !named && (5..=80).contains(&text.len()) && (code || letters >= 2 && digits >= 1)
}

/// The category of personal data a name says a value is, where it says so: `user_email`, `phoneNumber`.
pub fn personal(name: &str) -> Option<&'static str> {
    if name.len() < 3 || name.len() > 40 {
        return None;
    }
    let plain: String =
        name.chars().filter(char::is_ascii_alphanumeric).map(|c| c.to_ascii_lowercase()).collect();
    let plain = plain.strip_prefix("get").unwrap_or(&plain);
    let all = PERSONAL.as_ref()?;
    all.get(plain).map(|category| category.as_str()).or_else(|| {
        // `customerEmail`, `billing_address`: the last words say what it is.
        let words = words(name);
        // `isEmail`, `hasPhone`, `validate_iban`: a test of it.
        let tests =
            ["is", "has", "can", "validate", "check", "verify", "needs", "require", "requires", "missing"];
        if words.first().is_some_and(|first| tests.contains(&first.as_str())) {
            return None;
        }
        (1..words.len()).find_map(|at| all.get(&words.get(at..)?.concat())).map(|category| category.as_str())
    })
}

/// Whether a name as a whole says that a value is personal data: without taking it apart, for many names.
pub fn is_personal_name(name: &str) -> bool {
    let mut plain = [0u8; 24];
    let mut length = 0;
    for byte in name.bytes().filter(|byte| *byte != b'_') {
        let Some(slot) = plain.get_mut(length) else { return false };
        *slot = byte.to_ascii_lowercase();
        length += 1;
    }
    let plain = plain.get(..length).and_then(|plain| std::str::from_utf8(plain).ok()).unwrap_or("");
    plain.len() > 2 && PERSONAL.as_ref().is_some_and(|names| names.contains_key(plain))
}

/// The words of a name in lower case: `phoneNumber` and `phone_number` are `phone`, `number`.
fn words(name: &str) -> Vec<String> {
    let mut words: Vec<String> = Vec::new();
    let mut lower = false;
    for c in name.chars() {
        if !c.is_ascii_alphanumeric() {
            lower = false;
            words.push(String::new());
            continue;
        }
        if words.is_empty() || (c.is_ascii_uppercase() && lower) {
            words.push(String::new());
        }
        if let Some(word) = words.last_mut() {
            word.push(c.to_ascii_lowercase());
        }
        lower = c.is_ascii_lowercase();
    }
    words.retain(|word| !word.is_empty());
    words
}

/// The category of a test against `literal`, where it names what only an examined program meets.
pub fn observer(literal: &str) -> Option<&'static str> {
    if literal.len() < 3 || literal.len() > 60 {
        return None;
    }
    let plain = literal.to_ascii_lowercase();
    let names = |list: &[Box<str>]| list.iter().any(|word| plain.contains(&**word));
    if names(&LISTS.virtual_machine) {
        Some("trap.anti-vm")
    } else if names(&LISTS.examiner) {
        Some("trap.anti-debug")
    } else {
        None
    }
}

/// Whether `category` is `prefix` or below it.
pub fn under(category: &str, prefix: &str) -> bool {
    category.strip_prefix(prefix).is_some_and(|rest| rest.is_empty() || rest.starts_with('.'))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_data_files_parse() {
        assert!(toml::from_str::<Flows>(include_str!("../../../rules/flows.toml")).is_ok());
        assert!(SECRETS.is_some());
        let words = toml::from_str::<Words>(include_str!("../../../rules/words.toml")).unwrap();
        assert_eq!(words.list.len(), 52, "a list nobody reads, or one that is missing");
        let lists = &*LISTS;
        for set in [&lists.granted, &lists.request_part, &lists.common_digest, &lists.telling_word] {
            assert!(!set.is_empty());
        }
        assert!(!lists.secret_name.is_empty() && !lists.telling.is_empty());
        for set in [
            &lists.calling,
            &lists.taking,
            &lists.putting,
            &lists.emptying,
            &lists.removing,
            &lists.any_error,
            &lists.leaving_out,
            &lists.telling_whether,
            &lists.mapping,
            &lists.choosing,
            &lists.listening,
            &lists.making,
            &lists.plain_base,
            &lists.entry,
            &lists.signal,
            &lists.plain_type,
        ] {
            assert!(!set.is_empty());
        }
        assert!(!lists.counter.is_empty() && !lists.virtual_machine.is_empty() && !lists.examiner.is_empty());
        for set in [
            &lists.amount,
            &lists.adding,
            &lists.common_method,
            &lists.whole,
            &lists.scope,
            &lists.common_user,
        ] {
            assert!(!set.is_empty());
        }
        assert!(!lists.index_store.is_empty() && !lists.behind.is_empty());
        assert!(!lists.index_read.is_empty() && !lists.walking.is_empty());
        for list in [
            &lists.constructor,
            &lists.queue,
            &lists.pipe,
            &lists.host_name,
            &lists.access,
            &lists.chance,
            &lists.turning,
            &lists.shell_text,
            &lists.hashed,
            &lists.library,
            &lists.effect,
        ] {
            assert!(!list.is_empty());
        }
        assert!(PERSONAL.as_ref().is_some_and(|names| names.len() > 40));
        assert!(PROGRAMS.len() > 60);
    }

    #[test]
    fn names_of_personal_data_are_known_and_others_are_not() {
        assert_eq!(personal("email"), Some("src.pii"));
        assert_eq!(personal("customerEmail"), Some("src.pii"));
        assert_eq!(personal("getPhoneNumber"), Some("src.pii"));
        assert_eq!(personal("date_of_birth"), Some("src.pii"));
        assert_eq!(personal("emailTemplate"), None);
        assert_eq!(personal("isCreditCard"), None);
        assert_eq!(personal("has_phone_number"), None);
        assert_eq!(personal("name"), None);
        assert_eq!(personal("telephonist"), None);
        assert!(is_personal_name("phone_Number") && !is_personal_name("customerEmail"));
        assert!(!is_personal_name("a") && !is_personal_name(&"email".repeat(9)));
    }

    #[test]
    fn what_a_program_tells_is_known_by_its_name() {
        for (line, expected) in [
            ("ps aux", Some("src.process-list")),
            ("/usr/bin/whoami", Some("src.user")),
            ("sh -c uname -a", Some("src.sysinfo")),
            ("cmd.exe /c ipconfig /all", Some("src.net-config")),
            ("sudo cat /etc/hosts", Some("src.file")),
            ("cat /root/.ssh/id_rsa", Some("src.ssh-key")),
            ("make install", None),
            ("sh -c", None),
            ("", None),
        ] {
            let words: Vec<&str> = line.split_whitespace().collect();
            assert_eq!(program_output(&words), expected, "{line}");
        }
    }

    #[test]
    fn pairs_and_paths_mean_what_they_say() {
        assert_eq!(pair("src.env", "cap.net.http").map(|pair| pair.id.as_str()), Some("flow.env->net"));
        assert_eq!(
            pair("src.env.bulk", "cap.net.dns").map(|pair| pair.id.as_str()),
            Some("flow.env.bulk->net")
        );
        assert!(pair("src.env", "cap.fs.read").is_none());
        assert_eq!(refine("src.file", "{}/.ssh/id_rsa"), "src.ssh-key");
        assert_eq!(
            refine("src.file", "C:\\Users\\x\\AppData\\Google\\Chrome\\User Data\\Default\\Login Data"),
            "src.browser-data"
        );
        assert_eq!(refine("src.file", "data/input.csv"), "src.file");
        assert_eq!(refine("src.env", ".ssh/"), "src.env");
    }

    #[test]
    fn a_query_that_only_counts_is_told_from_one_that_gives_what_it_finds() {
        for query in
            ["select count(*) from guests", "SELECT COUNT (DISTINCT mail) AS n\nFROM guests WHERE x = 1"]
        {
            assert!(only_counts(query), "{query}");
        }
        for query in
            ["select count(*), mail from guests", "select counter from guests", "select mail from guests", ""]
        {
            assert!(!only_counts(query), "{query}");
        }
    }
}
