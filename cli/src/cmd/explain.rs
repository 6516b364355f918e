//! `k8sprep explain`.

use serde::Serialize;

use crate::cmd::Run;
use crate::explain::{self, Explanation, FAMILIES};
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
    /// How to print
    #[arg(long, value_enum, default_value_t, value_name = "FORMAT")]
    output: Format,
}

#[derive(Serialize)]
struct List {
    codes: Vec<Row>,
}

#[derive(Serialize)]
struct Row {
    family: &'static str,
    #[serde(flatten)]
    explanation: &'static Explanation,
}

impl Run for Explain {
    const NAME: &'static str = "explain";
    const ABOUT: &'static str = "Say what the code of a message means, why it matters and what to do";
    const EXAMPLES: &'static str = "
  k8sprep explain pod-subnet-overlap
  k8sprep explain runtime-socket-dead --output json
  k8sprep explain --list";
    const NOTES: &'static str = "
Codes stand in square brackets at the end of a message, and as `code` in what --output json prints.";

    fn run(self, ui: &mut Ui) -> Result<(), Failure> {
        let Some(code) = &self.code else { return list(self.output, ui) };
        let explanation = found(code)?;
        match self.output {
            Format::Json => ui.json("explain", explanation),
            Format::Text => ui.lines(text(explanation)),
        }
    }
}

/// A code is copied with the brackets around it, and typed in any letter case.
fn found(given: &str) -> Result<&'static Explanation, Failure> {
    let code = given.trim().trim_matches(['[', ']']).to_ascii_lowercase();
    explain::find(&code).ok_or_else(|| {
        let failure = Failure::usage(format_args!("there is no code {given:?}"));
        match explain::near(&code)[..] {
            [] => failure.hint("k8sprep explain --list lists the codes"),
            ref near => failure.hint(format_args!("did you mean {}?", near.join(" or "))),
        }
    })
}

fn text(row: &Explanation) -> String {
    let parts = [
        ("What it means", row.meaning),
        ("Why it matters", row.why),
        ("How it is known", row.known),
        ("What to do", row.cure),
        ("Source", row.source),
    ];
    let mut text = format!("{}: {}\n", row.code, row.title);
    for (head, part) in parts {
        text += &format!("\n{head}\n{}", wrapped(part));
    }
    text
}

/// The text in lines that fit a terminal, each indented by two.
fn wrapped(text: &str) -> String {
    const WIDTH: usize = 80;
    let (mut lines, mut line) = (String::new(), String::from(" "));
    for word in text.split(' ') {
        if line.chars().count() + word.chars().count() >= WIDTH && line.len() > 1 {
            lines += &format!("{line}\n");
            line = String::from(" ");
        }
        line += &format!(" {word}");
    }
    lines + &line + "\n"
}

fn list(output: Format, ui: &mut Ui) -> Result<(), Failure> {
    if output == Format::Json {
        let rows = FAMILIES.iter().flat_map(|family| {
            family.rows.iter().map(|explanation| Row { family: family.title, explanation })
        });
        return ui.json("explain-list", &List { codes: rows.collect() });
    }
    for (number, family) in FAMILIES.iter().enumerate() {
        if number > 0 {
            ui.line("")?;
        }
        ui.line(format_args!("{}:", family.title))?;
        for row in family.rows {
            ui.line(format_args!("  {:<34} {}", row.code, row.title))?;
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lines_fit_a_terminal() {
        for row in explain::all() {
            let text = text(row);
            assert!(text.lines().skip(1).all(|line| line.chars().count() <= 80), "{text}");
        }
    }

    #[test]
    fn a_code_is_found_as_it_is_copied() {
        assert_eq!(found(" [No-Pod-Subnet]").unwrap().code, "no-pod-subnet");
        assert!(found("no-pod-subnett").unwrap_err().hints()[0].contains("no-pod-subnet"));
    }
}
