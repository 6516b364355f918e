//! What was said how often, in which run of the program, and whether it is still so.
//!
//! What is old is not so now. What a program said before its last start is history: whoever started
//! it again may have mended it, and it would say it again. But systemd starts what has failed again
//! and again, and a run of a few seconds has mended nothing: while the last run is young and nobody
//! asked for it, the one before counts too. And what a program says as long as it is so
//! ([`Lasts::Repeated`]) is over when it has been silent for that long.

use std::collections::{BTreeMap, VecDeque};

use jiff::{SignedDuration, Timestamp};

use super::line::{Line, Stamp};
use super::program::Program;
use super::table::{Lasts, Pattern};

/// A run that is younger has shown nothing: a kubelet that cannot start ends within seconds, one
/// that cannot listen a little later.
const YOUNG: SignedDuration = SignedDuration::from_secs(60);

/// How often within a minute [`Lasts::Often`] looks back.
const MINUTE: SignedDuration = SignedDuration::from_secs(60);

/// What a program said, in one of its runs.
///
/// Times are those of the lines and `None` in logs whose lines have none (the kernel's ring counts
/// from its boot).
#[derive(Clone, Debug)]
pub(super) struct Seen {
    pub(super) count: u64,
    pub(super) first: Option<Timestamp>,
    pub(super) last: Option<Timestamp>,
    pub(super) sample: String,
    /// The program has said that it is not so any more.
    over: bool,
    /// A new run of the program does not end it.
    stays: bool,
    /// When it was said last, as often as the pattern asks for.
    recent: VecDeque<Timestamp>,
}

/// The runs of a program.
#[derive(Debug, Default)]
struct Runs {
    process: Option<u32>,
    started: Option<Timestamp>,
    /// Somebody had it stopped before.
    asked: bool,
    stopping: bool,
}

/// What one log says.
///
/// One log is counted at a time: what two logs say of one program is put together afterwards.
#[derive(Debug, Default)]
pub(super) struct Tally {
    runs: BTreeMap<Program, Runs>,
    /// By pattern and program: in the last run, in the one before.
    seen: BTreeMap<(usize, Program), [Option<Seen>; 2]>,
    last: Last,
}

/// The time of the newest line. Only that of the last is read.
#[derive(Debug, Default)]
enum Last {
    #[default]
    None,
    Micros(i64),
    Text(String),
}

impl Tally {
    /// Hears of a line, whatever it says: a new process is a new run.
    pub(super) fn hears(&mut self, line: &Line<'_>, now: Timestamp) {
        let Some(program) = line.program else { return };
        if program == Program::Systemd {
            self.hears_systemd(line, now);
        } else if program.runs_as_one_process() && line.process.is_some() {
            let runs = self.runs.entry(program).or_default();
            if runs.process != line.process {
                let first = runs.process.is_none() && !runs.stopping;
                runs.process = line.process;
                if !first {
                    self.starts(program, line.stamp.at(now));
                }
            }
        }
    }

    /// Lines of systemd itself: `Stopping ...` tells that somebody asked for the end of a run,
    /// `Started ...` when a run began. The words are those of systemd's job messages in English;
    /// the journal has them untranslated unless the manager runs with another locale, and then
    /// only process ids tell runs apart.
    fn hears_systemd(&mut self, line: &Line<'_>, now: Timestamp) {
        let (stops, starts) = (line.text.starts_with("Stopping "), line.text.starts_with("Started "));
        if let Some(unit) = Program::of_unit(&line.text).filter(|_| stops || starts) {
            let runs = self.runs.entry(unit).or_default();
            runs.stopping |= stops;
            if starts {
                runs.started = line.stamp.at(now);
            }
        }
    }

    /// A new run of a program begins.
    pub(super) fn starts(&mut self, program: Program, at: Option<Timestamp>) {
        let runs = self.runs.entry(program).or_default();
        runs.started = at;
        runs.asked = std::mem::take(&mut runs.stopping);
        for ((_, of), seen) in &mut self.seen {
            if *of == program && !seen[0].as_ref().is_some_and(|seen| seen.stays) {
                seen[1] = seen[0].take();
            }
        }
    }

