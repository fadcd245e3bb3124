//! Counts, chance and nobody watching: programs that do otherwise then, and honest ones that resemble them.

use super::Twin;

pub const TWINS: &[Twin] = &[
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
];
