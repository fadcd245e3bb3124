//! Which program of a build read and wrote which of its files, and who handed on to whom.
//!
//! A step is one program of one process: it begins with an execution and ends with the next, or with the
//! process. What is noted of it: the files of the build folder and of `/inputs` it opened, and the pipes and
//! files its standard input and output were connected to when it began. That is enough to follow a file
//! through `tr < blob | xz -dc > part` and on into the object it is compiled to.

use std::collections::BTreeMap;
use std::collections::BTreeSet;
use std::path::Path;
use std::path::PathBuf;

use serde::Deserialize;
use serde::Serialize;

use crate::host::kernel::Pid;
use crate::model::RelPath;

/// One program of one process.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Step {
    /// Absolute path of the program.
    pub program: RelPath,
    /// The command line, escaped.
    pub line: String,
    /// The step that started this process, as an index.
    pub parent: Option<usize>,
    /// Whether the process goes on in its parent's program: a fork without an execution.
    pub forked: bool,
    /// Files it read, absolute.
    pub read: BTreeSet<RelPath>,
    /// Files it wrote, absolute.
    pub written: BTreeSet<RelPath>,
    /// Files of the environment it read, as indices into [`super::Seen::host_files`].
    pub host_read: BTreeSet<u32>,
    /// Pipes its standard input came from.
    pub pipes_in: BTreeSet<u64>,
    /// Pipes its standard output went to.
    pub pipes_out: BTreeSet<u64>,
}

/// The steps of a run so far.
#[derive(Debug, Default)]
pub struct Steps {
    steps: Vec<Step>,
    /// The step each process is in.
    current: BTreeMap<Pid, usize>,
    /// Files that shells opened, each as often as it was: which of them are a command's, the next execution
    /// tells. By step, with whether it was for writing.
    opened: BTreeMap<usize, Vec<(RelPath, bool)>>,
    /// What the first lines of the environment's programs name.
    interpreters: BTreeMap<PathBuf, Option<RelPath>>,
    /// Whether the bound was reached and something is missing.
    pub truncated: bool,
}

/// Steps noted of one run at most; files noted of one step at most.
const BOUND: usize = 50_000;
const FILES: usize = 20_000;

impl Steps {
    /// The process of the thread `pid` begins with a program.
    pub fn begin(&mut self, pid: Pid, program: &Path, line: String, followed: impl Fn(&Path) -> bool) {
        let (process, parent) = match self.current.get(&pid) {
            Some(own) => (pid, Some(*own)),
            None => {
                let (process, parent) = family(pid);
                let parent = parent.and_then(|parent| self.current.get(&parent).copied());
                (process, self.current.get(&process).copied().or(parent))
            }
        };
        if self.steps.len() >= BOUND {
            self.truncated = true;
            self.current.remove(&process);
            return;
        }
        let mut step = Step { program: named(program), line, parent, ..Step::default() };
        if let Some(interpreter) = self.interpreter(program, followed(program)) {
            step.program = interpreter;
            if followed(program) {
                step.read.insert(named(program));
            }
        }
        for (descriptor, reads) in [(0, true), (1, false)] {
            let Ok(target) = std::fs::read_link(format!("/proc/{pid}/fd/{descriptor}")) else { continue };
            match pipe(&target) {
                Some(number) if reads => _ = step.pipes_in.insert(number),
                Some(number) => _ = step.pipes_out.insert(number),
                None if !followed(&target) => {}
                None if reads => _ = step.read.insert(named(&target)),
                None => _ = step.written.insert(named(&target)),
            }
        }
        let own = self.current.get(&process).copied();
        if let Some(before) = own.and_then(|index| self.steps.get_mut(index)).filter(|step| step.forked) {
            before.pipes_in.retain(|number| !step.pipes_in.contains(number));
            before.pipes_out.retain(|number| !step.pipes_out.contains(number));
        }
        for index in own.into_iter().chain(parent) {
            self.hand_over(index, &step);
        }
        self.current.insert(process, self.steps.len());
        self.steps.push(step);
    }

    /// The process of the thread `pid` opened `file` for reading.
    pub fn reads(&mut self, pid: Pid, file: &Path) {
        self.touches(pid, file, false);
    }

    /// The process of the thread `pid` opened `file` for writing, or gave something that name.
    pub fn writes(&mut self, pid: Pid, file: &Path) {
        self.touches(pid, file, true);
    }

    /// The process of the thread `pid` opened the file of the environment that has this number.
    pub fn reads_host(&mut self, pid: Pid, file: u32) {
        // Most opens are a process's own: no need to ask whose thread it is.
        let own = self.current.get(&pid).copied().or_else(|| self.current.get(&family(pid).0).copied());
        let Some(step) = own.and_then(|index| self.steps.get_mut(index)) else { return };
        if step.host_read.len() < FILES {
            step.host_read.insert(file);
        } else {
            self.truncated = true;
        }
    }

    /// Forgets which step the processes that are no more were in, before their numbers are given out again.
    pub fn forget_the_dead(&mut self) {
        self.current.retain(|process, _| Path::new(&format!("/proc/{process}")).exists());
    }

    /// What was noted.
    pub fn finish(mut self) -> Vec<Step> {
        for (index, opened) in self.opened {
            let Some(step) = self.steps.get_mut(index) else { continue };
            for (file, written) in opened {
                if written {
                    step.written.insert(file)
                } else {
                    step.read.insert(file)
                };
            }
        }
        self.steps
    }

