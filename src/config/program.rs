//! The settings of the carrier `process`.

use std::sync::Arc;

use whosekey_sdk::Secret;
use whosekey_sdk::settings::{SecretSource, Section, shown};

use crate::config::source::find_program;
use crate::config::{Build, BuildError, Parts, Reading};
use crate::scan::process::{Caps, Process, Program};

/// Where the value of one of the program's variables comes from.
type Variable = (String, SecretSource);

/// Reads `command`, `env` and `config`.
pub(crate) fn read(section: &Section<'_>, reading: &mut Reading<'_>) -> Option<Build> {
    let command = section.texts("command");
    if command.is_none() && !section.has("command") {
        section.missing("command", "command = [\"./my-connector\", \"--flag\"]");
    }
    let variables = read_variables(section);
    let mut settings = section.section("config").map(|config| config.to_json()).unwrap_or_default();
    if let Some(url) = reading.endpoint_url {
        settings.entry("endpoint_url").or_insert_with(|| url.into());
    }
    let command = command?;
    let Some((name, arguments)) = command.split_first() else {
        section.refuse_value("command", "`command` is empty", "command = [\"./my-connector\", \"--flag\"]");
        return None;
    };
    let Some(executable) = find_program(&name.value, reading.base, reading.environment) else {
        let what = format!("`command` names {}, which is no program here", shown(&name.value));
        section.refuse_value("command", what, "a path relative to the folder of this file, or a program in PATH");
        return None;
    };
    // Who says how long a scope may take knows how long the program is silent.
    let caps = section.duration("timeout").map_or_else(Caps::default, |silence| Caps { silence, ..Caps::default() });
    let source = reading.source.to_owned();
    let base = reading.base.clone();
    let program = Program {
        executable,
        arguments: arguments.iter().map(|argument| argument.value.clone()).collect(),
        folder: base.folder.clone(),
        environment: Vec::new(),
        settings: settings.into(),
    };
    Some(Box::new(move |parts: &Parts| {
        let fetch = |(name, from): &Variable| -> Result<(String, Secret), BuildError> {
            let what = format!("its variable {name}");
            Ok((name.clone(), parts.secret(&source, &what, from, &base)?))
        };
        let environment = variables.iter().map(fetch).collect::<Result<Vec<_>, _>>()?;
        let process = Process::new(&*source, Program { environment, ..program.clone() });
        Ok(Arc::new(process.with_caps(caps)))
    }))
}

/// `env = ["NAME"]` passes variables on; `env = { NAME = { file = "…" } }` says where each value is.
fn read_variables(section: &Section<'_>) -> Vec<Variable> {
    if !section.has("env") {
        return Vec::new();
    }
    if section.is_table("env") {
        let table = section.section("env").map(|table| table.named_sections()).unwrap_or_default();
        let variable = |(name, from): &(_, Section<'_>)| {
            let name: &whosekey_sdk::settings::Located<String> = name;
            Some((name.value.clone(), SecretSource::read_table(from, &name.value)?))
        };
        return table.iter().filter_map(variable).collect();
    }
    let names = section.texts("env").unwrap_or_default();
    for name in &names {
        if name.value.is_empty() || name.value.contains(['=', '\0']) {
            let what = format!("{} is no name of a variable", shown(&name.value));
            section.refuse(name.line, what, "env = [\"PATH\"] passes PATH on, with the value that it has here");
        }
    }
    names.into_iter().map(|name| (name.value.clone(), SecretSource::Env(name.value))).collect()
}
