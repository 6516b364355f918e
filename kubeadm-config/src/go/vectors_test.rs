//! The functions of this module against recorded answers of Go's standard library
//! (`tests/oracle/gostd vectors`).

use super::*;

const ANSWERS: &str = include_str!("testdata/gostd.jsonl");

#[test]
fn answers_as_the_standard_library_does() {
    let mut wrong = Vec::new();
    for line in ANSWERS.lines() {
        let [subject, text, expected]: [String; 3] = serde_json::from_str(line).unwrap();
        let answer = answer(&subject, &text);
        if answer != expected {
            wrong.push(format!("{subject} of {text:?}: {answer:?}, Go says {expected:?}"));
        }
    }
    assert!(wrong.is_empty(), "{} differences\n{}", wrong.len(), wrong[..wrong.len().min(20)].join("\n"));
}

fn answer(subject: &str, text: &str) -> String {
    match subject {
        "quote" => quote(text),
        "duration" => or(parse_duration(text).map(|n| n.to_string())),
        "rfc3339" => or(text.parse::<Time>().map(|time| time.to_string())),
        "url" => or(Url::parse(text).map(|url| format!("{} {}", url.scheme, url.path))),
        "hostport" => or(split_host_port(text).map(|(host, port)| format!("{host} {port}"))),
        "atoi" => or(atoi(text).map(|n| n.to_string())),
        "hex" => or(decode_hex(text).map(|bytes| encode_hex(&bytes))),
        _ => panic!("no subject {subject}"),
    }
}

fn or<E: ToString>(result: Result<String, E>) -> String {
    result.unwrap_or_else(|error| format!("error: {}", error.to_string()))
}
