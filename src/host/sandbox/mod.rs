//! The sandbox: runs a [`Plan`] in a world of its own and says how that went.
//!
//! Three processes. The *supervisor* ([`run`]) is pellucid itself: it writes the plan down a pipe, keeps the
//! log, and holds the last word on time. The *launcher* ([`enter`]) is pellucid re-executed with
//! [`LAUNCHER_ARGUMENT`], so that namespaces are made in a process with one thread and nothing inherited.
//! Its child, the *keeper*, is the first process of the new process-id namespace: it raises the world
//! ([`world`]), gives up its privileges, runs the commands one after the other behind the [`filter`], notes
//! what they open, run and try ([`trace`]), watches the limits, and collects the outputs. When the keeper ends, for whatever reason, the kernel kills every
//! process of the build; it ends when the supervisor does.
//!
//! Root and an ordinary user get the same world. As root the mounts are made with root's rights, and then
//! the keeper becomes [`OUTER_ID`] before a single byte of the vendor's is executed; as an ordinary user a
//! user namespace gives the rights to mount. In both, a (further) user namespace maps the build's user.
//!
//! What it does not do: decide conditions, know recipes, judge. `build` does.

mod explain;
mod filter;
mod inside;
mod keeper;
mod offered;
mod outputs;
mod steps;
mod trace;
mod tree;
mod world;

use std::collections::BTreeMap;
use std::fs::File;
use std::io;
use std::io::BufRead;
use std::io::BufReader;
use std::io::Read;
use std::io::Write;
use std::path::Path;
use std::path::PathBuf;
use std::process::Child;
use std::process::Command;
use std::process::Stdio;
use std::sync::atomic::AtomicBool;
use std::sync::atomic::Ordering;
use std::sync::mpsc;
use std::time::Duration;
use std::time::Instant;

use serde::Deserialize;
use serde::Serialize;

use crate::model::RelPath;
use crate::model::review::RunLimits;
use crate::model::snapshot::Entry;

pub use explain::explain;
pub use inside::enter;
pub use steps::Step;
pub use trace::Seen;

/// The hidden first argument that makes pellucid the launcher.
pub const LAUNCHER_ARGUMENT: &str = "__sandbox";

/// The user and group id the keeper and the build have outside where pellucid runs as root: no account has
/// it, so no file but the world-readable ones is open to it.
pub const OUTER_ID: u32 = 64321;

/// Everything the launcher needs to know.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Plan {
    /// The file system the build sees.
    pub world: World,
    /// What is unpacked to the build path.
    pub tree: Tree,
    /// Files and folders offered read-only under `/inputs`: name, path outside.
    pub inputs: Vec<(String, PathBuf)>,
    /// The build's whole environment.
    pub env: BTreeMap<String, String>,
    /// Shell commands, run one after the other.
    pub commands: Vec<String>,
    /// Paths or globs relative to the build path.
    pub outputs: Vec<String>,
    /// The folder outside that receives the outputs, as files named by their index.
    pub output_folder: PathBuf,
    /// The bounds.
    pub limits: RunLimits,
    /// Whether it is noted what the build opens and runs; every run of a review is.
    pub watched: bool,
}

/// The world the build runs in.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct World {
    /// The root file system outside whose system folders are shown read-only; `/` for the host's.
    pub root: PathBuf,
    /// Absolute path of the build folder; its parent is private to the run.
    pub build_path: String,
    /// Home folder.
    pub home: String,
    /// Whether the home folder exists.
    pub home_exists: bool,
    /// Host name.
    pub host_name: String,
    /// NIS domain name.
    pub domain_name: String,
    /// User and group name.
    pub user_name: String,
    /// User and group id.
    pub user_id: u32,
    /// Processors the build may use and sees; 0 for all there are.
    pub cpus: usize,
    /// File mode creation mask.
    pub umask: u32,
    /// Whether addresses are randomised.
    pub randomise_addresses: bool,
    /// Whether the kernel calls itself 2.6.
    pub kernel_calls_itself_2_6: bool,
    /// Seconds added to the monotonic and boot-time clocks.
    pub uptime_offset: u64,
    /// Files shown in the place of others: absolute path in the sandbox without links, and the file outside.
    pub replaced: BTreeMap<String, PathBuf>,
    /// Whether `/proc/cpuinfo` tells of another processor than the machine's.
    pub another_processor: bool,
    /// What `/proc/meminfo` says there is, in MiB.
    pub memory_mib: u64,
    /// The three averages `/proc/loadavg` shows.
    pub load: String,
}

