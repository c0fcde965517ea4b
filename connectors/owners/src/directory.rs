//! The files as values: every mistake in all of them at once.

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};

use globset::Glob;
use whosekey_sdk::Timestamp;
use whosekey_sdk::owner_evidence::email;
use whosekey_sdk::settings::{Located, Problem, Section, closest, read, shown};

/// The largest file that is read; a directory of a hundred thousand people is smaller.
const MAX_FILE_BYTES: u64 = 64 * 1024 * 1024;

/// People, teams and what they own.
#[derive(Debug, Default)]
pub struct Directory {
    pub(crate) files: Vec<PathBuf>,
    pub(crate) people: Vec<Person>,
    pub(crate) teams: Vec<Team>,
    pub(crate) owns: Vec<Owns>,
}

/// Where something is written.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Place {
    /// Which of [`Directory::files`].
    pub(crate) file: usize,
    pub(crate) line: u32,
}

#[derive(Debug)]
pub(crate) struct Person {
    pub(crate) place: Place,
    /// In lower case.
    pub(crate) email: String,
    pub(crate) name: Option<String>,
    pub(crate) aliases: Vec<String>,
    pub(crate) left: Option<Timestamp>,
}

#[derive(Debug)]
pub(crate) struct Team {
    pub(crate) place: Place,
    pub(crate) name: String,
    pub(crate) slug: String,
    /// Emails in lower case, and where they stand.
    pub(crate) members: Vec<(String, Place)>,
}

#[derive(Debug)]
pub(crate) struct Owns {
    pub(crate) place: Place,
    pub(crate) pattern: String,
    pub(crate) owner: Owner,
    pub(crate) owner_line: u32,
}

#[derive(Debug, PartialEq, Eq)]
pub(crate) enum Owner {
    /// By email, in lower case.
    Person(String),
    /// By slug.
    Team(String),
}

/// Reads all files of a source. The directory counts only where there are no problems.
pub fn read_files(paths: &[PathBuf]) -> (Directory, Vec<Problem>) {
    let mut directory = Directory { files: paths.to_vec(), ..Directory::default() };
    let mut problems = Vec::new();
    for (number, path) in paths.iter().enumerate() {
        match read_text(path) {
            Ok(text) => {
                let ((), found) = read(path, &text, |root| read_file(root, number, &mut directory));
                problems.extend(found);
            }
            Err(error) => {
                problems.push(Problem { file: path.clone(), line: 1, what: error.to_string(), hint: None });
            }
        }
    }
    // What refers to another file can only be judged when all of them were read.
    if problems.is_empty() {
        check_references(&directory, &mut problems);
    }
    problems.sort();
    (directory, problems)
}

fn read_text(path: &Path) -> std::io::Result<String> {
    let metadata = std::fs::metadata(path)?;
    if !metadata.is_file() || metadata.len() > MAX_FILE_BYTES {
        return Err(std::io::Error::other("not a regular file of at most 64 MiB"));
    }
    std::fs::read_to_string(path)
}

fn read_file(root: &Section<'_>, file: usize, directory: &mut Directory) {
    for section in root.sections("person") {
        directory.people.extend(read_person(&section, file));
        section.refuse_unknown_keys();
    }
    for section in root.sections("team") {
        directory.teams.extend(read_team(&section, file));
        section.refuse_unknown_keys();
    }
    for section in root.sections("owns") {
        directory.owns.extend(read_owns(&section, file));
        section.refuse_unknown_keys();
    }
}

fn read_person(section: &Section<'_>, file: usize) -> Option<Person> {
    let place = Place { file, line: section.line() };
    let address = section.text("email");
    if address.is_none() && !section.has("email") {
        section.missing("email", "email = \"ada@example.com\"");
    }
    let name = section.text("name").map(|name| name.value);
    let aliases = section.texts("aliases").unwrap_or_default();
    let left = section.date("left").map(|left| left.value);
    for alias in &aliases {
        if !alias.value.split_once(':').is_some_and(|(prefix, rest)| !prefix.is_empty() && !rest.trim().is_empty()) {
            let what = format!("{} is not an alias", shown(&alias.value));
            section.refuse(alias.line, what, "a prefix and a name, such as login:ada or github:user/583231");
        }
    }
    let email = address.and_then(|address| plain_email(section, &address))?;
    Some(Person { place, email, name, aliases: aliases.into_iter().map(|alias| alias.value).collect(), left })
}

