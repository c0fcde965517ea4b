//! GraphQL.

use super::routes::Route;

pub(super) const ROUTES: &[Route] = &[];
