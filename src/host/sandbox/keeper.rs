//! The keeper at work: starts the commands behind the filter, answers their watched calls, watches the limits.

use std::fs::File;
use std::io;
use std::io::Read;
use std::io::Write;
use std::os::fd::AsFd;
use std::os::fd::OwnedFd;
use std::os::unix::process::CommandExt;
use std::path::Path;
use std::process::Command;
use std::process::Stdio;
use std::time::Duration;
use std::time::Instant;

use rustix::process::Resource;
use rustix::process::Rlimit;

use super::End;
use super::Event;
use super::Limit;
use super::Plan;
use super::filter;
use super::inside::tell;
use super::trace::Decision;
use super::trace::Tracer;
use super::world::said;
use crate::host::kernel;
use crate::host::kernel::Pid;

/// What the keeper knows when the commands are over.
pub struct Kept {
    /// How they ended.
    pub end: End,
    /// What was seen.
    pub tracer: Tracer,
    /// Whether a fork bomb may have come and gone between two looks: it meets the kernel's own limit, and what
    /// it leaves is a build without its outputs.
    pub burst: bool,
}

/// Runs the plan's commands one after the other.
pub fn run(plan: &Plan, child_signals: &OwnedFd) -> Kept {
    let mut keeper = Keeper {
        plan,
        child_signals,
        filter: filter::program(plan.watched),
        deadline: Instant::now() + Duration::from_secs(plan.limits.time_seconds),
        listeners: Vec::new(),
        tracer: Tracer::new(plan),
        processes: 0,
        born: last_born(),
        forgotten: last_born(),
        burst: false,
    };
    // Where the build has one processor, the keeper is on it too: the two take turns, and waking one another across
    // processors costs more than the watching. A hint: a failure is reported where the build is put there.
    if plan.world.cpus == 1 {
        let _ = use_cpus(1);
    }
    for (index, command) in plan.commands.iter().enumerate() {
        tell(&Event::Command(index));
        let end = match keeper.start(command) {
            Ok((shell, refusal)) => keeper.watch(shell, refusal, index),
            Err(refusal) => Some(End::Refused(refusal)),
        };
        if let Some(end) = end {
            return keeper.done(end);
        }
    }
    keeper.note_survivors();
    keeper.done(End::Built)
}

struct Keeper<'a> {
    plan: &'a Plan,
    child_signals: &'a OwnedFd,
    filter: Vec<kernel::Instruction>,
    deadline: Instant,
    /// One per command: what a command leaves running goes on asking on its own.
    listeners: Vec<OwnedFd>,
    tracer: Tracer,
    /// The processes that were counted last, and the youngest there had been then.
    processes: u64,
    born: u64,
    /// The youngest there had been when the notes on dead processes were put away.
    forgotten: u64,
    /// Whether there may have been too many processes between two looks.
    burst: bool,
}

/// After how many processes the notes on dead ones are put away: well before the kernel, which has at least
/// 32,768 numbers, gives one out again.
const FORGET_AFTER: u64 = 4096;
/// How often the limits are looked at.
const TICK: Duration = Duration::from_millis(20);