impl World {
    /// The file on this machine that the build sees at the absolute `path`, a file of the environment.
    pub fn on_disk(&self, path: &RelPath) -> PathBuf {
        let text = path.text();
        let replaced = self.replaced.get(&text).cloned();
        let inner = path.as_bytes().strip_prefix(b"/").unwrap_or(path.as_bytes());
        replaced.unwrap_or_else(|| crate::host::files::under(&self.root, &RelPath::from_bytes(inner)))
    }
}

/// What is unpacked to the build path.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Tree {
    /// The materialised snapshot outside.
    pub root: PathBuf,
    /// The snapshot's entries: modes, times and digests are taken from here, never from the disk.
    pub entries: Vec<Entry>,
    /// Modification time of entries that state none.
    pub default_mtime: i64,
    /// Whether entries are made in descending order of path: the order a directory lists them in follows.
    pub descending: bool,
    /// Files made and removed again before the tree is unpacked: its inode numbers begin later.
    pub inodes_before: u32,
}

/// How a sandbox ended, and what it took.
#[derive(Debug)]
pub struct Ended {
    /// How.
    pub end: End,
    /// Outputs, in the plan's order; complete only where built.
    pub outputs: Vec<Collected>,
    /// Things worth a note, in the order they happened.
    pub notes: Vec<String>,
    /// What the build opened, ran and tried.
    pub seen: Seen,
    /// CPU milliseconds of the whole process tree.
    pub cpu_ms: u64,
    /// Largest resident set, in KiB.
    pub max_rss_kib: u64,
    /// Wall-clock milliseconds.
    pub wall_ms: u64,
}

/// How a sandbox ended.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum End {
    /// All commands succeeded and every output was collected.
    Built,
    /// A command failed.
    Failed {
        /// Its index in the plan.
        command: usize,
        /// Exit code, or 128 plus the signal.
        code: i32,
    },
    /// A limit was reached.
    Limit(Limit),
    /// An output is missing, ambiguous or no regular file; the sentence says which and what is there.
    BadOutput(String),
    /// The sandbox could not be set up; the sentence says what was refused and what to do.
    Refused(String),
}

/// A bound that was reached.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Limit {
    /// Wall-clock time.
    Time,
    /// Processor time of all processes together.
    Cpu,
    /// Memory of all processes together.
    Memory,
    /// Processes at once.
    Processes,
    /// Bytes or files written.
    Output,
    /// Bytes of log.
    Log,
}

/// One collected output.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Collected {
    /// The path that matched, relative to the build path.
    pub path: RelPath,
    /// Permission bits.
    pub mode: u32,
    /// Bytes.
    pub size: u64,
}

/// What the keeper tells the supervisor, one JSON value a line.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
enum Event {
    /// The command with this index starts.
    Command(usize),
    /// Something worth a note.
    Note(String),
    /// What was seen.
    Seen(Seen),
    /// The end.
    End { end: End, outputs: Vec<Collected>, cpu_ms: u64, max_rss_kib: u64 },
}

/// Runs `plan` in a sandbox and waits for it. The log goes to `log`; `progress` hears each command as it
/// starts. Nothing of the sandbox is left when this returns.
///
/// A sandbox that cannot be set up is [`End::Refused`]: nothing of the plan has been run then.
pub fn run(launcher: &Path, plan: &Plan, log: &Path, progress: &dyn Fn(&str)) -> Ended {
    let started = Instant::now();
    let mut ended = supervise(launcher, plan, log, progress).unwrap_or_else(|refusal| Ended {
        end: End::Refused(refusal),
        outputs: Vec::new(),
        notes: Vec::new(),
        seen: Seen::default(),
        cpu_ms: 0,
        max_rss_kib: 0,
        wall_ms: 0,
    });
    ended.wall_ms = u64::try_from(started.elapsed().as_millis()).unwrap_or(u64::MAX);
    ended
}

/// What the supervisor waits longer than the keeper before it takes the clock in its own hands.
const GRACE: Duration = Duration::from_secs(10);

