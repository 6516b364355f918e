//! Choosing a mirror by what was measured. Measuring is a program's work (`curl`); this is the
//! choice.

use std::time::Duration;

use serde::Serialize;

use crate::Invocation;
use crate::mirrors::Format;

/// What asking one mirror for its index gave.
#[derive(Clone, Debug, Eq, PartialEq, Serialize)]
#[non_exhaustive]
pub struct Answer {
    /// Name of the mirror.
    pub mirror: String,
    /// How it went.
    pub outcome: Outcome,
}

/// How asking went.
#[derive(Clone, Debug, Eq, PartialEq, Serialize)]
#[serde(rename_all = "kebab-case")]
#[non_exhaustive]
pub enum Outcome {
    /// The index came, after this time.
    Index(Duration),
    /// It answered something else: an error status, or a page of a proxy.
    Wrong(String),
    /// It did not answer.
    Silent(String),
    /// Another one answered right before it was done.
    Overtaken,
}

/// The fastest mirror that answered with an index.
///
/// # Errors
///
/// [`NoneAnswered`] with what each said.
pub fn choose(answers: &[Answer]) -> Result<&Answer, NoneAnswered> {
    let time = |answer: &Answer| match answer.outcome {
        Outcome::Index(time) => Some(time),
        _ => None,
    };
    let right = answers.iter().filter_map(|answer| Some((time(answer)?, answer)));
    let said = || answers.iter().map(ToString::to_string).collect();
    right.min_by_key(|(time, _)| *time).map(|(_, answer)| answer).ok_or_else(|| NoneAnswered { said: said() })
}

/// No mirror gave an index.
#[derive(Clone, Debug, Eq, PartialEq, thiserror::Error)]
#[error("no mirror answers right: {}", .said.join("; "))]
#[non_exhaustive]
#[expect(missing_docs, reason = "fields are named for what they hold")]
pub struct NoneAnswered {
    pub said: Vec<String>,
}

/// What asks for a file of a mirror: prints it, then a line with status and seconds.
#[must_use]
pub fn question(url: &str, limit: Duration) -> Invocation {
    let seconds = limit.as_secs().max(1).to_string();
    let args = [
        "-sSL",
        "--max-time",
        &seconds,
        "--max-filesize",
        "67108864",
        "-w",
        "\n%{http_code} %{time_total}\n",
    ];
    curl(&args, url).within(limit + Duration::from_secs(2))
}

/// `curl` with these arguments for `url`; one with a password in it is told on stdin, since
/// arguments are seen by everybody.
#[must_use]
pub fn curl(args: &[&str], url: &str) -> Invocation {
    if crate::without_passwords(url) == url {
        return Invocation::new("curl", args.iter().chain([&url]).copied()).fetching();
    }
    // curl(1), --config: in double quotes a backslash escapes.
    let line = format!("url = \"{}\"\n", url.replace('\\', "\\\\").replace('"', "\\\""));
    Invocation::new("curl", args.iter().chain(&["-K", "-"]).copied()).told(line).fetching()
}

/// Reads what [`question`] printed.
#[must_use]
pub fn answer(mirror: &str, format: Format, status: Option<i32>, stdout: &[u8], stderr: &str) -> Answer {
    let text = String::from_utf8_lossy(stdout);
    let (body, last) = text.trim_end().rsplit_once('\n').unwrap_or(("", text.trim_end()));
    let mut words = last.split_whitespace();
    let (code, seconds) = (words.next().unwrap_or("000"), words.next().and_then(|text| text.parse().ok()));
    let looks_right = match format {
        Format::Rpm => body.contains("<repomd") && body.contains("</repomd>"),
        Format::Deb => {
            body.contains("-----BEGIN PGP SIGNED MESSAGE-----")
                && body.contains("-----END PGP SIGNATURE-----")
        }
    };
    let outcome = match (status, code) {
        (Some(0), "200") if looks_right => {
            Outcome::Index(Duration::try_from_secs_f64(seconds.unwrap_or(0.0)).unwrap_or(Duration::MAX))
        }
        (Some(0), "200") => Outcome::Wrong("answers with something that is not an index".into()),
        // pkgs.k8s.io answers 403 and the Open Build Service 404 to a minor that is not there yet.
        (Some(0), "403" | "404") => Outcome::Wrong(format!("does not have it ({code})")),
        (Some(0), _) => Outcome::Wrong(format!("answers {code}")),
        _ => Outcome::Silent(stderr.trim().trim_start_matches("curl: ").to_owned()),
    };
    Answer { mirror: mirror.to_owned(), outcome }
}

impl std::fmt::Display for Answer {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{} {}", self.mirror, self.outcome.reason())
    }
}

impl Outcome {
    fn reason(&self) -> String {
        match self {
            Self::Overtaken => "was slower than another".into(),
            Self::Index(time) => format!("answered in {} ms", time.as_millis()),
            Self::Wrong(what) => what.clone(),
            Self::Silent(why) => format!("did not answer: {why}"),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::PackageMinor;
    use crate::mirrors::{Artefact, Mirror};

    #[test]
    fn the_first_that_answers_right_is_taken() {
        let rpm = |name, status, out: &str| {
            answer(name, Format::Rpm, status, out.as_bytes(), "curl: (6) no such host\n")
        };
        let answers = [
            rpm("upstream", Some(0), "<repomd></repomd>\n200 0.900"),
            rpm("aliyun", Some(0), "<html>login</html>\n200 0.010"),
            rpm("ustc", Some(0), "<?xml?><repomd></repomd>\n200 0.200"),
            rpm("tencent", Some(0), "gone\n403 0.001"),
            rpm("tsinghua", Some(6), ""),
        ];
        assert_eq!(choose(&answers).unwrap().mirror, "ustc");
        let error =
            choose(&[answers[1].clone(), answers[3].clone(), answers[4].clone()]).unwrap_err().to_string();
        assert_eq!(
            error,
            "no mirror answers right: aliyun answers with something that is not an index; tencent does not have it (403); \
             tsinghua did not answer: (6) no such host"
        );
    }

    #[test]
    fn a_password_is_no_argument() {
        let ask = curl(&["-s"], "http://u:pw@h/x\"\\");
        assert_eq!(ask.to_string(), "curl -s -K -");
        assert_eq!(ask.stdin(), b"url = \"http://u:pw@h/x\\\"\\\\\"\n");
        assert_eq!(curl(&["-s"], "http://token@h/x").to_string(), "curl -s -K -", "a token stands there");
    }

    #[test]
    fn the_index_of_the_exact_minor_is_asked_for() {
        let minor = PackageMinor::new(1, 34);
        let mirror = Mirror::find("aliyun", Artefact::Kubernetes, minor).unwrap();
        let ask = question(&mirror.location(minor, Format::Deb).index(Format::Deb), Duration::from_secs(5));
        assert_eq!(
            ask.args.last().map(String::as_str),
            Some("https://mirrors.aliyun.com/kubernetes-new/core/stable/v1.34/deb/InRelease")
        );
    }
}
