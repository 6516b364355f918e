//! Text for a page: escaped, cut, and never more than the page may have.

use std::fmt::Write as _;

/// A page while it is written.
#[derive(Debug, Default)]
pub(super) struct Page(String);

impl Page {
    /// Adds what has to be there. It is short.
    pub(super) fn must(&mut self, html: &str) {
        self.0.push_str(html);
    }

    /// Adds a piece where the page then has `up_to` bytes at most.
    pub(super) fn fits(&mut self, html: &str, up_to: usize) -> bool {
        let fits = self.0.len() + html.len() <= up_to;
        if fits {
            self.0.push_str(html);
        }
        fits
    }

    /// Adds pieces as long as they fit, and says how many are left out.
    pub(super) fn as_many_as_fit(
        &mut self,
        all: impl Iterator<Item = String>,
        up_to: usize,
        one: &str,
        many: &str,
    ) {
        self.as_much_as_fits(all.map(|piece| (piece, 1)), up_to, one, many);
    }

    /// The same of pieces that stand for several each.
    pub(super) fn as_much_as_fits(
        &mut self,
        all: impl Iterator<Item = (String, usize)>,
        up_to: usize,
        one: &str,
        many: &str,
    ) {
        let (mut is_full, mut left) = (false, 0);
        for (piece, counts) in all {
            is_full = is_full || !self.fits(&piece, up_to);
            left += if is_full { counts } else { 0 };
        }
        if left > 0 {
            let what = if left == 1 { one } else { many };
            self.must(&format!(
                "<p class=\"quiet\">{left} more {what} did not fit; <code>--output json</code> has all.</p>\n"
            ));
        }
    }

    pub(super) fn len(&self) -> usize {
        self.0.len()
    }

    pub(super) fn into_text(self) -> String {
        self.0
    }
}

/// At most so many characters; what is cut off is marked.
pub(super) fn cut(text: &str, most: usize) -> String {
    match text.char_indices().nth(most) {
        Some((end, _)) => format!("{}…", &text[..end]),
        None => text.to_owned(),
    }
}

/// Text for HTML, between tags and in attributes: what marks up is a reference, what a page cannot
/// hold or what reorders text is shown by its number, passwords of URLs are not shown.
pub(super) fn escaped(text: &str) -> String {
    let text = host_prep::without_passwords(text);
    let mut safe = String::with_capacity(text.len());
    for c in text.chars() {
        match c {
            '&' => safe.push_str("&amp;"),
            '<' => safe.push_str("&lt;"),
            '>' => safe.push_str("&gt;"),
            '"' => safe.push_str("&quot;"),
            '\'' => safe.push_str("&#39;"),
            '\t' => safe.push(c),
            c if host_prep::acts_on_terminal(c) || c.is_control() || is_no_character(c) => {
                let _ = write!(safe, "\\u{{{:x}}}", u32::from(c));
            }
            c => safe.push(c),
        }
    }
    safe
}

/// HTML, "noncharacter".
fn is_no_character(c: char) -> bool {
    let number = u32::from(c);
    (0xfdd0..=0xfdef).contains(&number) || number & 0xfffe == 0xfffe
}
