//! Raises the world a build sees, and nothing else of the machine.
//!
//! Everything is named: what is not in the tables below is not there. In particular no home folder, no
//! `/root`, `/srv`, `/mnt`, `/media`, `/opt`, `/run`, no sockets, no `/sys`, no host `/tmp`, no configuration
//! that may hold a secret or a preference of this machine's owner.

use std::ffi::OsStr;
use std::fs;
use std::io;
use std::os::unix::ffi::OsStrExt;
use std::os::unix::fs::PermissionsExt;
use std::path::Path;
use std::path::PathBuf;

use rustix::mount::MountFlags;
use rustix::mount::MountPropagationFlags;
use rustix::mount::UnmountFlags;

use super::Plan;
use super::World;
use super::offered;
use super::tree;
use crate::host::kernel;

/// System folders, shown read-only. Symbolic links among them stay links.
pub const SYSTEM: &[&str] = &["usr", "bin", "sbin", "lib", "lib32", "lib64", "libx32"];

/// What of `/etc` toolchains read, shown read-only where it exists. The rest of `/etc` is not there.
pub const CONFIGURATION: &[&str] = &[
    "alternatives",
    "bindresvport.blacklist",
    "debconf.conf",
    "debian_version",
    "default/locale",
    "dpkg",
    "emacs",
    "fonts",
    "gai.conf",
    "ghc",
    "groff",
    "host.conf",
    "java",
    "java-8-openjdk",
    "java-11-openjdk",
    "java-17-openjdk",
    "java-21-openjdk",
    "java-25-openjdk",
    "ld.so.cache",
    "ld.so.conf",
    "ld.so.conf.d",
    "locale.alias",
    "login.defs",
    "lsb-release",
    "magic",
    "magic.mime",
    "manpath.config",
    "maven",
    "mime.types",
    "mono",
    "networks",
    "openal",
    "os-release",
    "papersize",
    "perl",
    "php",
    "protocols",
    "python2.7",
    "python3",
    "python3.9",
    "python3.10",
    "python3.11",
    "python3.12",
    "python3.13",
    "python3.14",
    "R",
    "redhat-release",
    "rpc",
    "rpm",
    "services",
    "sgml",
    "shells",
    "ssl/certs",
    "ssl/openssl.cnf",
    "texmf",
    "xattr.conf",
    "xml",
];

/// What of `/var/lib` toolchains read.
pub const STATE: &[&str] = &["dpkg", "ghc", "sgml-base", "texmf", "xml-core"];

/// Files of `/proc` that tell of the machine or steer it; each reads as empty.
const MASKED_FILES: &[&str] = &[
    "kcore",
    "keys",
    "key-users",
    "kallsyms",
    "kmsg",
    "kpagecount",
    "kpageflags",
    "kpagecgroup",
    "cmdline",
    "config.gz",
    "modules",
    "sched_debug",
    "slabinfo",
    "swaps",
    "sysrq-trigger",
    "timer_list",
    "timer_stats",
    "vmallocinfo",
    "zoneinfo",
    "buddyinfo",
    "pagetypeinfo",
    "diskstats",
    "partitions",
    "mdstat",
    "latency_stats",
    "interrupts",
    "softirqs",
    "iomem",
    "ioports",
    "mtrr",
];

/// Folders of `/proc` of the same kind; each is empty.
const MASKED_FOLDERS: &[&str] =
    &["acpi", "asound", "bus", "driver", "dynamic_debug", "fs", "irq", "pressure", "scsi", "tty"];

/// Device nodes, shown as the host's.
pub const DEVICES: &[&str] = &["null", "zero", "full", "random", "urandom", "tty"];

/// Where the old root is kept until the world stands.
const OLD: &str = "/old";
/// Where the new root is raised.
const NEW: &str = "/new";
/// The one file system everything the build writes lands on: its size is the output limit.
const WRITABLE: &str = "/writable";

/// Whom the files made here belong to. As root the build's user is another than the maker's, and the files
/// are given to it; as an ordinary user the maker is the build's user.
#[derive(Clone, Copy, Debug)]
pub struct Owner(pub Option<u32>);

impl Owner {
    /// Gives `path` to the build's user.
    pub fn take(self, path: &Path) -> Result<(), String> {
        match self.0 {
            None => Ok(()),
            Some(id) => std::os::unix::fs::lchown(path, Some(id), Some(id))
                .map_err(|error| format!("giving {} to the build's user: {error}", path.display())),
        }
    }

