//! Whatever a host says, a page has our tags alone, and is no larger than it may be.

use std::collections::BTreeSet;

use super::*;
use crate::doctor::agreement::{Agreement, Place, Standing, Who};
use crate::doctor::finding::{Evidence, Unread};
use crate::doctor::{Said, Suppressed, laid};

const HOSTILE: &[&str] = &[
    "</code></details><script>alert(1)</script>",
    "\" onload=\"x\" '><img src=x onerror=y>",
    "</style><style>*{display:none}",
    "<!-- ]]> --><svg/onload=z>",
    "&lt;b&gt; &#60;b&#62; &amp",
    "\u{202e}\u{2066}\u{0}\u{1b}[2J\u{9b}\u{feff}\u{fffe}\u{fdd0}\r\n\u{2028}",
    "javascript:alert(1) `code` ``` `",
    "http://user:s3cret@host/",
];

/// An ill control plane, with such a text wherever a value of the host stands.
fn with(text: &str) -> Diagnosis {
    let mut diagnosis = laid::said_of(&[
        ("etc/hostname", "n1\n"),
        ("usr/lib/systemd/system/crio.service", "[Service]\nExecStart=/usr/bin/crio\n"),
        ("etc/systemd/system/crio.service.d/20-own.conf", "[Service]\nExecStart=/usr/bin/crio\n"),
    ]);
    assert!(!diagnosis.findings.is_empty() && !diagnosis.undecided.is_empty());
    diagnosis.host.name = Some(text.to_owned());
    diagnosis.host.kubelet = Some(text.to_owned());
    for finding in &mut diagnosis.findings {
        finding.message = text.to_owned();
        finding.cure = text.to_owned();
        finding.evidence = vec![Evidence::file(text).at(3u32, 4u32).value(text)];
    }
    for undecided in &mut diagnosis.undecided {
        undecided.unread = Unread::new(text, text);
    }
    let place = |who, standing| Place {
        who,
        says: text.to_owned(),
        evidence: Some(Evidence::file(text).value(text)),
        standing,
    };
    diagnosis.agreements = vec![Agreement {
        value: "cgroup driver",
        codes: &["cgroup-driver-mismatch"],
        places: vec![place(Who::Crio, Standing::Owner), place(Who::Kubelet, Standing::Differs)],
    }];
    let left = diagnosis.findings[0].clone();
    diagnosis.suppressed = vec![Suppressed { finding: left, reason: text.to_owned() }];
    diagnosis.logs = vec![Said {
        code: "swap-on",
        program: "kubelet",
        count: 2,
        first: None,
        last: Some(text.to_owned()),
        sample: text.to_owned(),
        severity: None,
    }];
    diagnosis
}

/// The tags of a page, and its text; the style left out.
fn taken_apart(page: &str) -> (Vec<&str>, String) {
    let (before, rest) = page.split_once("<style>").unwrap();
    let (_, after) = rest.split_once("</style>").unwrap();
    let (mut tags, mut text) = (Vec::new(), String::new());
    for part in [before, after] {
        let mut rest = part;
        while let Some(at) = rest.find('<') {
            text.push_str(&rest[..at]);
            let end = rest[at..].find('>').unwrap();
            tags.push(&rest[at..=at + end]);
            rest = &rest[at + end + 1..];
        }
        text.push_str(rest);
    }
    (tags, text)
}

#[test]
fn no_value_is_markup() {
    let now = laid::now();
    let page = html(&with("plain"), now);
    let (ours, _) = taken_apart(&page);
    let names: BTreeSet<&str> = ours.iter().map(|tag| tag.split([' ', '>']).next().unwrap()).collect();
    assert!(!names.iter().any(|name| ["<script", "<link", "<img", "<iframe"].contains(name)), "{names:?}");
    for text in HOSTILE {
        let page = html(&with(text), now);
        let (tags, shown) = taken_apart(&page);
        // What is between backquotes is a command, and a tag of ours.
        let same = |tags: &[&str]| -> Vec<String> {
            tags.iter().filter(|tag| !tag.contains("code")).map(|tag| (*tag).to_owned()).collect()
        };
        assert_eq!(same(&tags), same(&ours), "{text:?}");
        assert!(!shown.contains('>'), "{text:?}");
        for (at, _) in shown.match_indices('&') {
            let known = ["&amp;", "&lt;", "&gt;", "&quot;", "&#39;"];
            assert!(known.iter().any(|one| shown[at..].starts_with(one)), "{}", &shown[at..at + 8]);
        }
        let acts = |c: char| c != '\n' && c != '\t' && (host_prep::acts_on_terminal(c) || c.is_control());
        assert!(!page.contains(acts), "{text:?}");
        assert!(!page.contains("s3cret"), "{text:?}");
    }
}

#[test]
fn a_page_has_what_was_found_and_asks_nothing_of_anybody() {
    let page = html(&with("the value of the host"), laid::now());
    for wanted in [
        "<code>exec-start-duplicated</code>",
        "the value of the host",
        "role=\"img\"",
        "kubelet says the value of the host, cri-o the value of the host",
        "prefers-color-scheme: dark",
        "default-src &#39;none&#39;",
    ] {
        let wanted = wanted.replace("&#39;", "'");
        assert!(page.contains(&wanted), "{wanted}");
    }
    for foreign in ["http:", "https:", "url(", "@import", " src=", " href=", " on", "<script"] {
        let (tags, _) = taken_apart(&page);
        assert!(!tags.iter().any(|tag| tag.contains(foreign)), "{foreign}");
        assert!(!STYLE.contains(foreign), "{foreign}");
    }
}

#[test]
fn a_page_is_at_most_200_kib_and_says_what_did_not_fit() {
    let mut diagnosis = with(&"&\u{202e}<".repeat(700));
    let finding = diagnosis.findings[0].clone();
    diagnosis.findings = vec![finding; 300];
    for finding in &mut diagnosis.findings {
        finding.evidence = vec![finding.evidence[0].clone(); 15];
    }
    diagnosis.undecided = vec![diagnosis.undecided[0].clone(); 2_000];
    let agreement = diagnosis.agreements[0].clone();
    diagnosis.agreements = vec![agreement; 20];
    for one in &mut diagnosis.agreements {
        one.places = vec![one.places[1].clone(); 20];
    }
    diagnosis.logs = vec![diagnosis.logs[0].clone(); 1_000];
    let page = html(&diagnosis, laid::now());
    assert!(page.len() <= MOST && page.len() > MOST / 2, "{}", page.len());
    assert!(page.ends_with("</html>\n"));
    assert!(page.contains("more findings did not fit"), "{}", page.len());
    let (tags, _) = taken_apart(&page);
    for name in ["section", "details", "ul", "li", "table", "tr", "svg", "div", "main", "body", "html"] {
        let opened = tags.iter().filter(|tag| {
            tag.starts_with(&format!("<{name}")) && tag[name.len() + 1..].starts_with([' ', '>'])
        });
        let closed = tags.iter().filter(|tag| **tag == format!("</{name}>"));
        assert_eq!(opened.count(), closed.count(), "{name}");
    }
}
