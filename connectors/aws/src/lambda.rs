//! `lambda.functions`: functions, and the roles that they run under.
//!
//! Values of environment variables come with the listing; see `environment.rs`. Tags do not: `tagging.owners` reads them.

use aws_sdk_lambda::types::{FunctionConfiguration, State};
use whosekey_sdk::listing::pages_into;
use whosekey_sdk::{CollectError, Complete, Fact, Kind, Next, Record, Sink};

use crate::api::Calls;
use crate::environment::held_keys;
use crate::workload::{by_arn, runs_as};

const LIST: &str = "lambda:ListFunctions";

/// Collects the scope.
pub(crate) async fn collect(calls: &Calls, out: &mut dyn Sink) -> Result<Complete, CollectError> {
    let lambda = &calls.lambda();
    pages_into(out, |marker| async move {
        let page = lambda.list_functions().set_marker(marker).send().await.map_err(|error| calls.issue(LIST, error))?;
        // Lambda ends its listings with an empty marker in some regions and with none in others.
        let next = page.next_marker.clone().filter(|marker| !marker.is_empty());
        Ok((page.functions().iter().flat_map(normalize).collect(), Next::from_token(next)))
    })
    .await
}

fn normalize(function: &FunctionConfiguration) -> Vec<Record> {
    let Some(arn) = function.function_arn() else { return Vec::new() };
    let name = function.function_name().unwrap_or_default();
    let mut entity = by_arn(arn, Kind::Workload, "aws.lambda-function", name);
    // `Inactive` is a function that AWS unloaded after weeks of rest; the next call wakes it.
    entity.enabled = match function.state() {
        Some(State::Failed) | None => Fact::NotExposed,
        Some(_) => Fact::Known(true),
    };
    let mut records: Vec<Record> = runs_as(&entity.id, function.role(), LIST).into_iter().collect();
    let variables = function.environment().and_then(|environment| environment.variables());
    records.extend(held_keys(&entity.id, variables.into_iter().flat_map(|all| all.values()).map(String::as_str)));
    records.insert(0, entity.into());
    records
}

#[cfg(test)]
mod tests {
    use aws_sdk_lambda::types::EnvironmentResponse;
    use whosekey_sdk::LinkKind;

    use super::*;

    #[test]
    fn a_function_runs_as_its_role_and_holds_the_keys_in_its_environment() {
        let environment = EnvironmentResponse::builder()
            .variables("AWS_KEY", "AKIAIOSFODNN7EXAMPLE")
            .variables("AWS_SECRET", "wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY")
            .build();
        let function = FunctionConfiguration::builder()
            .function_arn("arn:aws:lambda:eu-west-1:000000000000:function:etl")
            .function_name("etl")
            .role("arn:aws:iam::000000000000:role/etl")
            .environment(environment)
            .build();
        let records = normalize(&function);
        let ends: Vec<_> = records
            .iter()
            .filter_map(|record| match record {
                Record::Link(link) => Some((link.kind, link.to.as_str())),
                _ => None,
            })
            .collect();
        assert_eq!(
            ends,
            [(LinkKind::RunsAs, "arn:aws:iam::000000000000:role/etl"), (LinkKind::Holds, "aws:AKIAIOSFODNN7EXAMPLE")]
        );
        assert!(!format!("{records:?}").contains("wJalr"));
    }
}
