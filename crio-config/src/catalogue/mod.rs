//! Every option of every release: one table.
//!
//! The facts come from the tags of cri-o/cri-o (the struct tags of `pkg/config` and its
//! predecessors) and from the code of nine releases run on more than a thousand configurations.

mod handler;
mod image;
mod lookup;
mod root;
mod runtime;
mod service;

use crate::{Release, Value};

pub(crate) use lookup::find_in_release;
pub use lookup::{Found, closest, find, options};

/// A table of the configuration.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[non_exhaustive]
pub enum Table {
    /// `[crio]`
    Root,
    /// `[crio.api]`
    Api,
    /// `[crio.runtime]`
    Runtime,
    /// `[crio.runtime.runtimes.<name>]`
    Handler,
    /// `[crio.runtime.workloads.<name>]`
    Workload,
    /// `[crio.runtime.workloads.<name>.resources]`
    Resources,
    /// `[crio.checkpoint_restore]`
    CheckpointRestore,
    /// `[crio.image]`
    Image,
    /// `[crio.network]`
    Network,
    /// `[crio.metrics]`
    Metrics,
    /// `[crio.tracing]`
    Tracing,
    /// `[crio.stats]`
    Stats,
    /// `[crio.nri]`
    Nri,
    /// `[crio.nri.default_validator]`
    Validator,
}

/// The type of an option.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Kind {
    /// A string. Ports and most sizes are strings too.
    String,
    /// `true` or `false`, without quotes.
    Boolean,
    /// A whole number of 64 bits.
    Integer,
    /// A whole number that cannot be negative; CRI-O takes a negative one and makes it huge.
    Unsigned,
    /// A list of strings.
    Strings,
    /// A table of strings. Something that is no table is silently ignored.
    StringMap,
    /// A Go duration such as `"10s"`, or an integer of nanoseconds.
    Duration,
    /// A table with options of its own.
    Table,
    /// Tables by name, each with options of its own. Something that is no table is silently
    /// ignored.
    Tables,
}

/// A default, as the tables write it.
#[derive(Clone, Copy, Debug)]
pub(crate) enum DefaultValue {
    Text(&'static str),
    Number(i64),
    Flag(bool),
    List(&'static [&'static str]),
}

/// One option of CRI-O's configuration, with its history.
///
/// ```
/// use crio_config::catalogue::{Found, find};
///
/// let found = find(&["crio", "runtime", "manage_ns_lifecycle"]);
/// let Some(Found::Option(option)) = found else { panic!("{found:?}") };
/// assert!(option.is_in("1.20".parse()?));
/// assert_eq!(option.path(), "crio.runtime.manage_ns_lifecycle");
/// # Ok::<(), crio_config::InvalidRelease>(())
/// ```
#[derive(Clone, Copy, Debug)]
pub struct CrioOption {
    table: Table,
    key: &'static str,
    kind: Kind,
    releases: &'static [(Release, Release)],
    defaults: &'static [(Release, DefaultValue)],
    of_host: Origin,
    deprecated: Option<Release>,
    instead: Option<&'static str>,
    inert: Option<Release>,
    reload: Option<Release>,
}

/// Where a default comes from.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Origin {
    BuiltIn,
    Host,
}

pub(crate) const fn first_of(minor: u16) -> Release {
    Release::patch(minor, 0)
}

const fn newest_of(minor: u16) -> Release {
    Release::newest_of(minor)
}

pub(crate) const fn patch(minor: u16, patch: u16) -> Release {
    Release::patch(minor, patch)
}

const fn option(
    table: Table,
    key: &'static str,
    kind: Kind,
    releases: &'static [(Release, Release)],
) -> CrioOption {
    CrioOption {
        table,
        key,
        kind,
        releases,
        defaults: &[],
        of_host: Origin::BuiltIn,
        deprecated: None,
        instead: None,
        inert: None,
        reload: None,
    }
}

/// Building the tables.
impl CrioOption {
    /// The defaults that are not the type's empty value, each from the release it came with.
    const fn defaults(mut self, defaults: &'static [(Release, DefaultValue)]) -> Self {
        self.defaults = defaults;
        self
    }

