//! Who works at acme, who has left, and what the owners' file asserts.

/// People who are there, as logins; their addresses end in `@example.com`.
pub(super) const ACTIVE: &[&str] = &["ada", "grace", "barbara", "edsger", "radia", "ken", "margaret", "dennis"];
/// People who have left, with the day.
pub(super) const LEFT: &[(&str, &str)] = &[("mallory", "2026-01-31"), ("trent", "2025-06-30")];
/// Teams with their members. Nobody is left in `skunkworks`.
pub(super) const TEAMS: &[(&str, &[&str])] = &[
    ("platform", &["ada", "ken"]),
    ("data", &["grace", "edsger"]),
    ("payments", &["barbara", "margaret"]),
    ("support", &["radia", "dennis"]),
    ("skunkworks", &["mallory", "trent"]),
];

/// The address of a login.
pub(super) fn email(login: &str) -> String {
    format!("{login}@example.com")
}

/// `owners.toml`.
pub(super) fn owners_file() -> String {
    let mut text =
        String::from("# Who works at acme, who has left, and who owns what. Written by `cargo xtask acme`.\n");
    for login in ACTIVE {
        text.push_str(&person(login, None));
    }
    for (login, left) in LEFT {
        text.push_str(&person(login, Some(left)));
    }
    for (team, members) in TEAMS {
        let members: Vec<String> = members.iter().map(|login| format!("\"{}\"", email(login))).collect();
        text.push_str(&format!("\n[[team]]\nname = \"{team}\"\nmembers = [{}]\n", members.join(", ")));
    }
    text.push_str(
        "\n# Asserted ownership: what no tag says. The first match wins.\n\
         [[owns]]\nmatch = \"arn:aws:iam::*:role/platform-*\"\nowner = \"team:platform\"\n\
         \n[[owns]]\nmatch = \"k8s://prod/data/*\"\nowner = \"team:data\"\n\
         \n[[owns]]\nmatch = \"github:installation/301\"   # renovate\nowner = \"team:platform\"\n",
    );
    text
}

fn person(login: &str, left: Option<&str>) -> String {
    let mut name = login.to_owned();
    name[..1].make_ascii_uppercase();
    let mut text =
        format!("\n[[person]]\nemail = \"{}\"\nname = \"{name}\"\naliases = [\"login:{login}\"]\n", email(login));
    if let Some(day) = left {
        text.push_str(&format!("left = {day}\n"));
    }
    text
}
