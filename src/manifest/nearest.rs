//! The known word nearest to a mistyped one.

/// The candidate nearest to `word`, where one is near enough to be what was meant.
pub fn nearest<'a>(word: &str, candidates: impl IntoIterator<Item = &'a str>) -> Option<&'a str> {
    let word: Vec<char> = word.chars().take(64).flat_map(plain).collect();
    candidates
        .into_iter()
        .map(|candidate| (distance(&word, &candidate.chars().flat_map(plain).collect::<Vec<_>>()), candidate))
        .filter(|(distance, candidate)| *distance <= candidate.len().max(word.len()) / 3)
        .min()
        .map(|(_, candidate)| candidate)
}

/// Case, and which of `-` and `_` was used, are not a difference worth counting.
fn plain(character: char) -> impl Iterator<Item = char> {
    let character = if character == '_' { '-' } else { character };
    character.to_lowercase()
}

/// Insertions, deletions, replacements and swaps of neighbours that lead from `a` to `b` (optimal string
/// alignment distance).
fn distance(a: &[char], b: &[char]) -> usize {
    let mut before: Vec<usize> = Vec::new();
    let mut last: Vec<usize> = (0..=b.len()).collect();
    for (i, &x) in a.iter().enumerate() {
        let mut row = vec![i + 1];
        for (j, &y) in b.iter().enumerate() {
            let mut best = (last[j] + usize::from(x != y)).min(last[j + 1] + 1).min(row[j] + 1);
            if i > 0 && j > 0 && x == b[j - 1] && a[i - 1] == y {
                best = best.min(before[j - 1] + 1);
            }
            row.push(best);
        }
        before = std::mem::replace(&mut last, row);
    }
    last[b.len()]
}

#[cfg(test)]
mod tests {
    use super::nearest;

    #[test]
    fn a_slip_is_recognised_and_another_word_is_not() {
        let keys = ["commands", "outputs", "path", "source-date-epoch", "kind"];
        for (word, meant) in [
            ("comands", Some("commands")),
            ("cmomands", Some("commands")),
            ("source_date_epoch", Some("source-date-epoch")),
            ("Outputs", Some("outputs")),
            ("knid", Some("kind")),
            ("network", None),
            ("", None),
        ] {
            assert_eq!(nearest(word, keys), meant, "{word}");
        }
    }
}
