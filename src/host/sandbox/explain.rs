//! What the sandbox would do for a plan, in words: the same tables, nothing done.

use super::Plan;
use super::filter;
use super::world;
use crate::model::path::escape;

/// One block of lines a topic.
pub fn explain(plan: &Plan) -> String {
    let shown = |text: &str| escape(text.as_bytes());
    let limits = &plan.limits;
    let mut text = String::new();
    let mut block = |title: &str, lines: Vec<String>| {
        text.push_str(title);
        text.push('\n');
        for line in lines {
            text.push_str(&format!("  {line}\n"));
        }
    };
    let namespaces = "new: mount, process-id, network (loopback only), UTS, IPC, cgroup, user";
    let time = "new: time, so that the monotonic clock can be moved";
    let mut spaces = vec![namespaces.to_owned()];
    if plan.world.uptime_offset > 0 {
        spaces.push(time.to_owned());
    }
    block("namespaces", spaces);
    let root = shown(&plan.world.root.display().to_string());
    block(
        "shown read-only",
        vec![
            format!("from {root}: /{}", world::SYSTEM.join(" /")),
            format!("from {root}/etc, where they are: {}", world::CONFIGURATION.join(" ")),
            format!("from {root}/var/lib, where they are: {}", world::STATE.join(" ")),
            format!(
                "/inputs: {}",
                plan.inputs.iter().map(|(name, _)| shown(name)).collect::<Vec<_>>().join(" ")
            ),
            format!("devices: {}", world::DEVICES.join(" ")),
        ],
    );
    block(
        "writable, private, gone afterwards",
        vec![format!(
            "one tmpfs of {} MiB: the parent of {}, {}, /tmp, /var/tmp, /run, /dev/shm",
            limits.output_mib,
            shown(&plan.world.build_path),
            shown(&plan.world.home)
        )],
    );
    block(
        "made up",
        vec![
            "/etc/passwd group hosts hostname nsswitch.conf resolv.conf fstab machine-id timezone localtime"
                .to_owned(),
            "/sys/devices/system/cpu and nothing else of /sys; /proc of its own, masked".to_owned(),
        ],
    );
    let refused: Vec<&str> = filter::REFUSED.iter().map(|(_, name)| *name).collect();
    block("system calls refused", vec![refused.join(" ")]);
    block(
        "limits",
        vec![format!(
            "{} s, {} processor seconds, {} MiB of memory, {} processes, {} MiB written, {} MiB of log",
            limits.time_seconds,
            limits.cpu_seconds,
            limits.memory_mib,
            limits.processes,
            limits.output_mib,
            limits.log_mib
        )],
    );
    block(
        "variables",
        plan.env.iter().map(|(name, value)| format!("{}={}", shown(name), shown(value))).collect(),
    );
    block("commands, each by /bin/sh -e -c", plan.commands.iter().map(|command| shown(command)).collect());
    block("outputs", plan.outputs.iter().map(|output| shown(output)).collect());
    text
}
