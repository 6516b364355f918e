//! Where CRI-O looks for its files: what its unit's flags name, else the variables that stand for
//! them, else where packages put them.

use std::path::{Path, PathBuf};

use super::unit::Unit;

/// Where CRI-O looks that is started by a unit.
///
/// The flags and their variables are those of `internal/criocli/criocli.go`, the order of registries
/// files that of `newConfigWrapperWithHomeDir` (containers/image, sysregistriesv2).
#[derive(Clone, Debug, Eq, PartialEq)]
#[non_exhaustive]
pub struct CrioPlaces {
    /// The main file; `None` where the unit switches it off (`--config ""`).
    pub main: Option<PathBuf>,
    /// Whether the unit names it: CRI-O does not start without it then.
    pub is_main_named: bool,
    /// The directory of drop-ins; `None` where the unit switches them off (`--config-dir ""`).
    pub drop_ins: Option<PathBuf>,
    /// `registries.conf`: the named one, else that of root's home where it is there, else that of the
    /// host.
    pub registries: PathBuf,
    /// Whether the unit names it: CRI-O does not start without it then.
    pub is_registries_named: bool,
    /// The directories of its drop-ins, in the order they are read.
    pub registries_drop_ins: Vec<PathBuf>,
}

impl Default for CrioPlaces {
    /// Of a unit that names nothing, on a host where root's home has nothing.
    fn default() -> Self {
        Self::of(None, |_| false)
    }
}

impl CrioPlaces {
    /// Whether one drop-in of registries is read after another one: a directory is read after those before it as a
    /// whole, and the files of one by name. What is in none of the directories is read before all of them.
    #[must_use]
    pub fn is_registries_drop_in_after(&self, path: &Path, other: &Path) -> bool {
        let rank = |path: &Path| self.registries_drop_ins.iter().position(|dir| path.parent() == Some(dir));
        match (rank(path), rank(other)) {
            (Some(at), Some(before)) => at > before || (at == before && path > other),
            _ => false,
        }
    }

    /// Those of the unit. `is_there` tells whether a path exists on the host.
    #[must_use]
    pub fn of(unit: Option<&Unit>, is_there: impl Fn(&Path) -> bool) -> Self {
        let named = |long: &str, short: &str, variable: &str| {
            let unit = unit?;
            let flag =
                unit.flag(long).or_else(|| Some(short).filter(|s| !s.is_empty()).and_then(|s| unit.flag(s)));
            flag.or_else(|| unit.environment.get(variable).map(String::as_str)).map(PathBuf::from)
        };
        let said = |path: &PathBuf| !path.as_os_str().is_empty();
        let main = named("config", "c", "CONTAINER_CONFIG");
        let drop_ins = named("config-dir", "d", "CONTAINER_CONFIG_DIR");
        let home = unit.and_then(|unit| unit.environment.get("HOME")).map_or("/root", String::as_str);
        let of_home = |name: &str| Path::new(home).join(".config/containers").join(name);
        let registries = named("registries-conf", "", "CONTAINER_REGISTRIES_CONF").filter(said);
        let dir = named("registries-conf-dir", "", "CONTAINER_REGISTRIES_CONF_DIR").filter(said);
        let own = of_home("registries.conf");
        // Root's own file takes the place of the host's, and of its drop-ins.
        let is_own = registries.is_none() && is_there(&own);
        let registries_drop_ins = match dir {
            Some(dir) => vec![dir],
            None if is_own => vec![of_home("registries.conf.d")],
            None => vec![PathBuf::from("/etc/containers/registries.conf.d"), of_home("registries.conf.d")],
        };
        let of_host = || if is_own { own.clone() } else { PathBuf::from("/etc/containers/registries.conf") };
        Self {
            is_main_named: main.is_some(),
            main: Some(main.unwrap_or_else(|| PathBuf::from("/etc/crio/crio.conf"))).filter(said),
            drop_ins: Some(drop_ins.unwrap_or_else(|| PathBuf::from("/etc/crio/crio.conf.d"))).filter(said),
            is_registries_named: registries.is_some(),
            registries: registries.unwrap_or_else(of_host),
            registries_drop_ins,
        }
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use super::*;

    fn places(command: &[&str], variables: &[(&str, &str)], there: &[&str]) -> CrioPlaces {
        let unit = Unit {
            commands: vec![command.iter().map(|word| (*word).to_owned()).collect()],
            environment: variables
                .iter()
                .map(|(name, value)| ((*name).to_owned(), (*value).to_owned()))
                .collect::<BTreeMap<_, _>>(),
            ..Unit::default()
        };
        CrioPlaces::of(Some(&unit), |path| there.iter().any(|one| path == Path::new(one)))
    }

    #[test]
    fn a_flag_wins_over_its_variable_and_empty_switches_off() {
        let of = |command: &[&str], variables: &[(&str, &str)]| {
            let found = places(command, variables, &[]);
            let shown = |path: Option<PathBuf>| path.map(|path| path.display().to_string());
            (shown(found.main), shown(found.drop_ins), found.is_main_named)
        };
        let some = |text: &str| Some(text.to_owned());
        let (main, dir) = (some("/etc/crio/crio.conf"), some("/etc/crio/crio.conf.d"));
        assert_eq!(of(&["crio"], &[]), (main.clone(), dir.clone(), false));
        let variables = [("CONTAINER_CONFIG", "/v.conf"), ("CONTAINER_CONFIG_DIR", "/v.d")];
        assert_eq!(of(&["crio"], &variables), (some("/v.conf"), some("/v.d"), true));
        assert_eq!(
            of(&["crio", "-c", "/f.conf", "-d=/f.d"], &variables),
            (some("/f.conf"), some("/f.d"), true)
        );
        assert_eq!(of(&["crio", "--config=", "--config-dir="], &variables), (None, None, true));
        assert_eq!(of(&["crio"], &[("CONTAINER_CONFIG_DIR", "")]), (main, None, false));
    }

    #[test]
    fn roots_own_registries_take_the_place_of_the_hosts() {
        let of = |command: &[&str], variables: &[(&str, &str)], there: &[&str]| {
            let found = places(command, variables, there);
            let dirs = found.registries_drop_ins.iter().map(|dir| dir.display().to_string());
            (found.registries.display().to_string(), dirs.collect::<Vec<_>>().join(" "))
        };
        let (host, dir) = ("/etc/containers/registries.conf", "/etc/containers/registries.conf.d");
        let (own, own_dir) =
            ("/root/.config/containers/registries.conf", "/root/.config/containers/registries.conf.d");
        assert_eq!(of(&["crio"], &[], &[]), (host.into(), format!("{dir} {own_dir}")));
        assert_eq!(of(&["crio"], &[], &[own]), (own.into(), own_dir.into()));
        let named = [("CONTAINER_REGISTRIES_CONF", "/r.conf"), ("CONTAINER_REGISTRIES_CONF_DIR", "/r.d")];
        assert_eq!(of(&["crio"], &named, &[own]), ("/r.conf".into(), "/r.d".into()));
        assert_eq!(of(&["crio"], &named[..1], &[own]), ("/r.conf".into(), format!("{dir} {own_dir}")));
        assert_eq!(
            of(&["crio"], &[("HOME", "/h")], &["/h/.config/containers/registries.conf"]).0[..3],
            *"/h/"
        );
    }
}
