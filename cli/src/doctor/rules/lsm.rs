//! SELinux, AppArmor, seccomp.
//!
//! Security modules say no in the kernel's log and nowhere else; what can be known before is
//! whether the mode stays, and whether policy and profiles that CRI-O needs are there. None of
//! these rules advises to switch a module off.

use crio_config::Value;
use host_prep::facts::{SelinuxMode, SelinuxSetting};

use super::logs::by_logs;
use crate::doctor::check::{Check, Need, Told, error, note, warning};
use crate::doctor::finding::{Evidence, Unread};
use crate::doctor::inspection::{Inspection, known};

/// The rows.
///
/// Modes and policies first, denials (which only logs show) after.
pub(super) const CHECKS: &[Check] = &[
    warning("selinux-mode-differs", &[Need::Files, Need::Kernel], mode_differs).told(),
    error("container-selinux-missing", &[Need::Files, Need::Kernel], container_selinux),
    error("apparmor-profile-not-loaded", &[Need::Kernel], profile_not_loaded),
    error("apparmor-blocks-signals", &[Need::Files], blocks_signals),
    error("seccomp-profile-unreadable", &[Need::Files], seccomp),
    error("selinux-denies-services", &[Need::Log], by_logs),
    error("selinux-denies-containers", &[Need::Log], by_logs),
    error("fapolicyd-denies-programs", &[Need::Log], by_logs),
    warning("apparmor-denies-containers", &[Need::Log], by_logs),
    note("seccomp-kills-processes", &[Need::Log], by_logs),
];

/// selinux(8).
const SELINUX: &str = "/etc/selinux/config";
/// Of the policy `targeted`, which every distribution that CRI-O is packaged for has by default.
const MODULES: &str = "/var/lib/selinux/targeted/active/modules";
/// One line a profile, `NAME (MODE)`; securityfs shows it to root only.
const PROFILES: &str = "/sys/kernel/security/apparmor/profiles";

type Said = Result<(), Unread>;

/// `None` for a host without SELinux.
fn at_boot(seen: &Inspection<'_>) -> Result<Option<SelinuxSetting>, Unread> {
    let facts = seen.facts();
    Ok(known(&facts.security.selinux_next(&facts.kernel), SELINUX)?.clone())
}

/// The setting as evidence.
fn line_of(setting: &SelinuxSetting) -> Evidence {
    Evidence::file(&setting.at.file).line(setting.at.line).value(setting.mode)
}

/// What the next boot will have, beside what is: a change to or from `disabled` needs a relabelling.
///
/// `setenforce 0` is undone by the next boot, and an edited file is not in force until then.
fn mode_differs(seen: &Inspection<'_>, told: &mut Told<'_>) -> Said {
    let Some(setting) = at_boot(seen)? else { return Ok(()) };
    let live = *known(&seen.facts().security.selinux, "/sys/fs/selinux/enforce")?;
    if live == setting.mode {
        return Ok(());
    }
    // Files that were made with SELinux off have no label, and services are denied them.
    let comes_on = live == SelinuxMode::Disabled && seen.files().kind("/.autorelabel")?.is_none();
    let relabel =
        if comes_on { "; files were not labelled meanwhile, and /.autorelabel is not there" } else { "" };
    told.fires(format!("SELinux is {live} now and {} at the next boot{relabel}", setting.mode))
        .seen_at(Evidence::kernel("/sys/fs/selinux/enforce").value(live))
        .seen_at(line_of(&setting));
    Ok(())
}

/// CRI-O labels containers only where it is told to (`crio.runtime.selinux`), and the policy for
/// containers is a package of its own.
///
/// Without the policy `container_t` does not exist, and containers either run unconfined or do not
/// start. Permissive hosts are let be.
fn container_selinux(seen: &Inspection<'_>, told: &mut Told<'_>) -> Said {
    let setting = at_boot(seen)?.filter(|setting| setting.mode == SelinuxMode::Enforcing);
    let live = seen.facts().security.selinux.known() == Some(&SelinuxMode::Enforcing);
    if !seen.has_crio() || (setting.is_none() && !live) {
        return Ok(());
    }
    let enforces = || match &setting {
        Some(setting) => line_of(setting),
        None => Evidence::kernel("/sys/fs/selinux/enforce").value("enforcing"),
    };
    if let Some(found) =
        seen.crio_value("crio.runtime.selinux").filter(|found| found.value == Value::Boolean(false))
    {
        told.fires("SELinux is enforcing and CRI-O labels no container (crio.runtime.selinux is false)")
            .seen_at(enforces())
            .seen_in(found.place)
            .cured_by("`selinux = true` below [crio.runtime] in a drop-in of CRI-O, then restart CRI-O");
        return Ok(());
    }
    if !has_container_policy(seen)? {
        told.fires("SELinux is enforcing and its policy has no module for containers")
            .seen_at(enforces())
            .seen_at(Evidence::file(MODULES))
            .cured_by("install the package container-selinux, then restart CRI-O");
    }
    Ok(())
}

