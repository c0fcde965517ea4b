//! What must not be taken for a secret.

use crate::support::Tree;

#[test]
fn settings_placeholders_ids_and_references_are_not_hard_coded() {
    let collected = Tree::of("negatives").scan();
    let hard_coded: Vec<_> = collected
        .links()
        .filter(|link| {
            link.attributes.get("value_class").is_some_and(|class| class == "literal" || class == "default-leak")
        })
        .map(|link| (&link.because, &link.location))
        .collect();
    assert!(hard_coded.is_empty(), "{hard_coded:#?}");
    assert!(collected.issues.is_empty());
}

#[test]
fn a_secret_without_an_agent_is_its_projects_and_only_when_it_is_sure() {
    let mut tree = Tree::empty();
    tree.write("app/package.json", "{}");
    tree.write("app/src/a.js", "const key = \"@@stripe:a@@\";\nconst token = \"@@generic:maybe@@\";\n");
    insta::assert_snapshot!(tree.told(), @r"
    workload files.project app
      holds secret stripe.api-key Stripe key [literal] app/src/a.js:1
    ");
}