fn supervise(launcher: &Path, plan: &Plan, log: &Path, progress: &dyn Fn(&str)) -> Result<Ended, String> {
    let text =
        serde_json::to_vec(plan).map_err(|error| format!("writing down the sandbox's plan: {error}"))?;
    let log_file = File::create(log).map_err(|error| format!("making the log {}: {error}", log.display()))?;
    let mut child = start(launcher)
        .map_err(|error| format!("starting the sandbox launcher {}: {error}", launcher.display()))?;
    let (Some(mut plan_pipe), Some(events), Some(output)) =
        (child.stdin.take(), child.stdout.take(), child.stderr.take())
    else {
        return Err("the sandbox launcher has no pipes".to_owned());
    };
    let log_full = AtomicBool::new(false);
    let cap = plan.limits.log_mib.saturating_mul(1 << 20);
    let deadline = Duration::from_secs(plan.limits.time_seconds).saturating_add(GRACE);
    let (sender, receiver) = mpsc::channel();
    let mut ending = Ending::default();
    std::thread::scope(|scope| {
        let writer = scope.spawn(|| keep_log(output, log_file, cap, &log_full));
        let reader = scope.spawn(move || {
            for line in BufReader::new(events).lines().map_while(Result::ok) {
                if sender.send(line).is_err() {
                    break;
                }
            }
        });
        // The keeper reads the plan and then watches this pipe: it ends when the pipe is closed, so it must
        // stay open for as long as the run lasts.
        let sent = writeln!(plan_pipe, "{}", text.len()).and_then(|()| plan_pipe.write_all(&text));
        ending.sent = sent.err();
        ending.listen(plan, &receiver, deadline, &log_full, &mut child, progress);
        drop(plan_pipe);
        let _ = writer.join();
        let _ = reader.join();
    });
    let status = child.wait().map_err(|error| format!("waiting for the sandbox launcher: {error}"))?;
    ending.conclude(log_full.load(Ordering::SeqCst), &status.to_string())
}

#[derive(Default)]
struct Ending {
    sent: Option<io::Error>,
    overdue: bool,
    notes: Vec<String>,
    seen: Seen,
    last: Option<Ended>,
}

impl Ending {
    fn listen(
        &mut self,
        plan: &Plan,
        receiver: &mpsc::Receiver<String>,
        deadline: Duration,
        log_full: &AtomicBool,
        child: &mut Child,
        progress: &dyn Fn(&str),
    ) {
        let started = Instant::now();
        loop {
            match receiver.recv_timeout(Duration::from_millis(50)) {
                Ok(line) => self.hear(&line, plan, progress),
                Err(mpsc::RecvTimeoutError::Disconnected) => return,
                Err(mpsc::RecvTimeoutError::Timeout) => {}
            }
            self.overdue = started.elapsed() > deadline;
            if self.overdue || log_full.load(Ordering::SeqCst) {
                // The launcher's death kills the keeper, the keeper's everything else.
                let _ = child.kill();
                return;
            }
        }
    }

    fn hear(&mut self, line: &str, plan: &Plan, progress: &dyn Fn(&str)) {
        match serde_json::from_str(line) {
            Ok(Event::Command(index)) => {
                progress(plan.commands.get(index).map_or("", String::as_str));
            }
            Ok(Event::Note(note)) => self.notes.push(note),
            Ok(Event::Seen(seen)) => self.seen = seen,
            Ok(Event::End { end, outputs, cpu_ms, max_rss_kib }) => {
                let (notes, seen) = (Vec::new(), Seen::default());
                self.last = Some(Ended { end, outputs, notes, seen, cpu_ms, max_rss_kib, wall_ms: 0 });
            }
            Err(_) => self.notes.push("the sandbox said something that is not understood".to_owned()),
        }
    }

    fn conclude(self, log_full: bool, status: &str) -> Result<Ended, String> {
        let cut_short = |limit| Ended {
            end: End::Limit(limit),
            outputs: Vec::new(),
            notes: Vec::new(),
            seen: Seen::default(),
            cpu_ms: 0,
            max_rss_kib: 0,
            wall_ms: 0,
        };
        let mut ended = match (log_full, self.overdue, self.last) {
            (true, ..) => cut_short(Limit::Log),
            (false, _, Some(ended)) => ended,
            (false, true, None) => cut_short(Limit::Time),
            (false, false, None) => {
                let sent = self.sent.map(|error| format!("; sending the plan: {error}")).unwrap_or_default();
                return Err(format!(
                    "the sandbox ended without saying how ({status}{sent}); the machine may be out of memory, \
                     or something outside killed it"
                ));
            }
        };
        ended.notes = self.notes;
        ended.seen = self.seen;
        Ok(ended)
    }
}

/// Copies the build's output to the log, `cap` bytes at most; what comes after is read and dropped until the
/// run has been ended, so that nothing blocks.
fn keep_log(mut output: impl Read, mut log: File, cap: u64, full: &AtomicBool) {
    let mut left = cap;
    let mut buffer = vec![0u8; 1 << 16];
    while let Ok(count) = output.read(&mut buffer) {
        if count == 0 {
            break;
        }
        let kept = usize::try_from(left).unwrap_or(usize::MAX).min(count);
        if log.write_all(&buffer[..kept]).is_err() {
            full.store(true, Ordering::SeqCst);
        }
        left -= kept as u64;
        if kept < count {
            full.store(true, Ordering::SeqCst);
        }
    }
}

#[allow(clippy::disallowed_methods)] // host starts programs; this one is pellucid itself
fn start(launcher: &Path) -> io::Result<Child> {
    Command::new(launcher)
        .arg(LAUNCHER_ARGUMENT)
        .env_clear()
        .current_dir("/")
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
}
