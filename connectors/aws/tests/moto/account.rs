//! An account with one of everything that the connector asks for, on the stand-in and in what the proxy adds.

use serde_json::{Value, json};
use whosekey_parts::moto::{ACCOUNT, Moto};
use whosekey_parts::proxy::{Plan, Proxy, Published, Then, When};

/// One of everything that the stand-in can make; prints the ids that only it knows.
pub(crate) const ACCOUNT_WITH_ONE_OF_EACH: &str = r##"
import json, sys
import boto3
def client(name): return boto3.client(name, endpoint_url=sys.argv[1], region_name="eu-west-1")
iam = client("iam")
def trust(principal, condition=None):
    statement = {"Effect": "Allow", "Principal": principal, "Action": "sts:AssumeRole"}
    if condition: statement["Condition"] = condition
    return json.dumps({"Version": "2012-10-17", "Statement": [statement]})
ids = {}
user = iam.create_user(UserName="ci", Tags=[{"Key": "Owner", "Value": "Ada@example.com"}, {"Key": "env", "Value": "prod"},
                                           {"Key": "note", "Value": "planted-secret-in-a-tag"}])["User"]
ids["user"] = user["UserId"]
ids["key"] = iam.create_access_key(UserName="ci")["AccessKey"]["AccessKeyId"]
off = iam.create_access_key(UserName="ci")["AccessKey"]["AccessKeyId"]
iam.update_access_key(UserName="ci", AccessKeyId=off, Status="Inactive")
ids["off"] = off
iam.create_login_profile(UserName="ci", Password="planted-secret-password")
iam.put_user_policy(UserName="ci", PolicyName="admin", PolicyDocument=json.dumps(
    {"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Action": "*", "Resource": "*"}]}))
iam.upload_ssh_public_key(UserName="ci", SSHPublicKeyBody="ssh-rsa AAAAB3NzaC1yc2E= ci")
iam.create_user(UserName="keyless")
issuer = "token.actions.githubusercontent.com"
provider = iam.create_open_id_connect_provider(Url="https://" + issuer, ClientIDList=["sts.amazonaws.com"],
                                               ThumbprintList=["6938fd4d98bab03faadb97b34396831e3780aea1"])["OpenIDConnectProviderArn"]
roles = {"deploy": trust({"Federated": provider}, {"StringLike": {issuer + ":sub": "repo:acme/app:*"}}),
         "partner": trust({"AWS": "arn:aws:iam::111111111111:root"}),
         "named": trust({"AWS": user["Arn"]}),
         "function": trust({"Service": "lambda.amazonaws.com"}),
         "instance": trust({"Service": "ec2.amazonaws.com"}),
         "task": trust({"Service": "ecs-tasks.amazonaws.com"}),
         "agent": trust({"Service": "bedrock.amazonaws.com"})}
arns = {}
for name, document in roles.items():
    role = iam.create_role(RoleName=name, AssumeRolePolicyDocument=document)["Role"]
    ids[name], arns[name] = role["RoleId"], role["Arn"]
iam.create_instance_profile(InstanceProfileName="web")
iam.add_role_to_instance_profile(InstanceProfileName="web", RoleName="instance")
iam.create_account_alias(AccountAlias="acme-prod")
ec2 = client("ec2")
image = ec2.describe_images()["Images"][0]["ImageId"]
ids["instance_id"] = ec2.run_instances(ImageId=image, MinCount=1, MaxCount=1, IamInstanceProfile={"Name": "web"},
    TagSpecifications=[{"ResourceType": "instance", "Tags": [{"Key": "Name", "Value": "web"}, {"Key": "team", "Value": "platform"}]}]
    )["Instances"][0]["InstanceId"]
client("lambda").create_function(FunctionName="etl", Runtime="python3.12", Role=arns["function"], Handler="x.y",
    Code={"ZipFile": b"x"}, Tags={"team": "data", "note": "planted-secret-in-a-function-tag"}, Environment={"Variables": {"ID": ids["key"], "SECRET": "planted-secret-in-a-variable"}})
ecs = client("ecs")
ecs.create_cluster(clusterName="main")
ecs.register_task_definition(family="job", taskRoleArn=arns["task"], containerDefinitions=[{"name": "c", "image": "i", "memory": 1}])
ecs.create_service(cluster="main", serviceName="api", taskDefinition="job", desiredCount=1)
ids["agent_id"] = client("bedrock-agent").create_agent(agentName="support", agentResourceRoleArn=arns["agent"],
    instruction="planted-secret-in-a-prompt " * 3)["agent"]["agentId"]