    /// The default comes from the host (`storage.conf`, SELinux); the built-in one stands in for
    /// it.
    const fn of_host(mut self) -> Self {
        self.of_host = Origin::Host;
        self
    }

    const fn deprecated(mut self, since: Release, instead: &'static str) -> Self {
        self.deprecated = Some(since);
        self.instead = Some(instead);
        self
    }

    const fn replaced_by(mut self, instead: &'static str) -> Self {
        self.instead = Some(instead);
        self
    }

    /// From this release on the key is read and then disregarded.
    const fn inert(mut self, since: Release) -> Self {
        self.inert = Some(since);
        self
    }

    /// From this release on a reload is enough.
    const fn reload(mut self, since: Release) -> Self {
        self.reload = Some(since);
        self
    }
}

/// Reading the tables.
impl CrioOption {
    /// The table the option stands in.
    pub fn table(&self) -> Table {
        self.table
    }

    /// The key within its table.
    pub fn key(&self) -> &'static str {
        self.key
    }

    /// The dotted name, with `<name>` for the name of a runtime or workload.
    pub fn path(&self) -> String {
        format!("{}.{}", self.table.path(), self.key)
    }

    /// The type.
    pub fn kind(&self) -> Kind {
        self.kind
    }

    /// The releases that know the key: first and last of each run. A key ported back has several.
    pub fn releases(&self) -> &'static [(Release, Release)] {
        self.releases
    }

    /// Does the release know the key?
    pub fn is_in(&self, release: Release) -> bool {
        self.releases.iter().any(|(first, last)| (*first..=*last).contains(&release))
    }

    /// The first release without the key, if it was removed for good before [`Release::NEWEST`].
    ///
    /// ```
    /// use crio_config::catalogue::options;
    ///
    /// let gone = options().filter(|option| option.removed_in().is_some());
    /// let with_successor = gone.filter(|option| option.instead().is_some()).count();
    /// assert!(with_successor > 0);
    /// ```
    pub fn removed_in(&self) -> Option<Release> {
        let (_, last) = self.releases.last()?;
        (*last < Release::NEWEST).then(|| last.successor())
    }

    /// The default of a release. `None` where the release has no such key or the key is a table.
    ///
    /// ```
    /// use crio_config::catalogue::{Found, find};
    ///
    /// let Some(Found::Option(pause)) = find(&["crio", "image", "pause_image"]) else { panic!() };
    /// assert_eq!(pause.default("1.34".parse()?), Some("registry.k8s.io/pause:3.10.1".into()));
    /// let (first, oldest) = &pause.default_history()[0];
    /// assert!(*first < "1.20".parse()? && oldest.to_string().contains("pause"));
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn default(&self, release: Release) -> Option<Value> {
        if !self.is_in(release) || matches!(self.kind, Kind::Table | Kind::Tables) {
            return None;
        }
        Some(self.written_default(release).map_or_else(|| self.empty(), |value| value.to_value(release)))
    }

    /// Does the default depend on the host? [`default`](Self::default) then gives what a host
    /// without configuration has.
    pub fn default_is_of_host(&self) -> bool {
        self.of_host == Origin::Host
    }

    /// Each default with the first release that has it, oldest first. Minors between ports are not
    /// listed.
    pub fn default_history(&self) -> Vec<(Release, Value)> {
        let Some(&(first, _)) = self.releases.first() else { return Vec::new() };
        if self.defaults.first().is_none_or(|&(from, _)| from > first) && self.default(first).is_some() {
            let mut history = vec![(first, self.empty())];
            history.extend(self.defaults.iter().map(|(from, value)| (*from, value.to_value(*from))));
            return history;
        }
        self.defaults.iter().map(|(from, value)| (*from, value.to_value(*from))).collect()
    }

    /// Since when CRI-O advises against the key.
    pub fn deprecated_since(&self) -> Option<Release> {
        self.deprecated
    }

    /// What to use instead of a key that is deprecated or gone.
    pub fn instead(&self) -> Option<&'static str> {
        self.instead
    }

    /// Since when the key is read but does nothing.
    pub fn inert_since(&self) -> Option<Release> {
        self.inert
    }

    /// Does a running CRI-O of the release take a change on reload (SIGHUP)? Else it needs a
    /// restart.
    pub fn is_reloadable(&self, release: Release) -> bool {
        self.reload.is_some_and(|since| since <= release)
    }

    /// A field of CRI-O's own that its TOML reader lets in by accident.
    pub fn is_internal(&self) -> bool {
        self.key == "disallowedannotations"
    }

    /// The value of the type that means nothing was set.
    pub(crate) fn empty(&self) -> Value {
        match self.kind {
            Kind::String => Value::String(String::new()),
            Kind::Boolean => Value::Boolean(false),
            Kind::Integer | Kind::Unsigned | Kind::Duration => Value::Integer(0),
            Kind::Strings => Value::Strings(Vec::new()),
            Kind::StringMap | Kind::Table | Kind::Tables => {
                Value::StringMap(std::collections::BTreeMap::new())
            }
        }
    }

    fn written_default(&self, release: Release) -> Option<&'static DefaultValue> {
        self.defaults.iter().rev().find(|(from, _)| *from <= release).map(|(_, value)| value)
    }
}

