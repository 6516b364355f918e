//! Who disagrees with whom: a row for each value, a column for each party, an arc from the party
//! whose word counts to each other one. Red where both say something else, and then both values
//! stand below; grey where a check of it is undecided. A table beside it has every place.

use std::fmt::Write as _;

use super::text::{Page, cut, escaped};
use crate::doctor::agreement::VALUES;
use crate::doctor::{Agreement, Diagnosis, Place, Standing, Who};

/// Where the columns begin, how far they are apart, and how high a row and a line below it are.
const LEFT: usize = 150;
const ROW: usize = 54;
const LINE: usize = 17;
const WIDTH: usize = 860;
const TOP: usize = 34;
/// Marks of one party in a row, and how far they are apart.
const MARKS: usize = 4;
const APART: usize = 18;
/// So many differences of a row are written below it.
const DIFFERENCES: usize = 4;

/// The order of the columns.
const PARTIES: [Who; 7] =
    [Who::Kubeadm, Who::Kubelet, Who::Crio, Who::ControlPlane, Who::Cni, Who::Host, Who::Tool];

pub(super) fn add(page: &mut Page, diagnosis: &Diagnosis, up_to: usize) {
    let all = &diagnosis.agreements;
    page.must("<section>\n<h2>Who disagrees with whom</h2>\n");
    if all.is_empty() {
        page.must("<p>No value was said in two places, so that there is nothing to compare.</p>\n");
    } else {
        let picture = drawn(all, diagnosis);
        if !page.fits(&picture, up_to) {
            page.must("<p class=\"quiet\">The picture did not fit.</p>\n");
        }
        table(page, all, up_to);
    }
    let absent: Vec<&str> =
        VALUES.iter().filter(|value| all.iter().all(|one| one.value != **value)).copied().collect();
    if !absent.is_empty() {
        let absent = escaped(&absent.join(", "));
        page.must(&format!("<p class=\"quiet\">Said in fewer than two places: {absent}.</p>\n"));
    }
    page.must("</section>\n");
}

fn drawn(all: &[Agreement], diagnosis: &Diagnosis) -> String {
    let says = |who: &Who| all.iter().flat_map(|one| &one.places).any(|place| place.who == *who);
    let columns: Vec<Who> = PARTIES.into_iter().filter(says).collect();
    let (mut rows, mut y) = (String::new(), TOP);
    for one in all {
        let codes = |code: &str| one.codes.contains(&code);
        let open = !one.is_broken() && diagnosis.undecided.iter().any(|left| codes(left.code));
        y = row(&mut rows, one, &columns, (y, open));
    }
    let mut text = format!(
        "<div class=\"scroll\">\n<svg viewBox=\"0 0 {WIDTH} {y}\" role=\"img\" aria-labelledby=\"picture-title picture-text\">\n\
         <title id=\"picture-title\">Who disagrees with whom</title>\n<desc id=\"picture-text\">{}</desc>\n",
        escaped(&summary(all))
    );
    for (at, who) in columns.iter().enumerate() {
        let x = middle(at, columns.len());
        let _ = writeln!(text, "<text class=\"party\" x=\"{x}\" y=\"18\">{}</text>", who.as_str());
        let _ = writeln!(text, "<line class=\"rail\" x1=\"{x}\" y1=\"26\" x2=\"{x}\" y2=\"{y}\"/>");
    }
    text + &rows
        + "</svg>\n</div>\n<p class=\"quiet\">A full dot: its word counts. A ring: it says the same. A cross: it says \
           something else.</p>\n"
}

fn summary(all: &[Agreement]) -> String {
    let broken: Vec<String> = all.iter().filter(|one| one.is_broken()).map(sentence).collect();
    if broken.is_empty() {
        return "All places that say the same value agree; the table below has them.".to_owned();
    }
    broken.join(" ")
}

fn sentence(one: &Agreement) -> String {
    let odd = one.places.iter().filter(|place| place.standing == Standing::Differs);
    let odd: Vec<&str> = odd.map(|place| place.who.as_str()).take(DIFFERENCES).collect();
    let owner = one.places.first().map_or("", |place| place.who.as_str());
    format!("{}: {} says otherwise than {owner}.", one.value, odd.join(", "))
}

fn middle(column: usize, of: usize) -> usize {
    let width = (WIDTH - LEFT) / of.max(1);
    LEFT + width * column + width / 2
}