ids["runtime_id"] = client("bedrock-agentcore-control").create_agent_runtime(agentRuntimeName="runtime", roleArn=arns["agent"],
    agentRuntimeArtifact={"containerConfiguration": {"containerUri": "123456789012.dkr.ecr.eu-west-1.amazonaws.com/x:1"}},
    networkConfiguration={"networkMode": "PUBLIC"})["agentRuntimeId"]
client("secretsmanager").create_secret(Name="db", SecretString="planted-secret-value", Tags=[{"Key": "owner", "Value": "grace@example.com"}])
client("ssm").put_parameter(Name="/prod/db", Value="planted-secret-parameter", Type="SecureString")
client("ssm").put_parameter(Name="/prod/host", Value="db.example.com", Type="String")
client("account").put_alternate_contact(AlternateContactType="SECURITY", EmailAddress="sec@example.com", Name="n",
    PhoneNumber="1", Title="t")
json.dump(ids, sys.stdout)
"##;

/// Answers all lists of an agent's components.
const COMPONENTS: &str = r#"{"actionGroupSummaries":[{"actionGroupId":"G1","actionGroupName":"refunds",
    "actionGroupState":"ENABLED"}],"agentKnowledgeBaseSummaries":[{"knowledgeBaseId":"KB1","knowledgeBaseState":"ENABLED"}],
    "agentCollaboratorSummaries":[{"collaboratorId":"C1","collaboratorName":"billing"}]}"#;

/// What the stand-in answers with a web page, or not at all: `(path, answer)`.
const LACKING: &[(&str, &str)] = &[
    (
        "/knowledgebases/KB1",
        r#"{"knowledgeBase":{"knowledgeBaseId":"KB1","name":"manuals",
        "knowledgeBaseArn":"arn:aws:bedrock:eu-west-1:123456789012:knowledge-base/KB1",
        "roleArn":"arn:aws:iam::123456789012:role/agent","storageConfiguration":{"type":"RDS","rdsConfiguration":
        {"credentialsSecretArn":"arn:aws:secretsmanager:eu-west-1:123456789012:secret:kb"}}}}"#,
    ),
    (
        "/identities/ListWorkloadIdentities",
        r#"{"workloadIdentities":[{"name":"w",
        "workloadIdentityArn":"arn:aws:bedrock-agentcore:eu-west-1:123456789012:workload-identity-directory/default/workload-identity/w"}]}"#,
    ),
    (
        "/identities/ListOauth2CredentialProviders",
        r#"{"credentialProviders":[{"name":"gh","credentialProviderVendor":"GithubOauth2",
        "credentialProviderArn":"arn:gh","createdTime":1700000000,"lastUpdatedTime":1700000000}]}"#,
    ),
    (
        "/identities/GetOauth2CredentialProvider",
        r#"{"name":"gh","credentialProviderVendor":"GithubOauth2",
        "credentialProviderArn":"arn:gh","createdTime":1700000000,"lastUpdatedTime":1700000000,
        "clientSecretArn":{"secretArn":"arn:aws:secretsmanager:eu-west-1:123456789012:secret:gh"},
        "oauth2ProviderConfigOutput":{"githubOauth2ProviderConfig":{"clientId":"x","oauthDiscovery":{"discoveryUrl":"https://x"}}}}"#,
    ),
    (
        "/identities/ListApiKeyCredentialProviders",
        r#"{"credentialProviders":[{"name":"search",
        "credentialProviderArn":"arn:search","createdTime":1700000000,"lastUpdatedTime":1700000000}]}"#,
    ),
    (
        "/identities/GetApiKeyCredentialProvider",
        r#"{"name":"search","credentialProviderArn":"arn:search",
        "createdTime":1700000000,"lastUpdatedTime":1700000000,
        "apiKeySecretArn":{"secretArn":"arn:aws:secretsmanager:eu-west-1:123456789012:secret:search"}}"#,
    ),
    (
        "/gateways",
        r#"{"items":[{"gatewayId":"G1","name":"tools","status":"READY","authorizerType":"NONE","protocolType":"MCP",
        "createdAt":"2029-01-01T00:00:00Z","updatedAt":"2029-01-01T00:00:00Z"}]}"#,
    ),
    (
        "/gateways/G1",
        r#"{"gatewayArn":"arn:gateway","gatewayId":"G1","name":"tools","status":"READY","authorizerType":"NONE",
        "protocolType":"MCP","roleArn":"arn:aws:iam::123456789012:role/agent",
        "createdAt":"2029-01-01T00:00:00Z","updatedAt":"2029-01-01T00:00:00Z"}"#,
    ),
    (
        "/gateways/G1/targets",
        r#"{"items":[{"targetId":"T1","name":"search","status":"READY",
        "createdAt":"2029-01-01T00:00:00Z","updatedAt":"2029-01-01T00:00:00Z"}]}"#,
    ),
    (
        "/gateways/G1/targets/T1",
        r#"{"gatewayArn":"arn:gateway","targetId":"T1","name":"search","status":"READY",
        "createdAt":"2029-01-01T00:00:00Z","updatedAt":"2029-01-01T00:00:00Z","credentialProviderConfigurations":[
        {"credentialProviderType":"API_KEY","credentialProvider":{"apiKeyCredentialProvider":{"providerArn":"arn:search"}}}]}"#,
    ),
    (
        "/memories",
        r#"{"memories":[{"id":"M1","arn":"arn:memory","status":"ACTIVE","createdAt":1700000000,"updatedAt":1700000000}]}"#,
    ),
    (
        "/memories/M1/details",
        r#"{"memory":{"id":"M1","arn":"arn:memory","name":"m","status":"ACTIVE","eventExpiryDuration":90,
        "memoryExecutionRoleArn":"arn:aws:iam::123456789012:role/agent","createdAt":1700000000,"updatedAt":1700000000}}"#,
    ),
    (
        "/harnesses",
        r#"{"harnesses":[{"harnessId":"H1","harnessName":"h","arn":"arn:harness","status":"READY",
        "createdAt":"2029-01-01T00:00:00Z","updatedAt":"2029-01-01T00:00:00Z"}]}"#,
    ),
    (
        "/harnesses/H1",
        r#"{"harness":{"harnessId":"H1","harnessName":"h","arn":"arn:harness","status":"READY",
        "executionRoleArn":"arn:aws:iam::123456789012:role/agent","environmentVariables":{"SECRET":"planted-secret-in-a-harness"},
        "createdAt":"2029-01-01T00:00:00Z","updatedAt":"2029-01-01T00:00:00Z"}}"#,
    ),
    ("/clusters", r#"{"clusters":["prod"]}"#),
    (
        "/clusters/prod",
        r#"{"cluster":{"name":"prod","arn":"arn:aws:eks:eu-west-1:123456789012:cluster/prod","status":"ACTIVE",
        "roleArn":"arn:aws:iam::123456789012:role/agent"}}"#,
    ),
    ("/clusters/prod/pod-identity-associations", r#"{"associations":[{"clusterName":"prod","associationId":"a-1"}]}"#),
    (
        "/clusters/prod/pod-identity-associations/a-1",
        r#"{"association":{"clusterName":"prod","associationId":"a-1",
        "associationArn":"arn:aws:eks:eu-west-1:123456789012:podidentityassociation/prod/a-1","namespace":"etl",
        "serviceAccount":"runner","roleArn":"arn:aws:iam::123456789012:role/agent"}}"#,
    ),
];

