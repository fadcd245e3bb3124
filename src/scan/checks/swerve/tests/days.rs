//! Days, seasons and long times: programs that change from then on, and honest ones that resemble them.

use super::Twin;

pub const TWINS: &[Twin] = &[
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
];
