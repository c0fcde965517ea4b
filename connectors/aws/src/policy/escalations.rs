//! The known ways to turn some permissions into more: one table, one row a way.
//!
//! Collected from pathfinding.cloud (each row's id and page), Rhino Security Labs' list and PMapper's edges, read
//! 2026-11-24. A row says which actions must be allowed together; it knows nothing of whether a more privileged role,
//! user or function exists in the account, which is why [`Way`] is kept beside it.
//!
//! `iam:PassRole@<service>` is `iam:PassRole` to that service: `iam:PassedToService` limits it in practice, and a role
//! that may only be passed to Lambda starts no EC2 instance.

/// One way to escalate.
#[derive(Debug, PartialEq, Eq)]
pub struct Escalation {
    /// Its id where it is published, such as `iam-001`.
    pub id: &'static str,
    /// How it works.
    pub way: Way,
    /// The actions that it takes, together.
    pub needs: &'static [&'static str],
    /// Where it is described.
    pub reference: &'static str,
}

/// How an escalation works, from the most to the least certain.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Way {
    /// Changes the principal's own rights: needs nothing else to exist.
    Own,
    /// Becomes another user or role, which must have more rights.
    Other,
    /// Starts something new with a role that has more rights.
    New,
    /// Takes over something that runs with a role that has more rights.
    Existing,
}

impl Escalation {
    /// The combination's name: its actions, as people write them.
    pub fn name(&self) -> String {
        let short = |need: &&'static str| need.split_once('@').map_or(*need, |(action, _)| action);
        self.needs.iter().map(short).collect::<Vec<_>>().join(" + ")
    }
}

const RHINO: &str = "https://rhinosecuritylabs.com/aws/aws-privilege-escalation-methods-mitigation/";
const PMAPPER: &str = "https://github.com/nccgroup/PMapper/tree/master/principalmapper/graphing";

use Way::{Existing, New, Other, Own};

