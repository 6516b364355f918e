//! The client of the API server against real TLS: what it trusts, what it says of each refusal, and
//! peers that mean harm.
#![expect(clippy::disallowed_methods, reason = "these tests run openssl and lay its files")]

use std::io::Write;
use std::net::TcpListener;
use std::time::{Duration, SystemTime};

use cri_probe::Code;
use cri_probe::api::{
    Access, ApiAnswer, ApiClient, ApiError, ApiOptions, Identity, Patch, Server, peek, run,
};
use cri_probe::test_util::{ApiReply, ApiStream, FakeApi, TestCa, TestTime, kubeconfig, read_request};
use serde_json::json;

/// Long enough for a busy machine, short enough to see that a limit holds.
const LIMIT: Duration = Duration::from_millis(1500);

/// In 2027, within what a test's certificates are valid for.
fn now() -> SystemTime {
    SystemTime::UNIX_EPOCH + Duration::from_secs(1_798_761_600)
}

fn client(kubeconfig: &str) -> Result<ApiClient, ApiError> {
    let access =
        Access::from_kubeconfig(kubeconfig.as_bytes(), |_| Err(std::io::ErrorKind::NotFound.into()))?;
    let mut options = ApiOptions::at(now());
    options.timeout = LIMIT;
    options.max_body = 64 * 1024;
    ApiClient::new(access, options)
}

fn asked(kubeconfig: &str) -> Result<ApiAnswer, ApiError> {
    let client = client(kubeconfig)?;
    run(client.get("/api/v1/nodes/n1"))
}

fn code(kubeconfig: &str) -> &'static str {
    asked(kubeconfig).unwrap_err().code().as_str()
}

/// What comes of a server that answers with that status and body.
fn answered(reply: ApiReply) -> ApiError {
    let api = FakeApi::start(move |_| reply.clone());
    asked(&api.kubeconfig()).unwrap_err()
}

/// What comes of a server that does that with each connection.
fn served(serve: impl Fn(&mut ApiStream) -> std::io::Result<()> + Send + Sync + 'static) -> ApiError {
    let ca = TestCa::new();
    let own = ca.server(&["127.0.0.1"], TestTime::Now);
    let api = FakeApi::serving(ca, &own, serve);
    asked(&api.kubeconfig()).unwrap_err()
}

#[test]
fn an_object_is_read_with_the_clients_certificate() {
    let api = FakeApi::start(|_| {
        ApiReply::json(json!({"kind": "Node"})).header("Date", "Fri, 01 Jan 2027 00:00:00 GMT")
    });
    let answer = asked(&api.kubeconfig()).unwrap();
    assert_eq!(answer.value["kind"], "Node");
    assert_eq!(answer.date.as_deref(), Some("Fri, 01 Jan 2027 00:00:00 GMT"));
    let requests = api.requests();
    assert_eq!((requests[0].method.as_str(), requests[0].path.as_str()), ("GET", "/api/v1/nodes/n1"));
    assert!(requests[0].with_certificate);
    // As nobody, and by a token: no certificate.
    let plain = kubeconfig(&api.url(), api.ca.pem(), None);
    asked(&plain).unwrap();
    asked(&plain.replace("user: {}", "user: {token: secret-token}")).unwrap();
    let requests = api.requests();
    assert!(
        !requests[1].with_certificate && !requests[1].head.contains("uthorization"),
        "{}",
        requests[1].head
    );
    assert!(requests[2].head.contains("uthorization: Bearer secret-token"), "{}", requests[2].head);
}

#[test]
fn a_name_is_verified_as_an_address_is() {
    let api = FakeApi::start(|_| ApiReply::json("{}"));
    let by_name = api.kubeconfig().replace("127.0.0.1", "localhost");
    asked(&by_name).unwrap();
    let other = api.kubeconfig().replace("    server:", "    tls-server-name: elsewhere\n    server:");
    let error = asked(&other).unwrap_err();
    assert!(
        matches!(&error, ApiError::OtherName { name, presented, .. } if name == "elsewhere" && presented.len() == 2),
        "{error}"
    );
}

