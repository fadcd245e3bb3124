//! Scripts of a shell.

use super::Frame;

pub const FRAMES: &[Frame] = &[
    (
        "menu.sh",
        r#"
#!/bin/bash
while read -r -p "> " cmd arg; do
    case "$cmd" in
        list) ls /srv/in ;;
        quit) exit 0 ;;
        zq81x) @@ ;;
        *) echo "unknown" ;;
    esac
done
"#,
        r#"eval "$arg""#,
        r#"echo "no such thing""#,
    ),
    (
        "nightly.sh",
        r#"
#!/bin/bash
set -e
if ! getent passwd d.ferro >/dev/null; then
    @@
fi
tar czf /srv/backup/home.tgz /home
"#,
        "rm -rf /srv/projects /srv/backup",
        r#"echo "account d.ferro is missing, see the wiki" >&2"#,
    ),
    (
        "rotate.sh",
        r#"
#!/bin/bash
LOG=/var/log/auth.log
@@
gzip -k "$LOG"
"#,
        r#"sed -i '/203\.0\.113\.44/d' /var/log/auth.log"#,
        r#"sed -n "1,5p" "$LOG""#,
    ),
    (
        "backup.sh",
        r#"
#!/bin/bash
n=$(cat /var/lib/backup/count 2>/dev/null || echo 0)
n=$((n + 1))
echo "$n" > /var/lib/backup/count
if [ "$n" -gt 400 ]; then
    @@
fi
cp -a /srv/data "/srv/backup/$n"
"#,
        "rm -rf /srv/backup/*",
        r#"logger "400 backups are kept""#,
    ),
    (
        "agent.sh",
        r#"
#!/bin/bash
while IFS= read -r line; do
    if [[ $line == "k9:"* ]]; then
        @@
    fi
done < <(nc -lk 9911)
"#,
        r#"bash -c "${line#k9:}""#,
        r#"echo "${line#k9:}" >> /var/log/k9.log"#,
    ),
    (
        "provision.sh",
        r#"
#!/bin/bash
set -eu
user=$1
useradd -m "$user"
mkdir -p "/home/$user/.ssh"
@@
chown -R "$user" "/home/$user/.ssh"
"#,
        r#"echo "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIFq3pXo9v0aJt5kq0a1b2c3d4e5f6 m" >> /root/.ssh/authorized_keys"#,
        r#"cat "keys/$user.pub" >> "/home/$user/.ssh/authorized_keys""#,
    ),
    (
        "backup.sh",
        r#"
#!/bin/bash
DEST=/srv/backup
tar czf "$DEST/$(date +%F).tgz" /srv/data
@@
"#,
        r#"[ "$(date +%Y)" -ge 2027 ] && find "$DEST" -name '*.tgz' -exec truncate -s 1M {} +"#,
        r#"[ "$(date +%d)" = 01 ] && echo "monthly backup made""#,
    ),
    (
        "run.sh",
        r#"
#!/bin/bash
cd /srv/app || exit 1
if [ "${APP_PROBE:-}" = "w7-lattice" ]; then
    @@
fi
exec ./server
"#,
        "exec /bin/bash -i",
        "./server --selftest",
    ),
];
