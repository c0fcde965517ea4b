//! From the directory to records. Pure.

use whosekey_sdk::{
    Alias, EndRef, Entity, EntityId, Evidence, Fact, Kind, Link, LinkKind, Location, OwnerRole, Record, Timestamp,
};

use crate::directory::{Directory, Owner, Owns, Person, Place, Team};

/// The records of one of the files.
pub(crate) fn records(directory: &Directory, file: usize, source: &str, now: Timestamp) -> Vec<Record> {
    let mut records = Vec::new();
    for person in directory.people.iter().filter(|person| person.place.file == file) {
        records.push(person_entity(person, now).into());
    }
    for team in directory.teams.iter().filter(|team| team.place.file == file) {
        records.push(team_entity(team, source).into());
        records.extend(team.members.iter().map(|(email, place)| member(directory, email, *place, team, source).into()));
    }
    // The order counts over all files, because the first match wins over all of them.
    for (order, owns) in directory.owns.iter().enumerate().filter(|(_, owns)| owns.place.file == file) {
        records.push(ownership(directory, owns, order, source).into());
    }
    records
}

fn person_entity(person: &Person, now: Timestamp) -> Entity {
    let name = person.name.as_deref().unwrap_or(&person.email);
    let mut entity = Entity::new(EntityId::person(&person.email), Kind::Owner, "owners.person", name)
        .alias(Alias::email(&person.email));
    for alias in &person.aliases {
        if let Some(login) = alias.strip_prefix("login:") {
            entity = entity.alias(Alias::login(login)).alias(format!("owner:{}", login.trim().to_lowercase()));
        } else if let Some(address) = alias.strip_prefix("email:") {
            entity = entity.alias(Alias::email(address));
        } else {
            entity = entity.alias(alias.as_str());
        }
    }
    entity.enabled = Fact::Known(person.left.is_none_or(|left| left > now));
    match person.left {
        Some(left) => entity.attribute("left", left.to_string().chars().take(10).collect::<String>()),
        None => entity,
    }
}

fn team_id(team: &str, source: &str) -> EntityId {
    EntityId::new(format!("team:{source}/{team}"))
}

fn team_entity(team: &Team, source: &str) -> Entity {
    let mut entity = Entity::new(team_id(&team.slug, source), Kind::Owner, "owners.team", &*team.name)
        .alias(format!("team:{}", team.slug))
        .alias(format!("owner:{}", team.slug));
    let lower = team.name.trim().to_lowercase();
    if lower != team.slug {
        entity = entity.alias(format!("owner:{lower}"));
    }
    entity.enabled = Fact::Known(true);
    entity
}

fn member(directory: &Directory, email: &str, place: Place, team: &Team, source: &str) -> Link {
    let team = team_id(&team.slug, source);
    let because = because(directory, place);
    Link::new(Alias::email(email), LinkKind::MemberOf, team, Evidence::Declared, because)
        .location(location(directory, place))
}

fn ownership(directory: &Directory, owns: &Owns, order: usize, source: &str) -> Link {
    let (to, role) = match &owns.owner {
        Owner::Person(email) => (EndRef::from(Alias::email(email)), OwnerRole::Owner),
        Owner::Team(team) => (EndRef::from(team_id(team, source)), OwnerRole::Team),
    };
    let from = EndRef::from(format!("glob:{}", owns.pattern));
    Link::new(from, LinkKind::OwnedBy, to, Evidence::Declared, because(directory, owns.place))
        .role(role)
        .location(location(directory, owns.place))
        .attribute("order", order)
}

fn because(directory: &Directory, place: Place) -> String {
    let file = &directory.files[place.file];
    let name = file.file_name().unwrap_or(file.as_os_str()).to_string_lossy();
    format!("{name} line {}", place.line)
}

fn location(directory: &Directory, place: Place) -> Location {
    Location { path: directory.files[place.file].to_string_lossy().into_owned(), line: Some(place.line), pointer: None }
}
