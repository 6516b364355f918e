//! What is so on a host: read, never guessed, never changed.

mod address;

pub use address::{
    AddressError, Family, Interface, choose_address, default_address, interfaces, loopback_address,
};
