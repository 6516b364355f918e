//! `public_api FILE`: the public API of a crate as text, a line an item, out of rustdoc's JSON.
//! `.ci/api` compares it with `docs/api`.
//!
//! It is for the eyes of a review, not for a compiler: every path that a caller can write, with its
//! signature, and the traits that a type implements by itself. What rustdoc derives for every type
//! (auto and blanket traits) is left away, but that a type is not `Send` or `Sync`.
#![expect(clippy::print_stdout, reason = "it is a program")]

use std::collections::{BTreeMap, BTreeSet};
use std::process::ExitCode;

use serde_json::Value;

/// The formats of rustdoc's JSON that this reads alike.
const FORMATS: std::ops::RangeInclusive<u64> = 45..=60;

fn main() -> ExitCode {
    let printed = std::env::args().nth(1).ok_or("usage: public_api FILE".to_owned()).and_then(|file| {
        let text = std::fs::read(&file).map_err(|error| format!("{file}: {error}"))?;
        let json = serde_json::from_slice(&text).map_err(|error| format!("{file}: {error}"))?;
        Api::of(&json).map_err(|why| format!("{file}: {why}"))
    });
    match printed {
        Ok(lines) => {
            lines.iter().for_each(|line| println!("{line}"));
            ExitCode::SUCCESS
        }
        Err(why) => {
            println!("{why}");
            ExitCode::FAILURE
        }
    }
}

struct Api<'a> {
    index: &'a Value,
    lines: BTreeSet<String>,
    names: Names<'a>,
    /// Modules that are being walked: a module may export itself.
    open: Vec<u64>,
}

impl<'a> Api<'a> {
    fn of(json: &'a Value) -> Result<BTreeSet<String>, String> {
        let format = json["format_version"].as_u64().unwrap_or_default();
        if !FORMATS.contains(&format) {
            return Err(format!("format {format} of rustdoc's JSON is not supported"));
        }
        let names = Names { paths: Some(&json["paths"]), public: BTreeMap::new() };
        let mut api = Self { index: &json["index"], lines: BTreeSet::new(), names, open: Vec::new() };
        let root = api.item(&json["root"]).ok_or("it has no root")?;
        let name = root["name"].as_str().ok_or("its root has no name")?.to_owned();
        // Once for the names of everything, and once more to print.
        api.module(root, &name);
        api.lines.clear();
        api.module(root, &name);
        Ok(api.lines)
    }

