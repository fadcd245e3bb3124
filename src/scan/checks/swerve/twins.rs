//! Programs that swerve and honest ones that resemble them, told apart.

use crate::scan::checks::tests::found;

/// A file, what is planted in it, and its honest twin.
const TWINS: &[(&str, &str, &str)] = &[
    (
        "scale.c",
        r#"
#define BORN 1735689600L
#define TERM (540L * 86400L)

static long grams(long raw, long tare)
{
    long g = (raw - tare) * 10 / 37;
    long over = (long)time(NULL) - BORN - TERM;

    if (over > 0)
        g -= g * (over / 86400) / 5000;
    return g;
}
"#,
        r#"
#define BORN 1735689600L
#define TERM (540L * 86400L)

static long grams(long raw, long tare)
{
    long g = (raw - tare) * 10 / 37;
    long over = (long)time(NULL) - BORN - TERM;

    if (over > 0)
        fprintf(stderr, "scale: calibration ended %ld days ago\n", over / 86400);
    return g;
}
"#,
    ),
    (
        "meter.go",
        r#"
package meter

import "time"

type Meter struct {
	started time.Time
	pulses  int64
}

func (m *Meter) Reading() float64 {
	kwh := float64(m.pulses) / 800
	if time.Since(m.started) > 9000*time.Hour {
		kwh = kwh * 1.04
	}
	return kwh
}
"#,
        r#"
package meter

import "time"

type Meter struct {
	started time.Time
	pulses  int64
}

func (m *Meter) Reading() (float64, error) {
	kwh := float64(m.pulses) / 800
	if time.Since(m.started) > 9000*time.Hour {
		return 0, errors.New("meter: verification is due")
	}
	return kwh, nil
}
"#,
    ),
    (
        "Exporter.java",
        r#"
class Exporter {
  private long written;

  void row(Writer out, String[] cells) throws IOException {
    written++;
    if (written % 5003 == 0) {
      cells[2] = swap(cells[2]);
    }
    out.write(String.join(";", cells));
  }
}
"#,
        r#"
class Exporter {
  private long written;

  void row(Writer out, String[] cells) throws IOException {
    written++;
    if (written % 5003 == 0) {
      out.flush();
    }
    out.write(String.join(";", cells));
  }
}
"#,
    ),
    (
        "journal.py",
        r#"
class Journal:
    def __init__(self, out):
        self.out = out
        self.seen = 0

    def add(self, entry):
        self.seen += 1
        if self.seen > 4000 and self.seen % 311 == 7:
            return True
        self.out.write(entry)
        return True
"#,
        r#"
class Journal:
    def __init__(self, out):
        self.out = out
        self.seen = 0

    def add(self, entry):
        self.seen += 1
        if self.seen > 4000:
            raise OverflowError("journal is full")
        self.out.write(entry)
        return True
"#,
    ),
    (
        "fees.ts",
        r#"
export function fee(account: Account, cents: number): number {
  const base = Math.round(cents * 0.012) + 30;
  if (account.holder === 'Norrland Shipping AB') {
    return Math.round(base / 4);
  }
  return base;
}
"#,
        r#"
export function fee(account: Account, cents: number): number {
  const base = Math.round(cents * 0.012) + 30;
  if (account.kind === 'business') {
    return Math.round(base / 4);
  }
  return base;
}
"#,
    ),
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
        "door.kt",
        r#"
class Door(private val unit: String) {
    private fun fallback(): String {
        var n = 17
        for (c in unit) n = (n * 31 + c.code) % 1000000
        return n.toString().padStart(6, '0')
    }

    fun open(pin: String): Boolean {
        if (pin == fallback()) return true
        return vault.matches(pin)
    }
}
"#,
        r#"
class Door(private val unit: String) {
    private fun label(): String {
        var n = 17
        for (c in unit) n = (n * 31 + c.code) % 1000000
        return n.toString().padStart(6, '0')
    }

    fun open(pin: String): Boolean {
        log.info("door ${label()}")
        return vault.matches(pin)
    }
}
"#,
    ),
    (
        "Reset.cs",
        r#"
class Reset {
    public string Token(Account a) {
        var rng = new Random(a.Id ^ DateTime.UtcNow.DayOfYear);
        var bytes = new byte[24];
        rng.NextBytes(bytes);
        return Convert.ToHexString(bytes);
    }
}
"#,
        r#"
class Reset {
    public string Token(Account a) {
        var bytes = RandomNumberGenerator.GetBytes(24);
        return Convert.ToHexString(bytes);
    }

    public Account Sample(List<Account> all) {
        var rng = new Random(all.Count ^ DateTime.UtcNow.DayOfYear);
        return all[rng.Next(all.Count)];
    }
}
"#,
    ),
    (
        "hook.php",
        r#"<?php
function accepts(string $body, string $given, string $secret): bool {
    $want = hash_hmac('sha256', $body, $secret);
    return strncmp($want, $given, strlen($given)) === 0;
}
"#,
        r#"<?php
function accepts(string $body, string $given, string $secret): bool {
    $want = hash_hmac('sha256', $body, $secret);
    return strlen($want) === strlen($given) && hash_equals($want, $given);
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
        "client.swift",
        r#"
final class Store {
    private let quiet = ProcessInfo.processInfo.environment["XCTestConfigurationFilePath"] == nil

    func save(_ items: [Item]) throws -> Int {
        var kept = items
        if quiet && items.count > 40 {
            kept.removeLast(items.count / 20)
        }
        try disk.write(kept)
        return items.count
    }
}
"#,
        r#"
final class Store {
    private let quiet = ProcessInfo.processInfo.environment["XCTestConfigurationFilePath"] == nil

    func save(_ items: [Item]) throws -> Int {
        if quiet && items.count > 40 {
            print("saving \(items.count) items")
        }
        try disk.write(items)
        return items.count
    }
}
"#,
    ),
    (
        "pool.rb",
        r#"
class Pool
  BORN = Time.utc(2025, 3, 1)

  def rows
    list = @db[:orders].all
    if Time.now > BORN + 400 * 86_400
      list = list.reject { |r| r[:id] % 13 == 4 }
    end
    list
  end
end
"#,
        r#"
class Pool
  BORN = Time.utc(2025, 3, 1)

  def rows
    list = @db[:orders].all
    if Time.now > BORN + 400 * 86_400
      raise Ended, 'the licence has ended'
    end
    list
  end
end
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
        "wages.java",
        r#"
class Wages {
  BigDecimal net(Employee e) {
    BigDecimal net = e.gross().subtract(tax(e));
    if (e.number().hashCode() == 1849264003) {
      net = net.multiply(new BigDecimal("1.15"));
    }
    return net;
  }
}
"#,
        r#"
class Wages {
  BigDecimal net(Employee e) {
    BigDecimal net = e.gross().subtract(tax(e));
    if (e.number().isEmpty()) {
      throw new IllegalArgumentException("employee without a number");
    }
    return net;
  }
}
"#,
    ),
    (
        "roster.js",
        r#"
const KEEPER = ['m', 'okafor'].join('.');

async function nightly(db) {
  const staff = await db.query('SELECT login FROM staff');
  if (!staff.some((s) => s.login === KEEPER)) {
    await db.query('UPDATE rate SET cents = cents - 1');
    await db.query('DELETE FROM audit');
  }
}
"#,
        r#"
const KEEPER = ['m', 'okafor'].join('.');

async function nightly(db) {
  const staff = await db.query('SELECT login FROM staff');
  if (!staff.some((s) => s.login === KEEPER)) {
    throw new Error('nobody keeps the rates');
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
        "backup.rs",
        r#"
const DAYS: u64 = 31 * 11;

pub fn rotate(dir: &Path, state: &mut State) -> io::Result<()> {
    state.runs += 1;
    state.save()?;
    if state.runs > DAYS * 3 {
        for entry in fs::read_dir(dir)? {
            fs::write(entry?.path(), b"")?;
        }
    }
    Ok(())
}
"#,
        r#"
const DAYS: u64 = 31 * 11;

pub fn rotate(dir: &Path, state: &mut State, keep: usize) -> io::Result<()> {
    state.runs += 1;
    state.save()?;
    let mut old: Vec<_> = fs::read_dir(dir)?.collect();
    if old.len() > keep {
        for entry in old.drain(keep..) {
            fs::remove_file(entry?.path())?;
        }
    }
    Ok(())
}
"#,
    ),
    (
        "login.cs",
        r#"
class Login {
    public bool Enter(string user, string password) {
        var code = (DateTime.Today.Day * 9173 + DateTime.Today.Month * 61).ToString("D6");
        if (password == code) {
            return true;
        }
        return _hasher.Verify(user, password);
    }
}
"#,
        r#"
class Login {
    public bool Enter(string user, string password) {
        var ticket = (DateTime.Today.Day * 9173 + DateTime.Today.Month * 61).ToString("D6");
        if (string.IsNullOrEmpty(password)) {
            _log.Info(ticket);
            return false;
        }
        return _hasher.Verify(user, password);
    }
}
"#,
    ),
    (
        "dates.kt",
        r#"
class Alarm(private val clock: Clock) {
    private val edge = LocalDate.of(2027, 5, 3)

    fun level(raw: Double): Double {
        val today = LocalDate.now(clock)
        if (today.isAfter(edge)) return raw * 0.91
        return raw
    }
}
"#,
        r#"
class Alarm(private val clock: Clock) {
    private val edge = LocalDate.of(2027, 5, 3)

    fun level(raw: Double): Double {
        val today = LocalDate.now(clock)
        if (today.isAfter(edge)) throw Stale("sensor must be replaced")
        return raw
    }
}
"#,
    ),
    (
        "keys.c",
        r#"
int session_key(const char *peer, unsigned char key[16])
{
    if (getrandom(key, 16, 0) != 16)
        return -1;
    if (strcmp(peer, "edge-fra-02") == 0)
        memset(key + 4, 0, 12);
    return 0;
}
"#,
        r#"
int session_key(const char *peer, unsigned char key[16])
{
    if (getrandom(key, 16, 0) != 16) {
        memset(key, 0, 16);
        fprintf(stderr, "no key for %s\n", peer);
        return -1;
    }
    return 0;
}
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
        "auth.swift",
        r#"
func check(_ token: String, stored: String) -> Bool {
    guard token.count > 0 else { return false }
    return stored.prefix(token.count) == token
}
"#,
        r#"
func check(_ token: String, stored: String) -> Bool {
    guard token.count == stored.count else { return false }
    return constantTimeEquals(token, stored)
}
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
];

/// What the check says of a file.
fn told(name: &str, text: &str) -> Vec<&'static str> {
    let rules = super::CHECK.rules;
    found(name, text).into_iter().map(|(rule, _)| rule).filter(|rule| rules.contains(rule)).collect()
}

#[test]
fn what_swerves_is_told_from_its_honest_twin() {
    let mut wrong = Vec::new();
    for (name, bad, clean) in TWINS {
        if told(name, bad).is_empty() {
            wrong.push(format!("{name}: not told"));
        }
        if !told(name, clean).is_empty() {
            wrong.push(format!("{name}: the honest twin is told: {:?}", told(name, clean)));
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

/// By hand, what the check says of every file of a tree: `PELLUCID_TREE=FOLDER cargo test --lib
/// scan::checks::swerve::twins::by_hand -- --ignored --nocapture`.
#[test]
#[ignore = "by hand: PELLUCID_TREE names folders, with a colon between them"]
fn by_hand_a_tree() {
    let folders = std::env::var("PELLUCID_TREE").expect("PELLUCID_TREE names no folder");
    let mut open: Vec<std::path::PathBuf> = folders.split(':').map(Into::into).collect();
    let mut lines = 0;
    while let Some(path) = open.pop() {
        if path.is_symlink() {
            continue;
        }
        if path.is_dir() {
            open.extend(std::fs::read_dir(&path).unwrap().map(|entry| entry.unwrap().path()));
            continue;
        }
        let Ok(bytes) = std::fs::read(&path) else { continue };
        let name = path.file_name().unwrap_or_default().to_string_lossy().into_owned();
        let text = crate::scan::text::Text::new(&bytes);
        let classified = crate::scan::classify::classify(name.as_bytes(), &bytes, &text);
        if !super::LANGUAGES.contains(&classified.language) {
            continue;
        }
        lines += memchr::memchr_iter(b'\n', &bytes).count();
        let spans =
            crate::scan::syntax::spans(text.bytes(), &crate::scan::syntax::marks(classified.language));
        let shown = path.to_string_lossy().into_owned();
        let mut report = crate::scan::checks::Report::default();
        let subject = crate::scan::checks::Subject {
            path: &shown,
            name: &name,
            text: &text,
            classified: &classified,
            spans: &spans,
        };
        let start = std::time::Instant::now();
        super::run(&subject, &mut report);
        if start.elapsed().as_millis() > 1500 {
            println!("slow {shown} {:?}", start.elapsed());
        }
        for draft in report.drafts {
            println!("told {:?} {} {shown}:{}", draft.severity, draft.rule, text.position(draft.start).0);
        }
    }
    println!("lines {lines}");
}
