//! `k8sprep probe-crio`.
//!
//! Asks CRI-O on its socket (`cri_probe`) and compares the answers with its own configuration.
//! `--wait` asks again until it answers, `--require` makes demands of the answer. Exit statuses
//! from 10 on say which kind of failure it was; the help lists them. JSON: `k8sprep.probe/v1`.

mod demand;
mod report;

use cri_probe::{Client, Error, ErrorKind, Fact, Options, Probe, Socket, Source, Survey, Wait, blocking};

use crate::cmd::shared::limit::Limit;
use crate::cmd::{Exits, Run};
use crate::failure::{Exit, Failure, chain};
use crate::stage::claims;
use crate::ui::{Format, Ui};
use demand::Demand;

use report::{Problem, Report, Silence};

/// The flags of `probe-crio`.
#[derive(clap::Args, Debug)]
pub(crate) struct ProbeCrio {
    /// The socket, as a path or as unix:///path
    #[arg(long, default_value = Socket::CRIO, value_name = "PATH")]
    socket: Socket,
    /// Look at every socket a runtime is known to listen on
    #[arg(long, conflicts_with_all = ["socket", "wait", "require", "fields"])]
    all: bool,
    /// Ask CRI-O's /info and /config only, nothing over gRPC
    #[arg(long)]
    http_only: bool,
    /// How long all answers together may take, connecting included
    #[arg(long, default_value = "5s", value_name = "TIME")]
    timeout: Limit,
    /// Ask again until the runtime answers and meets --require, this long at most
    #[arg(long, value_name = "TIME")]
    wait: Option<Limit>,
    /// Fail unless these hold: facts with their values (no value: true), or `agreement`
    #[arg(long, value_name = "FACT[=VALUE],...", value_delimiter = ',')]
    require: Vec<Demand>,
    /// Print the values of these facts only, a line each
    #[arg(long, value_name = "FACT,...", value_delimiter = ',')]
    fields: Vec<Fact>,
    /// How to print the answer
    #[arg(long, value_enum, default_value_t, value_name = "FORMAT")]
    output: Format,
}

impl Run for ProbeCrio {
    const NAME: &'static str = "probe-crio";
    const ABOUT: &'static str = "Query a container runtime over its socket: version, status, configuration";
    const EXAMPLES: &'static str = "
  k8sprep probe-crio
  k8sprep probe-crio --wait 60s --require network-ready,cgroup-driver=systemd
  k8sprep probe-crio --fields cgroup-driver,sandbox-image
  k8sprep probe-crio --output json | jq -r '.facts[\"runtime-version\"].value'
  k8sprep probe-crio --all
  k8sprep probe-crio --socket unix:///run/containerd/containerd.sock";
    const NOTES: &'static str = "
Facts:
  runtime, runtime-version, cri-api, runtime-ready, network-ready, cgroup-driver, sandbox-image,
  storage-driver, storage-root, image-store, default-handler, handlers, and, only when named,
  image-filesystem (the runtime may walk its whole image store) and pod-sandboxes";
    const EXITS: Exits = &[
        (0, "answered"),
        (1, "failed on this side"),
        (3, "a requirement is not met, or a field is not known"),
        (10, "no socket"),
        (11, "permission denied"),
        (12, "nobody listens"),
        (13, "time ran out"),
        (14, "the peer closed, or speaks another protocol"),
        (15, "an answer that was not expected"),
    ];

    fn run(self, ui: &mut Ui) -> Result<(), Failure> {
        if self.all {
            return self.survey(ui);
        }
        match self.ask(ui) {
            Ok(probe) => self.conclude(&Report::new(probe), ui),
            Err(error) => {
                if self.output == Format::Json {
                    let socket = self.socket.to_string();
                    ui.json("probe", &Silence { socket, error: Problem::new(&error) })?;
                }
                Err(Failure::new(exit(error.kind()), error.code().as_str(), chain(&error)))
            }
        }
    }
}

impl ProbeCrio {
    /// # Errors
    /// Why no answer came, with its cause.
    fn ask(&self, ui: &mut Ui) -> Result<Probe, Error> {
        let client = Client::with_options(self.socket.clone(), self.options());
        let sources = self.sources();
        let Some(limit) = self.wait else { return blocking::probe(&client, &sources) };
        let mut wait = Wait::default();
        wait.limit = limit.duration();
        let mut progress = Progress { ui, last: String::new() };
        let sources = &sources;
        blocking::run(client.wait(
            &wait,
            |client| async move { client.probe(sources).await },
            |probe| self.unmet(probe).is_empty(),
            |missed| match missed {
                Ok(probe) => progress.say(&self.unmet(probe).join("; ")),
                Err(error) => progress.say(&error.to_string()),
            },
        ))
    }

    /// One limit for connecting and for the answer together.
    fn options(&self) -> Options {
        let mut options = Options::default();
        options.timeout = self.timeout.duration();
        options
    }