    /// Makes a folder.
    pub fn folder(self, path: &Path) -> Result<(), String> {
        fs::create_dir(path).map_err(|error| format!("making the folder {}: {error}", path.display()))?;
        self.take(path)
    }

    /// Makes a symbolic link.
    pub fn link(self, target: &OsStr, path: &Path) -> Result<(), String> {
        std::os::unix::fs::symlink(target, path)
            .map_err(|error| format!("making the link {}: {error}", path.display()))?;
        self.take(path)
    }

    #[allow(clippy::disallowed_methods)] // a file system of the sandbox's own: nothing half-written survives it
    fn file(self, path: &Path, content: &[u8]) -> Result<(), String> {
        fs::write(path, content).map_err(|error| format!("making {}: {error}", path.display()))?;
        self.take(path)
    }

    fn folders(self, path: &Path) -> Result<(), String> {
        if path.symlink_metadata().is_ok_and(|metadata| metadata.is_dir()) {
            return Ok(());
        }
        if let Some(parent) = path.parent() {
            self.folders(parent)?;
        }
        self.folder(path)
    }
}

/// Raises the world of `plan` and makes it the root. The caller is the first process of new mount, UTS, IPC,
/// network and process-id namespaces, with the right to mount.
///
/// # Errors
/// A sentence naming the step, the path and what the kernel said.
pub fn raise(plan: &Plan, owner: Owner) -> Result<(), String> {
    let propagation = MountPropagationFlags::PRIVATE | MountPropagationFlags::REC;
    rustix::mount::mount_change("/", propagation).map_err(said("making mounts private to the sandbox"))?;
    stage(plan)?;
    let new = Path::new(NEW);
    owner.take(new)?;
    system(plan, new, owner)?;
    replace(plan, new)?;
    configuration(plan, new, owner)?;
    proc(plan, new, owner)?;
    devices(new, owner)?;
    let build_path = writable(plan, new, owner)?;
    inputs(plan, new, owner)?;
    tree::unpack(&plan.tree, &outside(&plan.tree.root), &build_path, owner)?;
    kernel::raise_loopback().map_err(said("bringing the loopback interface up"))?;
    rustix::system::sethostname(plan.world.host_name.as_bytes()).map_err(said("setting the host name"))?;
    rustix::system::setdomainname(plan.world.domain_name.as_bytes())
        .map_err(said("setting the domain name"))?;
    kernel::set_mount_attributes(new, READ_ONLY, false).map_err(said("making the new root read-only"))?;
    enter_root(new)
}

/// Where a path of the machine is found while the world is being raised.
pub fn outside(path: &Path) -> PathBuf {
    let mut moved = PathBuf::from(OLD);
    moved.extend(path.components().filter(|part| !matches!(part, std::path::Component::RootDir)));
    moved
}

/// Mount attributes, `linux/mount.h`.
const READ_ONLY: u64 = 0x1;
const NO_SET_ID: u64 = 0x2;
const NO_DEVICES: u64 = 0x4;
const NO_EXECUTION: u64 = 0x8;

fn stage(plan: &Plan) -> Result<(), String> {
    let flags = MountFlags::NOSUID | MountFlags::NODEV;
    rustix::mount::mount("pellucid", "/tmp", "tmpfs", flags, c"mode=0755,size=4m,nr_inodes=4k")
        .map_err(said("mounting a tmpfs to raise the world on"))?;
    for folder in [OLD, NEW, WRITABLE] {
        let path = Path::new("/tmp").join(folder.trim_start_matches('/'));
        fs::create_dir(&path).map_err(said("making the folders to raise the world in"))?;
    }
    rustix::process::pivot_root("/tmp", "/tmp/old").map_err(said("leaving the machine's root"))?;
    rustix::process::chdir("/").map_err(said("leaving the machine's root"))?;
    tmpfs(Path::new(NEW), "mode=0755,size=64m,nr_inodes=64k")?;
    // One inode per 4 KiB of the limit and some to start with: a build that makes empty files without end
    // reaches the same limit as one that writes without end.
    let inodes = plan.limits.output_mib.saturating_mul(256).saturating_add(65_536);
    tmpfs(
        Path::new(WRITABLE),
        &format!("mode=0755,size={}m,nr_inodes={inodes}", plan.limits.output_mib.max(1)),
    )
}