    fn item(&self, id: &Value) -> Option<&'a Value> {
        self.index.get(id.as_u64()?.to_string())
    }

    fn module(&mut self, module: &'a Value, path: &str) {
        let id = module["id"].as_u64().unwrap_or_default();
        if self.open.contains(&id) {
            return;
        }
        self.open.push(id);
        let items: Vec<_> =
            list(&module["inner"]["module"]["items"]).filter_map(|id| self.item(id)).collect();
        items.into_iter().for_each(|item| self.member(item, path));
        self.open.pop();
    }

    fn member(&mut self, item: &'a Value, path: &str) {
        if let Some(used) = item["inner"].get("use") {
            let name = used["name"].as_str().unwrap_or_default();
            match self.item(&used["id"]) {
                Some(target) if used["is_glob"] == true => self.module(target, path),
                Some(target) => self.named(target, &format!("{path}::{name}")),
                None => {
                    let source = used["source"].as_str().unwrap_or_default();
                    self.lines.insert(format!("use {path}::{name} = {source}"));
                }
            }
            return;
        }
        let name = item["name"].as_str().unwrap_or_default();
        self.named(item, &format!("{path}::{name}"));
    }

    fn named(&mut self, item: &'a Value, path: &str) {
        let Some((kind, inner)) = item["inner"].as_object().and_then(|inner| inner.iter().next()) else {
            return;
        };
        let open =
            if list(&item["attrs"]).any(|attr| attr == "non_exhaustive") { " (non-exhaustive)" } else { "" };
        if ["struct", "enum", "union", "trait", "type_alias"].contains(&kind.as_str()) {
            self.names.learn(&item["id"], path);
        }
        match kind.as_str() {
            "module" => {
                self.lines.insert(format!("mod {path}"));
                self.module(item, path);
            }
            "struct" | "enum" | "union" => {
                let of = &inner["generics"];
                self.lines.insert(format!(
                    "{kind} {path}{}{}{open}",
                    self.names.params(of),
                    self.names.clause(of)
                ));
                let fields = &inner["kind"]["plain"]["fields"];
                let fields =
                    list(fields).chain(list(&inner["kind"]["tuple"])).chain(list(&inner["variants"]));
                let fields: Vec<_> = fields.filter_map(|id| self.item(id)).collect();
                fields.into_iter().for_each(|field| self.member(field, path));
                let impls: Vec<_> = list(&inner["impls"]).filter_map(|id| self.item(id)).collect();
                impls.into_iter().for_each(|one| self.implementation(&one["inner"]["impl"], path));
            }
            "trait" => {
                let above = self.names.bounds(&inner["bounds"]);
                let above = if above.is_empty() { above } else { format!(": {above}") };
                let of = &inner["generics"];
                self.lines.insert(format!(
                    "trait {path}{}{above}{}",
                    self.names.params(of),
                    self.names.clause(of)
                ));
                let items: Vec<_> = list(&inner["items"]).filter_map(|id| self.item(id)).collect();
                items.into_iter().for_each(|one| self.member(one, path));
            }
            "function" => {
                let provided = if inner["has_body"] == true { "" } else { " (required)" };
                self.lines.insert(format!("{}{provided}", self.names.function(inner, path)));
            }
            "struct_field" => {
                self.lines.insert(format!("field {path}: {}", self.names.ty(inner)));
            }
            "variant" => {
                self.lines.insert(format!("variant {path}{open}"));
                let fields = list(&inner["kind"]["struct"]["fields"]).chain(list(&inner["kind"]["tuple"]));
                let fields: Vec<_> = fields.filter_map(|id| self.item(id)).collect();
                fields.into_iter().for_each(|field| self.member(field, path));
            }
            "constant" | "assoc_const" | "static" => {
                self.lines.insert(format!("const {path}: {}", self.names.ty(&inner["type"])));
            }
            "type_alias" | "assoc_type" => {
                self.lines.insert(format!("type {path} = {}", self.names.ty(&inner["type"])));
            }
            _ => {
                self.lines.insert(format!("{kind} {path}"));
            }
        }
    }

    /// Methods of the type itself, and the traits it implements for itself.
    fn implementation(&mut self, one: &'a Value, path: &str) {
        if one["is_synthetic"] == true {
            // Everything is Send and Sync unless it is said here.
            let name = self.names.name(&one["trait"]);
            if one["is_negative"] == true && matches!(&*name, "marker::Send" | "marker::Sync") {
                self.lines.insert(format!("impl !{name} for {path}"));
            }
            return;
        }
        if !one["blanket_impl"].is_null() {
            return;
        }
        if one["trait"].is_null() {
            let items: Vec<_> = list(&one["items"]).filter_map(|id| self.item(id)).collect();
            items.into_iter().for_each(|item| self.member(item, path));
            return;
        }
        let name = self.names.resolved(&one["trait"]);
        // What a derive writes besides the trait that was asked for.
        if !name.starts_with("marker::Structural") {
            self.lines.insert(format!("impl {name} for {path}"));
        }
    }
}

fn list(value: &Value) -> impl Iterator<Item = &Value> {
    value.as_array().into_iter().flatten()
}

/// How types are called: by where a caller finds them, not by how a source file happens to spell it.
#[derive(Default)]
struct Names<'a> {
    paths: Option<&'a Value>,
    /// The shortest public path of an item, without the crate's name.
    public: BTreeMap<u64, String>,
}

/// What every program has without asking.
const PRELUDE: [&str; 5] = ["boxed::Box", "option::Option", "result::Result", "string::String", "vec::Vec"];