impl Keeper<'_> {
    fn done(self, end: End) -> Kept {
        Kept { end, tracer: self.tracer, burst: self.burst }
    }

    /// Starts one command's shell behind the filter. What the pipe says is why it could not be started;
    /// silence means that it was.
    fn start(&mut self, command: &str) -> Result<(Pid, File), String> {
        let (read, write) =
            rustix::pipe::pipe_with(rustix::pipe::PipeFlags::CLOEXEC).map_err(said("making a pipe"))?;
        let (near, far) = rustix::net::socketpair(
            rustix::net::AddressFamily::UNIX,
            rustix::net::SocketType::STREAM,
            rustix::net::SocketFlags::CLOEXEC,
            None,
        )
        .map_err(said("making a socket pair"))?;
        match kernel::fork().map_err(said("starting a command"))? {
            None => {
                drop((read, near));
                let refusal = become_shell(self.plan, &self.filter, command, far);
                let _ = File::from(write).write_all(refusal.as_bytes());
                kernel::leave(126)
            }
            Some(pid) => {
                drop((write, far));
                if let Some(listener) = receive_listener(&near) {
                    self.listeners.push(listener);
                }
                Ok((pid, File::from(read)))
            }
        }
    }

    /// Waits for the command's shell; `None` where it succeeded.
    fn watch(&mut self, shell: Pid, mut refusal: File, command: usize) -> Option<End> {
        let mut ended = None;
        let mut looked = Instant::now();
        loop {
            if self.serve() {
                while let Some(reaped) = kernel::reap(false) {
                    if reaped.pid == shell {
                        ended = Some(reaped.code);
                    }
                }
            }
            if ended == Some(0) {
                let _ = self.reached();
                return None;
            }
            // Before the code: a command that fails because a limit was reached has reached a limit.
            if ended.is_some() || looked.elapsed() >= TICK {
                looked = Instant::now();
                if let Some(limit) = self.reached() {
                    return Some(End::Limit(limit));
                }
            }
            if let Some(code) = ended {
                let mut why = String::new();
                let _ = refusal.read_to_string(&mut why);
                return Some(if why.is_empty() { End::Failed { command, code } } else { End::Refused(why) });
            }
        }
    }

    /// Waits for something to happen, and answers the calls that wait. Whether children may have ended.
    fn serve(&mut self) -> bool {
        let plan_pipe = io::stdin();
        let mut fds = vec![self.child_signals.as_fd(), plan_pipe.as_fd()];
        fds.extend(self.listeners.iter().map(OwnedFd::as_fd));
        let events = kernel::wait_readable(&fds, TICK.as_millis() as i32);
        let gone = libc::POLLHUP | libc::POLLERR;
        if events.get(1).is_some_and(|flags| flags & gone != 0) {
            // The supervisor is gone, and with it whoever would read the outcome.
            kernel::leave(1);
        }
        let ended = events.first().is_none_or(|flags| *flags != 0);
        if ended {
            let mut buffer = [0u8; 1024];
            while rustix::io::read(self.child_signals, &mut buffer).is_ok_and(|count| count > 0) {}
        }
        let listening = events.get(2..).unwrap_or_default();
        for (listener, _) in
            self.listeners.iter().zip(listening).filter(|(_, flags)| **flags & libc::POLLIN != 0)
        {
            if let Ok(call) = kernel::receive(listener.as_fd()) {
                let error = match self.tracer.look(&call) {
                    Decision::Allow => None,
                    Decision::Refuse(number) => Some(number),
                };
                kernel::answer(listener.as_fd(), call.id, error);
            }
        }
        // A listener whose last process is gone only ever hangs up.
        let mut flags = listening.iter().copied();
        self.listeners.retain(|_| flags.next().unwrap_or(0) & gone == 0);
        ended
    }

    fn reached(&mut self) -> Option<Limit> {
        let limits = &self.plan.limits;
        if Instant::now() >= self.deadline {
            return Some(Limit::Time);
        }
        let parent = Path::new(&self.plan.world.build_path).parent().unwrap_or(Path::new("/"));
        if let Ok(state) = rustix::fs::statvfs(parent)
            && (state.f_bavail == 0 || state.f_favail == 0)
        {
            return Some(Limit::Output);
        }
        let Census { processes, memory, ticks } = census();
        let ended = kernel::children_usage().cpu_ms / 1000;
        if ended.saturating_add(ticks / rustix::param::clock_ticks_per_second()) >= limits.cpu_seconds {
            return Some(Limit::Cpu);
        }
        let born = last_born();
        self.burst |= self.processes + born.saturating_sub(self.born) >= limits.processes;
        (self.processes, self.born) = (processes, born);
        if born.abs_diff(self.forgotten) >= FORGET_AFTER {
            self.forgotten = born;
            self.tracer.forget_the_dead();
        }
        if processes >= limits.processes {
            return Some(Limit::Processes);
        }
        (memory >= limits.memory_mib.saturating_mul(1 << 20)).then_some(Limit::Memory)
    }

    fn note_survivors(&mut self) {
        let started = Instant::now();
        while started.elapsed() < PATIENCE {
            while kernel::reap(false).is_some() {}
            if census().processes == 0 {
                return;
            }
            self.serve();
        }
        tell(&Event::Note("processes outlived the last command; they were ended".to_owned()));
    }
}