impl DefaultValue {
    fn to_value(self, release: Release) -> Value {
        match self {
            Self::Text(text) => Value::String(text.replace("<release>", &release.to_string())),
            Self::Number(number) => Value::Integer(number),
            Self::Flag(flag) => Value::Boolean(flag),
            Self::List(items) => Value::Strings(items.iter().map(|&item| item.to_owned()).collect()),
        }
    }
}

impl Table {
    /// Every table, outermost first.
    pub const ALL: [Self; 14] = [
        Self::Root,
        Self::Api,
        Self::Runtime,
        Self::Handler,
        Self::Workload,
        Self::Resources,
        Self::CheckpointRestore,
        Self::Image,
        Self::Network,
        Self::Metrics,
        Self::Tracing,
        Self::Stats,
        Self::Nri,
        Self::Validator,
    ];

    /// The dotted name, with `<name>` for the name of a runtime or workload.
    pub fn path(self) -> &'static str {
        match self {
            Self::Root => "crio",
            Self::Api => "crio.api",
            Self::Runtime => "crio.runtime",
            Self::Handler => "crio.runtime.runtimes.<name>",
            Self::Workload => "crio.runtime.workloads.<name>",
            Self::Resources => "crio.runtime.workloads.<name>.resources",
            Self::CheckpointRestore => "crio.checkpoint_restore",
            Self::Image => "crio.image",
            Self::Network => "crio.network",
            Self::Metrics => "crio.metrics",
            Self::Tracing => "crio.tracing",
            Self::Stats => "crio.stats",
            Self::Nri => "crio.nri",
            Self::Validator => "crio.nri.default_validator",
        }
    }

    /// The first release that has the table.
    pub fn since(self) -> Release {
        match self {
            Self::Root | Self::Api | Self::Runtime | Self::Image | Self::Network => first_of(9),
            Self::Handler => first_of(12),
            Self::Metrics => first_of(16),
            Self::Workload => first_of(21),
            Self::Resources => patch(21, 1),
            Self::Tracing | Self::Stats => first_of(23),
            Self::Nri => first_of(26),
            Self::Validator => first_of(34),
            Self::CheckpointRestore => first_of(37),
        }
    }

    /// The table whose key it is. Those of named runtimes and workloads are reached through an
    /// option instead.
    pub(crate) fn parent(self) -> Option<Self> {
        match self {
            Self::Root | Self::Handler | Self::Workload => None,
            Self::Resources => Some(Self::Workload),
            Self::Validator => Some(Self::Nri),
            _ => Some(Self::Root),
        }
    }

    /// The options of the table, in every release.
    pub fn options(self) -> impl Iterator<Item = &'static CrioOption> {
        options().filter(move |option| option.table == self)
    }

    /// The options of the table a release knows.
    pub(crate) fn options_in(self, release: Release) -> impl Iterator<Item = &'static CrioOption> {
        self.options().filter(move |option| option.is_in(release))
    }
}