    /// What a shell opened only to be the input or output of the command it starts is that command's.
    fn hand_over(&mut self, shell: usize, command: &Step) {
        let Some(opened) = self.opened.get_mut(&shell) else { return };
        for (files, written) in [(&command.read, false), (&command.written, true)] {
            for file in files {
                if let Some(at) = opened.iter().rposition(|one| one.1 == written && one.0 == *file) {
                    opened.remove(at);
                }
            }
        }
    }

    fn touches(&mut self, pid: Pid, file: &Path, written: bool) {
        // Most files are touched by a process's first thread: no need to ask whose it is.
        let own = self.current.get(&pid).copied().or_else(|| {
            let (process, parent) = family(pid);
            self.current.get(&process).copied().or_else(|| self.fork(pid, process, parent?))
        });
        let Some(index) = own else { return };
        self.note(index, file, written);
        // What a child does for the program it shares, the program does. Not a shell's: each of its children
        // is a command of its own.
        let shared = self.steps.get(index).filter(|step| step.forked).and_then(|step| step.parent);
        if let Some(parent) = shared.filter(|parent| !self.steps.get(*parent).is_some_and(Step::is_shell)) {
            self.note(parent, file, written);
        }
    }

    /// The program that runs `program`, where that is a script. What cannot change is looked at once.
    fn interpreter(&mut self, program: &Path, may_change: bool) -> Option<RelPath> {
        if may_change {
            return interpreter(program);
        }
        if let Some(known) = self.interpreters.get(program) {
            return known.clone();
        }
        let found = interpreter(program);
        if self.interpreters.len() < FILES {
            self.interpreters.insert(program.to_owned(), found.clone());
        }
        found
    }

    /// A step for a process that was forked and has executed nothing.
    fn fork(&mut self, pid: Pid, process: Pid, parent: Pid) -> Option<usize> {
        let parent = *self.current.get(&parent)?;
        if self.steps.len() >= BOUND {
            self.truncated = true;
            return None;
        }
        let of = self.steps.get(parent)?;
        let (program, line) = (of.program.clone(), of.line.clone());
        let mut step = Step { program, line, parent: Some(parent), forked: true, ..Step::default() };
        for (descriptor, pipes) in [(0, &mut step.pipes_in), (1, &mut step.pipes_out)] {
            let target = std::fs::read_link(format!("/proc/{pid}/fd/{descriptor}")).ok();
            pipes.extend(target.and_then(|target| pipe(&target)));
        }
        self.current.insert(process, self.steps.len());
        self.steps.push(step);
        Some(self.steps.len() - 1)
    }

    fn note(&mut self, index: usize, file: &Path, written: bool) {
        let Some(step) = self.steps.get_mut(index) else { return };
        let opened = if step.is_shell() { Some(self.opened.entry(index).or_default()) } else { None };
        let count = opened.as_ref().map_or(step.read.len() + step.written.len(), |opened| opened.len());
        match opened {
            _ if count >= FILES => self.truncated = true,
            Some(opened) => opened.push((named(file), written)),
            None if written => _ = step.written.insert(named(file)),
            None => _ = step.read.insert(named(file)),
        }
    }
}

impl Step {
    /// Whether the program is a shell.
    pub fn is_shell(&self) -> bool {
        let name = self.program.as_bytes().rsplit(|byte| *byte == b'/').next().unwrap_or_default();
        [&b"sh"[..], b"dash", b"bash", b"ksh", b"zsh", b"busybox"].contains(&name)
    }
}

/// The program that a script names in its first line (execve(2)); with `env`, the one that looks up.
fn interpreter(script: &Path) -> Option<RelPath> {
    use std::io::Read;
    use std::os::unix::fs::OpenOptionsExt;
    let mut start = [0u8; 256];
    // The path is the build's: what was a file when it was looked at may be a pipe by now, and must not keep
    // the keeper waiting.
    let file = std::fs::File::options().read(true).custom_flags(libc::O_NONBLOCK).open(script);
    let count = file.ok()?.read(&mut start).ok()?;
    let line = start.get(..count)?.strip_prefix(b"#!")?.split(|byte| *byte == b'\n').next()?;
    let mut words = line.split(u8::is_ascii_whitespace).filter(|word| !word.is_empty());
    let first = words.next()?;
    let looked_up = if first.ends_with(b"/env") { words.find(|word| !word.starts_with(b"-")) } else { None };
    Some(RelPath::from_bytes(looked_up.unwrap_or(first)))
}

/// The process of a thread, and that process's parent (proc_pid_status(5)).
fn family(pid: Pid) -> (Pid, Option<Pid>) {
    let status = std::fs::read_to_string(format!("/proc/{pid}/status")).unwrap_or_default();
    let field = |name: &str| {
        let line = status.lines().find_map(|line| line.strip_prefix(name))?;
        line.trim().parse().ok()
    };
    (field("Tgid:").unwrap_or(pid), field("PPid:"))
}

fn pipe(target: &Path) -> Option<u64> {
    target.to_str()?.strip_prefix("pipe:[")?.strip_suffix(']')?.parse().ok()
}

fn named(path: &Path) -> RelPath {
    RelPath::from_bytes(PathBuf::from(path).into_os_string().into_encoded_bytes())
}