#[test]
fn a_certificate_that_is_not_right_is_told_by_what_is_wrong() {
    let with = |time: TestTime, names: &[&str], signer: Option<&TestCa>| {
        let ca = TestCa::new();
        let own = signer.unwrap_or(&ca).server(names, time);
        let api = FakeApi::serving(ca, &own, |_| Ok(()));
        code(&api.kubeconfig())
    };
    let here: &[&str] = &["127.0.0.1"];
    assert_eq!(with(TestTime::Over, here, None), "apiserver-certificate-expired");
    assert_eq!(with(TestTime::Later, here, None), "apiserver-certificate-not-yet-valid");
    assert_eq!(with(TestTime::Now, &["10.9.8.7"], None), "apiserver-certificate-other-name");
    // Another cluster's CA has the same name.
    assert_eq!(with(TestTime::Now, here, Some(&TestCa::new())), "apiserver-certificate-unknown-authority");
}

#[test]
fn a_client_of_another_ca_is_told_so() {
    let api = FakeApi::start(|_| ApiReply::json("{}"));
    let stranger = TestCa::new().client("system:node:n1");
    let error = asked(&kubeconfig(&api.url(), api.ca.pem(), Some(&stranger))).unwrap_err();
    assert!(matches!(error, ApiError::Alert { .. } | ApiError::Closed { .. }), "{error:?}");
}

#[test]
fn each_status_is_a_variant() {
    let status = |code: u16| {
        let body = json!({"kind": "Status", "message": "said\nmore", "code": code}).to_string();
        let error = answered(ApiReply::status(code, body));
        assert!(error.to_string().contains(": said"), "{error}");
        error.code().as_str()
    };
    assert_eq!(status(401), "api-unauthorized");
    assert_eq!(status(403), "api-forbidden");
    assert_eq!(status(404), "api-not-found");
    assert_eq!(status(409), "api-conflict");
    assert_eq!(status(429), "api-too-many-requests");
    assert_eq!(status(500), "api-server-error");
    assert_eq!(status(503), "api-server-error");
    assert_eq!(status(418), "api-status-unexpected");
}

#[test]
fn a_health_check_says_what_fails() {
    let text =
        "[+]ping ok\n[-]etcd failed: reason withheld\n[+]log ok\n[-]etcd-readiness failed: reason withheld\n";
    let api = FakeApi::start(move |_| ApiReply::status(500, text));
    let client = client(&api.kubeconfig()).unwrap();
    let error = run(client.text("/readyz?verbose")).unwrap_err();
    let ApiError::ServerError { status: 500, message, .. } = error else { panic!("{error:?}") };
    assert_eq!(message, "etcd failed: reason withheld; etcd-readiness failed: reason withheld");
    let api = FakeApi::start(|_| ApiReply::json("ok"));
    let client = self::client(&api.kubeconfig()).unwrap();
    assert_eq!(run(client.text("/readyz")).unwrap().value, "ok");
}

#[test]
fn a_budget_that_refuses_an_eviction_is_told() {
    let body = json!({
        "kind": "Status", "code": 429, "reason": "TooManyRequests",
        "message": "Cannot evict pod as it would violate the pod's disruption budget.",
        "details": {"causes": [{"reason": "DisruptionBudget", "message": "The disruption budget web needs 2 healthy pods and has 2 currently"}]}
    });
    let api = FakeApi::start(move |_| ApiReply::status(429, &body).header("Retry-After", "10"));
    let client = client(&api.kubeconfig()).unwrap();
    let eviction = json!({"apiVersion": "policy/v1", "kind": "Eviction"});
    let error = run(client.post("/api/v1/namespaces/d/pods/p/eviction", &eviction)).unwrap_err();
    let ApiError::TooManyRequests { cause, retry_after, message, .. } = error else { panic!("{error:?}") };
    assert_eq!((cause.as_deref(), retry_after), (Some("DisruptionBudget"), Some(Duration::from_secs(10))));
    assert!(message.contains("budget web needs 2"), "{message}");
    assert_eq!(api.requests()[0].body, eviction.to_string());
}

