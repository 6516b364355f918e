//! Has the program linked at a fixed address.
//!
//! A program that may be loaded anywhere has 18,000 pointers to correct before it starts, and most of its data to copy for
//! that: a third of all page faults of a short command. A static program has its own way of linking and is left as it is.
#![expect(clippy::disallowed_methods, reason = "Cargo tells a build script of the target in its environment")]

use std::env;

fn main() {
    println!("cargo::rerun-if-changed=build.rs");
    let target = |what: &str| env::var(format!("CARGO_CFG_TARGET_{what}")).unwrap_or_default();
    let is_static = target("FEATURE").split(',').any(|feature| feature == "crt-static");
    if target("OS") == "linux" && target("ENV") == "gnu" && !is_static {
        println!("cargo::rustc-link-arg-bins=-no-pie");
    }
}