fn system(plan: &Plan, new: &Path, owner: Owner) -> Result<(), String> {
    let root = outside(&plan.world.root);
    for name in SYSTEM {
        let (from, to) = (root.join(name), new.join(name));
        match from.symlink_metadata() {
            Ok(metadata) if metadata.is_symlink() => {
                let target = fs::read_link(&from).map_err(said("reading a system link"))?;
                owner.link(target.as_os_str(), &to)?;
            }
            Ok(metadata) if metadata.is_dir() => {
                owner.folder(&to)?;
                show(&from, &to)?;
            }
            _ => {}
        }
    }
    if new.join("usr").is_dir() { Ok(()) } else { Err(format!("{} has no /usr", plan.world.root.display())) }
}

fn configuration(plan: &Plan, new: &Path, owner: Owner) -> Result<(), String> {
    let world = &plan.world;
    let root = outside(&world.root);
    owner.folder(&new.join("etc"))?;
    for name in CONFIGURATION {
        show_where_it_exists(&root.join("etc").join(name), &new.join("etc").join(name), owner)?;
    }
    for name in ["var", "var/lib", "var/cache", "var/log", "var/spool"] {
        owner.folder(&new.join(name))?;
    }
    for name in STATE {
        show_where_it_exists(&root.join("var/lib").join(name), &new.join("var/lib").join(name), owner)?;
    }
    let (passwd, group) = accounts(world, &root);
    let host = &world.host_name;
    let hosts = format!("127.0.0.1\tlocalhost\n::1\tlocalhost\n127.0.1.1\t{host}\n");
    for (name, content) in [
        ("passwd", passwd),
        ("group", group),
        ("hosts", hosts),
        ("hostname", format!("{host}\n")),
        ("nsswitch.conf", "passwd: files\ngroup: files\nshadow: files\nhosts: files dns\n".to_owned()),
        ("resolv.conf", String::new()),
        ("fstab", String::new()),
        ("machine-id", String::new()),
        ("timezone", "Etc/UTC\n".to_owned()),
    ] {
        owner.file(&new.join("etc").join(name), content.as_bytes())?;
    }
    owner.link(OsStr::new("/usr/share/zoneinfo/Etc/UTC"), &new.join("etc/localtime"))?;
    owner.link(OsStr::new("/proc/mounts"), &new.join("etc/mtab"))
}

/// The users and groups the build sees: root, its own, and those the distribution gives fixed numbers
/// (base-passwd's masters, where the system has them). Nothing of who has an account on this machine.
fn accounts(world: &World, root: &Path) -> (String, String) {
    let (user, id, home) = (&world.user_name, world.user_id, &world.home);
    let masters = root.join("usr/share/base-passwd");
    let fixed = |name: &str, taken: [&str; 2]| -> String {
        let text = fs::read_to_string(masters.join(name)).unwrap_or_default();
        let line = |line: &str| {
            let (name, rest) = line.split_once(":*:")?;
            (!taken.contains(&name) && name != user).then(|| format!("{name}:x:{rest}\n"))
        };
        text.lines().filter_map(line).collect()
    };
    let passwd = format!(
        "root:x:0:0:root:/root:/usr/sbin/nologin\n{user}:x:{id}:{id}::{home}:/bin/sh\n\
         nobody:x:65534:65534:nobody:/nonexistent:/usr/sbin/nologin\n{}",
        fixed("passwd.master", ["root", "nobody"])
    );
    let group = format!(
        "root:x:0:\n{user}:x:{id}:\nnogroup:x:65534:\n{}",
        fixed("group.master", ["root", "nogroup"])
    );
    (passwd, group)
}

