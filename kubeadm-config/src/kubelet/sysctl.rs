//! Names of kernel parameters as the kubelet judges them (`component-helpers/node/util/sysctl`).

const MAX: usize = 253;

/// Parameters of the IPC namespace; those below `net.` and `fs.mqueue.` are namespaced too.
const NAMESPACED: [&str; 10] = [
    "kernel.sem",
    "kernel.shmall",
    "kernel.shmmax",
    "kernel.shmmni",
    "kernel.shm_rmid_forced",
    "kernel.shm",
    "kernel.msgmax",
    "kernel.msgmnb",
    "kernel.msgmni",
    "kernel.msg",
];

/// Whether it is a name, with dots or slashes.
pub(super) fn is_name(text: &str) -> bool {
    text.len() <= MAX && text.split(['.', '/']).all(is_segment)
}

/// Whether it is a name or one that ends with `*`.
pub(super) fn is_pattern(text: &str) -> bool {
    if text.len() > MAX {
        return false;
    }
    let (before, last) =
        text.rfind(['.', '/']).map_or((None, text), |at| (Some(&text[..at]), &text[at + 1..]));
    let last_is_good = match last.strip_suffix('*') {
        Some(rest) => rest.is_empty() || starts_well(rest),
        None => is_segment(last),
    };
    last_is_good && before.is_none_or(|before| before.split(['.', '/']).all(is_segment))
}

fn starts_well(text: &str) -> bool {
    let good = |b: u8| b.is_ascii_lowercase() || b.is_ascii_digit();
    text.bytes().next().is_some_and(good) && text.bytes().all(|b| good(b) || b == b'-' || b == b'_')
}

fn is_segment(text: &str) -> bool {
    starts_well(text) && text.bytes().last().is_some_and(|b| b.is_ascii_alphanumeric())
}

/// With dots between the parts, as the name is known.
pub(super) fn normal(text: &str) -> String {
    let first = text.find(['.', '/']);
    if first.is_none_or(|at| text.as_bytes()[at] == b'.') {
        return text.to_owned();
    }
    let swapped = |c| match c {
        '.' => '/',
        '/' => '.',
        c => c,
    };
    text.chars().map(swapped).collect()
}

/// The name up to a star.
pub(super) fn before_star(text: &str) -> String {
    let name = normal(text);
    name.split('*').next().unwrap_or_default().to_owned()
}

/// Whether it belongs to a namespace that a pod has for itself.
pub(super) fn is_namespaced(text: &str) -> bool {
    let name = before_star(text);
    NAMESPACED.contains(&name.as_str()) || name.starts_with("net.") || name.starts_with("fs.mqueue.")
}
