//! What goes for good: files, folders, tables; and on which conditions nobody expects it.

use std::ops::Range;

use super::Told;
use super::atoms::Atom;
use super::atoms::Relation;
use super::effects::removes;
use super::outline::Branch;
use super::sense::Sense;
use super::sense::inner;
use super::shown;
use super::tokens::Kind;
use super::words;
use crate::model::scan::Severity;

/// Functions that are looked into.
const DEEPEST: usize = 2;
/// Longest function that is looked into.
const BODY: usize = 300;

/// Whether files, folders or tables that are no scratch are removed.
pub fn lasting(sense: &Sense, range: Range<usize>) -> bool {
    goes(sense, range, 0, false)
}

/// [`lasting`], of all there is: a folder with what is in it, a table without a condition, everything of a list.
pub fn whole(sense: &Sense, range: Range<usize>) -> bool {
    goes(sense, range, 0, true)
}

fn goes(sense: &Sense, range: Range<usize>, depth: usize, whole: bool) -> bool {
    let tokens = sense.outline.tokens;
    let looped = range.clone().any(|at| {
        tokens.any(at, &["for", "foreach", "while", "each", "forEach", "ForEach", "map", "glob"])
            && tokens.kind(at) == Some(Kind::Word)
    });
    range.into_iter().any(|at| {
        if !sense.step(1) {
            return false;
        }
        if tokens.kind(at) == Some(Kind::Text) {
            let text = inner(tokens.text(at));
            if matches!(text, b"unlink" | b"rmdir")
                && tokens.any(at.wrapping_sub(2), &["array_map", "array_walk", "call_user_func"])
            {
                return true;
            }
            return removes(text)
                && !text.starts_with(b"update")
                && !text.starts_with(b"UPDATE")
                && (!whole || !bounded(text));
        }
        if tokens.kind(at) != Some(Kind::Word) {
            return false;
        }
        let called = sense.called(at);
        let ambiguous = tokens.any(at, &["delete", "Delete", "remove", "Remove", "rm", "Clear", "Disable"]);
        let removing = called
            && (sense.word(at) & words::LASTING != 0
                || ambiguous && (of_files(sense, at) || sense.commanded(at)));
        if removing && !scratch(sense, at) {
            let tree = tokens.any(
                at,
                &[
                    "rmtree",
                    "RemoveAll",
                    "remove_dir_all",
                    "rm_rf",
                    "rm_r",
                    "rimraf",
                    "deleteRecursively",
                    "DeleteDirectory",
                    "deleteDirectory",
                    "removeItem",
                    "remove_all",
                    "rmSync",
                    "rm",
                    "dropDatabase",
                    "deleteDatabase",
                    "clearAllTables",
                ],
            ) || tokens.any(at, &["Delete"]) && tokens.is(at.wrapping_sub(2), "Directory")
                || sense.commanded(at);
            return !whole || tree || looped;
        }
        if !called || depth >= DEEPEST {
            return false;
        }
        let func = tokens.name(at).and_then(|name| sense.outline.func_named(name));
        if func.is_none() && tokens.name(at).is_some_and(|name| declared(sense, name, whole)) {
            return true;
        }
        func.is_some_and(|func| {
            func.body.len() <= BODY
                && !func.body.contains(&at)
                && goes(sense, func.body.clone(), depth + 1, whole)
        })
    })
}

/// Whether a name is declared with a statement that removes: `@Query("DELETE FROM note") fun compact()`.
fn declared(sense: &Sense, name: u32, whole: bool) -> bool {
    let tokens = sense.outline.tokens;
    matches!(sense.outline.language, "kotlin" | "java" | "csharp")
        && (4..tokens.all.len()).any(|at| {
            tokens.name(at) == Some(name)
                && tokens.is(at + 1, "(")
                && (tokens.any(at.wrapping_sub(1), &["fun", "int", "void", "Int", "long", "Task"]))
                && (at.saturating_sub(8)..at).any(|at| {
                    let text = inner(tokens.text(at));
                    tokens.kind(at) == Some(Kind::Text)
                        && tokens.is(at.wrapping_sub(1), "(")
                        && removes(text)
                        && (!whole || !bounded(text))
                })
        })
}

