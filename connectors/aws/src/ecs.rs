//! `ecs.workloads`: services, tasks that run on their own, and the task definitions that are ready to run; each with
//! the roles of its containers and of the agent that starts them.
//!
//! A task definition that nothing runs is still a way to use its role, so the latest of each family is a workload, of
//! which it is not known whether it runs. What schedules tasks (EventBridge, Step Functions, Batch) is not looked at.

use std::collections::{BTreeMap, BTreeSet};

use aws_sdk_ecs::types::{ServiceField, Tag, Task, TaskDefinition, TaskField};
use whosekey_sdk::listing::{each, whole};
use whosekey_sdk::tags::tagged;
use whosekey_sdk::{CollectError, Complete, Entity, Fact, Issue, Kind, Next, Record, Sink};

use crate::api::Calls;
use crate::environment::held_keys;
use crate::time::fact;
use crate::workload::{by_arn, runs_as};

const LIST_FAMILIES: &str = "ecs:ListTaskDefinitionFamilies";
const DESCRIBE_DEFINITION: &str = "ecs:DescribeTaskDefinition";
const LIST_CLUSTERS: &str = "ecs:ListClusters";
const LIST_SERVICES: &str = "ecs:ListServices";
const DESCRIBE_SERVICES: &str = "ecs:DescribeServices";
const LIST_TASKS: &str = "ecs:ListTasks";
const DESCRIBE_TASKS: &str = "ecs:DescribeTasks";
/// The most that ECS describes at once.
const SERVICES_A_CALL: usize = 10;
const TASKS_A_CALL: usize = 100;

/// Collects the scope.
pub(crate) async fn collect(calls: &Calls, out: &mut dyn Sink) -> Result<Complete, CollectError> {
    let ecs = &calls.ecs();
    let (families, mut complete) = whole(|token| async move {
        let answer = ecs.list_task_definition_families().set_next_token(token);
        let answer = answer.status(aws_sdk_ecs::types::TaskDefinitionFamilyStatus::Active).send().await;
        let page = answer.map_err(|error| calls.issue(LIST_FAMILIES, error))?;
        Ok((page.families.unwrap_or_default(), Next::from_token(page.next_token)))
    })
    .await?;
    let latest = definitions(calls, calls.asked(families)).await?;
    out.page(latest.values().flat_map(|(definition, tags)| family(definition, tags, &calls.owner_keys)).collect())
        .await?;
    let (clusters, listed) = whole(|token| async move {
        let answer = ecs.list_clusters().set_next_token(token).send().await;
        let page = answer.map_err(|error| calls.issue(LIST_CLUSTERS, error))?;
        Ok((page.cluster_arns.unwrap_or_default(), Next::from_token(page.next_token)))
    })
    .await?;
    complete = complete.and(listed);
    for cluster in calls.asked(&clusters) {
        complete = complete.and(collect_cluster(calls, cluster, out).await?);
    }
    Ok(complete)
}

async fn collect_cluster(calls: &Calls, cluster: &str, out: &mut dyn Sink) -> Result<Complete, CollectError> {
    let ecs = &calls.ecs();
    let (services, services_listed) = whole(|token| async move {
        let answer = ecs.list_services().cluster(cluster).max_results(100).set_next_token(token).send().await;
        let Some(page) = calls.found(LIST_SERVICES, answer)? else { return Ok((Vec::new(), Next::End)) };
        Ok((page.service_arns.unwrap_or_default(), Next::from_token(page.next_token)))
    })
    .await?;
    let (tasks, tasks_listed) = whole(|token| async move {
        let answer = ecs.list_tasks().cluster(cluster).set_next_token(token).send().await;
        let Some(page) = calls.found(LIST_TASKS, answer)? else { return Ok((Vec::new(), Next::End)) };
        Ok((page.task_arns.unwrap_or_default(), Next::from_token(page.next_token)))
    })
    .await?;
    let described = each(calls.asked(services.chunks(SERVICES_A_CALL)), |some| async move {
        let call = ecs.describe_services().cluster(cluster).set_services(Some(some.to_vec()));
        calls.found(DESCRIBE_SERVICES, call.include(ServiceField::Tags).send().await)
    })
    .await;
    let mut running = Vec::new();
    for answer in described {
        for service in answer?.and_then(|page| page.services).unwrap_or_default() {
            let Some(arn) = service.service_arn() else { continue };
            let mut entity = by_arn(arn, Kind::Workload, "aws.ecs-service", service.service_name().unwrap_or_default());
            entity.created_at = fact(service.created_at());
            entity.enabled = Fact::Known(service.status() == Some("ACTIVE") && service.desired_count() > 0);
            let definition = service.task_definition().map(str::to_owned);
            running.push(Running { entity, tags: tags(service.tags()), definition, overrides: Vec::new() });
        }
    }
    let described = each(calls.asked(tasks.chunks(TASKS_A_CALL)), |some| async move {
        let call = ecs.describe_tasks().cluster(cluster).set_tasks(Some(some.to_vec()));
        calls.found(DESCRIBE_TASKS, call.include(TaskField::Tags).send().await)
    })
    .await;
    for answer in described {
        running.extend(answer?.and_then(|page| page.tasks).unwrap_or_default().iter().filter_map(lone_task));
    }
    let used: BTreeSet<String> = running.iter().filter_map(|running| running.definition.clone()).collect();
    let definitions = definitions(calls, calls.asked(used)).await?;
    out.page(running.into_iter().flat_map(|one| one.records(&definitions, &calls.owner_keys)).collect()).await?;
    Ok(services_listed.and(tasks_listed))
}

