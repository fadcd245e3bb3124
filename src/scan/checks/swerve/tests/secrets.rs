//! Secrets that can be made again, are compared in part or stand in the program, and honest ones that resemble them.

use super::Twin;

pub const TWINS: &[Twin] = &[
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
];