/// Whether a body ends the program, or never ends, and says nothing.
pub fn stops(sense: &Sense, body: Range<usize>) -> bool {
    let tokens = sense.outline.tokens;
    const ENDS: &[&str] = &[
        "exit",
        "_exit",
        "abort",
        "Exit",
        "exitProcess",
        "halt",
        "FailFast",
        "quick_exit",
        "terminate",
        "_Exit",
        "Goexit",
        "fatalError",
        "trap",
        "__builtin_trap",
    ];
    let ends = body.clone().any(|at| {
        tokens.any(at, ENDS) && (tokens.any(at + 1, &["("]) || tokens.any(at.wrapping_sub(1), &["."]))
    });
    let hangs = body.clone().any(|at| {
        tokens.is(at, "for") && tokens.is(at + 1, "{") && tokens.is(at + 2, "}")
            || tokens.is(at, "loop") && tokens.is(at + 1, "{") && tokens.is(at + 2, "}")
            || tokens.is(at, "for") && tokens.is(at + 2, ";") && tokens.is(at + 3, ";")
            || tokens.is(at, "while")
                && (tokens.any(at + 2, &["true", "1", "True"]) || tokens.any(at + 1, &["True", "true"]))
                && !body.clone().any(|at| tokens.any(at, &["break", "accept", "recv", "sleep"]))
    });
    let says = body.clone().any(|at| match tokens.kind(at) {
        Some(Kind::Text) => inner(tokens.text(at)).len() >= 8,
        Some(Kind::Word) => sense.word(at) & words::HONEST != 0 && !tokens.any(at, ENDS),
        _ => false,
    });
    (ends || hangs) && !says && body.len() <= 40
}

/// Whether a body takes its own process down, as from without: `Process.GetCurrentProcess().Kill()`.
pub fn kills_itself(sense: &Sense, body: Range<usize>) -> bool {
    let tokens = sense.outline.tokens;
    const KILLS: &[&str] =
        &["kill", "Kill", "posix_kill", "destroyForcibly", "raise", "TerminateProcess", "forceTerminate"];
    const SELF: &[&str] = &[
        "GetCurrentProcess",
        "getpid",
        "posix_getpid",
        "getmypid",
        "pid",
        "current",
        "Getpid",
        "SIGKILL",
        "$$",
        "id",
        "myPid",
    ];
    let end = body.end;
    body.clone().any(|at| {
        let statement = at.saturating_sub(8).max(body.start)..sense.outline.statement_end(at).min(end);
        tokens.any(at, KILLS)
            && (tokens.is(at + 1, "(") || tokens.is(at.wrapping_sub(1), "."))
            && statement.into_iter().any(|near| {
                tokens.any(near, SELF)
                    && (!tokens.any(near, &["pid", "current", "id"])
                        || tokens.any(near.wrapping_sub(2), &["process", "Process", "ProcessHandle"])
                        || tokens.any(near.wrapping_sub(1), &["::"]))
            })
    })
}

/// Whether what files hold is encrypted where it stands.
pub fn encrypts(sense: &Sense, body: Range<usize>) -> bool {
    let tokens = sense.outline.tokens;
    let calls = |words: &[&str]| {
        sense.reaches(body.clone(), 2, &|at| {
            let lower = tokens.text(at).to_ascii_lowercase();
            tokens.kind(at) == Some(Kind::Word) && words.iter().any(|word| lower.starts_with(word.as_bytes()))
        })
    };
    calls(&["encrypt", "dofinal", "aes", "cipher", "seal"])
        && calls(&["write", "file_put_contents", "set_content", "writeall"])
        && calls(&[
            "rglob",
            "walk",
            "glob",
            "iterdir",
            "listfiles",
            "readdir",
            "enumeratefiles",
            "getfiles",
            "read_dir",
            "scandir",
            "contentsofdirectory",
        ])
}