/// Draws a row, and says where the next one begins.
fn row(text: &mut String, one: &Agreement, columns: &[Who], (top, open): (usize, bool)) -> usize {
    let y = top + ROW - 18;
    let _ = writeln!(text, "<text x=\"0\" y=\"{}\">{}</text>", y + 4, escaped(one.value));
    let marks = marks(one, columns);
    let owner = marks.first().map_or(LEFT, |(x, _)| *x);
    for (x, place) in marks.iter().skip(1) {
        let class = match place.standing {
            Standing::Differs => "differs",
            _ if open => "unread",
            _ => "agrees",
        };
        let height = y.saturating_sub(10 + 16.min(owner.abs_diff(*x) / 12));
        let _ = writeln!(
            text,
            "<path class=\"edge {class}\" d=\"M{owner} {y}Q{} {height} {x} {y}\"/>",
            usize::midpoint(owner, *x)
        );
    }
    for (x, place) in &marks {
        let _ = match place.standing {
            Standing::Owner => writeln!(text, "<circle class=\"owner\" cx=\"{x}\" cy=\"{y}\" r=\"6\"/>"),
            Standing::Agrees => writeln!(text, "<circle class=\"agrees\" cx=\"{x}\" cy=\"{y}\" r=\"6\"/>"),
            Standing::Differs => writeln!(
                text,
                "<path class=\"differs\" stroke-width=\"3\" d=\"M{0} {2}L{1} {3}M{0} {3}L{1} {2}\"/>",
                x - 6,
                x + 6,
                y - 6,
                y + 6
            ),
        };
    }
    let mut next = y + 20;
    if open {
        let _ = writeln!(
            text,
            "<text class=\"grey\" x=\"{LEFT}\" y=\"{next}\">not all of it could be decided</text>"
        );
        next += LINE;
    }
    for line in differences(one) {
        let _ = writeln!(text, "<text class=\"odd\" x=\"{LEFT}\" y=\"{next}\">{}</text>", escaped(&line));
        next += LINE;
    }
    next
}

/// Each place with where it is drawn; those of one party beside each other.
fn marks<'a>(one: &'a Agreement, columns: &[Who]) -> Vec<(usize, &'a Place)> {
    let mut drawn = Vec::new();
    for (at, place) in one.places.iter().enumerate() {
        let of_party = |place: &&Place| one.places[at].who == place.who;
        let (before, all) =
            (one.places[..at].iter().filter(of_party).count(), one.places.iter().filter(of_party).count());
        let Some(column) = columns.iter().position(|who| *who == place.who) else { continue };
        if before < MARKS {
            let left = all.min(MARKS).saturating_sub(1) * APART / 2;
            drawn.push((middle(column, columns.len()) - left + before * APART, place));
        }
    }
    drawn
}

fn differences(one: &Agreement) -> Vec<String> {
    let Some(owner) = one.places.first() else { return Vec::new() };
    let odd: Vec<&Place> = one.places.iter().filter(|place| place.standing == Standing::Differs).collect();
    let mut lines: Vec<String> = odd
        .iter()
        .take(DIFFERENCES)
        .map(|place| {
            let (theirs, own) = (cut(&place.says, 38), cut(&owner.says, 38));
            format!("{} says {theirs}, {} {own}", place.who.as_str(), owner.who.as_str())
        })
        .collect();
    if odd.len() > DIFFERENCES {
        lines.push(format!("and {} more", odd.len() - DIFFERENCES));
    }
    lines
}

fn table(page: &mut Page, all: &[Agreement], up_to: usize) {
    page.must("<details>\n<summary>All places</summary>\n<div class=\"scroll\">\n<table>\n");
    page.must(
        "<thead><tr><th>value</th><th>who</th><th>says</th><th>where</th><th></th></tr></thead>\n<tbody>\n",
    );
    let rows: Vec<String> =
        all.iter().flat_map(|one| one.places.iter().map(|place| table_row(one.value, place))).collect();
    let whole = rows.len();
    let shown = rows.into_iter().take_while(|row| page.fits(row, up_to)).count();
    page.must("</tbody>\n</table>\n</div>\n");
    if shown < whole {
        page.must(&format!("<p class=\"quiet\">{} more did not fit.</p>\n", whole - shown));
    }
    page.must("</details>\n");
}

fn table_row(value: &str, place: &Place) -> String {
    let (class, standing) = match place.standing {
        Standing::Owner => ("", "its word counts"),
        Standing::Agrees => ("", "agrees"),
        Standing::Differs => (" class=\"differs\"", "differs"),
    };
    let at = place.evidence.as_ref().map_or_else(|| "a default".to_owned(), ToString::to_string);
    format!(
        "<tr><td>{}</td><td>{}</td><td><code>{}</code></td><td>{}</td><td{class}>{standing}</td></tr>\n",
        escaped(value),
        place.who.as_str(),
        escaped(&cut(&place.says, 200)),
        escaped(&cut(&at, 300))
    )
}
