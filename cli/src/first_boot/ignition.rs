//! A configuration of Ignition 3.3.0, which Fedora CoreOS and Flatcar read. Modes are decimal there,
//! and a key that it does not know is passed over in silence: each is spelled as the specification
//! has it.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use serde_json::{Value, json};
use sha2::{Digest as _, Sha256};

use super::{FirstBoot, SPEC_FILE, UNIT, Unfit};

/// `/usr` is read-only on both.
const PROGRAM: &str = "/opt/bin/k8sprep";
const PRIVATE: u32 = 0o600;
const EXECUTABLE: u32 = 0o755;

pub(super) fn write(of: &FirstBoot) -> Result<String, Unfit> {
    if of.token_later {
        return Err(Unfit::PlaceholderEncoded);
    }
    let spec = of.spec_text();
    let source = format!("data:;base64,{}", STANDARD.encode(&spec));
    let hash: String = Sha256::digest(spec.as_bytes()).iter().map(|byte| format!("{byte:02x}")).collect();
    let mut files = vec![file(SPEC_FILE, PRIVATE, &source, &hash)];
    if let Some(program) = &of.program {
        files.push(file(PROGRAM, EXECUTABLE, &program.url, &program.sha256));
    }
    let config = json!({
        "ignition": { "version": "3.3.0" },
        "storage": { "files": files },
        "systemd": { "units": [{ "name": UNIT, "enabled": true, "contents": of.unit(PROGRAM) }] },
    });
    Ok(serde_json::to_string_pretty(&config).unwrap_or_default() + "\n")
}

fn file(path: &str, mode: u32, source: &str, sha256: &str) -> Value {
    json!({
        "path": path,
        "mode": mode,
        "overwrite": true,
        "contents": { "source": source, "verification": { "hash": format!("sha256-{sha256}") } },
    })
}