/// Service-last-accessed data in IAM's XML: `s3` was never used by whom the job was for.
const JOB: &str = r#"<GenerateServiceLastAccessedDetailsResponse xmlns="https://iam.amazonaws.com/doc/2010-05-08/">
    <GenerateServiceLastAccessedDetailsResult><JobId>0000000000-0000-0000-0000-00000000000a</JobId>
    </GenerateServiceLastAccessedDetailsResult></GenerateServiceLastAccessedDetailsResponse>"#;
const JOB_DONE: &str = r#"<GetServiceLastAccessedDetailsResponse xmlns="https://iam.amazonaws.com/doc/2010-05-08/">
    <GetServiceLastAccessedDetailsResult><JobStatus>COMPLETED</JobStatus><JobCreationDate>2029-12-31T00:00:00Z</JobCreationDate>
    <JobCompletionDate>2029-12-31T00:00:00Z</JobCompletionDate><IsTruncated>false</IsTruncated><ServicesLastAccessed><member>
    <ServiceName>Amazon S3</ServiceName><ServiceNamespace>s3</ServiceNamespace></member></ServicesLastAccessed>
    </GetServiceLastAccessedDetailsResult></GetServiceLastAccessedDetailsResponse>"#;

/// Everything that the script above hides.
pub(crate) const PLANTED: &[&str] = &["planted-secret"];

/// The stand-in with what it lacks.
pub(crate) fn completed(moto: &Moto, ids: &Value) -> Plan {
    complete(Proxy::before(&moto.url()), ids)
}

