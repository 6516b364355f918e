//! Plan, apply, verify and roll back what a host needs to become a Kubernetes node.
//!
//! [`facts`] looks at a host and changes nothing.

pub mod facts;
