//! Whose a home directory is.

use std::collections::BTreeMap;
use std::path::Path;

/// Login names by user id, from the machine's own user table.
#[derive(Debug, Default)]
pub(crate) struct People(BTreeMap<u32, String>);

impl People {
    /// Reads `etc/passwd` under a system's root. Users of a directory service are not in it.
    pub(crate) fn read(system_root: Option<&Path>) -> Self {
        let text = system_root.and_then(|root| std::fs::read_to_string(root.join("etc/passwd")).ok());
        Self::parse(&text.unwrap_or_default())
    }

    fn parse(text: &str) -> Self {
        let users = text.lines().filter_map(|line| {
            let mut fields = line.split(':');
            let name = fields.next()?;
            Some((fields.nth(1)?.parse().ok()?, name.to_owned()))
        });
        Self(users.collect())
    }

    /// The login whose home this is: by the folder's place, else by its owner. `root` is nobody in particular.
    pub(crate) fn of_home(&self, home: &Path) -> Option<String> {
        let parent = home.parent()?.file_name();
        if parent.is_some_and(|name| name == "home" || name == "Users" || name == "homes") {
            return home.file_name().map(|name| name.to_string_lossy().into_owned());
        }
        self.of_file(home)
    }

    #[cfg(unix)]
    fn of_file(&self, path: &Path) -> Option<String> {
        use std::os::unix::fs::MetadataExt as _;
        let uid = std::fs::symlink_metadata(path).ok()?.uid();
        self.0.get(&uid).filter(|_| uid >= 500).cloned()
    }

    #[cfg(not(unix))]
    fn of_file(&self, _: &Path) -> Option<String> {
        None
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_home_is_its_users() {
        let people = People::parse("root:x:0:0:root:/root:/bin/sh\nada:x:1000:1000::/home/ada:/bin/sh\nbroken\n");
        assert_eq!(people.of_home(Path::new("/home/ada")).as_deref(), Some("ada"));
        assert_eq!(people.0.len(), 2);
    }
}
