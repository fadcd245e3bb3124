//! Names of people, hosts and places: programs that treat them otherwise, and honest ones that resemble them.

use super::Twin;

pub const TWINS: &[Twin] = &[
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
