//! Whether the mirrors that images are pulled from answer.

use std::time::Duration;

use crio_config::{Transport, read_registries};

use crate::doctor::check::Told;
use crate::doctor::finding::{Evidence, Unread};
use crate::doctor::inspection::{Inspection, known};
use crate::doctor::rules::asked;

/// So many mirrors are asked, and each so long.
const MOST: usize = 4;
const SECONDS: u64 = 2;
const PROXIES: [&str; 4] = ["HTTP_PROXY", "HTTPS_PROXY", "http_proxy", "https_proxy"];

/// A mirror that does not answer is waited for at each pull, before the next place is asked.
pub(super) fn not_answering(seen: &Inspection<'_>, told: &mut Told<'_>) -> Result<(), Unread> {
    if !seen.has_crio() || seen.is_planned() {
        return Ok(());
    }
    let mut mirrors: Vec<(String, Vec<String>, Evidence)> = Vec::new();
    for file in known(&seen.facts().crio.registries, "/etc/containers/registries.conf")? {
        let text = String::from_utf8_lossy(&file.bytes);
        // A file that is not read is a finding of its own.
        let Ok(read) = read_registries(&text) else { continue };
        for mirror in read.registries.iter().flat_map(|one| &one.mirrors) {
            let place = mirror.location.as_str();
            let host = place.split('/').next().unwrap_or(place).to_owned();
            if mirrors.len() == MOST
                || host.starts_with("*.")
                || mirrors.iter().any(|(known, ..)| *known == host)
            {
                continue;
            }
            let line = text.lines().position(|line| line.contains(place)).map_or(0, |at| at + 1);
            let mut urls = vec![format!("https://{host}/v2/")];
            if mirror.transport == Transport::Insecure {
                urls.push(format!("http://{host}/v2/"));
            }
            mirrors.push((host, urls, Evidence::file(&file.path).line(line).value(place)));
        }
    }
    if mirrors.is_empty() {
        return Ok(());
    }
    let unit = seen.unit("crio.service");
    if unit.is_some_and(|unit| PROXIES.iter().any(|name| unit.environment.contains_key(*name))) {
        return Err(Unread::new("mirrors", "CRI-O reaches them through a proxy, which is not asked"));
    }
    let answers = answers(seen, &mirrors)?;
    let mut codes = answers.iter();
    for (host, urls, place) in &mirrors {
        let of_mirror: Vec<&String> = codes.by_ref().take(urls.len()).collect();
        if of_mirror.iter().all(|code| code.as_str() == "000") {
            told.fires(format!("the mirror {host} does not answer within {SECONDS} s"))
                .seen_at(place.clone())
                .seen_at(Evidence::command(format!("curl {}", urls.join(" "))).value("000"));
        }
    }
    Ok(())
}

/// The HTTP status of each URL, `000` where nothing answered. Whoever answers does: its certificate
/// is another question.
fn answers(
    seen: &Inspection<'_>,
    mirrors: &[(String, Vec<String>, Evidence)],
) -> Result<Vec<String>, Unread> {
    let seconds = SECONDS.to_string();
    let mut args = vec![
        "--silent",
        "--insecure",
        "--noproxy",
        "*",
        "--max-time",
        &seconds,
        "--write-out",
        "%{http_code}\n",
    ];
    let urls: Vec<&str> = mirrors.iter().flat_map(|(_, urls, _)| urls).map(String::as_str).collect();
    for url in &urls {
        args.extend(["--output", "/dev/null", url]);
    }
    let limit = Duration::from_secs(SECONDS * urls.len() as u64 + 3);
    let outcome = asked::ended(seen, "curl", &args, Some(limit))?;
    let codes: Vec<String> = asked::text(&outcome.stdout).lines().map(str::to_owned).collect();
    if codes.len() == urls.len() {
        Ok(codes)
    } else {
        Err(Unread::new("curl", format!("it ended with {:?}", outcome.status.unwrap_or(-1))))
    }
}
