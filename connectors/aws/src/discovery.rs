//! Which accounts and regions there are, and so which scopes.

use std::sync::Arc;

use whosekey_sdk::http::Client;
use whosekey_sdk::listing::each;
use whosekey_sdk::{CollectError, Complete, Issue, IssueKind, Scope, Sink, unpaged};

use crate::api::session::{Role, SignIn};
use crate::api::{Account, Calls};
use crate::scopes::{Kind, Place, Reach, global_region, scope};
use crate::wire::ec2::DescribeRegions;
use crate::{Aws, organization};

/// What a scan will look at.
pub(crate) struct Found {
    pub(crate) accounts: Vec<Arc<Account>>,
    pub(crate) scopes: Vec<Scope>,
}

/// Finds it.
///
/// # Errors
/// When we cannot sign in, or the organization's accounts are not listed to the end.
pub(crate) async fn discover(
    aws: &Aws,
    sign_in: &SignIn,
    http: &Client,
    out: &mut dyn Sink,
) -> Result<(Found, Complete), CollectError> {
    let own = sign_in.caller(http).await?.place;
    let own_account = Arc::new(Account::new(own.clone(), sign_in.account(&own, None).await));
    let own_calls = aws.calls(sign_in, Arc::clone(&own_account), None, http.clone());
    let (ids, complete) = account_ids(aws, &own_calls).await?;
    let mut accounts = Vec::new();
    for id in ids {
        if id == own.account {
            accounts.push(Arc::clone(&own_account));
            continue;
        }
        let place = Place { account: id, ..own.clone() };
        let Some(role) = role(aws) else {
            // Without a role there is nothing to ask with; the account's scopes must not look as if they were gone.
            let message = format!("{place}: no `role_name` is configured to look into it");
            out.issue(Issue::new(IssueKind::Auth, message));
            continue;
        };
        accounts.push(Arc::new(Account::new(place.clone(), sign_in.account(&place, Some(&role)).await)));
    }
    let organization = aws.config.accounts.is_organization();
    let regions = regions(aws, sign_in, http, &accounts, &own_account, out).await;
    let mut scopes = Vec::new();
    if organization && !aws.config.skips(Kind::Organization.name()) {
        scopes.push(scope(Kind::Organization, &own));
        // Its listing is made with our own credentials even if the account itself is not looked into.
        if !accounts.iter().any(|account| account.place.account == own.account) {
            accounts.push(Arc::clone(&own_account));
        }
    }
    for (account, regions) in accounts.iter().zip(&regions) {
        scopes.extend(scopes_of(aws, &account.place, regions));
    }
    Ok((Found { accounts, scopes }, complete))
}

fn role(aws: &Aws) -> Option<Role> {
    Some(Role {
        name: aws.config.role_name.as_deref()?.into(),
        external_id: aws.config.external_id.as_deref().map(Arc::from),
    })
}

async fn account_ids(aws: &Aws, own: &Calls) -> Result<(Vec<String>, Complete), CollectError> {
    let accounts = &aws.config.accounts;
    let mut ids: Vec<String> = accounts.named().iter().filter(|name| *name != "organization").cloned().collect();
    let complete = if accounts.is_organization() {
        let (listed, complete) = organization::accounts(own).await?;
        ids.extend(listed.into_iter().filter(organization::is_active).filter_map(|account| account.id));
        complete
    } else {
        unpaged()
    };
    if ids.is_empty() && !accounts.is_organization() {
        ids.push(own.place.account.clone());
    }
    ids.sort_unstable();
    ids.dedup();
    Ok((ids, complete))
}

/// The regions of each account: as configured, or as each has them switched on. An account that does not tell gets
/// our own account's, and the list of scopes is then not complete.
async fn regions(
    aws: &Aws,
    sign_in: &SignIn,
    http: &Client,
    accounts: &[Arc<Account>],
    own: &Arc<Account>,
    out: &mut dyn Sink,
) -> Vec<Vec<String>> {
    if !aws.config.regions.is_empty() {
        return vec![aws.config.regions.clone(); accounts.len()];
    }
    let ask = |account: Arc<Account>| async move {
        let calls = aws.calls(sign_in, account, None, http.clone());
        let answer: Result<DescribeRegions, Issue> = calls.ec2("DescribeRegions", &[]).await;
        answer.map(|answer| {
            let mut names: Vec<String> =
                answer.region_info.items.into_iter().map(|region| region.region_name).collect();
            names.sort_unstable();
            names
        })
    };
    let answers = each(accounts.iter().cloned(), ask).await;
    let mut own_regions: Option<Vec<String>> = accounts
        .iter()
        .zip(&answers)
        .find(|(account, _)| account.place.account == own.place.account)
        .and_then(|(_, answer)| answer.as_ref().ok().cloned());
    let mut all = Vec::new();
    for answer in answers {
        match answer {
            Ok(names) => all.push(names),
            Err(issue) => {
                out.issue(issue);
                let fallback = own_regions.get_or_insert_with(|| vec![global_region(&own.place.partition).to_owned()]);
                all.push(fallback.clone());
            }
        }
    }
    all
}

fn scopes_of(aws: &Aws, place: &Place, regions: &[String]) -> Vec<Scope> {
    let are_configured = !aws.config.regions.is_empty();
    let at = |region: &str| Place { region: Some(region.to_owned()), ..place.clone() };
    let mut scopes = Vec::new();
    for &kind in Kind::ALL.iter().filter(|kind| !aws.config.skips(kind.name())) {
        match kind.reach() {
            Reach::Organization => {}
            Reach::Account => scopes.push(scope(kind, place)),
            Reach::GlobalRegion => scopes.push(scope(kind, &at(global_region(&place.partition)))),
            Reach::Region => scopes.extend(regions.iter().map(|region| scope(kind, &at(region)))),
            Reach::SomeRegions(known) => {
                let there = regions.iter().filter(|region| are_configured || known.contains(&region.as_str()));
                scopes.extend(there.map(|region| scope(kind, &at(region))));
            }
        }
    }
    scopes
}
