//! cloud-init's user data, alone and within Ubuntu's installer.

use host_prep::shell_word;
use serde::Serialize;

use super::{FirstBoot, SPEC_FILE};

const PROGRAM: &str = "/usr/local/bin/k8sprep";

#[derive(Serialize)]
struct CloudConfig {
    write_files: Vec<File>,
    runcmd: Vec<Vec<String>>,
}

#[derive(Serialize)]
struct File {
    path: &'static str,
    owner: &'static str,
    /// A text: a number would be read as a decimal one.
    permissions: &'static str,
    content: String,
}

#[derive(Serialize)]
struct Installer {
    autoinstall: Autoinstall,
}

#[derive(Serialize)]
struct Autoinstall {
    version: u8,
    #[serde(rename = "user-data")]
    user_data: CloudConfig,
}

pub(super) fn cloud_init(of: &FirstBoot) -> String {
    headed(&config(of))
}

pub(super) fn autoinstall(of: &FirstBoot) -> String {
    headed(&Installer { autoinstall: Autoinstall { version: 1, user_data: config(of) } })
}

fn headed(document: &impl Serialize) -> String {
    let text = serde_yaml::to_string(document).unwrap_or_default();
    format!("#cloud-config\n# Written by `k8sprep gen`.\n{text}")
}

fn config(of: &FirstBoot) -> CloudConfig {
    let spec = File { path: SPEC_FILE, owner: "root:root", permissions: "0600", content: of.spec_text() };
    CloudConfig { write_files: vec![spec], runcmd: vec![command(of)] }
}

/// A list, which no shell reads; where the program has to come first it is one command all the
/// same, since a command that fails does not keep cloud-init from the next one.
fn command(of: &FirstBoot) -> Vec<String> {
    let Some(program) = &of.program else { return of.command("k8sprep") };
    let run: Vec<String> = of.command(PROGRAM).iter().map(|word| shell_word(word)).collect();
    let script = format!(
        "set -eu\numask 077\ncurl -fsSL --retry 5 -o {PROGRAM}.new -- \"$1\"\n\
         echo \"$2  {PROGRAM}.new\" | sha256sum -c -\nchmod 0755 {PROGRAM}.new\n\
         mv {PROGRAM}.new {PROGRAM}\nexec {}\n",
        run.join(" ")
    );
    ["sh", "-c", &script, "sh", &program.url, &program.sha256].map(str::to_owned).to_vec()
}
