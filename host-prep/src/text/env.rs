//! Values of environment files, as systemd reads them (`EnvironmentFile=`, os-release; systemd 219
//! and later).

/// Where in a value the reader is.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
enum Place {
    /// Before the value or between quoted parts.
    Between,
    Bare,
    BareEscape,
    Single,
    Double,
    DoubleEscape,
    /// After the end of the line that ended it.
    Done,
}

/// A reader that stopped at the end of a line.
#[derive(Clone, Debug)]
pub(super) struct State {
    place: Place,
    value: Vec<u8>,
    /// Length of `value` without white space that an end would take off.
    kept: usize,
}

impl State {
    pub(super) fn start() -> Self {
        Self { place: Place::Between, value: Vec::new(), kept: 0 }
    }

    /// The state if the value goes on with the next line.
    pub(super) fn open(self) -> Option<Self> {
        (self.place != Place::Done).then_some(self)
    }

    pub(super) fn run(mut self, bytes: &[u8]) -> Self {
        for byte in bytes {
            self.step(*byte);
        }
        self
    }

    fn step(&mut self, byte: u8) {
        let newline = matches!(byte, b'\n' | b'\r');
        let blank = matches!(byte, b' ' | b'\t');
        match self.place {
            Place::Done => {}
            Place::Between | Place::Bare if newline => self.place = Place::Done,
            Place::Between => match byte {
                b'\'' => self.place = Place::Single,
                b'"' => self.place = Place::Double,
                b'\\' => self.place = Place::BareEscape,
                _ if blank => {}
                _ => self.push(byte, Place::Bare),
            },
            Place::Bare => match byte {
                b'\\' => {
                    self.kept = self.value.len();
                    self.place = Place::BareEscape;
                }
                _ if blank => self.value.push(byte),
                _ => self.push(byte, Place::Bare),
            },
            // An escaped newline disappears; any other character loses its backslash.
            Place::BareEscape if newline => self.place = Place::Bare,
            Place::BareEscape => self.push(byte, Place::Bare),
            Place::Single if byte == b'\'' => self.place = Place::Between,
            Place::Single => self.push(byte, Place::Single),
            Place::Double => match byte {
                b'"' => self.place = Place::Between,
                b'\\' => self.place = Place::DoubleEscape,
                _ => self.push(byte, Place::Double),
            },
            Place::DoubleEscape if byte == b'\n' => self.place = Place::Double,
            Place::DoubleEscape => {
                if !needs_escape(byte) {
                    self.push(b'\\', Place::Double);
                }
                self.push(byte, Place::Double);
            }
        }
    }

    fn push(&mut self, byte: u8, place: Place) {
        self.value.push(byte);
        self.kept = self.value.len();
        self.place = place;
    }
}

/// The value of `raw`: everything after `=`, line ends included.
pub(super) fn decode(raw: &[u8]) -> Vec<u8> {
    let mut state = State::start().run(raw);
    state.value.truncate(state.kept);
    state.value
}

/// `value` so that [`decode`] and a shell read it back, on one line unless it has line ends itself.
pub(super) fn encode(value: &str) -> String {
    let plain = |b: u8| b.is_ascii_alphanumeric() || b"_-./:,=+@%^".contains(&b);
    if value.bytes().all(plain) {
        return value.to_owned();
    }
    let mut quoted = String::from("\"");
    for c in value.chars() {
        if u8::try_from(c).is_ok_and(needs_escape) {
            quoted.push('\\');
        }
        quoted.push(c);
    }
    quoted.push('"');
    quoted
}

fn needs_escape(byte: u8) -> bool {
    matches!(byte, b'"' | b'\\' | b'`' | b'$')
}
