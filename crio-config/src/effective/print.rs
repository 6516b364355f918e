//! Printing a configuration.

use super::go;
use super::settings::{Effective, Setting};
use crate::catalogue::Kind;
use crate::toml::push_key_part;
use crate::{Release, Value};

impl Setting {
    /// The value as a file of a release would say it: durations as strings where the release reads
    /// them, unsigned numbers without sign.
    ///
    /// ```
    /// use crio_config::{Effective, Value};
    ///
    /// let release = "1.34".parse()?;
    /// let config = Effective::defaults(release);
    /// let timeout = config.get(&"crio.nri.nri_plugin_request_timeout".parse()?).unwrap();
    /// assert_eq!(timeout.value, Value::Integer(2_000_000_000));
    /// assert_eq!(timeout.shown(release), "2s".into());
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn shown(&self, release: Release) -> Value {
        match (&self.value, self.kind) {
            (Value::Integer(number), Kind::Duration) if release >= crate::catalogue::first_of(25) => {
                Value::String(go::format_duration(*number))
            }
            (value, _) => value.clone(),
        }
    }

    /// The value as TOML.
    pub fn to_toml(&self, release: Release) -> String {
        match (&self.value, self.kind) {
            (Value::Integer(number), Kind::Unsigned) => number.cast_unsigned().to_string(),
            _ => self.shown(release).to_string(),
        }
    }
}

impl Effective {
    /// The configuration as TOML, every option written out; `comment` may add one behind a value.
    ///
    /// Reads back as the same configuration. Tables are sorted by name, which is not CRI-O's own
    /// order.
    ///
    /// ```
    /// use crio_config::{Effective, Origin};
    ///
    /// let config = Effective::defaults("1.34".parse()?);
    /// let is_default = |setting: &crio_config::Setting| setting.origin == Origin::Default;
    /// let text = config.to_toml(|_, setting| is_default(setting).then(|| "default".into()));
    /// assert!(text.contains("log_level = \"info\" # default\n"));
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn to_toml(&self, comment: impl Fn(&[String], &Setting) -> Option<String>) -> String {
        let mut out = String::new();
        let mut table: &[String] = &[];
        let mut settings: Vec<_> = self.iter().collect();
        // The keys of a table stand before the tables below it.
        settings.sort_by(|(left, _), (right, _)| {
            let (left_table, right_table) = (&left[..left.len() - 1], &right[..right.len() - 1]);
            left_table.cmp(right_table).then_with(|| left.cmp(right))
        });
        for (path, setting) in settings {
            let Some((key, parents)) = path.split_last() else { continue };
            if parents != table {
                if !out.is_empty() {
                    out.push('\n');
                }
                out.push('[');
                for (index, part) in parents.iter().enumerate() {
                    if index > 0 {
                        out.push('.');
                    }
                    push_key_part(&mut out, part);
                }
                out.push_str("]\n");
                table = parents;
            }
            push_key_part(&mut out, key);
            out.push_str(" = ");
            out.push_str(&setting.to_toml(self.release()));
            if let Some(comment) = comment(path, setting) {
                out.push_str(" # ");
                out.push_str(&comment);
            }
            out.push('\n');
        }
        out
    }
}
