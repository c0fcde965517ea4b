//! Which steps there are for which thing.

use super::*;
use crate::graph::testworld::world;

/// The steps for the thing with this id.
fn steps(text: &str, id: &str) -> String {
    switch_off(world(text).find(id).unwrap(), Confidence::High).join("\n")
}

/// The steps for a thing of GitHub that is part of another.
fn of_github(home: &str, thing: &str) -> String {
    let id = thing.split(' ').nth(1).unwrap();
    steps(&format!("resource gh:home {home}\n{thing}\n{id} part_of gh:home"), id)
}

const SHOP: &str = "type=github.repository name=acme/shop";
const ACME: &str = "type=github.organization name=acme";

#[test]
fn the_reversible_step_comes_first_and_hostile_names_stay_one_word() {
    let text = "credential aws:AKIA1 type=aws.access-key
        identity aws:AIDA1 type=aws.iam-user name=a';reboot alias=arn:aws:iam::000000000000:user/a
        aws:AKIA1 authenticates_as aws:AIDA1";
    insta::assert_snapshot!(steps(text, "aws:AKIA1"), @r"
    # in AWS account 000000000000: `aws sts get-caller-identity` says in which one your commands act
    aws iam update-access-key --access-key-id AKIA1 --status Inactive --user-name 'a'\'';reboot'
    aws iam delete-access-key --access-key-id AKIA1 --user-name 'a'\'';reboot'
    ");
    insta::assert_snapshot!(steps(text, "aws:AIDA1"), @r#"
    # in AWS account 000000000000: `aws sts get-caller-identity` says in which one your commands act
    aws iam put-user-policy --user-name 'a'\'';reboot' --policy-name whosekey-deny --policy-document '{"Version":"2012-10-17","Statement":[{"Effect":"Deny","Action":"*","Resource":"*"}]}'
    # if somebody misses it, the next command alone gives it back; else delete its access keys, passwords, other policies and groups too
    aws iam delete-user-policy --user-name 'a'\'';reboot' --policy-name whosekey-deny
    aws iam delete-user --user-name 'a'\'';reboot'
    "#);
}

#[test]
fn a_key_of_a_user_whom_nothing_shows_is_that_users_and_not_the_askers() {
    insta::assert_snapshot!(steps("credential aws:AKIA1 type=aws.access-key", "aws:AKIA1"), @r#"
    # in the AWS account that `aws sts get-access-key-info --access-key-id AKIA1` names: `aws sts get-caller-identity` says in which one your commands act
    aws iam update-access-key --access-key-id AKIA1 --status Inactive --user-name "$(aws iam get-access-key-last-used --access-key-id AKIA1 --query UserName --output text)"
    aws iam delete-access-key --access-key-id AKIA1 --user-name "$(aws iam get-access-key-last-used --access-key-id AKIA1 --query UserName --output text)"
    "#);
    let named =
        "credential aws:AKIA1 type=aws.access-key\naws:AKIA1 authenticates_as arn:aws:iam::000000000000:user/ops/ci";
    insta::assert_snapshot!(steps(named, "aws:AKIA1"), @"
    # in AWS account 000000000000: `aws sts get-caller-identity` says in which one your commands act
    aws iam update-access-key --access-key-id AKIA1 --status Inactive --user-name ci
    aws iam delete-access-key --access-key-id AKIA1 --user-name ci
    ");
}

#[test]
fn the_root_users_key_is_deleted_by_the_root_user() {
    let text = "credential aws:root/000000000000/access-key-1 type=aws.access-key
        identity aws:root/000000000000 type=aws.root-user
        aws:root/000000000000/access-key-1 authenticates_as aws:root/000000000000";
    insta::assert_snapshot!(steps(text, "aws:root/000000000000/access-key-1"), @"
    # in AWS account 000000000000: `aws sts get-caller-identity` says in which one your commands act
    # sign in to the console as the account's root user and open its security credentials
    # deactivate it there, wait for somebody to miss it, then delete it there
    ");
}

#[test]
fn what_is_in_a_region_is_deleted_there() {
    let arn =
        "arn:aws:bedrock-agentcore:eu-west-1:000000000000:workload-identity-directory/default/workload-identity/bot";
    let text = format!("identity aws:{arn} type=aws.agentcore-workload-identity name=bot alias={arn}");
    insta::assert_snapshot!(steps(&text, arn), @"
    # in AWS account 000000000000: `aws sts get-caller-identity` says in which one your commands act
    aws bedrock-agentcore-control delete-workload-identity --name bot --region eu-west-1
    ");
}

#[test]
fn each_part_of_a_name_is_a_word_of_its_own_and_the_cluster_is_named() {
    let text =
        "resource k8s:c type=k8s.cluster name=prod\nresource k8s:n type=k8s.namespace name=x\nk8s:n part_of k8s:c
        credential k8s:1 type=k8s.service-account-token name=a';reboot/x\nk8s:1 part_of k8s:n
        identity k8s:2 type=k8s.service-account name=shop/bot\nk8s:2 part_of k8s:n";
    insta::assert_snapshot!(steps(text, "k8s:1"), @r"
    # in cluster prod: `kubectl config current-context` says in which one your commands act
    # nothing takes this back: what uses it needs a new token afterwards
    kubectl --namespace 'a'\'';reboot' delete secret x
    ");
    insta::assert_snapshot!(steps(text, "k8s:2"), @"
    # in cluster prod: `kubectl config current-context` says in which one your commands act
    # the first command keeps it: `kubectl apply` puts it back, with tokens that are new
    kubectl --namespace shop get serviceaccount bot --output yaml > serviceaccount-before.yaml
    kubectl --namespace shop delete serviceaccount bot
    ");
}

#[test]
fn a_stored_secret_is_found_where_it_is_and_its_value_is_gone_for_good() {
    let last = |home: &str, thing: &str| of_github(home, thing).lines().last().unwrap().to_owned();
    let of_shop = "credential github:secret/repo/1/DB type=github.secret name=shown";
    insta::assert_snapshot!(of_github(SHOP, of_shop), @"
    # make sure that the value of DB is kept elsewhere or can be made anew: GitHub never shows it again
    gh secret delete DB --repo acme/shop
    ");
    assert_eq!(
        last(SHOP, "credential github:dependabot-secret/repo/1/DB type=github.dependabot-secret"),
        "gh secret delete DB --repo acme/shop --app dependabot"
    );
    insta::assert_snapshot!(of_github(ACME, "credential github:codespaces-secret/org/9/DB type=github.codespaces-secret"), @"
    # make sure that the value of DB is kept elsewhere or can be made anew: GitHub never shows it again
    # gh needs the scope admin:org for it: `gh auth refresh --hostname github.com --scopes admin:org`
    gh secret delete DB --org acme --app codespaces
    ");
}

#[test]
fn a_namesake_on_another_host_is_another_thing() {
    let shop = format!("{SHOP} attr.host=git.example.com");
    insta::assert_snapshot!(of_github(&shop, "credential github:secret/repo/1/DB type=github.secret"), @"
    # make sure that the value of DB is kept elsewhere or can be made anew: GitHub never shows it again
    GH_HOST=git.example.com gh secret delete DB --repo acme/shop
    ");
    let acme = format!("{ACME} attr.host=git.example.com");
    insta::assert_snapshot!(of_github(&acme, "credential github:runner/org/9/17 type=github.runner"), @"
    # stop it on its machine first, by `./svc.sh stop` where it is installed, and wait for a job that finds no runner
    # gh needs the scope admin:org for it: `gh auth refresh --hostname git.example.com --scopes admin:org`
    GH_HOST=git.example.com gh api --method DELETE /orgs/acme/actions/runners/17
    ");
    insta::assert_snapshot!(of_github(&acme, "credential github:pat/17 type=github.pat name=deploy"), @"
    # ask its owner first: nothing takes the revocation back, and GitHub sends them an email about it
    # then, as an owner of acme, revoke deploy at https://git.example.com/organizations/acme/settings/personal-access-tokens/active (gh cannot: by its API GitHub lets Apps alone do it)
    ");
}

#[test]
fn what_gh_cannot_do_is_done_on_githubs_pages() {
    let token = "credential github:pat/17 type=github.pat name=deploy\nowner github:user/1 name=ada\ngithub:pat/17 owned_by github:user/1";
    let text = format!("resource github:organization/9 {ACME}\n{token}\ngithub:pat/17 part_of github:organization/9");
    insta::assert_snapshot!(steps(&text, "github:pat/17"), @"
    # ask its owner first: nothing takes the revocation back, and GitHub sends them an email about it
    # then, as an owner of acme, revoke deploy of ada at https://github.com/organizations/acme/settings/personal-access-tokens/active (gh cannot: by its API GitHub lets Apps alone do it)
    ");
    let text = format!(
        "resource github:organization/9 {ACME}\nidentity github:installation/3 type=github.installation name=linter
         github:installation/3 can_access github:organization/9 level=read"
    );
    insta::assert_snapshot!(steps(&text, "github:installation/3"), @"
    # as an owner of acme, suspend linter at https://github.com/organizations/acme/settings/installations/3: there it can be taken back
    # when nobody missed it, uninstall it on the same page
    ");
}

#[test]
fn keys_and_runners_have_steps_of_their_own() {
    insta::assert_snapshot!(of_github(SHOP, "credential github:deploy-key/9 type=github.deploy-key name=CI"), @"
    # the first command keeps its public key, with which it can be added again
    gh api /repos/acme/shop/keys/9 > deploy-key-before.json
    gh repo deploy-key delete 9 --repo acme/shop
    ");
    insta::assert_snapshot!(of_github(ACME, "credential github:credential-authorization/7 type=github.ssh-key name=laptop"), @"
    # ask its owner first: they need a new one for acme afterwards, and this one goes on to work elsewhere
    # gh needs the scope admin:org for it: `gh auth refresh --hostname github.com --scopes admin:org`
    gh api --method DELETE /orgs/acme/credential-authorizations/7
    ");
    insta::assert_snapshot!(of_github(SHOP, "credential github:runner/repo/1/17 type=github.runner name=big"), @"
    # stop it on its machine first, by `./svc.sh stop` where it is installed, and wait for a job that finds no runner
    gh api --method DELETE /repos/acme/shop/actions/runners/17
    ");
    let enterprise = "type=github.enterprise name=acme-inc";
    insta::assert_snapshot!(of_github(enterprise, "credential github:runner/enterprise/2/17 type=github.runner"), @"
    # stop it on its machine first, by `./svc.sh stop` where it is installed, and wait for a job that finds no runner
    # gh needs the scope manage_runners:enterprise for it: `gh auth refresh --hostname github.com --scopes manage_runners:enterprise`
    gh api --method DELETE /enterprises/acme-inc/actions/runners/17
    ");
}

#[test]
fn no_command_has_a_word_that_somebody_must_replace() {
    let unknown = "credential github:pat/17 type=github.pat name=deploy";
    insta::assert_snapshot!(steps(unknown, "github:pat/17"), @"
    # switch deploy off where its platform allows it, and wait for somebody to miss it
    # then delete deploy
    ");
    let hostile =
        of_github("type=github.organization name=a';reboot/..", "credential github:runner/org/9/17 type=github.runner");
    insta::assert_snapshot!(hostile.lines().last().unwrap(), @"gh api --method DELETE /orgs/a%27%3Breboot%2F../actions/runners/17");
}

#[test]
fn a_name_ends_no_comment() {
    assert_eq!(say("a\nreboot\r\u{2028}"), "# a\u{fffd}reboot\u{fffd}\u{fffd}");
}

#[test]
fn nothing_inferred_leads_to_switching_off() {
    let graph = world("credential aws:AKIA1 type=aws.access-key");
    let steps = switch_off(graph.find("aws:AKIA1").unwrap(), Confidence::Low);
    assert!(steps.iter().all(|step| !step.contains("delete")));
}