    /// The time of the last line.
    pub(super) fn ends(&mut self, stamp: Stamp<'_>) {
        match (stamp, &mut self.last) {
            (Stamp::None, _) => {}
            (Stamp::Micros(micros), last) => *last = Last::Micros(micros),
            (Stamp::Text(text), Last::Text(last)) => text.clone_into(last),
            (Stamp::Text(text), last) => *last = Last::Text(text.to_owned()),
        }
    }

    /// The time of the last line, where lines have one.
    pub(super) fn last(&self, now: Timestamp) -> Option<Timestamp> {
        match &self.last {
            Last::None => None,
            Last::Micros(micros) => Stamp::Micros(*micros).at(now),
            Last::Text(text) => Stamp::Text(text).at(now),
        }
    }

    /// Counts what was said.
    pub(super) fn says(&mut self, at: usize, pattern: &Pattern, line: &Line<'_>, now: Timestamp) {
        let Some(program) = line.program else { return };
        // What systemd says of a service belongs to the runs of that service. It says the same of
        // services that are none of a node's.
        let owner = match program {
            Program::Systemd => match Program::of_unit(&line.text) {
                Some(unit) => unit,
                None => return,
            },
            _ => program,
        };
        let time = line.stamp.at(now);
        let seen = &mut self.seen.entry((at, owner)).or_default()[0];
        let seen = seen.get_or_insert_with(|| Seen {
            count: 0,
            first: time,
            last: None,
            sample: String::new(),
            over: false,
            stays: pattern.lasts == Lasts::Until,
            recent: VecDeque::new(),
        });
        seen.count += 1;
        seen.over = false;
        seen.last = time.or(seen.last);
        // The newest: its times and addresses are those of now.
        super::sample_into(&mut seen.sample, &line.text);
        if let (Lasts::Often(many), Some(time)) = (pattern.lasts, time) {
            seen.recent.push_back(time);
            if seen.recent.len() > many {
                seen.recent.pop_front();
            }
        }
    }

    /// The program says that what the pattern is about is not so any more.
    pub(super) fn ends_it(&mut self, at: usize, program: Program) {
        let seen = self.seen.get_mut(&(at, program)).into_iter().flatten();
        seen.flatten().for_each(|seen| seen.over = true);
    }

    /// What counts at the time `end`: the pattern's place, the program whose runs it is about, what
    /// was said, and whether it still is so.
    pub(super) fn counts(
        &self,
        end: Option<Timestamp>,
        patterns: &[Pattern],
    ) -> Vec<(usize, Program, Seen, bool)> {
        let mut all = Vec::new();
        for ((at, program), seen) in &self.seen {
            let before = self.runs.get(program).is_some_and(|runs| !runs.asked && runs.is_young(end));
            let mut runs = seen.iter().take(if before { 2 } else { 1 }).flatten().cloned();
            let Some(newest) = runs.next() else { continue };
            let all_of = runs.fold(newest, |newest, older| newest.after(older));
            let settles = patterns[*at].lasts == Lasts::Settles
                && self.runs.get(program).is_some_and(|runs| runs.started.is_some() && runs.is_young(end));
            let is_so = !settles && all_of.is_so(patterns[*at].lasts, end);
            all.push((*at, *program, all_of, is_so));
        }
        all
    }
}

impl Runs {
    fn is_young(&self, end: Option<Timestamp>) -> bool {
        match (self.started, end) {
            (Some(started), Some(end)) => end.duration_since(started) < YOUNG,
            // Without times nothing shows that it has lived.
            _ => true,
        }
    }
}

impl Seen {
    fn after(self, older: Self) -> Self {
        Self { count: self.count + older.count, first: older.first.or(self.first), ..self }
    }

    fn is_so(&self, lasts: Lasts, end: Option<Timestamp>) -> bool {
        if self.over {
            return false;
        }
        let (Some(last), Some(end)) = (self.last, end) else {
            return !matches!(lasts, Lasts::Often(many) if self.count < many as u64);
        };
        let silent = end.duration_since(last);
        match lasts {
            Lasts::Run | Lasts::Until => true,
            Lasts::Repeated(limit) => silent.unsigned_abs() <= limit,
            Lasts::Settles => silent <= MINUTE,
            Lasts::Often(many) => {
                let often = self.recent.len() >= many
                    && self.recent.front().is_some_and(|first| last.duration_since(*first) <= MINUTE);
                often && silent <= MINUTE * 6
            }
        }
    }
}
