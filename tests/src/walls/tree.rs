//! The modules of a crate and who imports whom.

use std::collections::{BTreeMap, BTreeSet};
use std::io;
use std::path::Path;

use super::paths::{self, Named};
use super::source;

/// A module as the words of its path; the crate itself is empty.
pub(super) type Module = Vec<String>;

/// An arrow from the module that imports to the one that defines what is imported.
pub(super) type Edge = (Module, Module);

/// How many re-exports one name is followed through.
const HOPS: usize = 12;

#[derive(Debug)]
pub(super) struct Tree {
    pub(super) modules: BTreeMap<Module, Code>,
}

#[derive(Debug)]
pub(super) struct Code {
    uses: Vec<Named>,
    others: Vec<Named>,
    defined: BTreeSet<String>,
}

impl Tree {
    pub(super) fn read(src: &Path) -> io::Result<Self> {
        let mut tree = Self { modules: BTreeMap::new() };
        tree.folder(src, &[])?;
        Ok(tree)
    }

    fn folder(&mut self, dir: &Path, above: &[String]) -> io::Result<()> {
        for entry in std::fs::read_dir(dir)? {
            let path = entry?.path();
            let name = path.file_stem().unwrap_or_default().to_string_lossy().into_owned();
            let here = |name: String| above.iter().cloned().chain([name]).collect::<Module>();
            if path.is_dir() {
                self.folder(&path, &here(name))?;
            } else if path.extension().is_some_and(|ext| ext == "rs") {
                let module = match name.as_str() {
                    "main" | "tests" => continue,
                    "lib" | "mod" => above.to_vec(),
                    _ => here(name),
                };
                let code = source::bare(&std::fs::read_to_string(&path)?);
                let (uses, others) = paths::named(&code);
                let defined = paths::defined(&code).into_iter().collect();
                self.modules.insert(module, Code { uses, others, defined });
            }
        }
        Ok(())
    }

    /// Every arrow, each once. What a module only hands on is no arrow of its own.
    pub(super) fn edges(&self) -> BTreeSet<Edge> {
        let mut edges = BTreeSet::new();
        for (module, code) in &self.modules {
            for named in code.uses.iter().chain(&code.others) {
                if let Some(target) = self.resolve(module, &named.path, HOPS)
                    && target != *module
                {
                    edges.insert((module.clone(), target));
                }
            }
        }
        edges
    }

    /// The module that defines what `path` names, seen from `module`; `None` for what is of another
    /// crate.
    fn resolve(&self, module: &[String], path: &[String], hops: usize) -> Option<Module> {
        let hops = hops.checked_sub(1)?;
        let mut at = module.to_vec();
        let mut words = path;
        match words.split_first()? {
            (first, rest) if first == "crate" => (at, words) = (Vec::new(), rest),
            (first, rest) if first == "self" => words = rest,
            (first, _) if first == "super" => {
                while let Some((_, rest)) = words.split_first().filter(|(first, _)| *first == "super") {
                    at.pop()?;
                    words = rest;
                }
            }
            (first, _) => {
                // A child, or something a `use` of this module brought.
                let child = at.iter().chain([first]).cloned().collect::<Module>();
                let brought =
                    || self.modules.get(&at)?.uses.iter().find(|named| named.alias.as_ref() == Some(first));
                if !self.is_module(&child) {
                    let named = brought().filter(|named| named.path.first() != Some(first))?;
                    let whole: Vec<_> = named.path.iter().chain(&words[1..]).cloned().collect();
                    return self.resolve(module, &whole, hops);
                }
            }
        }
        self.descend(at, words, hops)
    }

    fn descend(&self, mut at: Module, words: &[String], hops: usize) -> Option<Module> {
        for (place, word) in words.iter().enumerate() {
            let child: Module = at.iter().chain([word]).cloned().collect();
            if self.is_module(&child) {
                at = child;
                continue;
            }
            let code = self.modules.get(&at)?;
            if code.defined.contains(word) {
                return Some(at);
            }
            let rest = &words[place + 1..];
            if let Some(named) = code.uses.iter().find(|named| named.alias.as_ref() == Some(word)) {
                let whole: Vec<_> = named.path.iter().chain(rest).cloned().collect();
                return self.resolve(&at, &whole, hops);
            }
            for glob in code.uses.iter().filter(|named| named.alias.as_deref() == Some("*")) {
                let base = &glob.path[..glob.path.len() - 1];
                let whole: Vec<_> = base.iter().chain(&words[place..]).cloned().collect();
                if let Some(found) = self.resolve(&at, &whole, hops) {
                    return Some(found);
                }
            }
            return Some(at);
        }
        Some(at)
    }

    fn is_module(&self, path: &Module) -> bool {
        self.modules.contains_key(path)
    }
}