const fn row(id: &'static str, way: Way, needs: &'static [&'static str], reference: &'static str) -> Escalation {
    Escalation { id, way, needs, reference }
}

/// All of them, the most certain first.
#[rustfmt::skip]
pub const ESCALATIONS: &[Escalation] = &[
    row("iam-001", Own, &["iam:CreatePolicyVersion"], "https://pathfinding.cloud/paths/iam-001"),
    row("iam-setdefault", Own, &["iam:SetDefaultPolicyVersion"], RHINO),
    row("iam-005", Own, &["iam:PutRolePolicy"], "https://pathfinding.cloud/paths/iam-005"),
    row("iam-007", Own, &["iam:PutUserPolicy"], "https://pathfinding.cloud/paths/iam-007"),
    row("iam-008", Own, &["iam:AttachUserPolicy"], "https://pathfinding.cloud/paths/iam-008"),
    row("iam-009", Own, &["iam:AttachRolePolicy"], "https://pathfinding.cloud/paths/iam-009"),
    row("iam-010", Own, &["iam:AttachGroupPolicy"], "https://pathfinding.cloud/paths/iam-010"),
    row("iam-011", Own, &["iam:PutGroupPolicy"], "https://pathfinding.cloud/paths/iam-011"),
    row("iam-013", Own, &["iam:AddUserToGroup"], "https://pathfinding.cloud/paths/iam-013"),
    row("iam-002", Other, &["iam:CreateAccessKey"], "https://pathfinding.cloud/paths/iam-002"),
    row("iam-004", Other, &["iam:CreateLoginProfile"], "https://pathfinding.cloud/paths/iam-004"),
    row("iam-006", Other, &["iam:UpdateLoginProfile"], "https://pathfinding.cloud/paths/iam-006"),
    row("iam-012", Other, &["iam:UpdateAssumeRolePolicy"], "https://pathfinding.cloud/paths/iam-012"),
    row("iam-014", Other, &["iam:AttachRolePolicy", "sts:AssumeRole"], "https://pathfinding.cloud/paths/iam-014"),
    row("iam-015", Other, &["iam:AttachUserPolicy", "iam:CreateAccessKey"], "https://pathfinding.cloud/paths/iam-015"),
    row("iam-016", Other, &["iam:CreatePolicyVersion", "sts:AssumeRole"], "https://pathfinding.cloud/paths/iam-016"),
    row("iam-017", Other, &["iam:PutRolePolicy", "sts:AssumeRole"], "https://pathfinding.cloud/paths/iam-017"),
    row("iam-018", Other, &["iam:PutUserPolicy", "iam:CreateAccessKey"], "https://pathfinding.cloud/paths/iam-018"),
    row("iam-019", Other, &["iam:AttachRolePolicy", "iam:UpdateAssumeRolePolicy"], "https://pathfinding.cloud/paths/iam-019"),
    row("iam-020", Other, &["iam:CreatePolicyVersion", "iam:UpdateAssumeRolePolicy"], "https://pathfinding.cloud/paths/iam-020"),
    row("iam-021", Other, &["iam:PutRolePolicy", "iam:UpdateAssumeRolePolicy"], "https://pathfinding.cloud/paths/iam-021"),
    row("apprunner-001", New, &["iam:PassRole@tasks.apprunner.amazonaws.com", "apprunner:CreateService"], "https://pathfinding.cloud/paths/apprunner-001"),
    row("pmapper-autoscaling", New, &["iam:PassRole@ec2.amazonaws.com", "autoscaling:CreateLaunchConfiguration", "autoscaling:CreateAutoScalingGroup"], PMAPPER),
    row("bedrock-001", New, &["iam:PassRole@bedrock-agentcore.amazonaws.com", "bedrock-agentcore:CreateCodeInterpreter", "bedrock-agentcore:StartCodeInterpreterSession", "bedrock-agentcore:InvokeCodeInterpreter"], "https://pathfinding.cloud/paths/bedrock-001"),
    row("cloudformation-001", New, &["iam:PassRole@cloudformation.amazonaws.com", "cloudformation:CreateStack"], "https://pathfinding.cloud/paths/cloudformation-001"),
    row("cloudformation-003", New, &["iam:PassRole@cloudformation.amazonaws.com", "cloudformation:CreateStackSet", "cloudformation:CreateStackInstances"], "https://pathfinding.cloud/paths/cloudformation-003"),
    row("cloudformation-004", New, &["iam:PassRole@cloudformation.amazonaws.com", "cloudformation:UpdateStackSet"], "https://pathfinding.cloud/paths/cloudformation-004"),
    row("codebuild-001", New, &["iam:PassRole@codebuild.amazonaws.com", "codebuild:CreateProject", "codebuild:StartBuild"], "https://pathfinding.cloud/paths/codebuild-001"),
    row("codebuild-004", New, &["iam:PassRole@codebuild.amazonaws.com", "codebuild:CreateProject", "codebuild:StartBuildBatch"], "https://pathfinding.cloud/paths/codebuild-004"),
    row("pmapper-codebuild", New, &["iam:PassRole@codebuild.amazonaws.com", "codebuild:UpdateProject", "codebuild:StartBuild"], PMAPPER),
    row("datapipeline-001", New, &["iam:PassRole@datapipeline.amazonaws.com", "datapipeline:CreatePipeline", "datapipeline:PutPipelineDefinition", "datapipeline:ActivatePipeline"], "https://pathfinding.cloud/paths/datapipeline-001"),
    row("ec2-001", New, &["iam:PassRole@ec2.amazonaws.com", "ec2:RunInstances"], "https://pathfinding.cloud/paths/ec2-001"),
    row("ec2-003", New, &["iam:PassRole@ec2.amazonaws.com", "ec2:RequestSpotInstances"], "https://pathfinding.cloud/paths/ec2-003"),
    row("ecs-001", New, &["iam:PassRole@ecs-tasks.amazonaws.com", "ecs:CreateCluster", "ecs:RegisterTaskDefinition", "ecs:CreateService"], "https://pathfinding.cloud/paths/ecs-001"),
    row("ecs-002", New, &["iam:PassRole@ecs-tasks.amazonaws.com", "ecs:CreateCluster", "ecs:RegisterTaskDefinition", "ecs:RunTask"], "https://pathfinding.cloud/paths/ecs-002"),
    row("ecs-003", New, &["iam:PassRole@ecs-tasks.amazonaws.com", "ecs:RegisterTaskDefinition", "ecs:CreateService"], "https://pathfinding.cloud/paths/ecs-003"),
    row("ecs-004", New, &["iam:PassRole@ecs-tasks.amazonaws.com", "ecs:RegisterTaskDefinition", "ecs:RunTask"], "https://pathfinding.cloud/paths/ecs-004"),
    row("ecs-005", New, &["iam:PassRole@ecs-tasks.amazonaws.com", "ecs:RegisterTaskDefinition", "ecs:StartTask"], "https://pathfinding.cloud/paths/ecs-005"),
    row("glue-001", New, &["iam:PassRole@glue.amazonaws.com", "glue:CreateDevEndpoint"], "https://pathfinding.cloud/paths/glue-001"),
    row("glue-003", New, &["iam:PassRole@glue.amazonaws.com", "glue:CreateJob", "glue:StartJobRun"], "https://pathfinding.cloud/paths/glue-003"),
    row("glue-004", New, &["iam:PassRole@glue.amazonaws.com", "glue:CreateJob", "glue:CreateTrigger"], "https://pathfinding.cloud/paths/glue-004"),
    row("glue-005", New, &["iam:PassRole@glue.amazonaws.com", "glue:UpdateJob", "glue:StartJobRun"], "https://pathfinding.cloud/paths/glue-005"),
    row("glue-006", New, &["iam:PassRole@glue.amazonaws.com", "glue:UpdateJob", "glue:CreateTrigger"], "https://pathfinding.cloud/paths/glue-006"),
    row("lambda-001", New, &["iam:PassRole@lambda.amazonaws.com", "lambda:CreateFunction", "lambda:InvokeFunction"], "https://pathfinding.cloud/paths/lambda-001"),
    row("lambda-002", New, &["iam:PassRole@lambda.amazonaws.com", "lambda:CreateFunction", "lambda:CreateEventSourceMapping"], "https://pathfinding.cloud/paths/lambda-002"),
    row("lambda-006", New, &["iam:PassRole@lambda.amazonaws.com", "lambda:CreateFunction", "lambda:AddPermission"], "https://pathfinding.cloud/paths/lambda-006"),
    row("sagemaker-001", New, &["iam:PassRole@sagemaker.amazonaws.com", "sagemaker:CreateNotebookInstance"], "https://pathfinding.cloud/paths/sagemaker-001"),
    row("sagemaker-002", New, &["iam:PassRole@sagemaker.amazonaws.com", "sagemaker:CreateTrainingJob"], "https://pathfinding.cloud/paths/sagemaker-002"),
    row("sagemaker-003", New, &["iam:PassRole@sagemaker.amazonaws.com", "sagemaker:CreateProcessingJob"], "https://pathfinding.cloud/paths/sagemaker-003"),
    row("apprunner-002", Existing, &["apprunner:UpdateService"], "https://pathfinding.cloud/paths/apprunner-002"),
    row("bedrock-002", Existing, &["bedrock-agentcore:StartCodeInterpreterSession", "bedrock-agentcore:InvokeCodeInterpreter"], "https://pathfinding.cloud/paths/bedrock-002"),
    row("cloudformation-002", Existing, &["cloudformation:UpdateStack"], "https://pathfinding.cloud/paths/cloudformation-002"),
    row("cloudformation-005", Existing, &["cloudformation:CreateChangeSet", "cloudformation:ExecuteChangeSet"], "https://pathfinding.cloud/paths/cloudformation-005"),
    row("codebuild-002", Existing, &["codebuild:StartBuild"], "https://pathfinding.cloud/paths/codebuild-002"),
    row("codebuild-003", Existing, &["codebuild:StartBuildBatch"], "https://pathfinding.cloud/paths/codebuild-003"),
    row("ec2-002", Existing, &["ec2:ModifyInstanceAttribute", "ec2:StopInstances", "ec2:StartInstances"], "https://pathfinding.cloud/paths/ec2-002"),
    row("ec2-004", Existing, &["ec2:CreateLaunchTemplateVersion", "ec2:ModifyLaunchTemplate"], "https://pathfinding.cloud/paths/ec2-004"),
    row("ec2instanceconnect-003", Existing, &["ec2-instance-connect:SendSSHPublicKey"], "https://pathfinding.cloud/paths/ec2instanceconnect-003"),
    row("ecs-006", Existing, &["ecs:ExecuteCommand"], "https://pathfinding.cloud/paths/ecs-006"),
    row("glue-002", Existing, &["glue:UpdateDevEndpoint"], "https://pathfinding.cloud/paths/glue-002"),
    row("lambda-003", Existing, &["lambda:UpdateFunctionCode"], "https://pathfinding.cloud/paths/lambda-003"),
    row("lambda-004", Existing, &["lambda:UpdateFunctionCode", "lambda:InvokeFunction"], "https://pathfinding.cloud/paths/lambda-004"),
    row("lambda-005", Existing, &["lambda:UpdateFunctionCode", "lambda:AddPermission"], "https://pathfinding.cloud/paths/lambda-005"),
    row("sagemaker-004", Existing, &["sagemaker:CreatePresignedNotebookInstanceUrl"], "https://pathfinding.cloud/paths/sagemaker-004"),
    row("sagemaker-005", Existing, &["sagemaker:CreateNotebookInstanceLifecycleConfig", "sagemaker:StopNotebookInstance", "sagemaker:UpdateNotebookInstance", "sagemaker:StartNotebookInstance"], "https://pathfinding.cloud/paths/sagemaker-005"),
    row("ssm-001", Existing, &["ssm:StartSession"], "https://pathfinding.cloud/paths/ssm-001"),
    row("ssm-002", Existing, &["ssm:SendCommand"], "https://pathfinding.cloud/paths/ssm-002"),
];

/// Whoever may do all of these on everything can give itself any right: administrator in all but name.
pub(super) const ADMIN_CORE: &[&str] = &[
    "iam:AttachGroupPolicy",
    "iam:AttachRolePolicy",
    "iam:AttachUserPolicy",
    "iam:CreateAccessKey",
    "iam:CreatePolicyVersion",
    "iam:PutGroupPolicy",
    "iam:PutRolePolicy",
    "iam:PutUserPolicy",
    "iam:UpdateAssumeRolePolicy",
];

/// Actions that on *all* resources reach everybody's data, secrets or roles, though no wildcard stands in them.
pub(super) const SENSITIVE_ON_ALL: &[&str] = &[
    "dynamodb:DeleteItem",
    "dynamodb:PutItem",
    "dynamodb:Scan",
    "ec2:ModifySnapshotAttribute",
    "kms:Decrypt",
    "kms:PutKeyPolicy",
    "rds:ModifyDBSnapshotAttribute",
    "s3:DeleteObject",
    "s3:GetObject",
    "s3:PutBucketPolicy",
    "s3:PutObject",
    "secretsmanager:GetSecretValue",
    "secretsmanager:PutResourcePolicy",
    "ssm:GetParameter",
    "ssm:GetParameters",
    "ssm:GetParametersByPath",
    "sts:AssumeRole",
];

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ids_are_unique_and_every_row_has_actions_and_a_reference() {
        let mut ids: Vec<_> = ESCALATIONS.iter().map(|e| e.id).collect();
        ids.sort_unstable();
        ids.dedup();
        assert_eq!(ids.len(), ESCALATIONS.len());
        for escalation in ESCALATIONS {
            assert!(escalation.reference.starts_with("https://"), "{}", escalation.id);
            assert!(!escalation.needs.is_empty() && escalation.needs.iter().all(|n| n.contains(':')));
            assert_eq!(escalation.way == New, escalation.needs[0].contains('@'), "{}", escalation.id);
        }
    }

    #[test]
    fn names_read_as_people_write_them() {
        let lambda = ESCALATIONS.iter().find(|e| e.id == "lambda-001").unwrap();
        assert_eq!(lambda.name(), "iam:PassRole + lambda:CreateFunction + lambda:InvokeFunction");
    }
}