#[test]
fn a_patch_says_how_it_is_meant() {
    let api = FakeApi::start(|_| ApiReply::json("{}"));
    let client = client(&api.kubeconfig()).unwrap();
    run(client.patch("/api/v1/nodes/n1", Patch::Merge, &json!({"spec": {"unschedulable": true}}))).unwrap();
    run(client.patch("/api/v1/nodes/n1", Patch::Strategic, &json!({}))).unwrap();
    let requests = api.requests();
    assert_eq!(requests[0].method, "PATCH");
    assert!(requests[0].head.contains("application/merge-patch+json"), "{}", requests[0].head);
    assert_eq!(requests[0].body, r#"{"spec":{"unschedulable":true}}"#);
    assert!(requests[1].head.contains("application/strategic-merge-patch+json"));
}

#[test]
fn a_list_comes_in_pages_and_ends() {
    let api = FakeApi::start(|request| {
        let page = |items: &[u8], more: &str| json!({"items": items, "metadata": {"continue": more}});
        match request.path.contains("continue=a%3D") {
            false => ApiReply::json(page(&[1, 2], "a=")),
            true => ApiReply::json(page(&[3], "")),
        }
    });
    let client = client(&api.kubeconfig()).unwrap();
    let all = run(client.list("/api/v1/nodes", &[("fieldSelector", "a=b")], (2, 100))).unwrap();
    assert_eq!(all, [1, 2, 3]);
    assert_eq!(api.requests()[0].path, "/api/v1/nodes?fieldSelector=a%3Db&limit=2");
    // A server whose list never ends is left at the most.
    let endless = FakeApi::start(|_| ApiReply::json(json!({"items": [1], "metadata": {"continue": "x"}})));
    let client = self::client(&endless.kubeconfig()).unwrap();
    assert_eq!(run(client.list("/api/v1/nodes", &[], (1, 5))).unwrap().len(), 5);
    // What is no list is not an empty one; what Go writes of a list without memory is.
    for (body, wanted) in [
        (json!({"items": null}), None),
        (json!({"items": 5}), Some("api-answer-not-json")),
        (json!({"gitVersion": "v1.34.0"}), Some("api-answer-not-json")),
        (json!([]), Some("api-answer-not-json")),
    ] {
        let api = FakeApi::start(move |_| ApiReply::json(&body));
        let client = self::client(&api.kubeconfig()).unwrap();
        let said = run(client.list("/api/v1/nodes", &[], (1, 5)));
        assert_eq!(said.err().map(|error| error.code().as_str()), wanted);
    }
}

#[test]
fn a_redirect_is_not_followed() {
    let error = answered(ApiReply::status(307, "").header("Location", "https://elsewhere/"));
    assert!(
        matches!(&error, ApiError::Status { status: 307, location: Some(to), .. } if to == "https://elsewhere/"),
        "{error:?}"
    );
}

#[test]
fn an_answer_that_is_none_is_told() {
    assert_eq!(answered(ApiReply::json("<html>")).code(), Code::ApiAnswerNotJson);
    assert_eq!(answered(ApiReply::json("1".repeat(70_000))).code(), Code::ApiAnswerTooLarge);
}

#[test]
fn peers_that_mean_harm_are_left_in_time() {
    let endless = |head: &'static [u8], then: &'static [u8]| {
        served(move |stream| {
            read_request(stream)?;
            stream.write_all(head)?;
            loop {
                stream.write_all(then)?;
            }
        })
    };
    let error = endless(b"HTTP/1.1 200 OK\r\n", b"X: 0123456789012345678901234567890123456789\r\n");
    assert_eq!(error.code(), Code::ApiserverHttpMalformed, "{error:?}");
    let error = endless(b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n", b"400\r\n");
    assert!(matches!(error, ApiError::TooLarge { .. } | ApiError::Malformed { .. }), "{error:?}");
    let error = endless(b"HTTP/1.1 200 OK\r\n\r\n", &[b'x'; 4096]);
    assert_eq!(error.code(), Code::ApiAnswerTooLarge, "{error:?}");
    let slow = |first: &'static [u8]| {
        served(move |stream| {
            read_request(stream)?;
            for byte in first {
                stream.write_all(&[*byte])?;
                std::thread::sleep(Duration::from_millis(300));
            }
            Ok(())
        })
    };
    assert_eq!(slow(b"HTTP/1.1 200 OK\r\nA: 1\r\n").code(), Code::ApiserverTimedOut);
    let error = served(|stream| {
        read_request(stream)?;
        stream.write_all(b"HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\nhalf")?;
        std::thread::sleep(LIMIT * 2);
        Ok(())
    });
    assert_eq!(error.code(), Code::ApiserverTimedOut);
    assert_eq!(served(|stream| read_request(stream).map(drop)).code(), Code::ApiserverConnectionClosed);
    let error = served(|stream| {
        read_request(stream)?;
        stream.write_all(b"SSH-2.0-OpenSSH\r\n")
    });
    assert_eq!(error.code(), Code::ApiserverHttpMalformed, "{error:?}");
}

#[test]
fn nobody_silence_and_no_tls_are_told_apart() {
    let ca = TestCa::new();
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let at = |listener: &TcpListener| format!("https://{}", listener.local_addr().unwrap());
    // Nobody accepts: the handshake is not answered.
    assert_eq!(code(&kubeconfig(&at(&listener), ca.pem(), None)), "apiserver-timed-out");
    let url = at(&listener);
    drop(listener);
    assert_eq!(code(&kubeconfig(&url, ca.pem(), None)), "apiserver-connection-refused");
    let plain = TcpListener::bind("127.0.0.1:0").unwrap();
    let url = at(&plain);
    let server = std::thread::spawn(move || {
        let (mut stream, _) = plain.accept().unwrap();
        stream.write_all(b"HTTP/1.1 400 Bad Request\r\n\r\n").unwrap();
        std::thread::sleep(Duration::from_millis(300));
    });
    assert_eq!(code(&kubeconfig(&url, ca.pem(), None)), "apiserver-not-tls");
    server.join().unwrap();
    let error = asked(&kubeconfig("https://name.invalid:6443", ca.pem(), None)).unwrap_err();
    assert!(matches!(error, ApiError::NameUnresolved { .. } | ApiError::TimedOut { .. }), "{error:?}");
}

#[test]
fn a_kubeconfig_that_cannot_be_used_is_told_by_what_is_missing() {
    let ca = TestCa::new();
    let whole = kubeconfig("https://127.0.0.1:6443", ca.pem(), Some(&ca.client("n")));
    let refused = |from: &str, to: &str, why: &str| {
        let text = whole.replace(from, to);
        assert_ne!(text, whole, "{from}");
        let error = client(&text).unwrap_err();
        assert_eq!(error.code(), Code::ApiAccessUnusable);
        assert!(error.to_string().contains(why), "{error}");
    };
    refused("https://", "http://", "https://");
    refused("    server:", "    insecure-skip-tls-verify: true\n    server:", "insecure-skip-tls-verify");
    refused("    server:", "    proxy-url: http://p\n    server:", "proxy-url");
    refused("    client-key-data:", "    exec: {command: x}\n    client-key-data:", "exec");
    refused("client-key-data: ", "client-key-data: '!' #", "base64");
    refused("    client-key-data:", "    other:", "not both");
    refused("    certificate-authority-data:", "    other:", "no CA");
    refused("current-context: c", "current-context: d", "\"d\"");
    refused("client-certificate-data: ", "client-certificate: /x/y.pem #", "/x/y.pem");
    assert!(client("a: [").is_err() && client("").is_err() && client("[]").is_err() && client("7").is_err());
    let shown = format!(
        "{:?}",
        client(&whole.replace("    client-key", "    token: s3cret\n    client-key")).unwrap()
    );
    assert!(!shown.contains("s3cret") && !shown.contains("PRIVATE"), "{shown}");
    // The key of another certificate.
    let mixed = kubeconfig("https://127.0.0.1:6443", ca.pem(), Some(&ca.client("n")));
    let other = whole.lines().find(|line| line.contains("client-key-data")).unwrap();
    let own = mixed.lines().find(|line| line.contains("client-key-data")).unwrap().to_owned();
    assert_eq!(client(&mixed.replace(&own, other)).unwrap_err().code(), Code::ApiAccessUnusable);
}

#[test]
fn files_that_a_kubeconfig_names_come_from_the_caller() {
    let api = FakeApi::start(|_| ApiReply::json("{}"));
    let own = api.ca.client("system:node:n1");
    let text = format!(
        "clusters: [{{name: k, cluster: {{server: '{}', certificate-authority: ca.crt}}}}]\n\
         users: [{{name: u, user: {{client-certificate: /pki/current.pem, client-key: /pki/current.pem}}}}]\n",
        api.url()
    );
    let both = format!("{}{}", own.certificate, own.key);
    let access = Access::from_kubeconfig(text.as_bytes(), |path| match path {
        "ca.crt" => Ok(api.ca.pem().as_bytes().to_vec()),
        "/pki/current.pem" => Ok(both.clone().into_bytes()),
        other => panic!("{other} is not named"),
    });
    let client = ApiClient::new(access.unwrap(), ApiOptions::at(now())).unwrap();
    run(client.get("/version")).unwrap();
    assert!(api.requests()[0].with_certificate);
}

#[test]
fn a_path_that_is_none_is_not_asked() {
    let client = client(&kubeconfig("https://127.0.0.1:1", TestCa::new().pem(), None)).unwrap();
    for path in ["nodes", "/a b", "/a\r\nX: y", "//evil/"] {
        let error = run(client.get(path)).unwrap_err();
        let said = (error.code(), path.starts_with("//"));
        assert!(
            matches!(said, (Code::ApiQuestionInvalid, false) | (Code::ApiserverConnectionRefused, true)),
            "{path:?}: {error}"
        );
    }
}

#[tokio::test]
async fn a_blocking_question_in_async_code_is_refused() {
    let client = client(&kubeconfig("https://127.0.0.1:1", TestCa::new().pem(), None)).unwrap();
    assert_eq!(run(client.get("/version")).unwrap_err().code(), Code::BlockingInAsync);
}

#[test]
fn a_served_certificate_is_shown_whoever_signed_it() {
    let ca = TestCa::new();
    let own = ca.server(&["elsewhere"], TestTime::Over);
    let stranger = TestCa::new().client("x");
    let api = FakeApi::serving(ca, &own, |_| Ok(()));
    let server = Server::new("127.0.0.1", api.port()).unwrap();
    let identity = Identity::from_pem(stranger.certificate.as_bytes(), stranger.key.as_bytes()).unwrap();
    for identity in [None, Some(&identity)] {
        let chain = run(peek(&server, identity, LIMIT)).unwrap();
        assert_eq!(chain.len(), 1);
        let shown = own.certificate.lines().filter(|line| !line.starts_with('-')).collect::<String>();
        assert_eq!(base64_of(&chain[0]), shown);
    }
    let nobody = Server::new("127.0.0.1", 1).unwrap();
    assert_eq!(run(peek(&nobody, None, LIMIT)).unwrap_err().code(), Code::ApiserverConnectionRefused);
}

/// What `openssl s_server` serves: RSA, TLS 1.2 alone, a client's certificate wanted.
#[test]
fn openssl_is_understood() {
    let dir = tempfile::tempdir().unwrap();
    let at = |name: &str| dir.path().join(name);
    let openssl =
        |args: &[&str]| std::process::Command::new("openssl").args(args).current_dir(dir.path()).output();
    let made = openssl(&[
        "req",
        "-x509",
        "-newkey",
        "rsa:2048",
        "-nodes",
        "-keyout",
        "k.pem",
        "-out",
        "c.pem",
        "-days",
        "3650",
        "-subj",
        "/CN=kubernetes",
        "-addext",
        "subjectAltName=IP:127.0.0.1",
        "-addext",
        "basicConstraints=critical,CA:FALSE",
    ]);
    match made {
        Ok(made) if made.status.success() => {}
        _ => return test_kit::skip("openssl"),
    }
    let certificate = std::fs::read(at("c.pem")).unwrap();
    let port = TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port();
    let accept = port.to_string();
    let mut server = std::process::Command::new("openssl")
        .args([
            "s_server", "-accept", &accept, "-key", "k.pem", "-cert", "c.pem", "-tls1_2", "-Verify", "1",
            "-quiet",
        ])
        .current_dir(dir.path())
        .stdin(std::process::Stdio::null())
        .stdout(std::process::Stdio::null())
        .stderr(std::process::Stdio::null())
        .spawn()
        .unwrap();
    let place = Server::new("127.0.0.1", port).unwrap();
    // It listens a moment after it was started.
    let mut tries = 0;
    let chain = loop {
        match run(peek(&place, None, LIMIT)) {
            Err(ApiError::Refused { .. }) if tries < 400 => {
                tries += 1;
                std::thread::sleep(Duration::from_millis(50));
            }
            other => break other,
        }
    };
    server.kill().unwrap();
    server.wait().unwrap();
    let shown = String::from_utf8(certificate).unwrap();
    let shown = shown.lines().filter(|line| !line.starts_with('-')).collect::<String>();
    assert_eq!(base64_of(&chain.unwrap()[0]), shown);
}

fn base64_of(der: &[u8]) -> String {
    use base64::Engine as _;
    base64::engine::general_purpose::STANDARD.encode(der)
}

/// A port whose every connection gets these bytes.
fn raw(bytes: &'static [u8]) -> &'static str {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let url = format!("https://{}", listener.local_addr().unwrap());
    let server = std::thread::spawn(move || {
        let (mut stream, _) = listener.accept().unwrap();
        stream.write_all(bytes).unwrap();
        std::thread::sleep(Duration::from_millis(300));
    });
    let said = code(&kubeconfig(&url, TestCa::new().pem(), None));
    server.join().unwrap();
    said
}

/// What no other test of this file fires.
#[test]
fn the_other_codes_are_fired() {
    // TLS alert 40: nothing that both could agree on.
    assert_eq!(raw(b"\x15\x03\x03\x00\x02\x02\x28"), "apiserver-tls-failed");
    // TLS alert 116: a certificate of the client is wanted.
    assert_eq!(raw(b"\x15\x03\x03\x00\x02\x02\x74"), "apiserver-refuses-client");
    // A client's certificate is none of a server.
    let ca = TestCa::new();
    let own = ca.client("kube-apiserver");
    let api = FakeApi::serving(ca, &own, |_| Ok(()));
    assert_eq!(code(&api.kubeconfig()), "apiserver-certificate-invalid");
    // No way leads to the broadcast address.
    let nowhere = kubeconfig("https://255.255.255.255:1", TestCa::new().pem(), None);
    assert_eq!(code(&nowhere), "apiserver-connection-failed");
}