type Definitions = BTreeMap<String, (TaskDefinition, Vec<(String, String)>)>;

/// Task definitions by what they were asked for: a family or an ARN.
async fn definitions(
    calls: &Calls,
    names: impl IntoIterator<Item = String, IntoIter: Send> + Send,
) -> Result<Definitions, Issue> {
    let ecs = &calls.ecs();
    let answers = each(names, |name| async move {
        let call = ecs.describe_task_definition().task_definition(&name);
        let answer = call.include(aws_sdk_ecs::types::TaskDefinitionField::Tags).send().await;
        calls.found(DESCRIBE_DEFINITION, answer).map(|found| found.map(|found| (name, found)))
    })
    .await;
    let mut definitions = Definitions::new();
    for answer in answers {
        if let Some((name, found)) = answer?
            && let Some(definition) = found.task_definition
        {
            definitions.insert(name, (definition, tags(found.tags.as_deref().unwrap_or_default())));
        }
    }
    Ok(definitions)
}

struct Running {
    entity: Entity,
    tags: Vec<(String, String)>,
    definition: Option<String>,
    overrides: Vec<String>,
}

impl Running {
    fn records(self, definitions: &Definitions, owner_keys: &[String]) -> Vec<Record> {
        let id = self.entity.id.clone();
        let mut records = tagged(self.entity, borrowed(&self.tags), owner_keys);
        let definition = self.definition.as_ref().and_then(|name| definitions.get(name));
        if let Some((definition, _)) = definition {
            records.extend(roles_and_keys(&id, definition));
        }
        records.extend(self.overrides.iter().filter_map(|role| runs_as(&id, Some(role), DESCRIBE_TASKS)));
        records
    }
}

/// A task that no service started; a service's tasks come and go under the service's name.
fn lone_task(task: &Task) -> Option<Running> {
    let arn = task.task_arn()?;
    if task.group().is_some_and(|group| group.starts_with("service:")) {
        return None;
    }
    let name = task.group().unwrap_or(arn.rsplit('/').next().unwrap_or(arn));
    let mut entity = by_arn(arn, Kind::Workload, "aws.ecs-task", name);
    entity.created_at = fact(task.created_at());
    entity.enabled = Fact::Known(task.last_status() != Some("STOPPED"));
    let overrides = task.overrides();
    let roles = [overrides.and_then(|o| o.task_role_arn()), overrides.and_then(|o| o.execution_role_arn())];
    Some(Running {
        entity,
        tags: tags(task.tags()),
        definition: task.task_definition_arn().map(str::to_owned),
        overrides: roles.into_iter().flatten().map(str::to_owned).collect(),
    })
}

fn family(definition: &TaskDefinition, tags: &[(String, String)], owner_keys: &[String]) -> Vec<Record> {
    let (Some(arn), Some(family)) = (definition.task_definition_arn(), definition.family()) else { return Vec::new() };
    // Without the revision: tomorrow's revision is the same workload.
    let arn = arn.rsplit_once(':').map_or(arn, |(without, _)| without);
    let entity = by_arn(arn, Kind::Workload, "aws.ecs-task-definition", family);
    let id = entity.id.clone();
    let mut records = tagged(entity, borrowed(tags), owner_keys);
    records.extend(roles_and_keys(&id, definition));
    records
}

/// The roles of a definition, and the access keys in its containers' environments.
fn roles_and_keys(id: &whosekey_sdk::EntityId, definition: &TaskDefinition) -> Vec<Record> {
    let mut roles = vec![definition.task_role_arn(), definition.execution_role_arn()];
    roles.dedup();
    let mut records: Vec<Record> =
        roles.into_iter().filter_map(|role| runs_as(id, role, DESCRIBE_DEFINITION)).collect();
    let variables = definition.container_definitions().iter().flat_map(|container| container.environment());
    records.extend(held_keys(id, variables.filter_map(|variable| variable.value())));
    records
}

fn tags(tags: &[Tag]) -> Vec<(String, String)> {
    let pair = |tag: &Tag| Some((tag.key()?.to_owned(), tag.value().unwrap_or_default().to_owned()));
    tags.iter().filter_map(pair).collect()
}

fn borrowed(tags: &[(String, String)]) -> Vec<(&str, &str)> {
    tags.iter().map(|(key, value)| (key.as_str(), value.as_str())).collect()
}
