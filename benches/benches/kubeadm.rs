//! kubeadm-config alone: the ordinary file of two documents from bytes to bytes, beside what
//! kubeadm itself takes for it, and streams that grow.
//!
//! `cargo bench -p k8sprep-benches --bench kubeadm`
#![expect(clippy::print_stdout, reason = "a bench prints its table")]

use std::hint::black_box;
use std::io::Write as _;
use std::time::Duration;

use k8sprep_benches::{INIT_AND_CLUSTER, Subject, against, per_call};
use kubeadm_config::check::check;
use kubeadm_config::like_kubeadm::{self, Answer, Options};
use kubeadm_config::migrate::migrate;
use kubeadm_config::{ApiVersion, Circumstances, HostFacts, yaml};

const EMPTY: &str = env!("CARGO_BIN_EXE_empty");
const K8SPREP: &str = env!("CARGO_BIN_EXE_subject");

fn main() {
    let file = INIT_AND_CLUSTER.as_bytes();
    println!("{:<52} {:>10}", "InitConfiguration and ClusterConfiguration", "median us");
    for release in ["v1.37.2", "v1.30.14", "v1.22.17", "v1.13.12"] {
        let options = options(release);
        let file = INIT_AND_CLUSTER.replace("v1.34.0", release);
        let own = in_version(&file, options.release.writes());
        let own = own.as_bytes();
        row(&format!("read, default, validate as {release}"), || {
            drop(black_box(good(like_kubeadm::validate(own, &options))));
        });
        row(&format!("read, default, validate, print as {release}"), || {
            drop(black_box(good(like_kubeadm::migrate(own, &options))));
        });
        let none = Circumstances::default();
        row(&format!("everything to be said of it, as {release}"), || {
            drop(black_box(check(own, &options, &none)));
        });
    }
    row("migrate, nothing filled in", || drop(black_box(migrate(file, ApiVersion::V1Beta3))));
    println!();
    for release in ["v1.37.2", "v1.33.13", "v1.30.14"] {
        beside_kubeadm(release);
    }
    println!();
    let options = options("v1.34.0");
    stream(
        "one by one: read, default, validate, print",
        &|count| INIT_AND_CLUSTER.repeat(count / 2).replace("{}\napiVersion", "{}\n---\napiVersion"),
        &mut |stream| {
            let documents = yaml::split(stream, &yaml::SplitRules::default()).expect("the bench's own file");
            for document in documents {
                black_box(good(like_kubeadm::migrate(&document.text, &options)));
            }
        },
    );
    stream(
        "as one file, refused: a kind is a duplicate",
        &|count| INIT_AND_CLUSTER.repeat(count / 2).replace("{}\napiVersion", "{}\n---\napiVersion"),
        &mut |stream| drop(black_box(like_kubeadm::validate(stream, &options))),
    );
    let kinds = |count| {
        let document =
            |number| format!("apiVersion: example.com/v1\nkind: Kind{number}\nspec: {{a: [1, 2]}}\n");
        (0..count).map(document).collect::<Vec<_>>().join("---\n")
    };
    stream("as one file, refused: unknown kinds", &kinds, &mut |stream| {
        drop(black_box(like_kubeadm::validate(stream, &options)));
    });
    stream("as one file: migrated", &kinds, &mut |stream| {
        drop(black_box(migrate(stream, ApiVersion::V1Beta4).expect("the bench's own file")));
    });
    stream("as one file: everything to be said of it", &kinds, &mut |stream| {
        drop(black_box(check(stream, &options, &Circumstances::default())));
    });
}

/// The same file in a process of its own: an empty program, ours and kubeadm itself, which says the
/// same of it.
fn beside_kubeadm(release: &str) {
    let kubeadm = match k8sprep_tests::booted::kubeadm(release) {
        Ok(path) => path,
        Err(why) => return println!("SKIPPED: kubeadm {release}: {why}"),
    };
    let file = tempfile::NamedTempFile::new().expect("a temporary file can be made");
    let text = INIT_AND_CLUSTER.replace("v1.34.0", release);
    let text = in_version(&text, options(release).release.writes());
    file.as_file().write_all(text.as_bytes()).expect("it can be written");
    let path = file.path().to_str().expect("a temporary file has a plain name");
    let kubeadm = kubeadm.to_str().expect("a cache has a plain name");
    let empty = Subject::new("an empty Rust program", [EMPTY]);
    let ours = [K8SPREP, "migrate-config", path, "--like-kubeadm", "--kubernetes-version", release];
    for (name, subject) in [
        ("k8sprep migrate-config --like-kubeadm", Subject::new("", ours)),
        ("kubeadm config migrate", Subject::new("", [kubeadm, "config", "migrate", "--old-config", path])),
    ] {
        let name = format!("{name}, {release}");
        if subject.works() {
            let (time, ratio) = against(&empty, &subject, 51);
            println!("{name:<52} {:>10.0} x {ratio:.2} an empty process", micros(time));
        } else {
            println!("{name:<52} {:>10}", "fails");
        }
    }
}

/// The cost of a document in a stream of a thousand and of ten thousand: the same, where the work
/// is linear.
fn stream(name: &str, text: &dyn Fn(usize) -> String, work: &mut dyn FnMut(&[u8])) {
    let mut each = |count: usize| {
        let text = text(count);
        let time = per_call(|| work(text.as_bytes()));
        micros(time) / f64::from(u32::try_from(count).unwrap_or(u32::MAX))
    };
    let (thousand, ten_thousand) = (each(1_000), each(10_000));
    let ratio = ten_thousand / thousand;
    println!("{name:<52} {thousand:>10.2} {ten_thousand:>10.2} us a document, x {ratio:.2}");
}

fn options(release: &str) -> Options {
    let mut facts = HostFacts::default();
    facts.host_name = "cp1".into();
    facts.ipv4_route_address = Some([192, 0, 2, 10].into());
    facts.random_tokens = "abcdef.0123456789abcdef".parse().into_iter().collect();
    Options::new(release.parse().expect("a release of the table"), facts)
}

/// The file as a release has it: what its API version cannot hold is left out.
fn in_version(file: &str, version: ApiVersion) -> String {
    migrate(file.as_bytes(), version).expect("the bench's own file").yaml
}

fn good(answer: Answer) -> Answer {
    assert_eq!(answer.exit, 0, "{}", answer.error);
    answer
}

fn row(name: &str, work: impl FnMut()) {
    println!("{name:<52} {:>10.2}", micros(per_call(work)));
}

fn micros(time: Duration) -> f64 {
    time.as_secs_f64() * 1e6
}
