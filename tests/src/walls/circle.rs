//! Circles of modules that lie beside each other.

use std::collections::{BTreeMap, BTreeSet};

use super::tree::{Edge, Module, Tree};

type Graph<'a> = BTreeMap<&'a str, BTreeSet<&'a str>>;

/// The circles among the children of each module. What a module itself defines is between no two of
/// its children.
pub(super) fn circles(tree: &Tree, edges: &BTreeSet<Edge>, inside: bool) -> Vec<String> {
    let mut found = Vec::new();
    let parents: BTreeSet<&[String]> =
        tree.modules.keys().filter_map(|module| Some(module.split_last()?.1)).collect();
    for parent in parents.into_iter().filter(|parent| inside || parent.is_empty()) {
        let graph = siblings(parent, edges);
        for circle in knots(&graph) {
            let place =
                ["crate"].into_iter().chain(parent.iter().map(String::as_str)).collect::<Vec<_>>().join("::");
            let arrows = edges.iter().filter_map(|edge| between(parent, edge).map(|pair| (pair, edge)));
            let arrows =
                arrows.filter(|((from, to), _)| circle.contains(from) && circle.contains(to) && from != to);
            let arrows: Vec<_> = arrows.map(|(_, edge)| shown(edge)).collect();
            let names: Vec<_> = circle.into_iter().collect();
            found.push(format!("{place}: {} ({})", names.join(", "), arrows.join("; ")));
        }
    }
    found
}

pub(super) fn shown((from, to): &Edge) -> String {
    format!("{} -> {}", from.join("::"), to.join("::"))
}

/// The arrows between the children of `parent`.
pub(super) fn siblings<'a>(parent: &[String], edges: &'a BTreeSet<Edge>) -> Graph<'a> {
    let mut graph = Graph::new();
    for (from, to) in edges.iter().filter_map(|edge| between(parent, edge)) {
        if from != to {
            graph.entry(from).or_default().insert(to);
        }
    }
    graph
}

/// The two children of `parent` that an arrow goes between, if it does.
fn between<'a>(parent: &[String], (from, to): &'a Edge) -> Option<(&'a str, &'a str)> {
    Some((child(parent, from)?, child(parent, to)?))
}

fn child<'a>(parent: &[String], module: &'a Module) -> Option<&'a str> {
    module.strip_prefix(parent)?.first().map(String::as_str)
}

/// Sets of modules that all reach each other.
fn knots<'a>(graph: &Graph<'a>) -> BTreeSet<BTreeSet<&'a str>> {
    let reach: BTreeMap<&str, BTreeSet<&str>> =
        graph.keys().map(|from| (*from, reached(graph, from))).collect();
    let knot = |from: &&'a str| -> BTreeSet<&'a str> {
        let back = |to: &&str| reach.get(to).is_some_and(|all| all.contains(from));
        reach[from].iter().copied().filter(back).collect()
    };
    graph.keys().map(knot).filter(|knot| knot.len() > 1).collect()
}

fn reached<'a>(graph: &Graph<'a>, from: &str) -> BTreeSet<&'a str> {
    let mut all = BTreeSet::new();
    let mut left: Vec<&str> = graph.get(from).into_iter().flatten().copied().collect();
    while let Some(next) = left.pop() {
        if all.insert(next) {
            left.extend(graph.get(next).into_iter().flatten().copied());
        }
    }
    all
}
