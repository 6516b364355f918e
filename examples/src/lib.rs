//! Examples of the crates without the command line: see the folder `examples` of this package.