fn proc(plan: &Plan, new: &Path, owner: Owner) -> Result<(), String> {
    let at = new.join("proc");
    owner.folder(&at)?;
    let flags = MountFlags::NOSUID | MountFlags::NODEV | MountFlags::NOEXEC;
    rustix::mount::mount("proc", &at, "proc", flags, c"")
        .map_err(said("mounting the sandbox's own /proc"))?;
    // Backing files live on the stage, which disappears from view when the world stands.
    let (nothing, empty) = (Path::new("/nothing"), Path::new("/empty"));
    owner.file(nothing, b"")?;
    owner.folder(empty)?;
    for name in MASKED_FILES.iter().filter(|name| at.join(name).exists()) {
        show(nothing, &at.join(name))?;
    }
    for name in MASKED_FOLDERS.iter().filter(|name| at.join(name).is_dir()) {
        show(empty, &at.join(name))?;
    }
    show(&at.join("sys"), &at.join("sys"))?;
    let cpus = plan.world.cpus;
    let all = fs::read_to_string(at.join("cpuinfo")).map_err(said("reading /proc/cpuinfo"))?;
    let shown = if cpus > 0 { cpus } else { usize::MAX };
    let mut seen: String = all.split_inclusive("\n\n").take(shown).collect();
    if plan.world.another_processor {
        seen = seen.lines().map(another_processor).collect();
    }
    let total = plan.world.memory_mib.saturating_mul(1024);
    let memory: String = [("MemTotal", total), ("MemFree", total / 4 * 3), ("MemAvailable", total / 8 * 7)]
        .into_iter()
        .chain(["Buffers", "Cached", "SwapCached", "SwapTotal", "SwapFree"].map(|name| (name, 0)))
        .map(|(name, size)| format!("{:<15} {size:>8} kB\n", format!("{name}:")))
        .collect();
    let load = format!("{} 1/64 256\n", plan.world.load);
    for (name, content) in [("cpuinfo", &seen), ("meminfo", &memory), ("loadavg", &load)] {
        let backing = Path::new("/").join(name);
        owner.file(&backing, content.as_bytes())?;
        show(&backing, &at.join(name))?;
    }
    // What C libraries and language runtimes count processors by; nothing else of /sys is there.
    let folder = new.join("sys/devices/system/cpu");
    owner.folders(&folder)?;
    let count = if cpus > 0 { cpus } else { std::thread::available_parallelism().map_or(1, usize::from) };
    let range = if count <= 1 { "0\n".to_owned() } else { format!("0-{}\n", count - 1) };
    for name in ["online", "possible", "present"] {
        owner.file(&folder.join(name), range.as_bytes())?;
    }
    Ok(())
}

/// A line of `/proc/cpuinfo` as another processor would have it.
fn another_processor(line: &str) -> String {
    let name = line.split(':').next().unwrap_or_default().trim_end();
    let plain =
        |flag: &&str| !["avx", "bmi", "sse4", "erms", "fma", "sha_"].iter().any(|new| flag.starts_with(new));
    match (name, line.split_once(": ")) {
        ("model name", Some((start, _))) => format!("{start}: Another Processor @ 1.23GHz\n"),
        ("cpu MHz", Some((start, _))) => format!("{start}: 1234.567\n"),
        ("flags", Some((start, flags))) => {
            format!("{start}: {}\n", flags.split(' ').filter(plain).collect::<Vec<_>>().join(" "))
        }
        _ => format!("{line}\n"),
    }
}

/// Shows files in the place of others of the system.
fn replace(plan: &Plan, new: &Path) -> Result<(), String> {
    for (at, from) in &plan.world.replaced {
        show(&outside(from), &below(new, Path::new(at)))?;
    }
    Ok(())
}

fn devices(new: &Path, owner: Owner) -> Result<(), String> {
    let at = new.join("dev");
    owner.folder(&at)?;
    for name in DEVICES {
        let from = outside(Path::new("/dev")).join(name);
        if from.exists() {
            let to = at.join(name);
            owner.file(&to, b"")?;
            rustix::mount::mount_bind(&from, &to).map_err(said(&format!("showing /dev/{name}")))?;
            kernel::set_mount_attributes(&to, NO_SET_ID | NO_EXECUTION, false)
                .map_err(said(&format!("restricting /dev/{name}")))?;
        }
    }
    owner.folder(&at.join("pts"))?;
    let flags = MountFlags::NOSUID | MountFlags::NOEXEC;
    rustix::mount::mount("devpts", at.join("pts"), "devpts", flags, c"newinstance,ptmxmode=0666,mode=0620")
        .map_err(said("mounting /dev/pts"))?;
    for (name, target) in [
        ("ptmx", "pts/ptmx"),
        ("fd", "/proc/self/fd"),
        ("stdin", "/proc/self/fd/0"),
        ("stdout", "/proc/self/fd/1"),
        ("stderr", "/proc/self/fd/2"),
    ] {
        owner.link(OsStr::new(target), &at.join(name))?;
    }
    Ok(())
}

