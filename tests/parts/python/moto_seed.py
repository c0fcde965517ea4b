"""Fills an account of a moto server through its API; prints what was made as JSON.

Arguments: the endpoint, then a JSON object of counts (see `Seed` in moto/seed.rs). Names are numbered and nothing is
random, so that two seeded servers differ only in what the server itself makes up (ids and creation times).
"""

import json
import sys

import boto3
from botocore.config import Config

endpoint, plan = sys.argv[1], json.loads(sys.argv[2])
config = Config(retries={"max_attempts": 1})
session = boto3.Session(aws_access_key_id="test", aws_secret_access_key="test", region_name="us-east-1")
iam = session.client("iam", endpoint_url=endpoint, config=config)
account = session.client("sts", endpoint_url=endpoint, config=config).get_caller_identity()["Account"]
OWNERS = ["ada@example.com", "grace@example.com", "platform", ""]


def policy(i):
    bucket = f"arn:aws:s3:::acme-{i:05}"
    document = {
        "Version": "2012-10-17",
        "Statement": [{"Effect": "Allow", "Action": ["s3:GetObject", "s3:PutObject"], "Resource": [bucket, bucket + "/*"]}],
    }
    made = iam.create_policy(PolicyName=f"policy-{i:05}", PolicyDocument=json.dumps(document))
    return made["Policy"]["Arn"]


def user(i):
    name = f"user-{i:05}"
    owner = OWNERS[i % len(OWNERS)]
    iam.create_user(UserName=name, Tags=[{"Key": "owner", "Value": owner}] if owner else [])
    if policies:
        iam.attach_user_policy(UserName=name, PolicyArn=policies[i % len(policies)])
    if i < plan["users_with_keys"]:
        return iam.create_access_key(UserName=name)["AccessKey"]["AccessKeyId"]
    return None


def role(i):
    name = f"role-{i:05}"
    trust = {
        "Version": "2012-10-17",
        "Statement": [{"Effect": "Allow", "Principal": {"Service": "lambda.amazonaws.com"}, "Action": "sts:AssumeRole"}],
    }
    iam.create_role(RoleName=name, AssumeRolePolicyDocument=json.dumps(trust))
    if policies:
        iam.attach_role_policy(RoleName=name, PolicyArn=policies[i % len(policies)])
    return name


# One after the other: moto changes its dictionaries while it reads them for another request, which then fails.
policies = [policy(i) for i in range(plan["policies"])]
keys = [key for key in map(user, range(plan["users"])) if key]
roles = [role(i) for i in range(plan["roles"])]
json.dump({"account": account, "access_keys": keys, "roles": roles, "policies": policies}, sys.stdout)
