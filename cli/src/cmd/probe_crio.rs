//! `k8sprep probe-crio`.

use cri_probe::{Client, Error, ErrorKind, Info, Options, Socket, Wait, blocking};

use crate::cmd::Run;
use crate::cmd::limit::Limit;
use crate::failure::{Exit, Failure, chain};
use crate::ui::{Format, Ui};

/// The flags of `probe-crio`.
#[derive(clap::Args, Debug)]
pub(crate) struct ProbeCrio {
    /// The socket, as a path or as unix:///path
    #[arg(long, default_value = Socket::CRIO, value_name = "PATH")]
    socket: Socket,
    /// How long one answer may take, connecting included
    #[arg(long, default_value = "5s", value_name = "TIME")]
    timeout: Limit,
    /// Ask again until the runtime answers, this long at most
    #[arg(long, value_name = "TIME")]
    wait: Option<Limit>,
    /// How to print the answer
    #[arg(long, value_enum, default_value_t, value_name = "FORMAT")]
    output: Format,
}

impl Run for ProbeCrio {
    const NAME: &'static str = "probe-crio";
    const ABOUT: &'static str = "Ask a running CRI-O what it is over its socket";
    const EXAMPLES: &'static str = "  k8sprep probe-crio
  k8sprep probe-crio --wait 60s                      # after systemctl start crio
  k8sprep probe-crio --output json | jq -r .info.cgroup_driver

Exit status: 0 answered, 1 failed on this side, 2 wrong usage, 10 no socket, 11 permission denied,
12 nobody listens, 13 time ran out, 14 not CRI-O's protocol, 15 an answer CRI-O would not give";

    fn run(self, ui: &mut Ui) -> Result<(), Failure> {
        match self.ask(ui) {
            Ok(info) => self.print(&info, ui),
            Err(error) => {
                if self.output == Format::Json {
                    let problem =
                        serde_json::json!({ "kind": error.kind().as_str(), "message": chain(&error) });
                    ui.json(&serde_json::json!({ "socket": self.socket.path(), "error": problem }))?;
                }
                Err(Failure::new(exit(error.kind()), chain(&error)))
            }
        }
    }
}

impl ProbeCrio {
    fn ask(&self, ui: &mut Ui) -> Result<Info, Error> {
        let mut options = Options::default();
        options.timeout = self.timeout.duration();
        let client = Client::with_options(self.socket.clone(), options);
        let Some(limit) = self.wait else { return blocking::info(&client) };
        let mut wait = Wait::default();
        wait.limit = limit.duration();
        let mut last = None;
        blocking::run(client.wait(
            &wait,
            |client| async move { client.info().await },
            |_, error| {
                if ui.shows_progress() && last.replace(error.kind()) != Some(error.kind()) {
                    ui.note(format_args!("waiting: {error}"));
                }
            },
        ))
    }

    fn print(&self, info: &Info, ui: &mut Ui) -> Result<(), Failure> {
        if self.output == Format::Json {
            return ui.json(&serde_json::json!({ "socket": self.socket.path(), "info": info }));
        }
        ui.line(format_args!("socket          {}", self.socket))?;
        ui.line(format_args!("cgroup driver   {}", info.cgroup_driver))?;
        ui.line(format_args!("storage driver  {}", info.storage_driver))?;
        ui.line(format_args!("storage root    {}", info.storage_root))
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