/// semanage's store has a directory per priority and a module in it. Without a store there is nothing
/// to tell by.
fn has_container_policy(seen: &Inspection<'_>) -> Result<bool, Unread> {
    let files = seen.files();
    if files.kind(MODULES)?.is_none() {
        return Ok(true);
    }
    // A directory for each priority, 100 for packages' modules and 200 for this one (semodule(8)).
    for priority in files.list(MODULES)? {
        if files.kind(format!("{MODULES}/{priority}/container"))?.is_some() {
            return Ok(true);
        }
    }
    Ok(false)
}

/// CRI-O loads `crio-default` itself; any other profile has to be loaded before it starts.
///
/// CRI-O ends with "config provided AppArmor profile ... not loaded".
fn profile_not_loaded(seen: &Inspection<'_>, told: &mut Told<'_>) -> Said {
    let Some((profile, place)) = seen.crio_text("crio.runtime.apparmor_profile") else { return Ok(()) };
    if !seen.has_crio() || ["", "crio-default", "unconfined"].contains(&profile.as_str()) {
        return Ok(());
    }
    if known(&seen.facts().security.apparmor, "/sys/module/apparmor/parameters/enabled")? == &false {
        return Ok(());
    }
    let Some(loaded) = seen.files().live(PROFILES)? else {
        return Err(Unread::new(PROFILES, "securityfs is not mounted"));
    };
    let is_loaded =
        loaded.text().lines().any(|line| line.rsplit_once(" (").is_some_and(|(name, _)| name == profile));
    if !is_loaded {
        told.fires(format!("the AppArmor profile {profile} of CRI-O is not loaded: CRI-O does not start"))
            .seen_in(place)
            .seen_at(Evidence::kernel(PROFILES));
    }
    Ok(())
}

/// `AppArmor` 4 has profiles for the runtimes of distributions, under whose names signals to
/// containers are denied (opencontainers/runc issue 4281).
///
/// Ubuntu 23.10 and newer ship such profiles. Pods then stay in Terminating with "unable to signal
/// init: permission denied".
fn blocks_signals(seen: &Inspection<'_>, told: &mut Told<'_>) -> Said {
    let Some(crio) = seen.crio() else { return Ok(()) };
    let files = seen.files();
    for (program, profile) in
        [("/usr/sbin/runc", "/etc/apparmor.d/runc"), ("/usr/bin/crun", "/etc/apparmor.d/crun")]
    {
        let Some(file) = files.file(profile)? else { continue };
        if !file.text().lines().any(|line| line.trim_start().starts_with("profile ")) {
            continue;
        }
        for name in crio.runtimes() {
            let key = ["crio", "runtime", "runtimes", name, "runtime_path"];
            let Some(path) = crio_config::KeyPath::from_parts(key) else { continue };
            if crio.get(&path).is_some_and(|setting| setting.value == Value::from(program)) {
                told.fires(format!("AppArmor keeps {program} from ending containers: {profile} confines it"))
                    .seen_at(file.evidence());
            }
        }
    }
    Ok(())
}

