//! Hosts to test with: a tree in a directory with a kernel that is a few files, and programs that
//! answer from a script.
//!
//! For the tests of whoever has a resource or a spec of their own. Not part of a program:
//! everything here panics where it cannot do what it should.

pub mod fake_host;
pub mod scripted;
pub mod trees;

pub use fake_host::FakeHost;
pub use scripted::Scripted;
