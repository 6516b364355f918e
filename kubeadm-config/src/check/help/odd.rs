//! Characters that look like YAML's and are none: what comes of copying from a web page or a word
//! processor.

use super::Help;
use crate::check::{Remark, Severity};
use crate::code::Code;

/// A character, what it is called, and what is meant.
const ODD: &[(char, &str, &str)] = &[
    ('\u{a0}', "a no-break space", "write a blank"),
    ('\u{3000}', "a wide space", "write a blank"),
    ('\u{2003}', "a wide space", "write a blank"),
    ('\u{200b}', "a space without width", "take it out"),
    ('\u{feff}', "a byte order mark", "take it out"),
    ('\u{201c}', "a typographic quote", "write \" or leave the quotes out"),
    ('\u{201d}', "a typographic quote", "write \" or leave the quotes out"),
    ('\u{201e}', "a typographic quote", "write \" or leave the quotes out"),
    ('\u{2018}', "a typographic quote", "write ' or leave the quotes out"),
    ('\u{2019}', "a typographic quote", "write ' or leave the quotes out"),
    ('\u{2013}', "a dash that is no minus", "write -"),
    ('\u{2014}', "a dash that is no minus", "write -"),
    ('\u{2212}', "a dash that is no minus", "write -"),
    ('\u{ff1a}', "a wide colon", "write : and a blank"),
    ('\u{ff0c}', "a wide comma", "write ,"),
];

/// Adds help to errors whose line has such a character at their place; it is truer than a name that
/// is near.
pub(in crate::check) fn characters(file: &[u8], remarks: &mut [Remark]) {
    let Ok(text) = std::str::from_utf8(file) else { return };
    if text.is_ascii() {
        return;
    }
    let lines: Vec<&str> = text.lines().collect();
    for remark in remarks.iter_mut().filter(|remark| remark.severity == Severity::Error) {
        let weak = |help: &Help| help.code == Code::DidYouMean || help.code == remark.code;
        let open = remark.help.as_ref().is_none_or(weak);
        let line = remark.line.and_then(|line| usize::try_from(line).ok());
        let Some(number) = line.filter(|_| open) else { continue };
        let Some(line) = number.checked_sub(1).and_then(|at| lines.get(at)) else { continue };
        let place = remark.span.clone().and_then(|span| text.get(span));
        let of = |place: &str| place.chars().find_map(|c| ODD.iter().find(|(odd, ..)| *odd == c));
        // Of a file that could not be read the place is the parser's.
        let found = match remark.code {
            Code::Refused => of(line),
            _ => place.and_then(of),
        };
        let Some((odd, name, instead)) = found else { continue };
        let code = u32::from(*odd);
        let text =
            format!("line {number} has {name} (U+{code:04X}), which YAML takes for a letter: {instead}");
        remark.help = Some(Help { code: Code::OddCharacter, text });
    }
}
