//! The bulk of the estate: services, repositories and deployments that are in order.

use super::aws::Account;
use super::people::{ACTIVE, email};
use super::recording::Facts;

/// What acme's services are called.
pub(super) const SERVICES: &[&str] = &[
    "accounting",
    "adverts",
    "basket",
    "billing",
    "checkout",
    "coupons",
    "delivery",
    "exports",
    "feedback",
    "fraud",
    "gateway",
    "images",
    "imports",
    "inventory",
    "ledger",
    "loyalty",
    "mailer",
    "orders",
    "payments",
    "pricing",
    "profiles",
    "ratings",
    "returns",
    "reviews",
    "sessions",
    "shipping",
    "stock",
    "taxes",
    "uploads",
    "wishlist",
];

/// Who answers for the `n`th thing.
pub(super) fn owner(n: usize) -> String {
    email(ACTIVE[n % ACTIVE.len()])
}

/// A day in November 2026.
pub(super) fn lately(n: usize) -> String {
    format!("2026-11-{:02}", 10 + n % 14)
}

/// A role and a function for each service.
pub(super) fn services(account: &mut Account) {
    for (n, name) in SERVICES.iter().enumerate() {
        let created = format!("2025-{:02}-{:02}", 1 + n % 12, 1 + n % 28);
        let role = account.role(&format!("service-{name}"), |role| role.created(&created).used(&lately(n)).on());
        account.trusts(&role, "service:lambda.amazonaws.com");
        account.roles.owned_by(&role, &owner(n), "tag owner");
        account.function(name, &role, "prod");
    }
}
