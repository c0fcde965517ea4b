//! The neighbourhood of one entity as a picture: what holds it on the left, what it reaches and who owns it on the
//! right, at most [`MOST_NEIGHBOURS`] of them, in columns of boxes with labelled arrows.
//!
//! The layout is arithmetic on columns and rows, so the same report gives the same picture. It knows nothing of SVG but
//! coordinates; `picture.svg` draws.

mod layout;
mod pick;

pub(super) use layout::Picture;

use super::super::index::Index;

/// The most neighbours that are drawn.
pub(super) const MOST_NEIGHBOURS: usize = 12;

/// Draws the neighbourhood of an entity. `None` when there is nothing to draw.
pub(super) fn of(index: &Index<'_>, id: &str) -> Option<Picture> {
    let picked = pick::around(index, id);
    (picked.nodes.len() > 1).then(|| layout::lay_out(index, &picked))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::report::v1;

    fn acme() -> v1::Report {
        serde_json::from_str(include_str!("../../../tests/report/acme.json")).unwrap()
    }

    #[test]
    fn holders_stand_left_of_the_subject_and_what_it_reaches_right() {
        let report = acme();
        let picture = of(&Index::new(&report), "aws:AKIA3EXAMPLECIDEPLOY").unwrap();
        let x = |name: &str| picture.nodes.iter().find(|node| node.name.starts_with(name)).unwrap().x;
        let subject = picture.nodes[0].x;
        assert!(x("triage-bot") < x("github") && x("github") < subject);
        assert!(subject < x("ci-deployer") && x("ci-deployer") < x("Ada"));
        assert!(picture.description.contains("github (triage-bot) holds AKIA3EXA"), "{}", picture.description);
    }

    #[test]
    fn boxes_stand_within_the_picture_and_never_upon_each_other() {
        let report = acme();
        let index = Index::new(&report);
        for entity in &report.entities {
            let Some(picture) = of(&index, entity.id.as_str()) else { continue };
            for (at, a) in picture.nodes.iter().enumerate() {
                assert!(a.x >= 0 && a.y >= 0 && a.x + a.width <= picture.width && a.y + a.height <= picture.height);
                for b in &picture.nodes[at + 1..] {
                    let apart =
                        a.x + a.width <= b.x || b.x + b.width <= a.x || a.y + a.height <= b.y || b.y + b.height <= a.y;
                    assert!(apart, "{} and {} in the picture of {}", a.name, b.name, entity.id);
                }
            }
        }
    }

    #[test]
    fn a_hub_is_cut_to_what_fits_and_says_how_much_is_left_out() {
        let mut report = acme();
        let link = report.links.iter().find(|link| link.kind == whosekey_sdk::LinkKind::Holds).unwrap().clone();
        for at in 0..1_000 {
            report.links.push(v1::Link {
                from: format!("agent:{at}").into(),
                to: "github:pat/17".into(),
                ..link.clone()
            });
        }
        let picture = of(&Index::new(&report), "github:pat/17").unwrap();
        assert!(picture.nodes.len() <= MOST_NEIGHBOURS + 1);
        assert!(picture.nodes.iter().any(|node| node.name == "Ada Lovelace"), "whose it is, is still shown");
        assert!(picture.left_out > 980, "{}", picture.left_out);
    }

    #[test]
    fn a_thing_without_links_has_no_picture() {
        let report = acme();
        assert!(of(&Index::new(&report), "aws:nothing").is_none());
    }
}
