//! The launcher and the keeper: what runs in the re-executed process, up to the build's own programs.

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
use rustix::process::Signal;

use super::End;
use super::Event;
use super::Limit;
use super::OUTER_ID;
use super::Plan;
use super::filter;
use super::outputs;
use super::world;
use super::world::Owner;
use super::world::said;
use crate::host::kernel;
use crate::host::kernel::Pid;

/// The launcher: reads a plan from standard input, runs it, and tells of it on standard output; the build's
/// own output goes to standard error. Gives the process exit code, which says nothing: the events do.
///
/// Must be called before anything starts a thread.
pub fn enter() -> u8 {
    // The supervisor's death ends the launcher; the keeper asks for the same of the launcher.
    let _ = rustix::process::set_parent_process_death_signal(Some(Signal::KILL));
    match launch() {
        Ok(()) => 0,
        Err(refusal) => {
            tell(&Event::End { end: End::Refused(refusal), outputs: Vec::new(), cpu_ms: 0, max_rss_kib: 0 });
            1
        }
    }
}

fn launch() -> Result<(), String> {
    let plan = read_plan().map_err(said("reading the sandbox's plan"))?;
    let privileged = is_privileged();
    make_namespaces(&plan, privileged)?;
    match kernel::fork().map_err(said("starting the sandbox's first process"))? {
        None => {
            keep(&plan, privileged);
            kernel::leave(0)
        }
        Some(keeper) => kernel::wait_for(keeper).map(drop).map_err(said("waiting for the sandbox")),
    }
}

fn read_plan() -> io::Result<Plan> {
    let mut input = io::stdin().lock();
    let mut length = Vec::new();
    let mut byte = [0u8];
    loop {
        input.read_exact(&mut byte)?;
        if byte[0] == b'\n' {
            break;
        }
        length.push(byte[0]);
    }
    let length: u64 = String::from_utf8_lossy(&length).parse().map_err(io::Error::other)?;
    let mut text = Vec::new();
    input.take(length).read_to_end(&mut text)?;
    serde_json::from_slice(&text).map_err(io::Error::other)
}

/// Whether this process may mount in its own right: root with its capabilities, and not merely uid 0 in a
/// container that kept them back.
fn is_privileged() -> bool {
    let wanted = rustix::thread::CapabilitySet::SYS_ADMIN
        | rustix::thread::CapabilitySet::SETUID
        | rustix::thread::CapabilitySet::SETGID
        | rustix::thread::CapabilitySet::CHOWN;
    rustix::process::geteuid().is_root()
        && rustix::thread::capabilities(None).is_ok_and(|sets| sets.effective.contains(wanted))
}

const NAMESPACES: libc::c_int = libc::CLONE_NEWNS
    | libc::CLONE_NEWPID
    | libc::CLONE_NEWNET
    | libc::CLONE_NEWUTS
    | libc::CLONE_NEWIPC
    | libc::CLONE_NEWCGROUP;

fn make_namespaces(plan: &Plan, privileged: bool) -> Result<(), String> {
    if privileged {
        kernel::unshare(NAMESPACES).map_err(said("making the sandbox's namespaces as root"))?;
    } else {
        let (uid, gid) = (rustix::process::geteuid().as_raw(), rustix::process::getegid().as_raw());
        kernel::unshare(NAMESPACES | libc::CLONE_NEWUSER).map_err(|error| {
            format!(
                "making the sandbox's namespaces as an ordinary user: {error}; the machine must allow user \
                 namespaces: sysctl user.max_user_namespaces above 0, kernel.unprivileged_userns_clone=1 \
                 (Debian), kernel.apparmor_restrict_unprivileged_userns=0 (Ubuntu); in a container, allow \
                 unshare and mount in its seccomp profile"
            )
        })?;
        map_ids(plan.world.user_id, uid, gid)?;
    }
    if plan.world.uptime_offset > 0 {
        let seconds = plan.world.uptime_offset;
        kernel::unshare(libc::CLONE_NEWTIME).map_err(said("making a time namespace"))?;
        overwrite("/proc/self/timens_offsets", &format!("monotonic {seconds} 0\nboottime {seconds} 0\n"))
            .map_err(said("moving the monotonic clock"))?;
    }
    Ok(())
}

/// Maps the build's user and group to the ids outside. The caller is in a fresh user namespace.
fn map_ids(inner: u32, uid: u32, gid: u32) -> Result<(), String> {
    overwrite("/proc/self/uid_map", &format!("{inner} {uid} 1\n"))
        .map_err(said("mapping the build's user"))?;
    overwrite("/proc/self/setgroups", "deny").map_err(said("refusing further groups"))?;
    overwrite("/proc/self/gid_map", &format!("{inner} {gid} 1\n")).map_err(said("mapping the build's group"))
}

fn overwrite(path: &str, text: &str) -> io::Result<()> {
    File::options().write(true).open(path)?.write_all(text.as_bytes())
}

