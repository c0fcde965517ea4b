//! An account of made-up principals, always the same for the same size, in the shape of
//! `aws iam get-account-authorization-details`.

use serde_json::{Value, json};

/// A small generator of numbers, fixed by its seed.
struct Dice(u64);

impl Dice {
    fn below(&mut self, limit: u64) -> u64 {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        self.0 % limit
    }

    fn one_of<'a, T>(&mut self, choices: &'a [T]) -> &'a T {
        let at = usize::try_from(self.below(choices.len() as u64)).expect("an index fits");
        &choices[at]
    }
}

const ACTIONS: &[&str] = &[
    "s3:GetObject",
    "s3:PutObject",
    "s3:ListBucket",
    "s3:*",
    "dynamodb:GetItem",
    "dynamodb:PutItem",
    "dynamodb:Query",
    "sqs:SendMessage",
    "sqs:ReceiveMessage",
    "sns:Publish",
    "logs:CreateLogGroup",
    "logs:PutLogEvents",
    "ec2:Describe*",
    "ec2:RunInstances",
    "kms:Decrypt",
    "secretsmanager:GetSecretValue",
    "ssm:GetParameter*",
    "lambda:InvokeFunction",
    "lambda:UpdateFunctionCode",
    "iam:PassRole",
    "iam:Get*",
    "iam:CreateAccessKey",
    "sts:AssumeRole",
    "cloudwatch:PutMetricData",
    "bedrock:InvokeModel",
    "ecr:GetAuthorizationToken",
];

const RESOURCES: &[&str] = &[
    "*",
    "arn:aws:s3:::acme-data/*",
    "arn:aws:s3:::acme-logs",
    "arn:aws:iam::000000000000:role/worker-*",
    "arn:aws:dynamodb:eu-west-1:000000000000:table/orders",
    "arn:aws:secretsmanager:eu-west-1:000000000000:secret:app-*",
    "arn:aws:iam::*:user/${aws:username}",
    "arn:aws:lambda:eu-west-1:000000000000:function:ingest",
];

/// An account of `principals` users and roles (six in ten users), one managed policy for every fifty, and an inline
/// policy of its own for three in ten.
pub(crate) fn generate(principals: usize) -> Value {
    let mut dice = Dice(0x5EED_0F_5EED);
    let count = (principals / 50).max(1);
    let managed: Vec<Value> = (0..count).map(|at| managed(at, &mut dice)).collect();
    let arns: Vec<String> = (0..count).map(managed_arn).collect();
    let users = principals * 6 / 10;
    json!({
        "UserDetailList": (0..users).map(|at| principal("user", at, &arns, &mut dice)).collect::<Vec<_>>(),
        "GroupDetailList": [],
        "RoleDetailList": (users..principals).map(|at| principal("role", at, &arns, &mut dice)).collect::<Vec<_>>(),
        "Policies": managed,
    })
}

fn managed_arn(at: usize) -> String {
    format!("arn:aws:iam::000000000000:policy/managed-{at}")
}

fn managed(at: usize, dice: &mut Dice) -> Value {
    json!({
        "PolicyName": format!("managed-{at}"), "PolicyId": format!("ANPA{at:016}"), "Arn": managed_arn(at), "Path": "/",
        "DefaultVersionId": "v1", "AttachmentCount": 1, "PermissionsBoundaryUsageCount": 0, "IsAttachable": true,
        "CreateDate": "2024-01-01T00:00:00+00:00", "UpdateDate": "2024-01-01T00:00:00+00:00",
        "PolicyVersionList": [{
            "Document": document(dice), "VersionId": "v1", "IsDefaultVersion": true, "CreateDate": "2024-01-01T00:00:00+00:00",
        }],
    })
}

fn principal(kind: &str, at: usize, managed: &[String], dice: &mut Dice) -> Value {
    let attached: Vec<Value> = (0..=dice.below(2))
        .map(|_| {
            let arn = dice.one_of(managed);
            json!({"PolicyName": arn.rsplit('/').next(), "PolicyArn": arn})
        })
        .collect();
    let inline: Vec<Value> = (0..u64::from(dice.below(10) < 3))
        .map(|_| json!({"PolicyName": format!("inline-{at}"), "PolicyDocument": document(dice)}))
        .collect();
    let name = format!("{kind}-{at}");
    let common = json!({
        "Path": "/", "Arn": format!("arn:aws:iam::000000000000:{kind}/{name}"), "CreateDate": "2024-01-01T00:00:00+00:00",
        "AttachedManagedPolicies": attached, "Tags": [],
    });
    let Value::Object(mut all) = common else { unreachable!("it is written as an object") };
    let own = if kind == "user" {
        json!({"UserName": name, "UserId": format!("AIDA{at:016}"), "GroupList": [], "UserPolicyList": inline})
    } else {
        json!({
            "RoleName": name, "RoleId": format!("AROA{at:016}"), "RolePolicyList": inline, "InstanceProfileList": [], "RoleLastUsed": {},
            "AssumeRolePolicyDocument": {"Version": "2012-10-17", "Statement": [
                {"Effect": "Allow", "Principal": {"Service": "lambda.amazonaws.com"}, "Action": "sts:AssumeRole"}]},
        })
    };
    let Value::Object(own) = own else { unreachable!("it is written as an object") };
    all.extend(own);
    Value::Object(all)
}

fn document(dice: &mut Dice) -> Value {
    if dice.below(100) == 0 {
        return json!({"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Action": "*", "Resource": "*"}]});
    }
    let statements: Vec<Value> = (0..=dice.below(3))
        .map(|_| {
            let actions: Vec<&str> = (0..=dice.below(5)).map(|_| *dice.one_of(ACTIONS)).collect();
            json!({"Effect": if dice.below(12) == 0 { "Deny" } else { "Allow" }, "Action": actions, "Resource": dice.one_of(RESOURCES)})
        })
        .collect();
    json!({"Version": "2012-10-17", "Statement": statements})
}
