//! How near two names are to each other.

/// The nearest of these names, where no more than a third of the letters differ: below that, "did you
/// mean" is a guess. Of several as near the first.
pub(crate) fn nearest<N: AsRef<str>>(wanted: &str, names: impl IntoIterator<Item = N>) -> Option<N> {
    let all = names.into_iter().map(|name| (distance(name.as_ref(), wanted), name));
    let (far, near) = all.min_by_key(|(far, _)| *far)?;
    (far * 3 <= wanted.len()).then_some(near)
}

/// How many letters have to be changed, put in or taken out.
pub(crate) fn distance(a: &str, b: &str) -> usize {
    let (a, b) = (a.as_bytes(), b.as_bytes());
    let mut row: Vec<usize> = (0..=b.len()).collect();
    for (i, x) in a.iter().enumerate() {
        let mut diagonal = row[0];
        row[0] = i + 1;
        for (j, y) in b.iter().enumerate() {
            let change = diagonal + usize::from(x != y);
            diagonal = row[j + 1];
            row[j + 1] = change.min(row[j] + 1).min(row[j + 1] + 1);
        }
    }
    row[b.len()]
}
