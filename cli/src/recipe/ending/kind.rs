//! What a file is, by what is in it: people name files as they like.

/// A kind of file that something is known of.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(super) enum Kind {
    /// An environment file or a unit of systemd.
    CommandLines,
    /// YAML or JSON documents.
    Documents,
    /// CRI-O's configuration.
    Crio,
    /// No line but comments and document separators.
    Empty,
    /// None of them.
    Other,
}

impl Kind {
    pub(super) fn of(name: &str, bytes: &[u8]) -> Self {
        let text = String::from_utf8_lossy(bytes);
        let text = text.trim_start_matches('\u{feff}');
        let lines = || text.lines().map(str::trim).filter(|line| !line.starts_with(['#', ';']));
        let starts = |heads: &[&str]| lines().any(|line| heads.iter().any(|head| line.starts_with(head)));
        if lines().all(|line| line.is_empty() || line == "---") {
            Self::Empty
        } else if starts(&["apiVersion:", "\"apiVersion\"", "{\"apiVersion\""]) {
            Self::Documents
        } else if starts(&["[crio", "crio."]) {
            Self::Crio
        } else if starts(&["[Service]", "[Unit]", "[Install]"]) || lines().any(assigns_flags) {
            Self::CommandLines
        } else if name.ends_with(".yaml") || name.ends_with(".yml") || name.ends_with(".json") {
            // What is wrong with it is for the reader to say.
            Self::Documents
        } else {
            Self::Other
        }
    }
}

/// `NAME=--flag`, quoted or not; also one that sets nothing, as the package leaves it.
fn assigns_flags(line: &str) -> bool {
    let Some((name, value)) = line.split_once('=') else { return false };
    let is_name = !name.is_empty() && name.chars().all(|c| c.is_ascii_uppercase() || c == '_');
    let value = value.trim().trim_matches(['"', '\'']);
    is_name && (value.starts_with("--") || (value.is_empty() && name.ends_with("_ARGS")))
}
