//! `k8sprep explain`.
//!
//! The texts of `crate::explain`, by code or as a list. JSON: `k8sprep.explain/v1` and
//! `k8sprep.explain-list/v1`.

use serde::Serialize;

use crate::cmd::Run;
use crate::cmd::shared::lang::Lang;
use crate::explain::{self, Explanation, FAMILIES, Language};
use crate::failure::Failure;
use crate::ui::{Format, Ui};

/// The flags of `explain`.
#[derive(clap::Args, Debug)]
pub(crate) struct Explain {
    /// The code of a message, such as pod-subnet-overlap
    #[arg(required_unless_present = "list", value_name = "CODE")]
    code: Option<String>,
    /// List every code
    #[arg(long, conflicts_with = "code")]
    list: bool,
    #[command(flatten)]
    lang: Lang,
    /// How to print
    #[arg(long, value_enum, default_value_t, value_name = "FORMAT")]
    output: Format,
}

/// Every code with its family.
#[derive(Serialize)]
struct List {
    lang: Language,
    /// How many codes have no text in that language.
    untranslated: usize,
    codes: Vec<Row>,
}

/// One code of the list.
#[derive(Serialize)]
struct Row {
    family: &'static str,
    #[serde(flatten)]
    text: Translated,
}

#[derive(Serialize)]
struct Translated {
    #[serde(flatten)]
    explanation: Explanation,
    lang: Language,
}

impl Run for Explain {
    const NAME: &'static str = "explain";
    const ABOUT: &'static str = "Say what the code of a message means, why it matters and what to do";
    const EXAMPLES: &'static str = "
  k8sprep explain pod-subnet-overlap
  k8sprep explain runtime-socket-dead --output json
  k8sprep explain ip-forward-off --lang zh-CN
  k8sprep explain --list";
    const NOTES: &'static str = "
Codes stand in square brackets at the end of a message, and as `code` in what --output json prints.
Without --lang the language is that of LC_ALL, LC_MESSAGES or LANG. A code without a text in it is explained in English.";

    fn run(self, ui: &mut Ui) -> Result<(), Failure> {
        let language = self.lang.language();
        let Some(code) = &self.code else { return list(language, self.output, ui) };
        let (explanation, lang) = found(code)?.in_language(language);
        match self.output {
            Format::Json => ui.json("explain", &Translated { explanation, lang }),
            Format::Text => ui.lines(text(&explanation, lang)),
        }
    }
}

/// A code is copied with the brackets around it, and typed in any letter case.
fn found(given: &str) -> Result<Explanation, Failure> {
    let code = given.trim().trim_matches(['[', ']']).to_ascii_lowercase();
    explain::find(&code).ok_or_else(|| {
        let failure = Failure::usage(format_args!("there is no code {given:?}"));
        match explain::near(&code)[..] {
            [] => failure.hint("k8sprep explain --list lists the codes"),
            ref near => failure.hint(format_args!("did you mean {}?", near.join(" or "))),
        }
    })
}

/// Parts without a text are left out.
fn text(row: &Explanation, lang: Language) -> String {
    let heads = match lang {
        Language::Chinese => ["含义", "影响", "判断依据", "处理办法", "来源"],
        _ => ["What it means", "Why it matters", "How it is known", "What to do", "Source"],
    };
    let parts = heads.into_iter().zip([row.meaning, row.why, row.known, row.cure, row.source]);
    let mut text = format!("{}: {}\n", row.code, row.title);
    for (head, part) in parts {
        text += &format!("\n{head}\n{}", wrapped(part));
    }
    text
}

/// The text in lines that fit a terminal, each indented by two. Chinese has no blanks to break at:
/// a line ends before any of its characters but a sign that closes.
fn wrapped(text: &str) -> String {
    const WIDTH: usize = 80;
    let (mut lines, mut line, mut width) = (String::new(), String::from(" "), 1);
    for (word, blank) in words(text) {
        let wide: usize = word.chars().map(columns).sum::<usize>() + usize::from(blank);
        if width + wide >= WIDTH && width > 1 {
            lines += &format!("{line}\n ");
            (line, width) = (String::new(), 1);
        }
        // A line begins with a blank more, whatever it begins with.
        if blank || line.trim().is_empty() {
            line.push(' ');
        }
        line.push_str(word);
        width += wide;
    }
    lines + &line + "\n"
}

/// What is not broken, each with whether a blank goes before it.
fn words(text: &str) -> Vec<(&str, bool)> {
    let mut words = Vec::new();
    for word in text.split(' ') {
        let (mut start, mut blank) = (0, true);
        let mut before = ' ';
        for (at, c) in word.char_indices() {
            let breaks = is_wide(c) && !"，。、；：）？！”".contains(c) || is_wide(before) && before != '（';
            if at > 0 && breaks && !"，。、；：）？！”".contains(c) {
                words.push((&word[start..at], blank));
                (start, blank) = (at, false);
            }
            before = c;
        }
        words.push((&word[start..], blank));
    }
    words
}

fn is_wide(c: char) -> bool {
    ('\u{2e80}'..='\u{9fff}').contains(&c) || ('\u{ff00}'..='\u{ff60}').contains(&c) || c == '”' || c == '“'
}

fn columns(c: char) -> usize {
    if is_wide(c) { 2 } else { 1 }
}

/// By family, in the order in which a node starts.
fn list(language: Language, output: Format, ui: &mut Ui) -> Result<(), Failure> {
    let without = explain::all().filter(|row| row.in_language(language).1 != language).count();
    if output == Format::Json {
        let rows = FAMILIES.iter().flat_map(|family| {
            family.rows().map(move |explanation| {
                let (explanation, lang) = explanation.in_language(language);
                Row { family: family.title, text: Translated { explanation, lang } }
            })
        });
        return ui
            .json("explain-list", &List { lang: language, untranslated: without, codes: rows.collect() });
    }
    for (number, family) in FAMILIES.iter().enumerate() {
        if number > 0 {
            ui.line("")?;
        }
        ui.line(format_args!("{}:", family.title))?;
        for row in family.rows() {
            ui.line(format_args!("  {:<34} {}", row.code, row.in_language(language).0.title))?;
        }
    }
    if without > 0 {
        ui.note(format_args!(
            "{} of {} codes have no text in this language",
            without,
            explain::all().count()
        ));
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lines_fit_a_terminal() {
        for lang in [Language::English, Language::Chinese] {
            for row in explain::all() {
                let (row, lang) = row.in_language(lang);
                let text = text(&row, lang);
                let fits = |line: &str| line.chars().map(columns).sum::<usize>() <= 80;
                assert!(text.lines().skip(1).all(fits), "{text}");
                let same = |text: &str| text.split_whitespace().collect::<String>();
                assert!(same(&text).contains(&same(row.cure)), "nothing is lost: {text}");
            }
        }
    }

    #[test]
    fn a_code_is_found_as_it_is_copied() {
        assert_eq!(found(" [No-Pod-Subnet]").unwrap().code, "no-pod-subnet");
        assert!(found("no-pod-subnett").unwrap_err().hints()[0].contains("no-pod-subnet"));
    }
}