    /// Only what is needed for what is to be printed and required.
    fn sources(&self) -> Vec<Source> {
        let mut sources = if self.fields.is_empty() { Source::USUAL.to_vec() } else { Vec::new() };
        sources.extend(self.fields.iter().flat_map(|fact| fact.sources()));
        sources.extend(self.require.iter().flat_map(Demand::sources));
        if self.http_only {
            sources.retain(|source| Source::HTTP.contains(source));
        }
        sources
    }

    /// What is demanded and not so.
    fn unmet(&self, probe: &Probe) -> Vec<String> {
        let (claims, _) = claims(probe);
        let disagreements = report::disagreements(probe, &claims);
        self.require.iter().filter_map(|demand| demand.unmet(&claims, &disagreements)).collect()
    }

    /// Printed first, then judged: who reads the output sees both.
    fn conclude(&self, report: &Report, ui: &mut Ui) -> Result<(), Failure> {
        if self.fields.is_empty() {
            report.print(self.output, ui)?;
        } else {
            report.print_fields(&self.fields, self.output, ui)?;
        }
        let unmet = report.unmet(&self.require);
        if !unmet.is_empty() {
            return Err(Failure::new(
                Exit::Differences,
                crate::Code::RequirementUnmet.as_str(),
                format_args!("not as required: {}", unmet.join("; ")),
            ));
        }
        let unknown = self.fields.iter().filter(|fact| report.value(**fact).is_none());
        let unknown: Vec<&str> = unknown.map(|fact| fact.as_str()).collect();
        if unknown.is_empty() {
            return Ok(());
        }
        Err(Failure::new(
            Exit::Differences,
            crate::Code::RequirementUnmet.as_str(),
            format_args!("the runtime does not tell: {}", unknown.join(", ")),
        ))
    }

    /// One line for every socket where anything is; JSON has them in full.
    fn survey(&self, ui: &mut Ui) -> Result<(), Failure> {
        let sources = if self.http_only { Source::HTTP } else { Source::USUAL };
        let outcomes =
            blocking::survey(&self.options(), sources).map_err(|error| Failure::from_error(&error))?;
        let found = outcomes.iter().filter(|one| one.outcome.is_ok()).count();
        let mut documents = Vec::new();
        for Survey { known, outcome, .. } in outcomes {
            match outcome {
                Ok(probe) => {
                    let report = Report::new(probe);
                    if self.output == Format::Text {
                        ui.line(format_args!("{:42}{}", known.path, report.summary()))?;
                    }
                    documents.push(serde_json::to_value(report));
                }
                Err(error) if error.kind() == ErrorKind::NoSocket => {}
                Err(error) => {
                    if self.output == Format::Text {
                        ui.line(format_args!(
                            "{:42}{}: {}",
                            known.path,
                            error.kind().as_str(),
                            chain(&error)
                        ))?;
                    }
                    let silence = Silence { socket: known.path.to_owned(), error: Problem::new(&error) };
                    documents.push(serde_json::to_value(silence));
                }
            }
        }
        if self.output == Format::Json {
            let documents: Result<Vec<_>, _> = documents.into_iter().collect();
            let sockets = documents.map_err(|error| Failure::from_error(&error))?;
            ui.json("probe-all", &serde_json::json!({ "sockets": sockets }))?;
        }
        exactly_one(found, ui)
    }
}

/// kubeadm wants one runtime, or to be told which.
fn exactly_one(found: usize, ui: &mut Ui) -> Result<(), Failure> {
    if found == 0 {
        let text = "no runtime answers on any known socket";
        let failure =
            Failure::new(exit(ErrorKind::NoSocket), cri_probe::Code::RuntimeSocketMissing.as_str(), text);
        return Err(failure.hint("start one (systemctl start crio), or name its socket with --socket"));
    }
    if found > 1 {
        ui.warn(
            crate::Code::SeveralRuntimesAnswer.as_str(),
            "more than one runtime answers: kubeadm asks for nodeRegistration.criSocket",
        );
    }
    Ok(())
}

/// What is waited for, told once each time it changes.
struct Progress<'a> {
    ui: &'a mut Ui,
    last: String,
}

impl Progress<'_> {
    /// Only what is new.
    fn say(&mut self, text: &str) {
        if self.last != text {
            self.ui.note(format_args!("waiting: {text}"));
            text.clone_into(&mut self.last);
        }
    }
}

/// The exit status of a failure; `--help` lists them.
fn exit(kind: ErrorKind) -> Exit {
    match kind {
        ErrorKind::NoSocket => Exit::Of(10),
        ErrorKind::PermissionDenied => Exit::Of(11),
        ErrorKind::Refused => Exit::Of(12),
        ErrorKind::TimedOut => Exit::Of(13),
        ErrorKind::Protocol => Exit::Of(14),
        ErrorKind::Answer => Exit::Of(15),
        _ => Exit::Failed,
    }
}
