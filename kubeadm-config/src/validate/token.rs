//! Rules for bootstrap tokens.
//!
//! kubeadm's `ValidateBootstrapTokens`; the forms are those of `k8s.io/cluster-bootstrap`
//! (`token/api/types.go`, `token/util/helpers.go`), which the API server's authenticator and the
//! controllers use too.

use std::collections::BTreeSet;

use super::Checks;
use crate::go::quote;
use crate::model::BootstrapToken;

// In the order of `KnownTokenUsages`, which the message joins.
const USAGES: [&str; 2] = ["signing", "authentication"];
const GROUP_PREFIX: &str = "system:bootstrappers:";
// It stands in the message as it is (`BootstrapGroupPattern`); the judging is done by hand below,
// without an engine for expressions.
const GROUP_EXPRESSION: &str = r"\Asystem:bootstrappers:[a-z0-9:-]{0,255}[a-z0-9]\z";

impl Checks<'_> {
    pub(super) fn bootstrap_tokens(&mut self, tokens: &[BootstrapToken], path: &str) {
        for (index, token) in tokens.iter().enumerate() {
            // A dot and no brackets: kubeadm makes the path with `Child(fmt.Sprintf("%d", i))`.
            let path = format!("{path}.{index}");
            // A token that is to be made up is sound.
            if let Some(text) = &token.token {
                self.token(text, &format!("{path}.token"));
            }
            self.token_usages(&token.usages, &format!("{path}.usages"));
            self.token_groups(token, &format!("{path}.groups"));
            // The default of 24 hours was put beside `expires` too (`SetDefaults_BootstrapToken`),
            // so a document with `expires` alone is refused as well.
            if token.ttl.is_some() && token.expires.is_some() {
                self.invalid(&path, "", "the BootstrapToken .TTL and .Expires fields are mutually exclusive");
            }
        }
    }

    pub(super) fn token(&mut self, token: &str, path: &str) {
        if token.parse::<crate::token::BootstrapToken>().is_err() {
            self.invalid(path, token, "the bootstrap token is invalid");
        }
    }

    fn token_usages(&mut self, usages: &Vec<String>, path: &str) {
        // A set, sorted, as `sets.Difference(...).List()` of `ValidateUsages` gives it.
        let unknown: BTreeSet<&str> =
            usages.iter().map(String::as_str).filter(|usage| !USAGES.contains(usage)).collect();
        if !unknown.is_empty() {
            let unknown = unknown.into_iter().collect::<Vec<_>>().join(",");
            let detail = format!(
                "invalid bootstrap token usage string: {unknown}, valid usage options: {}",
                USAGES.join(",")
            );
            self.invalid(path, usages, detail);
        }
    }

    fn token_groups(&mut self, token: &BootstrapToken, path: &str) {
        // Groups are what a token authenticates as; a token for signing alone authenticates
        // nobody.
        if !token.groups.is_empty() && !token.usages.iter().any(|usage| usage == "authentication") {
            let detail = "token groups cannot be specified unless --usages includes \"authentication\"";
            self.invalid(path, &token.groups, detail);
        }
        for group in token.groups.iter().filter(|group| !is_group(group)) {
            let detail =
                format!("bootstrap group {} is invalid (must match {GROUP_EXPRESSION})", quote(group));
            self.invalid(path, &token.groups, detail);
        }
    }
}

/// By [`GROUP_EXPRESSION`]: lower case, digits, `-` and `:`, and no `-` or `:` at the end. The
/// prefix keeps a token out of groups such as `system:masters`.
fn is_group(group: &str) -> bool {
    let alphanumeric = |b: u8| b.is_ascii_lowercase() || b.is_ascii_digit();
    group.strip_prefix(GROUP_PREFIX).is_some_and(|name| {
        // 255 of one class and one that ends it, by the expression.
        name.len() <= 256
            && name.bytes().all(|b| alphanumeric(b) || b == b':' || b == b'-')
            && name.bytes().next_back().is_some_and(alphanumeric)
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn groups_are_told_by_kubernetes_expression() {
        let group = |name: &str| is_group(&format!("{GROUP_PREFIX}{name}"));
        assert!(group("a") && group("kubeadm:default-node-token") && group(&"a".repeat(256)));
        assert!(!group("") && !group("a-") && !group("A") && !group("a b") && !group(&"a".repeat(257)));
        assert!(!is_group("workers"));
    }
}