/// CRI-O ends at a profile that it cannot decode, in every release; up to 1.24 at one that is not
/// there, too.
///
/// The file is looked at as far as CRI-O decodes it at start: JSON with a `defaultAction`.
fn seccomp(seen: &Inspection<'_>, told: &mut Told<'_>) -> Said {
    let Some((path, place)) = seen.crio_text("crio.runtime.seccomp_profile").filter(|_| seen.has_crio())
    else {
        return Ok(());
    };
    if path.is_empty() || path == "unconfined" {
        return Ok(());
    }
    let Some(file) = seen.files().file(&path)? else {
        let what = format!("the seccomp profile {path} is not there");
        // Since 1.25 CRI-O goes on without the file, with its own profile (config.go,
        // `LoadProfile`).
        let finding = told.fires_if(seen.crio_release().minor() <= 24, what);
        finding.seen_at(Evidence::file(path)).seen_in(place);
        return Ok(());
    };
    let read: Result<serde_json::Value, _> = serde_json::from_slice(&file.bytes);
    let why = match read {
        Err(error) => Some(format!("it is not JSON: {error}")),
        Ok(json) if json["defaultAction"].as_str().is_none() => Some("it has no defaultAction".to_owned()),
        Ok(_) => None,
    };
    if let Some(why) = why {
        told.fires(format!("CRI-O does not start: the seccomp profile {path} cannot be read: {why}"))
            .seen_at(file.evidence())
            .seen_in(place);
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use crate::doctor::{Family, laid};

    const CRIO: (&str, &str) =
        ("usr/lib/systemd/system/crio.service", "[Service]\nExecStart=/usr/bin/crio\n");
    const WANTED: (&str, &str) = (
        "etc/systemd/system/multi-user.target.wants/crio.service",
        "-> /usr/lib/systemd/system/crio.service",
    );
    const ENFORCING: (&str, &str) = ("etc/selinux/config", "SELINUX=enforcing\n");

    fn of(more: &[(&str, &str)]) -> Vec<&'static str> {
        laid::codes_of(Family::Lsm, &[&[CRIO, WANTED, ("usr/bin/crio", "program")], more].concat())
    }

    #[test]
    fn enforcing_wants_labels_and_a_policy_for_containers() {
        let labels = |on| ("etc/crio/crio.conf.d/30-selinux.conf", on);
        let (off, on) =
            (labels("[crio.runtime]\nselinux = false\n"), labels("[crio.runtime]\nselinux = true\n"));
        assert_eq!(of(&[ENFORCING, off]), ["container-selinux-missing"]);
        assert_eq!(of(&[ENFORCING, on]), [""; 0]);
        assert_eq!(of(&[("etc/selinux/config", "SELINUX=permissive\n"), off]), [""; 0]);
        let module = |name| (name, "module");
        let base = module("var/lib/selinux/targeted/active/modules/100/base/cil");
        let container = module("var/lib/selinux/targeted/active/modules/200/container/cil");
        assert_eq!(of(&[ENFORCING, on, base]), ["container-selinux-missing"]);
        assert_eq!(of(&[ENFORCING, on, base, container]), [""; 0]);
    }

    /// An argument of the kernel wins over the configuration.
    #[test]
    fn the_mode_of_the_next_boot_is_that_of_the_kernels_arguments() {
        let of = |config: &str, live: &str, cmdline: &str, next: &str| {
            let files = [
                ("etc/selinux/config", config),
                ("sys/fs/selinux/enforce", live),
                ("proc/cmdline", cmdline),
                ("etc/kernel/cmdline", next),
            ];
            laid::running_codes_of(Family::Lsm, &files, "")
        };
        const ON: &str = "SELINUX=enforcing\n";
        assert_eq!(of(ON, "1", "ro", "ro"), [""; 0]);
        assert_eq!(of(ON, "0", "ro enforcing=0", "ro"), ["selinux-mode-differs"]);
        assert_eq!(of(ON, "0", "ro enforcing=0", "ro enforcing=0"), [""; 0]);
        assert_eq!(of(ON, "1", "ro", "ro enforcing=0"), ["selinux-mode-differs"]);
        assert_eq!(of(ON, "1", "ro", "ro selinux=0"), ["selinux-mode-differs"]);
        assert_eq!(of("SELINUX=permissive\n", "1", "ro", "ro enforcing=1"), [""; 0]);
    }

    #[test]
    fn a_distributions_profile_for_the_runtime_that_is_used_is_told() {
        let profile =
            ("etc/apparmor.d/crun", "abi <abi/4.0>,\nprofile crun /usr/bin/crun flags=(unconfined) {\n}\n");
        let runtime = (
            "etc/crio/crio.conf.d/20-crun.conf",
            "[crio.runtime]\ndefault_runtime = \"crun\"\n[crio.runtime.runtimes.crun]\nruntime_path = \"/usr/bin/crun\"\n",
        );
        let program = ("usr/bin/crun", "program");
        assert!(of(&[profile, runtime, program]).contains(&"apparmor-blocks-signals"));
        assert!(!of(&[runtime, program]).contains(&"apparmor-blocks-signals"));
    }
}
