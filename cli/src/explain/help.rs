//! Lines of help: what to write instead.
//!
//! A line of help is printed below an error and says what to write instead. Its code says which
//! kind of slip it was; some are certain (`field-letter-case`), others a guess (`did-you-mean`),
//! and `known` says how each is found.

use super::Explanation;

/// API versions first, then names and places of fields, then values by their type: each
/// `...-wanted` belongs to the type that the field has in Go, such as `metav1.Duration`,
/// `metav1.Time`, `bool` or `resource.Quantity`.
pub(super) const ROWS: &[Explanation] = &[
    Explanation {
        code: "api-version",
        title: "API version that kubeadm does not read",
        meaning: "The document's apiVersion is not one that kubeadm of this release reads.",
        why: "kubeadm exits before it does anything.",
        known: "The API version is compared with those of the release.",
        cure: "Write one of those that the help line names.",
        source: "kubeadm: its API versions by release",
    },
    Explanation {
        code: "api-too-old",
        title: "API version that is gone from this kubeadm",
        meaning: "The document is of an API version that was removed before this release.",
        why: "kubeadm exits before it does anything.",
        known: "A table has the first and the last minor that reads each API version.",
        cure: "`k8sprep migrate-config` brings the file up to date; kubeadm's own `config migrate` \
             needs an older kubeadm for it.",
        source: "kubeadm: its API versions by release",
    },
    Explanation {
        code: "api-too-new",
        title: "API version that came after this kubeadm",
        meaning: "The document is of an API version that this release does not know yet.",
        why: "kubeadm exits before it does anything.",
        known: "A table has the first and the last minor that reads each API version.",
        cure: "Use the kubeadm that the help line names, or take the file back with `k8sprep \
             migrate-config --to`.",
        source: "kubeadm: its API versions by release",
    },
    Explanation {
        code: "did-you-mean",
        title: "A name that is nearly another one",
        meaning: "The name is not known, and one that is known differs by a few letters.",
        why: "What was meant is not in force.",
        known: "The name is compared with all names that are known in that place.",
        cure: "Write the name that the help line shows, if that is the one you mean.",
        source: "k8sprep",
    },
    Explanation {
        code: "field-letter-case",
        title: "Field in the wrong letter case",
        meaning: "The field exists, with other capital letters.",
        why: "Names of fields are compared letter by letter, so that this one is not known.",
        known: "The name is compared with the fields of the same place, letter case aside.",
        cure: "Write the name that the help line shows.",
        source: "kubeadm: strict decoding of its configuration",
    },
    Explanation {
        code: "belongs-in",
        title: "Field in the wrong place",
        meaning: "The field exists, in another map or in another kind of document.",
        why: "Where it stands it is not known, and what was meant is not in force.",
        known: "The name is looked up in all kinds of the API version.",
        cure: "Move the line to the place that the help line names.",
        source: "kubeadm: its API types",
    },
    Explanation {
        code: "tab-indentation",
        title: "A tab in the indentation",
        meaning: "A line is indented with a tab, which YAML does not allow.",
        why: "The file cannot be read, and the parser's message does not name the tab.",
        known: "The lines around the error are searched for tabs before the first word.",
        cure: "Write blanks instead.",
        source: "YAML 1.2, indentation spaces",
    },
    Explanation {
        code: "odd-character",
        title: "A character that only looks like one of YAML's",
        meaning: "A line has a no-break space, a typographic quote or dash, or another character that YAML takes \
             for a letter of a name or a value.",
        why: "It cannot be seen, and the name or the value is another one than meant.",
        known: "The place of an error is searched for such characters.",
        cure: "Write the plain character; such texts come from web pages and word processors.",
        source: "YAML 1.2, indicator characters",
    },
    Explanation {
        code: "list-wanted",
        title: "A list is wanted here",
        meaning: "The field takes a list, and the value is something else.",
        why: "kubeadm cannot read the document.",
        known: "The type of the field is known from the API version.",
        cure: "Write each item on a line of its own, after `- `. extraArgs are a list of name and \
             value since v1beta4.",
        source: "kubeadm: its API types",
    },
    Explanation {
        code: "map-wanted",
        title: "A map is wanted here",
        meaning: "The field takes a map of names and values, and the value is something else.",
        why: "kubeadm cannot read the document.",
        known: "The type of the field is known from the API version.",
        cure: "Write `name: value` lines below the field. extraArgs are a map up to v1beta3.",
        source: "kubeadm: its API types",
    },
    Explanation {
        code: "text-wanted",
        title: "A text is wanted here",
        meaning: "The field takes a text, and YAML reads the value as a number, as true or false, or \
             as a list.",
        why: "kubeadm cannot read the document.",
        known: "The type of the field is known from the API version.",
        cure: "Put the value in quotes.",
        source: "kubeadm: its API types; YAML 1.1 scalars",
    },
    Explanation {
        code: "truth-wanted",
        title: "true or false is wanted here",
        meaning: "The field takes true or false, and the value is something else.",
        why: "kubeadm cannot read the document.",
        known: "The type of the field is known from the API version.",
        cure: "Write true or false, without quotes.",
        source: "kubeadm: its API types",
    },
    Explanation {
        code: "number-wanted",
        title: "A number is wanted here",
        meaning: "The field takes a number, and the value is something else, such as a number in \
             quotes.",
        why: "kubeadm cannot read the document.",
        known: "The type of the field is known from the API version.",
        cure: "Write the number without quotes.",
        source: "kubeadm: its API types",
    },
    Explanation {
        code: "duration-wanted",
        title: "A length of time is wanted here",
        meaning: "The field takes a length of time with its unit.",
        why: "kubeadm cannot read the document.",
        known: "The value is read as Go reads a duration.",
        cure: "Write it with units of h, m and s, such as 4m0s.",
        source: "Go: time.ParseDuration",
    },
    Explanation {
        code: "time-wanted",
        title: "A point in time is wanted here",
        meaning: "The field takes a date with a time.",
        why: "kubeadm cannot read the document.",
        known: "The value is read as Go reads a time in JSON.",
        cure: "Write it as RFC 3339 has it, such as \"2027-01-01T00:00:00Z\".",
        source: "RFC 3339",
    },
    Explanation {
        code: "token-wanted",
        title: "A bootstrap token is wanted here",
        meaning: "The field takes a bootstrap token: six and sixteen small letters and digits with a \
             point between them.",
        why: "kubeadm cannot read the document.",
        known: "The value is read as kubeadm reads a token.",
        cure: "`k8sprep token generate` makes one.",
        source: "kubeadm: bootstrap tokens",
    },
    Explanation {
        code: "quantity-wanted",
        title: "A quantity is wanted here",
        meaning: "The field takes an amount such as 1Gi or 500m.",
        why: "The document cannot be read.",
        known: "The value is read as Kubernetes reads a quantity.",
        cure: "Write a number with a suffix that Kubernetes knows: Ki, Mi, Gi, k, M, G, m.",
        source: "k8s.io/apimachinery: pkg/api/resource",
    },
];
