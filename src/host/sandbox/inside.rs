//! The launcher and the keeper: what runs in the re-executed process, up to the build's own programs.

use std::fs::File;
use std::io;
use std::io::Read;
use std::io::Write;
use std::os::fd::OwnedFd;
use std::path::Path;

use rustix::process::Signal;

use super::End;
use super::Event;
use super::Limit;
use super::OUTER_ID;
use super::Plan;
use super::keeper;
use super::outputs;
use super::world;
use super::world::Owner;
use super::world::said;
use crate::host::kernel;

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
            let keeper::Kept { end, tracer, burst } = keeper::run(plan, &ready.child_signals);
            kernel::kill_everything();
            while kernel::reap(true).is_some() {}
            tell(&Event::Seen(tracer.finish()));
            let (end, outputs) = match end {
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
            };
            match end {
                End::Failed { .. } | End::BadOutput(_) if burst => (End::Limit(Limit::Processes), Vec::new()),
                end => (end, outputs),
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
}

fn prepare(plan: &Plan, privileged: bool) -> Result<Ready, String> {
    let child_signals = kernel::child_signals().map_err(said("watching for ended processes"))?;
    let targets = (0..plan.outputs.len())
        .map(|index| File::create_new(plan.output_folder.join(index.to_string())))
        .collect::<io::Result<Vec<File>>>()
        .map_err(said("making the files that receive the outputs"))?;
    world::raise(plan, Owner(privileged.then_some(OUTER_ID)))?;
    descend(plan.world.user_id, privileged)?;
    Ok(Ready { child_signals, targets })
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

/// Says something to the supervisor.
pub fn tell(event: &Event) {
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
