//! What a scan costs in requests.

use std::sync::Arc;

use whosekey_parts::moto::{Moto, Seed};
use whosekey_parts::proxy::Proxy;
use whosekey_sdk::http::Limits;
use whosekey_sdk::testkit::Collected;
use whosekey_sdk::testkit::observe_scope;
use whosekey_sdk::{CollectError, Connector as _, Outcome};

use crate::support::{aws, config, of};

#[tokio::test(flavor = "multi_thread")]
async fn a_scan_costs_one_request_for_each_active_key_and_sixty_more() {
    let moto = Moto::start().unwrap();
    let seeded = moto.seed(&Seed::default()).unwrap();
    let proxy = Proxy::before(&moto.url()).start().unwrap();
    let source = Arc::new(aws(config(&proxy.url()), Limits::default()));
    let mut listing = Collected::default();
    let (scopes, _complete) = source.scopes(&mut listing).await.unwrap();
    let mut running = tokio::task::JoinSet::new();
    for scope in scopes {
        let source = Arc::clone(&source);
        running.spawn(async move { observe_scope(&*source, scope).await });
    }
    let all = running.join_all().await;

    let keys = of(&all, "iam.access-keys");
    assert_eq!((keys.outcome, keys.collected.entities().count()), (Outcome::Complete, seeded.access_keys.len()));
    assert!(keys.collected.entities().all(|key| key.last_used_at.known().is_some()));
    assert_eq!(of(&all, "iam.users").collected.entities().count(), 1000);
    assert_eq!(of(&all, "iam.roles").collected.entities().count(), 500);
    let counted = listing.requests + all.iter().map(|seen| seen.collected.requests).sum::<u64>();
    assert_eq!(counted, proxy.count() as u64, "the coverage tells every request");
    let budget = seeded.access_keys.len() as u64 + 60;
    assert!(counted <= budget, "{counted} requests, of {budget}");
    assert!(proxy.max_in_flight() <= 32);
}

#[tokio::test(flavor = "multi_thread")]
async fn whether_a_thousand_users_can_be_listed_is_known_from_a_few() {
    let moto = Moto::start().unwrap();
    moto.seed(&Seed::default()).unwrap();
    let proxy = Proxy::before(&moto.url()).start().unwrap();
    let source = aws(config(&proxy.url()), Limits::default());
    let (scopes, _complete) = source.scopes(&mut Collected::probing()).await.unwrap();
    for scope in scopes {
        let mut out = Collected::probing();
        let ended = source.collect(&scope, &mut out).await;
        assert!(ended.is_err(), "{} was seen in part and is called complete", scope.name);
        if scope.name.ends_with("/iam.access-keys") {
            assert!(matches!(ended, Err(CollectError::Stopped)) && out.issues.is_empty(), "{ended:?} {:?}", out.issues);
            assert!(!out.records.is_empty() && out.requests <= 40, "{} requests", out.requests);
        }
    }
    assert!(proxy.count() < 100, "{} requests", proxy.count());
}
