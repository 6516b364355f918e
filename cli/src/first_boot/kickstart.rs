//! The `%post` of a Kickstart file, which runs in a chroot of the new system: files are written and
//! packages installed there, and the first boot does the rest.

use host_prep::shell_word;

use super::{FirstBoot, SPEC_FILE, UNIT, Unfit};

const PROGRAM: &str = "/usr/local/bin/k8sprep";
/// What ends a text in the script.
const END: &str = "K8SPREP_SPEC";

pub(super) fn write(of: &FirstBoot) -> Result<String, Unfit> {
    let spec = of.spec_text();
    if spec.lines().any(|line| line.starts_with('%') || line == END) {
        return Err(Unfit::LineOfItsOwn);
    }
    let fetch = of.program.as_ref().map(|program| {
        let (url, sha256) = (shell_word(&program.url), shell_word(&program.sha256));
        format!(
            "curl -fsSL --retry 5 -o {PROGRAM}.new -- {url}\n\
             echo {sha256}\"  {PROGRAM}.new\" | sha256sum -c -\n\
             chmod 0755 {PROGRAM}.new\nmv {PROGRAM}.new {PROGRAM}\n"
        )
    });
    let mut text = format!(
        "# Written by `k8sprep gen`.\n%post --erroronfail --log=/root/k8sprep.log\nset -eu\n\
         PATH=/usr/local/bin:$PATH\n{}install -d -m 0755 /etc/k8sprep\n\
         (umask 077; cat > {SPEC_FILE}) <<'{END}'\n{spec}{END}\n{}\n",
        fetch.unwrap_or_default(),
        of.prepare()
    );
    if of.ends_in_a_node() {
        let program = if of.program.is_some() { PROGRAM } else { "/usr/bin/k8sprep" };
        text += &format!(
            "cat > /etc/systemd/system/{UNIT} <<'{END}'\n{}{END}\nsystemctl enable {UNIT}\n",
            of.unit(program)
        );
    }
    Ok(text + "%end\n")
}