/// The keeper's whole life.
fn keep(plan: &Plan, privileged: bool) {
    let _ = rustix::process::set_parent_process_death_signal(Some(Signal::KILL));
    let (end, outputs) = match prepare(plan, privileged) {
        Err(refusal) => (End::Refused(refusal), Vec::new()),
        Ok(mut ready) => {
            let end = run_commands(plan, &ready);
            kernel::kill_everything();
            while kernel::reap(true).is_some() {}
            match end {
                End::Built => {
                    match outputs::collect(
                        Path::new(&plan.world.build_path),
                        &plan.outputs,
                        &mut ready.targets,
                    ) {
                        Ok(collected) => (End::Built, collected),
                        Err(sentence) => (End::BadOutput(sentence), Vec::new()),
                    }
                }
                other => (other, Vec::new()),
            }
        }
    };
    let kernel::Usage { cpu_ms, max_rss_kib } = kernel::children_usage();
    tell(&Event::End { end, outputs, cpu_ms, max_rss_kib });
}

/// What the keeper holds while the build runs.
struct Ready {
    child_signals: OwnedFd,
    /// One open file outside per output, in the plan's order.
    targets: Vec<File>,
    filter: Vec<kernel::Instruction>,
}

fn prepare(plan: &Plan, privileged: bool) -> Result<Ready, String> {
    let child_signals = kernel::child_signals().map_err(said("watching for ended processes"))?;
    let targets = (0..plan.outputs.len())
        .map(|index| File::create_new(plan.output_folder.join(index.to_string())))
        .collect::<io::Result<Vec<File>>>()
        .map_err(said("making the files that receive the outputs"))?;
    world::raise(plan, Owner(privileged.then_some(OUTER_ID)))?;
    descend(plan.world.user_id, privileged)?;
    Ok(Ready { child_signals, targets, filter: filter::program() })
}

/// Gives up what rights the keeper has outside, and puts a user namespace between itself and the owner of the
/// sandbox's other namespaces.
fn descend(user_id: u32, privileged: bool) -> Result<(), String> {
    let step = "leaving root's rights behind";
    if privileged {
        let (uid, gid) = (rustix::thread::Uid::from_raw(OUTER_ID), rustix::thread::Gid::from_raw(OUTER_ID));
        rustix::thread::set_thread_groups(&[]).map_err(said(step))?;
        rustix::thread::set_thread_res_gid(gid, gid, gid).map_err(said(step))?;
        rustix::thread::set_thread_res_uid(uid, uid, uid).map_err(said(step))?;
        // A process that changed its user may not write its own maps until it is dumpable again.
        let dumpable = rustix::process::DumpableBehavior::Dumpable;
        rustix::process::set_dumpable_behavior(dumpable).map_err(said(step))?;
    }
    let (uid, gid) = (rustix::process::geteuid().as_raw(), rustix::process::getegid().as_raw());
    kernel::unshare(libc::CLONE_NEWUSER).map_err(said("making the build's user namespace"))?;
    map_ids(user_id, uid, gid)?;
    // Should the machine itself run out of memory, the build goes first.
    let _ = overwrite("/proc/self/oom_score_adj", "800");
    // From here on the build's processes, which have the keeper's user, can neither read nor trace it.
    let hidden = rustix::process::DumpableBehavior::NotDumpable;
    rustix::process::set_dumpable_behavior(hidden).map_err(said("hiding the keeper from the build"))?;
    rustix::process::set_parent_process_death_signal(Some(Signal::KILL)).map_err(said("tying the keeper"))
}

fn run_commands(plan: &Plan, ready: &Ready) -> End {
    let deadline = Instant::now() + Duration::from_secs(plan.limits.time_seconds);
    for (index, command) in plan.commands.iter().enumerate() {
        tell(&Event::Command(index));
        let end = match start(plan, ready, command) {
            Ok(pid) => watch(plan, ready, pid, index, deadline),
            Err(refusal) => Some(End::Refused(refusal)),
        };
        if let Some(end) = end {
            return end;
        }
    }
    note_survivors(ready);
    End::Built
}

/// Waits for the command's shell; `None` where it succeeded.
fn watch(plan: &Plan, ready: &Ready, shell: Pid, command: usize, deadline: Instant) -> Option<End> {
    loop {
        let events = kernel::wait_readable(&[ready.child_signals.as_fd(), io::stdin().as_fd()], TICK);
        if events.get(1).is_some_and(|flags| flags & (libc::POLLHUP | libc::POLLERR) != 0) {
            // The supervisor is gone, and with it whoever would read the outcome.
            kernel::leave(1);
        }
        drain(&ready.child_signals);
        let mut ended = None;
        while let Some(reaped) = kernel::reap(false) {
            if reaped.pid == shell {
                ended = Some(reaped.code);
            }
        }
        // Looked at before the code: a command that fails because a limit was reached has reached a limit.
        if ended != Some(0)
            && let Some(limit) = reached(plan, deadline)
        {
            return Some(End::Limit(limit));
        }
        match ended {
            Some(0) => return None,
            Some(code) => return Some(End::Failed { command, code }),
            None => {}
        }
    }
}