/// What a process may take to end after the last command before it counts as left behind.
const PATIENCE: Duration = Duration::from_millis(500);

/// The number of the youngest process of this process namespace there has been (proc_sys_kernel(5)).
fn last_born() -> u64 {
    let text = std::fs::read_to_string("/proc/sys/kernel/ns_last_pid").unwrap_or_default();
    text.trim().parse().unwrap_or(0)
}

/// What the sandbox's processes but the keeper take at one moment.
#[derive(Default)]
struct Census {
    /// Their threads.
    processes: u64,
    /// Their private resident memory, in bytes.
    memory: u64,
    /// What they and the children they waited for used of processors, in the kernel's clock ticks.
    ticks: u64,
}

fn census() -> Census {
    let mut census = Census::default();
    let Ok(entries) = std::fs::read_dir("/proc") else { return census };
    for entry in entries.flatten() {
        let name = entry.file_name();
        if name == "1" || !name.as_encoded_bytes().iter().all(u8::is_ascii_digit) {
            continue;
        }
        let stat = std::fs::read_to_string(entry.path().join("stat")).unwrap_or_default();
        // The fields after the name, which is in parentheses and may hold anything: the 12th to the 15th are
        // processor times, the 18th is the threads (proc_pid_stat(5)).
        let fields = stat.rsplit(')').next().unwrap_or_default();
        let fields: Vec<u64> =
            fields.split_whitespace().take(18).map(|field| field.parse().unwrap_or(0)).collect();
        census.ticks += fields.get(11..15).unwrap_or_default().iter().sum::<u64>();
        census.processes += fields.get(17).copied().unwrap_or(1);
        let statm = std::fs::read_to_string(entry.path().join("statm")).unwrap_or_default();
        let mut fields = statm.split(' ').skip(1).map(|field| field.trim().parse::<u64>().unwrap_or(0));
        let (resident, shared) = (fields.next().unwrap_or(0), fields.next().unwrap_or(0));
        census.memory += resident.saturating_sub(shared).saturating_mul(kernel::page_size());
    }
    census
}

/// Becomes `/bin/sh -e -c command`; returns only with the reason why not.
fn become_shell(plan: &Plan, filter: &[kernel::Instruction], command: &str, keeper: OwnedFd) -> String {
    match confine(plan, filter, keeper) {
        Err(refusal) => refusal,
        Ok((output, also)) => {
            #[allow(clippy::disallowed_methods)] // replaces this process; host starts programs
            let error = Command::new("/bin/sh")
                .args(["-e", "-c", command])
                .env_clear()
                .envs(&plan.env)
                .current_dir(&plan.world.build_path)
                .stdin(Stdio::null())
                .stdout(Stdio::from(output))
                .stderr(Stdio::from(also))
                .exec();
            format!("starting /bin/sh in {}: {error}", plan.world.build_path)
        }
    }
}

