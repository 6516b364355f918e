//! A spec out of the text of a file.
//!
//! Files that a spec names are read relative to it.

use std::io;
use std::path::Path;

use annotate_snippets::Level;

use crate::excerpt::Lines;
use crate::failure::{Exit, Failure, Place};
use crate::recipe::{NodeSpec, SpecProblem};

/// The spec in the text of a file; every problem is shown at its place.
/// `read` reads the files that it names.
pub(crate) fn spec_of(
    text: &str,
    file: &str,
    read: &dyn Fn(&Path) -> io::Result<Vec<u8>>,
) -> Result<NodeSpec, Failure> {
    NodeSpec::from_yaml_with(text, read).map_err(|problems| {
        let lines = Lines::new(file, text);
        let drawn = |problem: &SpecProblem| {
            let title = match &*problem.field {
                "" => problem.message.clone(),
                field => format!("{field}: {}", problem.message),
            };
            let title = format!("{title} [{}]", crate::Code::SpecInvalid);
            lines.drawn(Level::ERROR, &title, problem.at, None)
        };
        let place = |problem: &SpecProblem| Place {
            field: problem.field.clone(),
            file: file.to_owned(),
            line: problem.at.map(|at| at.line),
            column: problem.at.map(|at| at.column),
            text: problem.message.clone(),
        };
        let excerpts: Vec<_> = problems.0.iter().map(drawn).collect();
        let places = problems.0.iter().map(place).collect();
        Failure::drawn(Exit::Failed, crate::Code::SpecInvalid.as_str(), &excerpts, places)
    })
}
