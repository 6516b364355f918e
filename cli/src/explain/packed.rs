//! The texts of a family in one piece, made while the program is compiled.
//!
//! A `&str` in a table is a pointer, which the loader has to write anew for each process where the
//! program can lie anywhere (PIE). Five thousand of them were twenty pages that every run of every
//! command wrote before it began; offsets need none.

use super::Explanation;

/// Texts of an explanation.
const TEXTS: usize = 7;

/// The order in which the texts of an explanation are kept.
const fn texts(of: &Explanation) -> [&'static str; TEXTS] {
    [of.code, of.title, of.meaning, of.why, of.known, of.cure, of.source]
}

/// How many bytes all of them have.
pub(super) const fn bytes(rows: &[Explanation]) -> usize {
    let (mut sum, mut row) = (0, 0);
    while row < rows.len() {
        let (texts, mut text) = (texts(&rows[row]), 0);
        while text < TEXTS {
            sum += texts[text].len();
            text += 1;
        }
        row += 1;
    }
    sum
}

/// Where each text of each explanation ends in the one text; each begins where the one before ends.
pub(super) type Ends = [u32; TEXTS];

/// All texts, one behind the other, and where each ends.
#[derive(Debug)]
pub(super) struct Packed<const BYTES: usize, const ROWS: usize> {
    bytes: [u8; BYTES],
    pub(super) ends: [Ends; ROWS],
}

impl<const BYTES: usize, const ROWS: usize> Packed<BYTES, ROWS> {
    #[expect(clippy::cast_possible_truncation, reason = "all texts of all families are below 1 MB")]
    pub(super) const fn of(rows: &[Explanation]) -> Self {
        let mut packed = Self { bytes: [0; BYTES], ends: [[0; TEXTS]; ROWS] };
        let (mut end, mut row) = (0, 0);
        while row < ROWS {
            let (texts, mut text) = (texts(&rows[row]), 0);
            while text < TEXTS {
                let from = texts[text].as_bytes();
                packed.bytes.split_at_mut(end).1.split_at_mut(from.len()).0.copy_from_slice(from);
                end += from.len();
                packed.ends[row][text] = end as u32;
                text += 1;
            }
            row += 1;
        }
        packed
    }

    pub(super) const fn text(&self) -> &str {
        match str::from_utf8(&self.bytes) {
            Ok(text) => text,
            Err(_) => panic!("texts that are joined are a text"),
        }
    }
}

/// The code of a row, which is the first of its texts.
pub(super) fn code(text: &'static str, ends: &'static [Ends], at: usize) -> Option<&'static str> {
    text.get(start_of(ends, at)? as usize..*ends.get(at)?.first()? as usize)
}

fn start_of(ends: &[Ends], at: usize) -> Option<u32> {
    match at.checked_sub(1) {
        Some(before) => ends.get(before)?.last().copied(),
        None => Some(0),
    }
}

/// The explanation at a row.
pub(super) fn row(text: &'static str, ends: &'static [Ends], at: usize) -> Option<Explanation> {
    let row = ends.get(at)?;
    let mut start = start_of(ends, at)?;
    let [code, title, meaning, why, known, cure, source] = row.map(|end| {
        let range = std::mem::replace(&mut start, end) as usize..end as usize;
        text.get(range).unwrap_or_default()
    });
    Some(Explanation { code, title, meaning, why, known, cure, source })
}
