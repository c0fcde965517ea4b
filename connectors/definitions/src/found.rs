//! What one file says: agents, credential slots, owners. No secret value gets this far.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use serde_json::Value;

use crate::credential::Credential;
use crate::secrets::Confidence;
use crate::value_class::ValueClass;

/// What an agent is among its kin.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Component {
    Orchestrator,
    Tool,
    MemoryStore,
    SubAgent,
}

impl Component {
    pub(crate) fn as_str(self) -> &'static str {
        match self {
            Component::Orchestrator => "orchestrator",
            Component::Tool => "tool",
            Component::MemoryStore => "memory-store",
            Component::SubAgent => "sub-agent",
        }
    }
}

/// Which agent a part belongs to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Parent {
    None,
    /// Another agent of the same file.
    Here(usize),
    /// The client of this id whose folder is so many levels above the file, if there is one.
    Client(&'static str, usize),
}

/// How strongly an agent answers for the credentials that lie around in its folder and below.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Claim {
    /// Not at all: a user-wide client, a tool, a pipeline.
    None,
    /// A client that works on the folder.
    Client,
    /// An agent whose code or definition is in the folder.
    Framework,
}

/// An agent or one of its components, as a file defines it.
#[derive(Debug, Clone)]
pub(crate) struct AgentDef {
    /// Where it lives: the folder for a client, the file for anything else. With `key`, its identity.
    pub(crate) place: PathBuf,
    pub(crate) key: String,
    pub(crate) name: String,
    pub(crate) type_name: String,
    pub(crate) component: Component,
    pub(crate) line: Option<u32>,
    pub(crate) parent: Parent,
    /// `None`: there is no switch.
    pub(crate) enabled: Option<bool>,
    pub(crate) claim: Claim,
    pub(crate) attributes: BTreeMap<String, Value>,
    /// Files whose agents are part of it.
    pub(crate) part_files: Vec<PathBuf>,
    /// Identities that it acts as, with what says so.
    pub(crate) runs_as: Vec<RunsAs>,
    /// Names by which its platform knows it.
    pub(crate) aliases: Vec<String>,
    /// It only describes an agent that another file must define.
    pub(crate) is_description: bool,
}

impl AgentDef {
    pub(crate) fn new(
        place: impl Into<PathBuf>,
        key: impl Into<String>,
        name: impl Into<String>,
        type_name: impl Into<String>,
        component: Component,
    ) -> Self {
        Self {
            place: place.into(),
            key: key.into(),
            name: name.into(),
            type_name: type_name.into(),
            component,
            line: None,
            parent: Parent::None,
            enabled: None,
            claim: Claim::None,
            attributes: BTreeMap::new(),
            part_files: Vec::new(),
            runs_as: Vec::new(),
            aliases: Vec::new(),
            is_description: false,
        }
    }

    pub(crate) fn of(mut self, parent: usize) -> Self {
        self.parent = Parent::Here(parent);
        self
    }

    pub(crate) fn claiming(mut self, claim: Claim) -> Self {
        self.claim = claim;
        self
    }

    pub(crate) fn at(mut self, line: u32) -> Self {
        self.line = Some(line);
        self
    }

    pub(crate) fn attribute(mut self, key: &str, value: impl Into<Value>) -> Self {
        self.attributes.insert(key.to_owned(), value.into());
        self
    }
}

/// An identity that an agent acts as.
#[derive(Debug, Clone)]
pub(crate) struct RunsAs {
    /// Its id or alias.
    pub(crate) identity: String,
    pub(crate) because: String,
    pub(crate) line: u32,
    pub(crate) pointer: Option<String>,
}

/// Who holds what a slot has.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Holder {
    /// This agent of the file.
    Here(usize),
    /// Whoever answers for the folder.
    Place,
}

/// A place in a file where a credential sits or is referred to.
#[derive(Debug, Clone)]
pub(crate) struct Slot {
    pub(crate) holder: Holder,
    /// The variable, header, option or field.
    pub(crate) name: String,
    pub(crate) line: u32,
    pub(crate) pointer: Option<String>,
    pub(crate) class: ValueClass,
    pub(crate) confidence: Confidence,
    pub(crate) held: Held,
    /// More for the link's attributes.
    pub(crate) note: Option<(&'static str, Value)>,
}

/// What a slot has.
#[derive(Debug, Clone)]
pub(crate) enum Held {
    /// It is known from the slot itself.
    Credential(Box<Credential>),
    /// A variable of the environment: a `.env` near the file may say more.
    Variable(String),
    /// A file, relative to the definition's folder.
    File(String),
    /// A profile of the AWS credentials file.
    AwsProfile(String),
}

/// Who a file says owns what.
#[derive(Debug, Clone)]
pub(crate) enum Owners {
    /// CODEOWNERS: rules in order, the folder that they are relative to, and the file's own path.
    Code(crate::formats::codeowners::CodeOwners),
    /// Backstage: references, for the folder of the file and below; and for what other sources see.
    Catalog { owners: Vec<String>, line: u32, joined: Vec<Joined> },
}

/// Something that another source sees, by its alias there, and who owns it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Joined {
    pub(crate) subject: String,
    pub(crate) owner: String,
    pub(crate) annotation: &'static str,
    pub(crate) line: u32,
}

/// Everything that one file says.
#[derive(Debug, Default)]
pub struct FileFacts {
    pub(crate) path: PathBuf,
    /// The folder that relative references start from.
    pub(crate) base: PathBuf,
    /// It is a user's own, for all that they do.
    pub(crate) in_home: bool,
    /// For what lives in a home directory: whose it is.
    pub(crate) user: Option<String>,
    pub(crate) agents: Vec<AgentDef>,
    pub(crate) slots: Vec<Slot>,
    /// The slots of this file are variables that files near it may refer to.
    pub(crate) defines_variables: bool,
    /// The slots of this file are what references to the file mean.
    pub(crate) is_key_file: bool,
    /// Files of variables that agents of this file load.
    pub(crate) env_files: Vec<(usize, String)>,
    pub(crate) owners: Option<Owners>,
    /// Marks of a project's root.
    pub(crate) is_project_root: bool,
    /// What could not be read, without its content.
    pub(crate) issues: Vec<String>,
}

impl FileFacts {
    /// What a mark of a project, such as `.git` or a manifest, says of the folder that it lies in.
    pub fn project(mark: &Path) -> Self {
        let folder = mark.parent().unwrap_or(Path::new("/"));
        Self { path: mark.to_owned(), base: folder.to_owned(), is_project_root: true, ..Self::default() }
    }

    /// The path of the file.
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// Whether there is nothing to keep.
    pub fn is_empty(&self) -> bool {
        self.agents.is_empty()
            && self.slots.is_empty()
            && self.owners.is_none()
            && self.issues.is_empty()
            && !self.is_project_root
    }
}
