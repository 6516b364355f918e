//! Real kubeadm, asked on a pinned host (`tests/oracle`).

use std::ffi::OsStr;
use std::io;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

/// What a `kubeadm config` command said.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
#[expect(clippy::exhaustive_structs, reason = "the three things a program says")]
pub struct Answer {
    /// The exit status.
    pub exit: i32,
    /// What it wrote to stdout.
    pub stdout: String,
    /// What it wrote to stderr.
    pub stderr: String,
}

/// What kubeadm said of one file.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
#[expect(clippy::exhaustive_structs, reason = "the two commands that are asked")]
pub struct Answers {
    /// `config validate`.
    pub validate: Answer,
    /// `config migrate`, asked only where validation passes.
    pub migrate: Option<Answer>,
}

/// Why real kubeadm cannot be asked here.
#[derive(Debug)]
#[non_exhaustive]
pub enum Unavailable {
    /// No Go, no root, no namespaces: what the script says.
    NotHere(String),
    /// The script failed, or a file could not be written or read.
    Failed(String),
}

impl From<io::Error> for Unavailable {
    fn from(error: io::Error) -> Self {
        Self::Failed(error.to_string())
    }
}

/// A kubeadm program of one release.
#[derive(Debug)]
pub struct Oracle {
    program: PathBuf,
    options: Vec<String>,
}

impl Oracle {
    /// The kubeadm of that release, built if it is not there yet.
    pub fn of(release: &str, options: &[&str]) -> Result<Self, Unavailable> {
        let out = script("build", &[release.as_ref()])?;
        let program = out.lines().last().unwrap_or_default().into();
        Ok(Self { program, options: options.iter().map(|option| (*option).to_owned()).collect() })
    }

    /// What it says of each of the files.
    pub fn ask(&self, files: &[String]) -> Result<Vec<Answers>, Unavailable> {
        let dir = tempfile::tempdir()?;
        let name = |index: usize| format!("{index:06}");
        for (index, text) in files.iter().enumerate() {
            write(&dir.path().join(name(index) + ".yaml"), text)?;
        }
        let mut args: Vec<&OsStr> = vec![self.program.as_os_str(), dir.path().as_os_str()];
        args.extend(self.options.iter().map(OsStr::new));
        script("host", &args)?;
        let read = |index, command: &str| answer(dir.path(), &name(index), command);
        (0..files.len())
            .map(|index| {
                let validate = read(index, "validate")?.ok_or_else(|| {
                    Unavailable::Failed("kubeadm was not asked about every file".to_owned())
                })?;
                Ok(Answers { validate, migrate: read(index, "migrate")? })
            })
            .collect()
    }
}

fn answer(dir: &Path, name: &str, command: &str) -> Result<Option<Answer>, Unavailable> {
    let part = |part: &str| std::fs::read(dir.join(format!("{name}.{command}.{part}")));
    let Ok(exit) = part("exit") else { return Ok(None) };
    let text = |bytes: Vec<u8>| String::from_utf8_lossy(&bytes).into_owned();
    let exit = text(exit)
        .trim()
        .parse()
        .map_err(|_| Unavailable::Failed("an exit status is no number".to_owned()))?;
    // The path of the file stands in some messages.
    let path = dir.join(format!("{name}.yaml")).display().to_string();
    let stderr = text(part("stderr")?).replace(&path, "<config>");
    Ok(Some(Answer { exit, stdout: text(part("stdout")?), stderr }))
}

fn script(name: &str, args: &[&OsStr]) -> Result<String, Unavailable> {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("oracle").join(name);
    #[expect(clippy::disallowed_methods, reason = "a program of the tests, which sets its own time limits")]
    let output = Command::new(path).args(args).stdin(Stdio::null()).output()?;
    let say = |bytes: &[u8]| String::from_utf8_lossy(bytes).trim().to_owned();
    match output.status.code() {
        Some(0) => Ok(say(&output.stdout)),
        Some(2) => Err(Unavailable::NotHere(say(&output.stderr))),
        _ => Err(Unavailable::Failed(format!("{name} failed: {}", say(&output.stderr)))),
    }
}

fn write(path: &Path, text: &str) -> io::Result<()> {
    #[expect(clippy::disallowed_methods, reason = "a file of the test's own temporary directory")]
    std::fs::write(path, text)
}
