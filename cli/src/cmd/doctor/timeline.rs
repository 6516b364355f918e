//! `doctor --timeline`: what systemd, the kubelet, CRI-O and kubeadm logged of one boot, in one order.

use std::io::BufReader;
use std::time::SystemTime;

use anstyle::{AnsiColor, Style};
use schemars::JsonSchema;
use serde::Serialize;

use super::{Doctor, Output, several};
use crate::Code;
use crate::doctor::archive::Archive;
use crate::doctor::{Level, Moment, Subject, Timeline, WhichLines};
use crate::failure::{Exit, Failure};
use crate::input;
use crate::stage::count;
use crate::ui::{Ui, visible};

const TIME: Style = Style::new().dimmed();

/// The flag of `--timeline`.
#[derive(clap::Args, Clone, Copy, Debug)]
pub(super) struct Timing {
    /// Show what systemd, the kubelet, CRI-O and kubeadm logged since the last boot, in one order; `all`: with what says
    /// nothing
    #[arg(long, value_enum, num_args = 0..=1, require_equals = true, default_missing_value = "telling")]
    #[arg(value_name = "LINES", conflicts_with_all = ["fix", "collect", "watch", "select", "ignore", "suppress", "fail_on"])]
    pub(super) timeline: Option<Lines>,
}

/// Which lines.
#[derive(Clone, Copy, Debug, Eq, PartialEq, clap::ValueEnum)]
pub(super) enum Lines {
    /// Starts and stops, warnings and errors, what points to a check
    Telling,
    /// Every line
    All,
}

/// The JSON document.
#[derive(JsonSchema, Serialize)]
pub(crate) struct Printed<'a> {
    host: &'a Subject,
    #[serde(flatten)]
    timeline: &'a Timeline,
}

impl Doctor {
    pub(super) fn timeline(&self, lines: Lines, ui: &mut Ui) -> Result<(), Failure> {
        if !matches!(self.output, Output::Text | Output::Json) {
            return Err(Failure::usage("with --timeline the output is text or json"));
        }
        let which = if lines == Lines::All { WhichLines::All } else { WhichLines::Telling };
        let (host, now) = match several::files(&self.from)?.as_slice() {
            [] => (self.on.host_to_judge()?, SystemTime::now()),
            [one] => {
                let archive =
                    Archive::open(one).map_err(|error| several::cannot_be_diagnosed(one, &error))?;
                let at = archive.collected();
                (archive.into_host(), at)
            }
            _ => return Err(Failure::usage("a line of time is of one host, and there are several")),
        };
        let mut timeline = Timeline::new(which, now);
        timeline.of_host(&host);
        for path in &self.log {
            let name = path.to_string_lossy();
            let read = input::open(path).and_then(|file| timeline.read(&name, BufReader::new(file)));
            read.map_err(|error| {
                let text = format!("cannot read {}: {error}", input::shown(path));
                Failure::new(Exit::Failed, Code::PathNotFound.as_str(), text)
            })?;
        }
        let subject = Subject::of_host(&host, now);
        match self.output {
            Output::Json => ui.json("timeline", &Printed { host: &subject, timeline: &timeline })?,
            _ => ui.styled(text(&subject, &timeline, which))?,
        }
        let nothing = timeline.moments.is_empty() && !timeline.unread.is_empty();
        if nothing { Err(Failure::silent(Exit::Failed)) } else { Ok(()) }
    }
}

fn text(host: &Subject, timeline: &Timeline, which: WhichLines) -> String {
    let mut text = super::text::head_of(host);
    let wide = timeline.moments.iter().map(|one| one.program.len()).max().unwrap_or_default();
    let mut day = "";
    for moment in &timeline.moments {
        let today = moment.at.as_deref().and_then(|at| at.get(..10)).unwrap_or_default();
        if today != day && !today.is_empty() {
            day = today;
            text.push_str(&format!("{TIME}{day}, UTC{TIME:#}\n"));
        }
        text.push_str(&line(moment, wide));
    }
    for unread in &timeline.unread {
        text.push_str(&format!("not read: {}\n", visible(&format!("{}: {}", unread.source, unread.why))));
    }
    if timeline.left_out > 0 {
        let many = count(usize::try_from(timeline.left_out).unwrap_or(usize::MAX), "line");
        let all = if which == WhichLines::All { "" } else { "; `--timeline=all` shows them" };
        text.push_str(&format!("{many} not shown{all}\n"));
    } else if timeline.moments.is_empty() && timeline.unread.is_empty() {
        text.push_str("none of them logged anything\n");
    }
    text
}

fn line(moment: &Moment, wide: usize) -> String {
    let style = match moment.level {
        Level::Error => AnsiColor::Red.on_default(),
        Level::Warning => AnsiColor::Yellow.on_default(),
        _ => Style::new(),
    };
    let clock = |at: &Option<String>| at.as_deref().and_then(|at| at.get(11..19)).map(str::to_owned);
    let at = clock(&moment.at).unwrap_or_else(|| " ".repeat(8));
    let code = moment.code.map(|code| format!(" [{code}]")).unwrap_or_default();
    let again = match moment.count {
        1 => String::new(),
        many => {
            let last = clock(&moment.last).map(|last| format!(", last {last}")).unwrap_or_default();
            format!(" ({many} times{last})")
        }
    };
    let said = visible(&format!("{}{code}{again}", moment.text));
    format!("{TIME}{at}{TIME:#}  {:wide$}  {style}{said}{style:#}\n", moment.program)
}