/// Whether a statement removes only some rows.
fn bounded(text: &[u8]) -> bool {
    let lower = text.to_ascii_lowercase();
    // Every so many of them are no choice of rows.
    let some = [&b" % "[..], b"mod(", b"random", b"rand("]
        .iter()
        .any(|word| memchr::memmem::find(&lower, word).is_some());
    memchr::memmem::find(&lower, b" where ").is_some() && !some
}

/// Whether what the call at `at` removes is a file or folder by its name.
fn of_files(sense: &Sense, at: usize) -> bool {
    let tokens = sense.outline.tokens;
    let Some(receiver) =
        at.checked_sub(2).filter(|_| tokens.any(at.wrapping_sub(1), &[".", "->", "::", "?."]))
    else {
        // C: `remove(path)`
        return tokens.any(at, &["remove"]) && matches!(sense.outline.language, "c" | "cpp");
    };
    let says = |text: &[u8]| {
        let lower = text.to_ascii_lowercase();
        [&b"file"[..], b"dir", b"path", b"folder", b"directory"]
            .iter()
            .any(|word| memchr::memmem::find(&lower, word).is_some())
            || matches!(&*lower, b"os" | b"fs" | b"std" | b"filesystem")
    };
    let name = match tokens.all.get(receiver) {
        Some(token) if tokens.is(receiver, ")") && (token.mate as usize) < receiver => {
            (token.mate as usize).saturating_sub(1)
        }
        _ => receiver,
    };
    says(tokens.text(name))
        || tokens.name(name).is_some_and(|known| {
            sense.defs(known, sense.outline.func_at(name)).any(|def| {
                def.value.len() <= 20
                    && def
                        .value
                        .clone()
                        .any(|at| tokens.kind(at) == Some(Kind::Word) && says(tokens.text(at)))
            })
        })
}

/// Whether the statement at `at` speaks of what nobody misses.
fn scratch(sense: &Sense, at: usize) -> bool {
    let tokens = sense.outline.tokens;
    let statement = at.saturating_sub(6)..sense.outline.statement_end(at).min(at + 24);
    let said = |at: usize| match tokens.kind(at) {
        Some(Kind::Word) => sense.word(at) & words::SCRATCH != 0,
        Some(Kind::Text) => words::of(&inner(tokens.text(at)).to_ascii_lowercase()) & words::SCRATCH != 0,
        _ => false,
    };
    let func = sense.outline.funcs.get(sense.outline.func_at(at) as usize);
    statement.into_iter().any(said)
        || func.and_then(|func| func.name).is_some_and(|name| sense.name_tags(name) & words::SCRATCH != 0)
}

/// Whether something is lost behind what nobody expects it behind.
pub fn judge(sense: &Sense, branch: &Branch, atoms: &[Atom]) -> Option<Told> {
    if branch.case {
        return None;
    }
    let told = |rule, category, message, question| {
        Some(Told {
            rule,
            category,
            severity: Severity::Medium,
            place: shown(branch, atoms),
            message,
            question,
        })
    };
    let quiet = || !sense.effects(branch.body.clone()).any(words::HONEST);
    if atoms.iter().any(|atom| after_long(sense, branch, atom))
        && (quiet() || scrambles(sense, branch.body.clone()))
    {
        let spoils =
            sense.effects(branch.body.clone()).any(words::SPOIL) || scrambles(sense, branch.body.clone());
        if spoils || whole(sense, branch.body.clone()) {
            return told(
                "dated-change",
                "trap.time-bomb",
                "so long after it was installed, or after somebody was heard of last, all data is removed",
                "Who loses data when nobody reports for this long, and are they told?",
            );
        }
    }
    if !branch.rest && about_person(sense, branch) && quiet() && lasting(sense, branch.body.clone()) {
        return told(
            "missing-name",
            "trap.logic-bomb",
            "because of one person whose name is written in the program, data is removed",
            "Whose name is this, and why does data go because of it?",
        );
    }
    if !branch.rest && atoms.iter().any(|atom| of_system(sense, branch, atom)) {
        let effects = sense.effects(branch.body.clone());
        if effects.any(words::SPOIL) || effects.waits && effects.alters || lasting(sense, branch.body.clone())
        {
            return told(
                "counted-change",
                "trap.logic-bomb",
                "from one version of the system on, data is removed or made useless",
                "Why does data go because of the system's version?",
            );
        }
    }
    if !branch.rest
        && atoms.iter().any(|atom| grown(sense, branch, atom))
        && quiet()
        && whole(sense, branch.body.clone())
    {
        return told(
            "counted-change",
            "trap.logic-bomb",
            "once there are as many as the program says, data is removed and nobody is told",
            "What is done at this number, and who is meant to lose by it?",
        );
    }
    if !branch.rest
        && atoms.iter().any(|atom| switched(sense, branch, atom))
        && (whole(sense, branch.body.clone()) || stops(sense, branch.body.clone()))
    {
        return told(
            "counted-change",
            "trap.logic-bomb",
            "where an address that is written in the program answers so, all data is removed or the program ends",
            "Who decides at this address, and who loses by it?",
        );
    }
    None
}