/// How often the limits are looked at, in milliseconds.
const TICK: i32 = 20;

fn drain(signals: &OwnedFd) {
    let mut buffer = [0u8; 1024];
    while rustix::io::read(signals, &mut buffer).is_ok_and(|count| count > 0) {}
}

fn reached(plan: &Plan, deadline: Instant) -> Option<Limit> {
    if Instant::now() >= deadline {
        return Some(Limit::Time);
    }
    if let Ok(state) =
        rustix::fs::statvfs(Path::new(&plan.world.build_path).parent().unwrap_or(Path::new("/")))
        && (state.f_bavail == 0 || state.f_favail == 0)
    {
        return Some(Limit::Output);
    }
    let (processes, memory) = census();
    if processes >= plan.limits.processes {
        return Some(Limit::Processes);
    }
    (memory >= plan.limits.memory_mib.saturating_mul(1 << 20)).then_some(Limit::Memory)
}

/// The processes of the sandbox but the keeper, and their private resident memory in bytes.
fn census() -> (u64, u64) {
    let page = kernel::page_size();
    let (mut processes, mut pages) = (0, 0);
    let Ok(entries) = std::fs::read_dir("/proc") else { return (0, 0) };
    for entry in entries.flatten() {
        let name = entry.file_name();
        if name == "1" || !name.as_encoded_bytes().iter().all(u8::is_ascii_digit) {
            continue;
        }
        processes += 1;
        let statm = std::fs::read_to_string(entry.path().join("statm")).unwrap_or_default();
        let mut fields = statm.split(' ').skip(1).map(|field| field.trim().parse::<u64>().unwrap_or(0));
        let (resident, shared) = (fields.next().unwrap_or(0), fields.next().unwrap_or(0));
        pages += resident.saturating_sub(shared);
    }
    (processes, pages.saturating_mul(page))
}

/// How many ticks a process may take to end after the last command before it counts as left behind.
const PATIENCE: usize = 25;

fn note_survivors(ready: &Ready) {
    for _ in 0..PATIENCE {
        while kernel::reap(false).is_some() {}
        if census().0 == 0 {
            return;
        }
        kernel::wait_readable(&[ready.child_signals.as_fd()], TICK);
        drain(&ready.child_signals);
    }
    if census().0 > 0 {
        tell(&Event::Note("processes outlived the last command; they were ended".to_owned()));
    }
}

/// Starts one command's shell behind the filter.
fn start(plan: &Plan, ready: &Ready, command: &str) -> Result<Pid, String> {
    // The child says on this pipe why it could not start the shell; silence means that it did.
    let flags = rustix::pipe::PipeFlags::CLOEXEC;
    let (read, write) = rustix::pipe::pipe_with(flags).map_err(said("making a pipe"))?;
    match kernel::fork().map_err(said("starting a command"))? {
        None => {
            drop(read);
            let refusal = become_shell(plan, ready, command);
            let _ = File::from(write).write_all(refusal.as_bytes());
            kernel::leave(126)
        }
        Some(pid) => {
            drop(write);
            let mut refusal = String::new();
            let _ = File::from(read).read_to_string(&mut refusal);
            if refusal.is_empty() { Ok(pid) } else { Err(refusal) }
        }
    }
}

/// Becomes `/bin/sh -e -c command`; returns only with the reason why not.
fn become_shell(plan: &Plan, ready: &Ready, command: &str) -> String {
    match confine(plan, ready) {
        Err(refusal) => refusal,
        Ok(output) => {
            let Ok(also) = output.try_clone() else { return "duplicating the log".to_owned() };
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

fn confine(plan: &Plan, ready: &Ready) -> Result<OwnedFd, String> {
    let log = io::stderr().as_fd().try_clone_to_owned().map_err(said("handing on the log"))?;
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
    kernel::install_filter(&ready.filter, false).map_err(said("installing the system call filter"))?;
    Ok(log)
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

fn tell(event: &Event) {
    if let Ok(mut line) = serde_json::to_string(event) {
        line.push('\n');
        let _ = io::stdout().lock().write_all(line.as_bytes());
        let _ = io::stdout().lock().flush();
    }
}

#[cfg(test)]
mod tests {
    use super::End;
    use super::Event;
    use crate::host::sandbox::Collected;
    use crate::model::RelPath;

    #[test]
    fn events_survive_the_pipe() {
        let outputs = vec![Collected { path: RelPath::from("a\n\u{ff}"), mode: 0o644, size: 3 }];
        let event =
            Event::End { end: End::Failed { command: 1, code: 137 }, outputs, cpu_ms: 1, max_rss_kib: 2 };
        let line = serde_json::to_string(&event).unwrap();
        assert!(!line.contains('\n'));
        let Event::End { end, outputs, .. } = serde_json::from_str(&line).unwrap() else { panic!("{line}") };
        assert_eq!(end, End::Failed { command: 1, code: 137 });
        assert_eq!(outputs[0].path, RelPath::from("a\n\u{ff}"));
    }
}