/// A plan, and after its rules what the stand-in lacks.
pub(crate) fn complete(plan: Plan, ids: &Value) -> Plan {
    let event = json!({
        "eventName": "CreateAccessKey", "eventTime": "2029-12-31T00:00:00Z",
        "userIdentity": {"type": "AssumedRole", "principalId": format!("{}:ci", ids["deploy"].as_str().unwrap()),
            "sessionContext": {"sessionIssuer": {"principalId": ids["deploy"]}}},
        "responseElements": {"accessKey": {"accessKeyId": ids["key"]}}
    });
    let session = json!({
        "eventName": "AssumeRole", "eventTime": "2029-12-31T23:50:00Z",
        "userIdentity": {"type": "IAMUser", "principalId": ids["user"]},
        "requestParameters": {"roleArn": format!("arn:aws:iam::{ACCOUNT}:role/named"), "roleSessionName": "run-7"},
        "responseElements": {"credentials": {"accessKeyId": "ASIAIOSFODNN7EXAMPLE", "sessionToken": "planted-secret-token",
            "expiration": "Jan 1, 2030, 12:50:00 AM"}}
    });
    let lookup = json!({"Events": [
        {"EventName": "CreateAccessKey", "CloudTrailEvent": event.to_string()},
        {"EventName": "AssumeRole", "CloudTrailEvent": session.to_string()}
    ]});
    let credentials = "<ListServiceSpecificCredentialsResponse xmlns=\"https://iam.amazonaws.com/doc/2010-05-08/\">\
        <ListServiceSpecificCredentialsResult><IsTruncated>false</IsTruncated><ServiceSpecificCredentials><member>\
        <UserName>ci</UserName><Status>Active</Status><ServiceName>bedrock.amazonaws.com</ServiceName>\
        <ServiceUserName>ci-at-1</ServiceUserName><CreateDate>2029-01-01T00:00:00Z</CreateDate>\
        <ServiceSpecificCredentialId>ACCAEXAMPLE</ServiceSpecificCredentialId></member></ServiceSpecificCredentials>\
        </ListServiceSpecificCredentialsResult></ListServiceSpecificCredentialsResponse>";
    let task = json!({"taskArns": [format!("arn:aws:ecs:eu-west-1:{ACCOUNT}:task/main/t1")]});
    let tasks = json!({"tasks": [{"taskArn": format!("arn:aws:ecs:eu-west-1:{ACCOUNT}:task/main/t1"), "group": "family:job",
        "lastStatus": "RUNNING", "taskDefinitionArn": "job"}]});
    let agent_id = ids["agent_id"].as_str().unwrap();
    let agent = json!({"agent": {"agentId": agent_id, "agentName": "support", "agentStatus": "PREPARED",
        "agentArn": format!("arn:aws:bedrock:eu-west-1:{ACCOUNT}:agent/{agent_id}"), "agentCollaboration": "SUPERVISOR",
        "agentResourceRoleArn": format!("arn:aws:iam::{ACCOUNT}:role/agent"), "instruction": "planted-secret-in-a-prompt"}});
    let group = json!({"agentActionGroup": {"actionGroupExecutor":
        {"lambda": format!("arn:aws:lambda:eu-west-1:{ACCOUNT}:function:etl")}}});
    let xml = [("content-type", "text/xml")];
    let draft = format!("/agents/{agent_id}/agentversions/DRAFT/");
    let plan = plan
        .rule(When::action("LookupEvents"), Then::published(Published::new(lookup, "Events", 50)))
        .rule(When::action("ListServiceSpecificCredentials"), Then::answer(200, &xml, credentials))
        .rule(When::action("GenerateServiceLastAccessedDetails"), Then::answer(200, &xml, JOB))
        .rule(When::action("GetServiceLastAccessedDetails"), Then::answer(200, &xml, JOB_DONE))
        .rule(When::action("ListTasks"), Then::answer(200, &[], task.to_string()))
        .rule(When::action("DescribeTasks"), Then::answer(200, &[], tasks.to_string()))
        .rule(When::path(&format!("/agents/{agent_id}/")), Then::answer(200, &[], agent.to_string()))
        .rule(When::path(&format!("{draft}actiongroups/G1/")), Then::answer(200, &[], group.to_string()))
        .rule(When::path_prefix(&draft), Then::answer(200, &[], COMPONENTS));
    let lacking =
        |plan: Plan, (path, answer): &(&str, &str)| plan.rule(When::path(path), Then::answer(200, &[], *answer));
    LACKING.iter().fold(plan, lacking).page_iam(2)
}