fn read_team(section: &Section<'_>, file: usize) -> Option<Team> {
    let place = Place { file, line: section.line() };
    let name = section.text("name");
    if name.is_none() && !section.has("name") {
        section.missing("name", "name = \"platform\"");
    }
    let members = section.texts("members").unwrap_or_default();
    let members =
        members.iter().filter_map(|member| Some((plain_email(section, member)?, Place { file, line: member.line })));
    let members = members.collect();
    let name = name?;
    let slug = slug(&name.value);
    if slug.is_empty() {
        section.refuse(name.line, format!("{} is no name for a team", shown(&name.value)), "letters or digits");
        return None;
    }
    Some(Team { place, name: name.value, slug, members })
}

fn read_owns(section: &Section<'_>, file: usize) -> Option<Owns> {
    let place = Place { file, line: section.line() };
    let pattern = section.text("match");
    if pattern.is_none() && !section.has("match") {
        section.missing("match", "match = \"arn:aws:iam::123456789012:role/platform-*\"");
    }
    let owner = section.text("owner");
    if owner.is_none() && !section.has("owner") {
        section.missing("owner", "owner = \"team:platform\", or an email");
    }
    let owner_line = owner.as_ref().map_or(place.line, |owner| owner.line);
    let owner = owner.and_then(|owner| match owner.value.strip_prefix("team:") {
        Some(team) => Some(Owner::Team(slug(team))),
        None => plain_email(section, &owner).map(Owner::Person),
    });
    let pattern = pattern?;
    if let Err(error) = Glob::new(&pattern.value) {
        section.refuse(
            pattern.line,
            format!("`match` is not a pattern: {}", error.kind()),
            "*, ?, [a-z] and {a,b} are special",
        );
        return None;
    }
    Some(Owns { place, pattern: pattern.value, owner: owner?, owner_line })
}

fn plain_email(section: &Section<'_>, text: &Located<String>) -> Option<String> {
    let address = email(&text.value).map(str::to_lowercase);
    if address.is_none() {
        section.refuse(
            text.line,
            format!("{} is not an email", shown(&text.value)),
            "an address such as ada@example.com",
        );
    }
    address
}

/// Lower case, and a dash for everything that is not a letter or a digit.
pub(crate) fn slug(name: &str) -> String {
    let words = name.split(|c: char| !c.is_alphanumeric()).filter(|word| !word.is_empty());
    words.map(str::to_lowercase).collect::<Vec<_>>().join("-")
}

fn check_references(directory: &Directory, problems: &mut Vec<Problem>) {
    let mut refuse = |place: Place, what: String, hint: String| {
        problems.push(Problem { file: directory.files[place.file].clone(), line: place.line, what, hint: Some(hint) });
    };
    let mut names: BTreeMap<String, Place> = BTreeMap::new();
    for person in &directory.people {
        let own: BTreeSet<String> = person
            .aliases
            .iter()
            .map(|alias| alias.to_lowercase())
            .chain([format!("email:{}", person.email)])
            .collect();
        for name in own {
            if let Some(first) = names.insert(name.clone(), person.place) {
                let hint = format!("first on line {} of {}", first.line, directory.files[first.file].display());
                refuse(person.place, format!("two people have {}", shown(&name)), hint);
            }
        }
    }
    let mut slugs: BTreeMap<&str, Place> = BTreeMap::new();
    for team in &directory.teams {
        if let Some(first) = slugs.insert(&team.slug, team.place) {
            let hint = format!("first on line {} of {}", first.line, directory.files[first.file].display());
            refuse(team.place, format!("two teams have the name {}", shown(&team.slug)), hint);
        }
    }
    // A source that lists people lists all of its teams' members; one that lists none leaves that to another directory.
    let people: BTreeSet<&str> = directory.people.iter().map(|person| person.email.as_str()).collect();
    for (member, place) in directory.teams.iter().flat_map(|team| &team.members) {
        if !people.is_empty() && !people.contains(member.as_str()) {
            let hint = match closest(member, people.iter().copied()) {
                Some(meant) => format!("did you mean {meant}? otherwise add a [[person]]"),
                None => "add a [[person]] with this email".to_owned(),
            };
            refuse(*place, format!("no person has the email {}", shown(member)), hint);
        }
    }
    for owns in &directory.owns {
        if let Owner::Team(team) = &owns.owner
            && !slugs.contains_key(team.as_str())
        {
            let hint = match closest(team, slugs.keys().copied()) {
                Some(meant) => format!("did you mean team:{meant}?"),
                None => "add a [[team]] of this name".to_owned(),
            };
            refuse(
                Place { line: owns.owner_line, ..owns.place },
                format!("no team has the name {}", shown(team)),
                hint,
            );
        }
    }
}
