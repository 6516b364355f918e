//! Real kubeadm, asked on a pinned host (`tests/oracle`).

use std::ffi::OsStr;
use std::fs::Permissions;
use std::io;
use std::os::unix::fs::PermissionsExt as _;
use std::path::{Path, PathBuf};
use std::process::Stdio;

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

/// A command of kubeadm that is given a file.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[expect(clippy::exhaustive_enums, reason = "the commands that are compared")]
pub enum Command {
    /// `config validate`.
    Validate,
    /// `config migrate`.
    Migrate,
    /// `config images list`.
    Images,
}

impl Command {
    /// All of them.
    pub const ALL: [Self; 3] = [Self::Validate, Self::Migrate, Self::Images];

    /// Its name for people and for the script.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Validate => "validate",
            Self::Migrate => "migrate",
            Self::Images => "images",
        }
    }
}

/// What was said of one file: the commands in turn, up to the first that failed.
pub type Answers = Vec<(Command, Answer)>;

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
    many: Option<PathBuf>,
    commands: Vec<Command>,
    options: Vec<String>,
}

impl Oracle {
    /// The kubeadm of that release, built if it is not there yet.
    pub fn of(release: &str, commands: &[Command], options: &[&str]) -> Result<Self, Unavailable> {
        let out = script("build", &[release.as_ref()])?;
        let program = PathBuf::from(out.lines().last().unwrap_or_default());
        let many = Some(program.with_file_name(format!("many-{release}"))).filter(|many| many.exists());
        let options = options.iter().map(|option| (*option).to_owned()).collect();
        Ok(Self { program, many, commands: commands.to_vec(), options })
    }

    /// The program.
    pub fn program(&self) -> &Path {
        &self.program
    }

    /// What it says of each of the files, in a process of its own for each.
    pub fn ask(&self, files: &[String]) -> Result<Vec<Answers>, Unavailable> {
        self.ask_program(&self.program, files)
    }

    /// The same from one process for many files, where `build --many` made that program. One file
    /// may leave its mark on the next there, so what differs is worth a question to the program
    /// as it is.
    pub fn ask_at_once(&self, files: &[String]) -> Result<Vec<Answers>, Unavailable> {
        self.ask_program(self.many.as_ref().unwrap_or(&self.program), files)
    }

    fn ask_program(&self, program: &Path, files: &[String]) -> Result<Vec<Answers>, Unavailable> {
        let dir = tempfile::tempdir()?;
        let name = |index: usize| format!("{index:06}");
        for (index, text) in files.iter().enumerate() {
            write(&dir.path().join(name(index) + ".yaml"), text)?;
        }
        let commands = self.commands.iter().map(|command| command.name()).collect::<Vec<_>>().join(",");
        let mut args: Vec<&OsStr> = vec![program.as_os_str(), dir.path().as_os_str(), commands.as_ref()];
        args.extend(self.options.iter().map(OsStr::new));
        script("host", &args)?;
        (0..files.len()).map(|index| self.read(dir.path(), &name(index))).collect()
    }

    fn read(&self, dir: &Path, name: &str) -> Result<Answers, Unavailable> {
        let mut answers = Vec::new();
        for command in &self.commands {
            match answer(dir, name, command.name())? {
                Some(answer) => answers.push((*command, answer)),
                None => break,
            }
        }
        if answers.is_empty() {
            return Err(Unavailable::Failed("kubeadm was not asked about every file".to_owned()));
        }
        Ok(answers)
    }
}

/// A file that command lines name.
#[derive(Clone, Debug)]
pub(super) struct NamedFile {
    pub(super) name: &'static str,
    pub(super) content: Content,
}

/// What is at its name.
#[derive(Clone, Debug)]
pub(super) enum Content {
    Bytes(Vec<u8>),
    Folder,
    /// A file that nobody may read.
    Unreadable,
    LinkTo(&'static str),
    Nothing,
}

impl NamedFile {
    fn make(&self, dir: &Path) -> io::Result<()> {
        let path = dir.join(self.name);
        match &self.content {
            Content::Bytes(bytes) => write(&path, bytes),
            Content::Folder => std::fs::create_dir(path),
            Content::Unreadable => {
                write(&path, "")?;
                std::fs::set_permissions(path, Permissions::from_mode(0o000))
            }
            Content::LinkTo(target) => std::os::unix::fs::symlink(target, path),
            Content::Nothing => Ok(()),
        }
    }
}

/// What a program answers to each of the command lines, on the pinned host, in a directory with the
/// files.
pub(super) fn ask_lines(
    program: &Path,
    files: &[NamedFile],
    lines: &[Vec<String>],
) -> Result<Vec<Answer>, Unavailable> {
    let dir = tempfile::tempdir()?;
    let place = dir.path().join("files");
    std::fs::create_dir(&place)?;
    files.iter().try_for_each(|file| file.make(&place))?;
    let name = |index: usize| format!("{index:06}");
    for (index, line) in lines.iter().enumerate() {
        let words: String = line.iter().map(|word| format!("{word}\0")).collect();
        write(&dir.path().join(name(index) + ".line"), words)?;
    }
    script("host", &[program.as_os_str(), dir.path().as_os_str(), "lines".as_ref()])?;
    let not_asked = || Unavailable::Failed("a command line was not asked".to_owned());
    let read = |index: usize| answer(dir.path(), &name(index), "line")?.ok_or_else(not_asked);
    (0..lines.len()).map(read).collect()
}

fn answer(dir: &Path, name: &str, command: &str) -> Result<Option<Answer>, Unavailable> {
    let part = |part: &str| std::fs::read(dir.join(format!("{name}.{command}.{part}")));
    let Ok(exit) = part("exit") else { return Ok(None) };
    let exit = text(exit)
        .trim()
        .parse()
        .map_err(|_| Unavailable::Failed("an exit status is no number".to_owned()))?;
    // The path of the file stands in some messages.
    let path = dir.join(format!("{name}.yaml")).display().to_string();
    let stderr = text(part("stderr")?).replace(&path, "<config>");
    Ok(Some(Answer { exit, stdout: text(part("stdout")?), stderr }))
}

/// Bytes that are no text are shown as `\xff`, as the crate shows them.
fn text(bytes: Vec<u8>) -> String {
    let chunk = |chunk: std::str::Utf8Chunk<'_>| {
        let invalid: String = chunk.invalid().iter().map(|byte| format!("\\x{byte:02x}")).collect();
        chunk.valid().to_owned() + &invalid
    };
    bytes.utf8_chunks().map(chunk).collect()
}

fn script(name: &str, args: &[&OsStr]) -> Result<String, Unavailable> {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("oracle").join(name);
    #[expect(clippy::disallowed_methods, reason = "a program of the tests, which sets its own time limits")]
    let output = std::process::Command::new(path).args(args).stdin(Stdio::null()).output()?;
    let say = |bytes: &[u8]| String::from_utf8_lossy(bytes).trim().to_owned();
    match output.status.code() {
        Some(0) => Ok(say(&output.stdout)),
        Some(2) => Err(Unavailable::NotHere(say(&output.stderr))),
        _ => Err(Unavailable::Failed(format!("{name} failed: {}", say(&output.stderr)))),
    }
}

fn write(path: &Path, text: impl AsRef<[u8]>) -> io::Result<()> {
    #[expect(clippy::disallowed_methods, reason = "a file of the test's own temporary directory")]
    std::fs::write(path, text)
}