/// The folders a build may write, all on one file system; gives the build folder's place on it.
fn writable(plan: &Plan, new: &Path, owner: Owner) -> Result<PathBuf, String> {
    let store = Path::new(WRITABLE);
    let build = Path::new(&plan.world.build_path);
    let (Some(parent), Some(name)) = (build.parent(), build.file_name()) else {
        return Err(format!("the build path {} has no parent", build.display()));
    };
    for (place, on, mode) in [
        (Path::new("/tmp"), "tmp", 0o1777),
        (Path::new("/var/tmp"), "var-tmp", 0o1777),
        (Path::new("/dev/shm"), "shm", 0o1777),
        (Path::new("/run"), "run", 0o755),
        (Path::new("/home"), "home", 0o755),
        (parent, "build", 0o755),
    ] {
        let from = store.join(on);
        owner.folder(&from)?;
        fs::set_permissions(&from, fs::Permissions::from_mode(mode))
            .map_err(said("setting a folder's mode"))?;
        let to = below(new, place);
        owner.folders(&to)?;
        rustix::mount::mount_bind(&from, &to).map_err(said(&format!("mounting {}", place.display())))?;
        kernel::set_mount_attributes(&to, NO_SET_ID | NO_DEVICES, false)
            .map_err(said(&format!("restricting {}", place.display())))?;
    }
    for (link, target) in [("var/run", "/run"), ("var/lock", "/run")] {
        owner.link(OsStr::new(target), &new.join(link))?;
    }
    if plan.world.home_exists {
        owner.folders(&below(new, Path::new(&plan.world.home)))?;
    }
    let build_path = store.join("build").join(name);
    owner.folder(&build_path)?;
    Ok(build_path)
}

fn inputs(plan: &Plan, new: &Path, owner: Owner) -> Result<(), String> {
    if plan.inputs.is_empty() {
        return Ok(());
    }
    let to = new.join("inputs");
    owner.folder(&to)?;
    let (bytes, entries) = offered::measure(plan)?;
    let (kib, inodes) = (bytes.div_ceil(1024).saturating_add(64), entries.saturating_add(64));
    tmpfs(&to, &format!("mode=0755,size={kib}k,nr_inodes={inodes}"))?;
    owner.take(&to)?;
    offered::offer(plan, &to, owner)?;
    kernel::set_mount_attributes(&to, READ_ONLY | NO_SET_ID | NO_DEVICES, false)
        .map_err(said("making /inputs read-only"))
}

fn enter_root(new: &Path) -> Result<(), String> {
    let step = said("entering the new root");
    rustix::process::chdir(new).map_err(&step)?;
    rustix::process::pivot_root(".", ".").map_err(&step)?;
    rustix::mount::unmount(".", UnmountFlags::DETACH).map_err(&step)?;
    rustix::process::chdir("/").map_err(&step)
}

fn below(new: &Path, place: &Path) -> PathBuf {
    new.join(OsStr::from_bytes(place.as_os_str().as_bytes().strip_prefix(b"/").unwrap_or_default()))
}

fn tmpfs(at: &Path, options: &str) -> Result<(), String> {
    let options = std::ffi::CString::new(options).map_err(|error| error.to_string())?;
    let flags = MountFlags::NOSUID | MountFlags::NODEV;
    rustix::mount::mount("pellucid", at, "tmpfs", flags, options.as_c_str())
        .map_err(said(&format!("mounting a tmpfs on {}", at.display())))
}

/// Binds `from` to `to`, read-only, without set-uid programs and devices.
fn show(from: &Path, to: &Path) -> Result<(), String> {
    rustix::mount::mount_bind_recursive(from, to)
        .map_err(said(&format!("showing {} in the sandbox", to.display())))?;
    kernel::set_mount_attributes(to, READ_ONLY | NO_SET_ID | NO_DEVICES, true)
        .map_err(said(&format!("making {} read-only (this needs Linux 5.12 or later)", to.display())))
}

fn show_where_it_exists(from: &Path, to: &Path, owner: Owner) -> Result<(), String> {
    let Ok(metadata) = from.symlink_metadata() else { return Ok(()) };
    if let Some(parent) = to.parent() {
        owner.folders(parent)?;
    }
    if metadata.is_symlink() {
        let target = fs::read_link(from).map_err(said("reading a configuration link"))?;
        owner.link(target.as_os_str(), to)
    } else if metadata.is_dir() {
        owner.folder(to)?;
        show(from, to)
    } else if metadata.is_file() {
        owner.file(to, b"")?;
        show(from, to)
    } else {
        Ok(())
    }
}

/// Puts the step in front of what the kernel said.
pub fn said<E: Into<io::Error>>(step: &str) -> impl Fn(E) -> String {
    let step = step.to_owned();
    move |error| format!("{step}: {}", error.into())
}
