//! How much text a page may still hold.

use super::super::words;

/// Escaped bytes the texts of one page may take, leaving room for the markup around them.
const PAGE: usize = 2_500_000;

/// A list as a page shows it: the first entries, and in words how many are left out.
#[derive(Debug)]
pub struct List<T> {
    /// What is shown.
    pub shown: Vec<T>,
    /// `and 12 more findings in evidence.json`, or nothing.
    pub more: String,
}

/// What is left of a page's room. Spent in the order of the page, so the same evidence is cut at the same
/// place every time.
pub struct Budget {
    left: usize,
}

impl Budget {
    /// A page's whole room.
    pub fn page() -> Budget {
        Budget { left: PAGE }
    }

    /// `text` made visible, cut to `limit` characters and paid for.
    pub fn text(&mut self, text: &str, limit: usize) -> String {
        let shown = words::cut(&words::visible(text), limit);
        self.pay(&shown);
        shown
    }

    /// A line of source or of a view, with tabs as spaces.
    pub fn source(&mut self, text: &str, limit: usize) -> String {
        let shown = words::cut(&words::source_line(text), limit);
        self.pay(&shown);
        shown
    }

    /// The first entries of `all`, at most `limit` and at most while there is room; `uncounted` further ones
    /// exist elsewhere.
    pub fn list<S, T>(
        &mut self,
        all: &[S],
        limit: usize,
        uncounted: u64,
        what: &str,
        mut show: impl FnMut(&mut Budget, &S) -> T,
    ) -> List<T> {
        let mut shown = Vec::new();
        for entry in all.iter().take(limit) {
            if self.left == 0 {
                break;
            }
            shown.push(show(self, entry));
        }
        let rest = (all.len() - shown.len()) as u64;
        let rest = rest.saturating_add(uncounted);
        let more = words::more(rest, what);
        List { shown, more }
    }

    fn pay(&mut self, text: &str) {
        // What HTML escapes takes five bytes; the rest of a row's markup is paid as a flat sum.
        let escaped: usize = text.bytes().map(|b| if b"<>&\"'".contains(&b) { 5 } else { 1 }).sum();
        self.left = self.left.saturating_sub(escaped + 40);
    }
}
