//! GraphQL, as much as an inventory asks of it: an organisation's repositories and members in pages, whom its single
//! sign-on knows, the files of each repository by `object(expression: "HEAD:path")`, an enterprise's organisations.
//!
//! The fields that there are stand in `fields`; a query for any other is refused, as one that GitHub does not know is. Whether a
//! query is one for GitHub's schema says [`crate::prism`].

mod fields;
mod query;

use serde_json::{Map, Value, json};

use super::ask::Ask;
use super::deny::Deny;
use super::limits::Resource;
use super::reply::Reply;
use super::routes::Route;
use super::sign_in::Needs;
use super::world::World;
use fields::{Found, Node};
use query::{Field, Query, Selection};

pub(super) const ROUTES: &[Route] = &[Route::post("/graphql", Needs::SIGNED_IN, graphql).counted_as(Resource::GraphQl)];

fn graphql(world: &World, ask: &Ask<'_>) -> Result<Reply, Deny> {
    let body = ask.json();
    let Some(text) = body["query"].as_str() else {
        return Err(Deny::Other(400, "A query attribute must be specified and must be a string."));
    };
    let query = match query::read(text, &body["variables"]) {
        Ok(query) => query,
        Err(message) => return Ok(Reply::GraphQl(json!({"errors": [{"message": message}]}), 1)),
    };
    let mut answering = Answering { world, ask, query: &query, faults: Vec::new(), is_refused: false };
    let data = answering.object(&Node::Query, &query.selections, &mut Vec::new());
    let points = (requests(&query, &query.selections, 1) / 100).max(1);
    let mut answer = Map::new();
    if !answering.is_refused {
        answer.insert("data".into(), data);
    }
    if !answering.faults.is_empty() {
        answer.insert("errors".into(), answering.faults.into());
    }
    Ok(Reply::GraphQl(Value::Object(answer), points))
}

/// How many requests the connections would take, which is what a query's points are counted from:
/// <https://docs.github.com/en/graphql/overview/rate-limits-and-query-limits-for-the-graphql-api>, seen 2026-11-27.
fn requests(query: &Query, selections: &[Selection], times: u64) -> u64 {
    let each = selections.iter().map(|selection| match selection {
        Selection::On(_, inner) => requests(query, inner, times),
        Selection::Fragment(name) => query.fragments.get(name).map_or(0, |(_, inner)| requests(query, inner, times)),
        Selection::Field(field) => match field.argument("first").and_then(Value::as_u64) {
            Some(first) => times + requests(query, &field.selections, times * first),
            None => requests(query, &field.selections, times),
        },
    });
    each.sum()
}

struct Answering<'a, 'w> {
    world: &'w World,
    ask: &'a Ask<'a>,
    query: &'a Query,
    faults: Vec<Value>,
    /// A query that is not one of the schema gets no data at all.
    is_refused: bool,
}

impl<'w> Answering<'_, 'w> {
    fn object(&mut self, node: &Node<'w>, selections: &[Selection], path: &mut Vec<Value>) -> Value {
        let mut answer = Map::new();
        for selection in selections {
            let inner = match selection {
                Selection::Field(field) => {
                    path.push(field.key.clone().into());
                    let value = self.value(node, field, path);
                    path.pop();
                    answer.insert(field.key.clone(), value);
                    continue;
                }
                Selection::On(of, inner) => (of, inner.clone()),
                Selection::Fragment(name) => match self.query.fragments.get(name) {
                    Some((of, inner)) => (of, inner.clone()),
                    None => {
                        self.refuse(
                            "useAndDefineFragment",
                            &format!("Fragment {name} was used, but not defined"),
                            path,
                        );
                        continue;
                    }
                },
            };
            if is_of(node, inner.0)
                && let Value::Object(more) = self.object(node, &inner.1, path)
            {
                answer.extend(more);
            }
        }
        Value::Object(answer)
    }

    fn value(&mut self, node: &Node<'w>, field: &Field, path: &mut Vec<Value>) -> Value {
        match node.field(field, self.world, self.ask) {
            Ok(Found::Value(value)) if field.selections.is_empty() || value.is_null() => value,
            Ok(Found::Value(_)) => {
                self.refuse(
                    "selectionMismatch",
                    &format!("Selections can't be made on scalars (field '{}')", field.name),
                    path,
                );
                Value::Null
            }
            Ok(_) if field.selections.is_empty() => {
                self.refuse("selectionMismatch", &format!("Field must have selections (field '{}')", field.name), path);
                Value::Null
            }
            Ok(Found::Node(found)) => self.object(&found, &field.selections, path),
            Ok(Found::Nodes(found)) => {
                let each = found.iter().enumerate().map(|(n, found)| {
                    path.push(n.into());
                    let value = self.object(found, &field.selections, path);
                    path.pop();
                    value
                });
                Value::Array(each.collect())
            }
            Err((kind @ ("NOT_FOUND" | "FORBIDDEN" | "INSUFFICIENT_SCOPES"), message)) => {
                self.faults.push(json!({"type": kind, "path": path, "message": message}));
                Value::Null
            }
            Err((kind, message)) => {
                self.refuse(kind, &message, path);
                Value::Null
            }
        }
    }

    fn refuse(&mut self, code: &str, message: &str, path: &[Value]) {
        self.is_refused = true;
        self.faults.push(json!({"path": path, "extensions": {"code": code}, "message": message}));
    }
}

/// Whether the thing is of the type or has the interface.
fn is_of(node: &Node<'_>, of: &str) -> bool {
    let kind = node.kind();
    let has = |kinds: &[&str]| kinds.contains(&kind);
    of == kind
        || match of {
            "GitObject" => has(&["Blob", "Commit", "Tree"]),
            "RepositoryOwner" | "Actor" => has(&["Organization", "User"]),
            "Node" => has(&["Blob", "Commit", "Enterprise", "Organization", "Ref", "Repository", "Tree", "User"]),
            _ => false,
        }
}
