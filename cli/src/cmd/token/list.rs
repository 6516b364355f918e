//! `k8sprep token list`.
//!
//! The cluster's bootstrap tokens, and by which of them nodes can join. JSON:
//! `k8sprep.token-list/v1`.

use host_prep::Host;
use host_prep::cluster::{self, Token};

use crate::cmd::Run;
use crate::cmd::shared::on_host::{Progress, failed};
use crate::failure::Failure;
use crate::stage::on_a_control_plane;
use crate::ui::{Format, Ui};

/// The flags of `token list`.
#[derive(clap::Args, Debug)]
pub(crate) struct List {
    /// How to print them
    #[arg(long, value_enum, default_value_t, value_name = "FORMAT")]
    output: Format,
}

impl Run for List {
    const NAME: &'static str = "list";
    const ABOUT: &'static str = "List the tokens that the cluster of this control plane knows";
    const EXAMPLES: &'static str = "
  k8sprep token list
  k8sprep token list --output json";
    const NOTES: &'static str = "
A line for each: the token, when it ends, whether nodes can join with it, what it is for.";

    fn run(self, ui: &mut Ui) -> Result<(), Failure> {
        let host = Host::live().map_err(|error| failed(&error))?;
        on_a_control_plane(&host)?;
        let mut progress = Progress::start(ui)?;
        let tokens = cluster::tokens(&host, &mut progress).map_err(|error| failed(&error))?;
        drop(progress);
        match self.output {
            Format::Json => {
                let tokens: Vec<_> = tokens.iter().map(json).collect();
                ui.json("token-list", &serde_json::json!({ "tokens": tokens }))
            }
            Format::Text => ui.lines(text(&tokens)),
        }
    }
}

/// A token, with the answer to the question that people have.
fn json(token: &Token) -> serde_json::Value {
    serde_json::json!({
        "token": token.token,
        "expires": token.expires,
        "usages": token.usages,
        "groups": token.groups,
        "description": token.description,
        "letsNodesJoin": token.lets_nodes_join(),
    })
}

/// A line each; secrets are shown, since that is what was asked for.
fn text(tokens: &[Token]) -> String {
    let line = |token: &Token| {
        let ends = token.expires.as_deref().map_or("never ends".to_owned(), |end| format!("until {end}"));
        let use_ = if token.lets_nodes_join() { "nodes join with it" } else { "no node joins with it" };
        let what = token.description.as_deref().map(|what| format!(", {what}")).unwrap_or_default();
        format!("{}  {ends}  {use_}{what}\n", token.token)
    };
    tokens.iter().map(line).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_token_is_told_with_its_end_and_its_use() {
        let all: Vec<Token> = serde_json::from_str(
            r#"[{"token":"abcdef.0123456789abcdef","expires":"2026-11-29T12:00:00Z","description":"rack 7",
                 "usages":["authentication","signing"],"groups":["system:bootstrappers:kubeadm:default-node-token"]},
                {"token":"aaaaaa.0123456789abcdef","usages":["signing"]}]"#,
        )
        .unwrap();
        assert_eq!(
            text(&all),
            "abcdef.0123456789abcdef  until 2026-11-29T12:00:00Z  nodes join with it, rack 7\n\
             aaaaaa.0123456789abcdef  never ends  no node joins with it\n"
        );
        assert_eq!(json(&all[0])["letsNodesJoin"], true);
        assert_eq!(text(&[]), "");
    }
}
