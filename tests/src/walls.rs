//! Draws each crate by what its modules import, and finds circles and arrows that run up its
//! layers.
//!
//! The check needs no compiler: it reads the modules of a crate from its files, follows the paths
//! in them that begin with `crate`, `self` or `super` through re-exports to the module that defines
//! the name, and leaves out comments, strings and `#[cfg(test)]` modules, which may use whatever
//! they like.

mod circle;
mod layers;
mod paths;
mod source;
mod tree;

use std::path::Path;

pub use layers::{CRATES, Crate};

/// What one crate looks like.
#[derive(Debug, Default)]
#[non_exhaustive]
pub struct Drawing {
    /// How many top modules it has.
    pub rooms: usize,
    /// How many pairs of top modules import each other in one direction.
    pub arrows: usize,
    /// Imports that go up or sideways in the declared order, and modules that have no place in it.
    pub up: Vec<String>,
    /// Circles of sibling modules, at any depth.
    pub circles: Vec<String>,
}

impl Drawing {
    /// Whether the crate keeps its order.
    #[must_use]
    pub fn is_straight(&self) -> bool {
        self.up.is_empty() && self.circles.is_empty()
    }
}

/// Draws the crate whose sources are in `src`; `layers`, lowest first, is the order its top modules
/// have to keep. Circles are looked for among those alone, or among siblings `inside` each of them
/// too.
///
/// # Errors
///
/// Where a source file cannot be read.
pub fn draw(src: &Path, layers: &[&[&str]], inside: bool) -> std::io::Result<Drawing> {
    let tree = tree::Tree::read(src)?;
    let edges = tree.edges();
    let (rooms, arrows, up) = layers::compare(&tree, &edges, layers);
    Ok(Drawing { rooms, arrows, up, circles: circle::circles(&tree, &edges, inside) })
}

#[cfg(test)]
mod tests;
