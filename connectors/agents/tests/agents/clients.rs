//! Clients' settings in projects.

use crate::support::Tree;

#[test]
fn every_place_of_a_credential_in_a_server_entry_is_found() {
    insta::assert_snapshot!(Tree::of("clients").told());
}
