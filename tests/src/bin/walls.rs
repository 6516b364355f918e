//! Draws every crate by its imports: top modules, arrows, arrows that run up, circles. Exit status
//! 3 where one breaks its order.

use std::path::Path;
use std::process::ExitCode;

use k8sprep_tests::walls::{CRATES, draw};

#[expect(clippy::print_stdout, clippy::print_stderr, reason = "a program of the test kit")]
fn main() -> ExitCode {
    let workspace = Path::new(env!("CARGO_MANIFEST_DIR")).join("..");
    let mut straight = true;
    for one in CRATES {
        let drawing = match draw(&workspace.join(one.name).join("src"), one.layers, one.rooms_inside) {
            Ok(drawing) => drawing,
            Err(error) => {
                eprintln!("{}: {error}", one.name);
                return ExitCode::from(1);
            }
        };
        let (up, circles) = (drawing.up.len(), drawing.circles.len());
        println!(
            "{}: {} top modules, {} arrows, {up} run up, {circles} circles",
            one.name, drawing.rooms, drawing.arrows
        );
        drawing.up.iter().for_each(|arrow| println!("  up: {arrow}"));
        drawing.circles.iter().for_each(|circle| println!("  circle: {circle}"));
        straight &= drawing.is_straight();
    }
    ExitCode::from(if straight { 0 } else { 3 })
}