/// Whether what a file holds is written over with chance bytes as many as it has.
fn scrambles(sense: &Sense, body: Range<usize>) -> bool {
    let tokens = sense.outline.tokens;
    let drawn = body.clone().any(|at| {
        let lower = tokens.text(at).to_ascii_lowercase();
        tokens.is(at, "Read") && tokens.is(at.wrapping_sub(2), "rand")
            || [
                "urandom",
                "randombytes",
                "token_bytes",
                "random_bytes",
                "nextbytes",
                "fill_bytes",
                "getrandom",
            ]
            .iter()
            .any(|word| memchr::memmem::find(&lower, word.as_bytes()).is_some())
    });
    let sized = body
        .clone()
        .any(|at| tokens.any(at, &["Size", "size", "st_size", "length", "len", "Length", "getsize"]));
    let written = body.clone().any(|at| {
        let lower = tokens.text(at).to_ascii_lowercase();
        tokens.is(at + 1, "(") && (lower.starts_with(b"write") || lower.starts_with(b"file_put"))
    });
    drawn && sized && written
}

/// Whether a test asks if a stretch of days that is written in the program has passed.
fn after_long(sense: &Sense, branch: &Branch, atom: &Atom) -> bool {
    if !matches!(atom.relation, Relation::More | Relation::Less) {
        return false;
    }
    if sense.file() & words::STRETCH == 0 || sense.file() & words::CLOCK == 0 {
        return false;
    }
    let tokens = sense.outline.tokens;
    atom.sides().into_iter().enumerate().any(|(side, (time, limit))| {
        let greater = (atom.relation == Relation::More) == (side == 0);
        if !sense.fixed(limit.clone()) || greater != (branch.holds != atom.negated) {
            return false;
        }
        let number = sense.number(limit.clone()).unwrap_or(0.0);
        let long = sense.deep(limit) & words::LONG != 0
            || (10.0..4000.0).contains(&number) && sense.deep(time.clone()) & words::LONG != 0
            || number >= 864_000.0;
        let aged = sense.own(time.clone()) & (words::SIZE | words::COUNT) != 0
            || sense.reaches(time.clone(), 1, &|at| {
                tokens.any(at, &["mtime", "st_mtime", "ModTime", "lastModified", "LastWriteTime", "getmtime"])
            });
        long && !aged
            && sense.reaches(time.clone(), 3, &|at| {
                let said = match tokens.kind(at) {
                    Some(Kind::Text) => {
                        let path = inner(tokens.text(at));
                        words::of(path.rsplit(|b| matches!(b, b'/' | b'\\')).next().unwrap_or_default())
                    }
                    _ => sense.word(at),
                };
                said & words::STRETCH != 0
            })
            && sense.reaches(time, 3, &|at| {
                sense.word(at) & words::CLOCK != 0 || tokens.any(at, &["Since", "elapsed", "since"])
            })
    })
}

