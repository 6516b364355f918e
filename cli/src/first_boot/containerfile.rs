//! A Containerfile of a bootable image. It is of many hosts: what is of one cluster or one node is
//! left out, and comes with the first boot.

use super::{FirstBoot, SPEC_FILE, Unfit};

/// What ends the spec in the file.
const END: &str = "K8SPREP_SPEC";
const BASE: &str = "quay.io/fedora/fedora-bootc:43";

pub(super) fn write(of: &FirstBoot, notes: &mut Vec<String>) -> Result<String, Unfit> {
    if of.program.is_some() {
        return Err(Unfit::ProgramInImage);
    }
    let (spec, had_more) = of.spec_of_image(false);
    if spec.lines().any(|line| line == END) {
        return Err(Unfit::LineOfItsOwn);
    }
    if had_more {
        notes.push(
            "token, join and node name are left out: an image is of many hosts; cloud-init or \
                    Ignition brings them at the first boot (`k8sprep gen cloud-init`)"
                .into(),
        );
    }
    notes.push("the program is copied from beside the Containerfile: ./k8sprep".into());
    let base = of.base.as_deref().unwrap_or(BASE);
    let prepare = of.prepare();
    Ok(format!(
        "# syntax=docker/dockerfile:1\n# Written by `k8sprep gen`.\nFROM {base}\n\
         COPY --chmod=0755 k8sprep /usr/bin/k8sprep\n\
         COPY --chmod=0600 <<'{END}' {SPEC_FILE}\n{spec}{END}\n\
         RUN {prepare} && k8sprep seal --this-host\n"
    ))
}