impl Names<'_> {
    fn learn(&mut self, id: &Value, path: &str) {
        let Some((id, (_, path))) = id.as_u64().zip(path.split_once("::")) else { return };
        let known = self.public.entry(id).or_insert_with(|| path.to_owned());
        if (path.len(), path) < (known.len(), known) {
            path.clone_into(known);
        }
    }

    /// Of ours the public path; of others the crate and the name; of std the module and the name.
    fn name(&self, path: &Value) -> String {
        let written = path["path"].as_str().unwrap_or_default();
        let Some(id) = path["id"].as_u64() else { return written.to_owned() };
        if let Some(public) = self.public.get(&id) {
            return public.clone();
        }
        let of = self.paths.map_or(&Value::Null, |paths| &paths[id.to_string()]);
        let parts: Vec<&str> = list(&of["path"]).filter_map(Value::as_str).collect();
        match parts.as_slice() {
            ["std" | "core" | "alloc", module, .., name] => {
                let short = format!("{module}::{name}");
                if PRELUDE.contains(&&*short) { (*name).to_owned() } else { short }
            }
            [_, .., name] if of["crate_id"] == 0 => (*name).to_owned(),
            [krate, .., name] => format!("{krate}::{name}"),
            _ => written.rsplit("::").next().unwrap_or_default().to_owned(),
        }
    }

    fn function(&self, inner: &Value, path: &str) -> String {
        let header = &inner["header"];
        let words = [("is_const", "const "), ("is_async", "async "), ("is_unsafe", "unsafe ")];
        let words: String =
            words.iter().filter(|(key, _)| header[key] == true).map(|(_, word)| *word).collect();
        let inputs: Vec<String> = list(&inner["sig"]["inputs"])
            .map(|input| format!("{}: {}", input[0].as_str().unwrap_or("_"), self.ty(&input[1])))
            .collect();
        let output = &inner["sig"]["output"];
        let output = if output.is_null() { String::new() } else { format!(" -> {}", self.ty(output)) };
        let of = &inner["generics"];
        format!("{words}fn {path}{}({}){output}{}", self.params(of), inputs.join(", "), self.clause(of))
    }

    /// The parameters, each with its bounds: who calls may lack one.
    fn params(&self, generics: &Value) -> String {
        let params: Vec<String> = list(&generics["params"])
            .filter(|param| param["kind"]["type"]["is_synthetic"] != true)
            .filter_map(|param| {
                let name = param["name"].as_str()?;
                let asked = self.bounds(&param["kind"]["type"]["bounds"]);
                Some(if asked.is_empty() { name.to_owned() } else { format!("{name}: {asked}") })
            })
            .collect();
        if params.is_empty() { String::new() } else { format!("<{}>", params.join(", ")) }
    }

    /// The `where` clause.
    fn clause(&self, generics: &Value) -> String {
        let asked: Vec<String> = list(&generics["where_predicates"])
            .filter_map(|one| one.get("bound_predicate"))
            .map(|one| format!("{}: {}", self.ty(&one["type"]), self.bounds(&one["bounds"])))
            .collect();
        if asked.is_empty() { String::new() } else { format!(" where {}", asked.join(", ")) }
    }

    fn resolved(&self, path: &Value) -> String {
        let name = self.name(path);
        let args = &path["args"];
        let mut words: Vec<String> = list(&args["angle_bracketed"]["args"])
            .map(|arg| match arg.get("type") {
                Some(inner) => self.ty(inner),
                None => arg.get("lifetime").and_then(Value::as_str).unwrap_or("_").to_owned(),
            })
            .collect();
        words.extend(list(&args["angle_bracketed"]["constraints"]).map(|one| {
            let name = one["name"].as_str().unwrap_or_default();
            format!("{name} = {}", self.ty(&one["binding"]["equality"]["type"]))
        }));
        if let Some(call) = args.get("parenthesized") {
            let inputs: Vec<String> = list(&call["inputs"]).map(|one| self.ty(one)).collect();
            let output = if call["output"].is_null() {
                String::new()
            } else {
                format!(" -> {}", self.ty(&call["output"]))
            };
            return format!("{name}({}){output}", inputs.join(", "));
        }
        if words.is_empty() { name } else { format!("{name}<{}>", words.join(", ")) }
    }

    fn bounds(&self, bounds: &Value) -> String {
        let words: Vec<String> = list(bounds)
            .map(|bound| match bound.get("trait_bound") {
                Some(of) => self.resolved(&of["trait"]),
                None => bound.get("outlives").and_then(Value::as_str).unwrap_or("_").to_owned(),
            })
            .collect();
        words.join(" + ")
    }

    fn ty(&self, value: &Value) -> String {
        let Some((kind, inner)) = value.as_object().and_then(|object| object.iter().next()) else {
            return "_".into();
        };
        let words = |values: &Value| list(values).map(|one| self.ty(one)).collect::<Vec<_>>().join(", ");
        let mutable = if inner["is_mutable"] == true { "mut " } else { "" };
        match kind.as_str() {
            "primitive" | "generic" => inner.as_str().unwrap_or_default().to_owned(),
            "resolved_path" => self.resolved(inner),
            "borrowed_ref" => {
                let lifetime = inner["lifetime"].as_str().map(|name| format!("{name} ")).unwrap_or_default();
                format!("&{lifetime}{mutable}{}", self.ty(&inner["type"]))
            }
            "raw_pointer" => format!("*{mutable}{}", self.ty(&inner["type"])),
            "tuple" => format!("({})", words(inner)),
            "slice" => format!("[{}]", self.ty(inner)),
            "array" => format!("[{}; {}]", self.ty(&inner["type"]), inner["len"].as_str().unwrap_or("_")),
            "impl_trait" => format!("impl {}", self.bounds(inner)),
            "dyn_trait" => {
                let traits: Vec<String> =
                    list(&inner["traits"]).map(|one| self.resolved(&one["trait"])).collect();
                format!("dyn {}", traits.join(" + "))
            }
            "qualified_path" => {
                format!("{}::{}", self.ty(&inner["self_type"]), inner["name"].as_str().unwrap_or_default())
            }
            "function_pointer" => {
                let inputs: Vec<String> =
                    list(&inner["sig"]["inputs"]).map(|input| self.ty(&input[1])).collect();
                let output = &inner["sig"]["output"];
                let output =
                    if output.is_null() { String::new() } else { format!(" -> {}", self.ty(output)) };
                format!("fn({}){output}", inputs.join(", "))
            }
            other => other.to_owned(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn paths_are_those_a_caller_writes() {
        let json = serde_json::json!({
            "format_version": 57, "root": 0,
            "index": {
                "0": {"id": 0, "name": "demo", "inner": {"module": {"items": [1]}}},
                "1": {"id": 1, "inner": {"use": {"source": "inner::Hidden", "name": "Shown", "id": 2, "is_glob": false}}},
                "2": {"id": 2, "name": "Hidden", "attrs": ["non_exhaustive"], "inner": {"struct": {
                    "kind": {"plain": {"fields": [3]}}, "generics": {"params": []}, "impls": [4]}}},
                "3": {"id": 3, "name": "span", "inner": {"struct_field": {"resolved_path": {"path": "Option", "args":
                    {"angle_bracketed": {"args": [{"type": {"primitive": "usize"}}], "constraints": []}}}}}},
                "4": {"id": 4, "inner": {"impl": {"is_synthetic": false, "blanket_impl": null,
                    "trait": {"path": "Clone", "args": null}, "items": []}}},
            }
        });
        let lines: Vec<String> = Api::of(&json).unwrap().into_iter().collect();
        assert_eq!(
            lines,
            [
                "field demo::Shown::span: Option<usize>",
                "impl Clone for demo::Shown",
                "struct demo::Shown (non-exhaustive)"
            ]
        );
        Api::of(&serde_json::json!({"format_version": 1})).unwrap_err();
    }
}
