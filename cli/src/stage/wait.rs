//! Waiting for what others bring about: until it is so, the time is over, or somebody wants to stop.

use std::time::{Duration, Instant};

use host_prep::Watch;

/// Since when something is waited for, and until when at the latest.
pub(super) struct Clock {
    begun: Instant,
    end: Instant,
}

/// How a pause ended.
pub(super) enum Pause {
    GoOn,
    Over,
    Stopped,
}

impl Clock {
    pub(super) fn of(limit: Duration) -> Self {
        let begun = Instant::now();
        // A limit that no clock can hold is none.
        let end = begun.checked_add(limit).unwrap_or(begun + Duration::from_secs(365 * 86_400));
        Self { begun, end }
    }

    /// Waits so long, in small parts.
    pub(super) fn pause(&self, pause: Duration, watch: &mut dyn Watch) -> Pause {
        // A request to stop is heard as soon.
        const PART: Duration = Duration::from_millis(100);
        let since = Instant::now();
        loop {
            if watch.stops() {
                return Pause::Stopped;
            }
            let now = Instant::now();
            if now >= self.end {
                return Pause::Over;
            }
            let left = pause.saturating_sub(now - since);
            if left.is_zero() {
                return Pause::GoOn;
            }
            watch.waits(now - self.begun);
            std::thread::sleep(left.min(PART).min(self.end - now));
        }
    }
}

/// How a wait ended; where it is not so, with what was found last.
#[derive(Debug, Eq, PartialEq)]
pub(super) enum Waited<T> {
    Done(T),
    Over(String),
    Stopped(String),
}

/// Asks until it is so, once more when the time is over. What is found meanwhile is told.
pub(super) fn until<T, E>(
    (limit, pause): (Duration, Duration),
    watch: &mut dyn Watch,
    mut ask: impl FnMut(&mut dyn Watch) -> Result<Result<T, String>, E>,
) -> Result<Waited<T>, E> {
    let clock = Clock::of(limit);
    let (mut told, mut is_over) = (String::new(), false);
    loop {
        let last = match ask(watch)? {
            Ok(done) => return Ok(Waited::Done(done)),
            Err(last) => last,
        };
        if is_over {
            return Ok(Waited::Over(last));
        }
        if last != told {
            watch.awaits(&last);
            told.clone_from(&last);
        }
        match clock.pause(pause, watch) {
            Pause::GoOn => {}
            Pause::Over => is_over = true,
            Pause::Stopped => return Ok(Waited::Stopped(last)),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[derive(Default)]
    struct Hears(Vec<String>, bool);

    impl Watch for Hears {
        fn awaits(&mut self, what: &str) {
            self.0.push(what.to_owned());
        }

        fn stops(&mut self) -> bool {
            self.1
        }
    }

    const QUICK: (Duration, Duration) = (Duration::from_secs(60), Duration::from_millis(1));

    #[test]
    fn it_is_asked_until_it_is_so_and_what_changes_is_told_once() {
        let (mut hears, mut asked) = (Hears::default(), 0);
        let waited: Result<_, ()> = until(QUICK, &mut hears, |_| {
            asked += 1;
            Ok(if asked < 5 { Err(format!("not {}", asked / 3)) } else { Ok(asked) })
        });
        assert_eq!(waited.unwrap(), Waited::Done(5));
        assert_eq!(hears.0, ["not 0", "not 1"]);
    }

    #[test]
    fn it_ends_with_its_time_with_a_request_to_stop_and_with_a_fault() {
        let no = |_: &mut dyn Watch| -> Result<Result<(), String>, &'static str> { Ok(Err("no".to_owned())) };
        let short = (Duration::from_millis(5), Duration::from_secs(60));
        assert_eq!(until(short, &mut Hears::default(), no).unwrap(), Waited::Over("no".to_owned()));
        let mut stops = Hears(Vec::new(), true);
        assert_eq!(until(QUICK, &mut stops, no).unwrap(), Waited::Stopped("no".to_owned()));
        let fault = |_: &mut dyn Watch| -> Result<Result<(), String>, &'static str> { Err("a fault") };
        assert_eq!(until(QUICK, &mut Hears::default(), fault), Err("a fault"));
    }
}
