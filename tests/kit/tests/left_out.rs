//! Says what `cargo test --workspace` has left out, and how it is run. Not a test: there is nothing
//! to fail.
#![expect(clippy::print_stdout, reason = "this program's output is its purpose")]

fn main() {
    println!("\nLeft out, because it needs more than this checkout:\n");
    for row in include_str!("../../layers").lines().filter(|line| !line.starts_with('#')) {
        let mut cells = row.split('|').map(str::trim);
        let mut cell = || cells.next().unwrap_or_default();
        let (name, what, needs) = (cell(), cell(), cell());
        println!("  tests/layer {name:10} {what}\n  {:22} needs {needs}", "");
    }
    println!("\n`.ci/run` runs all of them, and counts what it had to skip.\n");
}