fn confine(
    plan: &Plan,
    filter: &[kernel::Instruction],
    keeper: OwnedFd,
) -> Result<(OwnedFd, OwnedFd), String> {
    let log = || io::stderr().as_fd().try_clone_to_owned().map_err(said("handing on the log"));
    let logs = (log()?, log()?);
    rustix::process::setsid().map_err(said("starting a session"))?;
    for (resource, value) in [
        (Resource::Core, 0),
        (Resource::Nofile, 4096),
        // Above what the keeper ends the run at, so that the run ends with a reason; this holds it meanwhile.
        (Resource::Nproc, plan.limits.processes.saturating_add(8)),
        (Resource::Data, plan.limits.memory_mib.saturating_mul(2 << 20)),
        (Resource::Fsize, plan.limits.output_mib.saturating_mul(1 << 20)),
    ] {
        let value = rustix::process::getrlimit(resource).maximum.map_or(value, |hard| value.min(hard));
        let limit = Rlimit { current: Some(value), maximum: Some(value) };
        rustix::process::setrlimit(resource, limit).map_err(said("setting a resource limit"))?;
    }
    rustix::process::umask(rustix::fs::Mode::from_raw_mode(plan.world.umask));
    if plan.world.cpus > 0 {
        use_cpus(plan.world.cpus).map_err(said("choosing processors"))?;
    }
    let mut personality = 0;
    if !plan.world.randomise_addresses {
        personality |= libc::ADDR_NO_RANDOMIZE;
    }
    if plan.world.kernel_calls_itself_2_6 {
        personality |= libc::UNAME26;
    }
    kernel::set_personality(personality).map_err(said("setting the personality"))?;
    kernel::close_on_execution_from(3).map_err(said("closing descriptors"))?;
    rustix::thread::set_no_new_privs(true).map_err(said("setting no-new-privileges"))?;
    kernel::drop_capabilities().map_err(said("giving up capabilities"))?;
    let keeper = kernel::move_descriptor(keeper, filter::HANDOVER).map_err(said("reaching the keeper"))?;
    let listener = kernel::install_filter(filter).map_err(said("installing the system call filter"))?;
    hand_over(&keeper, &listener).map_err(said("handing the keeper the system call filter"))?;
    Ok(logs)
}

fn use_cpus(count: usize) -> io::Result<()> {
    let allowed = rustix::thread::sched_getaffinity(None)?;
    let mut chosen = rustix::thread::CpuSet::new();
    (0..rustix::thread::CpuSet::MAX_CPU)
        .filter(|cpu| allowed.is_set(*cpu))
        .take(count)
        .for_each(|cpu| chosen.set(cpu));
    Ok(rustix::thread::sched_setaffinity(None, &chosen)?)
}

/// Sends the listener to the keeper: nobody answers for this process before that.
fn hand_over(keeper: &OwnedFd, listener: &OwnedFd) -> io::Result<()> {
    let descriptors = [listener.as_fd()];
    let mut space = [std::mem::MaybeUninit::uninit(); rustix::cmsg_space!(ScmRights(1))];
    let mut control = rustix::net::SendAncillaryBuffer::new(&mut space);
    control.push(rustix::net::SendAncillaryMessage::ScmRights(&descriptors));
    let byte = [io::IoSlice::new(b"x")];
    rustix::net::sendmsg(keeper, &byte, &mut control, rustix::net::SendFlags::NOSIGNAL)?;
    Ok(())
}

/// The listener the command's first process sends; `None` where it ended before it could.
fn receive_listener(socket: &OwnedFd) -> Option<OwnedFd> {
    let mut space = [std::mem::MaybeUninit::uninit(); rustix::cmsg_space!(ScmRights(1))];
    let mut control = rustix::net::RecvAncillaryBuffer::new(&mut space);
    let mut byte = [0u8];
    let mut into = [io::IoSliceMut::new(&mut byte)];
    rustix::net::recvmsg(socket, &mut into, &mut control, rustix::net::RecvFlags::CMSG_CLOEXEC).ok()?;
    control.drain().find_map(|message| match message {
        rustix::net::RecvAncillaryMessage::ScmRights(mut descriptors) => descriptors.next(),
        _ => None,
    })
}