/// Whether a test looks up one person by a name that is written in it: `Employee.where(login: 'm.ost').none?`.
fn about_person(sense: &Sense, branch: &Branch) -> bool {
    let tokens = sense.outline.tokens;
    branch.test.clone().any(|at| {
        if tokens.kind(at) != Some(Kind::Text) {
            return false;
        }
        let text = inner(tokens.text(at));
        let bears = text.iter().any(|b| b.is_ascii_digit() || matches!(b, b'.' | b'@'));
        let login = text.split(|b| *b == b'@').next().unwrap_or_default();
        bears
            && text.len() <= 40
            && words::is_person(login)
            && (at.saturating_sub(6)..at).any(|at| {
                sense.word(at) & words::PERSON != 0
                    && tokens.kind(at) == Some(Kind::Word)
                    && branch.test.contains(&at)
            })
    })
}

/// Whether a test asks if there are many of something by now.
fn grown(sense: &Sense, branch: &Branch, atom: &Atom) -> bool {
    let tokens = sense.outline.tokens;
    atom.relation == Relation::More
        && atom.met(branch.holds)
        && sense.fixed(atom.right.clone())
        && sense.number(atom.right.clone()).is_some_and(|number| number >= 100.0 && number.fract() == 0.0)
        && sense.near(atom.left.clone()) & (words::CLOCK | words::AGE) == 0
        && sense.reaches(atom.left.clone(), 1, &|at| match tokens.kind(at) {
            Some(Kind::Text) => {
                let lower = tokens.text(at).to_ascii_lowercase();
                memchr::memmem::find(&lower, b"count(").is_some()
            }
            _ => {
                tokens.any(at, &["count", "Count", "countDocuments", "count_all", "total"])
                    && tokens.is(at + 1, "(")
            }
        })
}

/// Whether a test asks for a version of the system from which on something is otherwise.
fn of_system(sense: &Sense, branch: &Branch, atom: &Atom) -> bool {
    if sense.file() & words::SYSTEM == 0 {
        return false;
    }
    atom.met(branch.holds)
        && matches!(atom.relation, Relation::More | Relation::Equal | Relation::Bare)
        && (sense.own(atom.range.clone()) | sense.near(atom.left.clone())) & words::SYSTEM != 0
        && (sense.fixed(atom.right.clone()) || atom.relation == Relation::Bare)
}

/// Whether a test asks for what was fetched from an address of the program.
fn switched(sense: &Sense, branch: &Branch, atom: &Atom) -> bool {
    let tokens = sense.outline.tokens;
    // `client.Get("https://…")`
    let gets = |at: usize| {
        tokens.any(at, &["Get", "get", "GET", "Post"])
            && tokens.is(at + 1, "(")
            && (at.saturating_sub(4)..at).any(|at| {
                let lower = tokens.text(at).to_ascii_lowercase();
                [&b"http"[..], b"client", b"session"].iter().any(|word| lower.ends_with(word))
            })
    };
    if sense.file() & words::FETCH == 0 && !sense.mentions(&["Get", "get", "GET", "Post"]) {
        return false;
    }
    let asked = atom.met(branch.holds)
        && matches!(atom.relation, Relation::Equal | Relation::Holds | Relation::Bare)
        && atom.left.len() <= 16;
    asked
        && sense.reaches(atom.left.clone(), 3, &|at| sense.word(at) & words::FETCH != 0 || gets(at))
        && sense.reaches(atom.left.clone(), 3, &|at| {
            tokens.kind(at) == Some(Kind::Text)
                && (inner(tokens.text(at)).starts_with(b"http") || is_domain(inner(tokens.text(at))))
        })
}

/// Whether a text is the name of a host or of a record: `_state.vendor.example.com`.
fn is_domain(text: &[u8]) -> bool {
    let labels = text.split(|b| *b == b'.').count();
    labels >= 3
        && text.len() <= 80
        && text.iter().all(|b| b.is_ascii_alphanumeric() || matches!(b, b'.' | b'-' | b'_'))
        && text
            .rsplit(|b| *b == b'.')
            .next()
            .is_some_and(|last| last.len() >= 2 && last.iter().all(u8::is_ascii_alphabetic))
}
