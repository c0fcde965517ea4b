//! The shapes of AWS's answers that are read without an SDK type: the credential report's rows, EC2's XML, Bedrock's agents,
//! CloudTrail's events, tags, contacts.
//! Only the fields that are used.

pub(crate) mod account;
pub(crate) mod bedrock;
pub(crate) mod cloudtrail;
pub(crate) mod ec2;
pub(crate) mod report;
pub(crate) mod tagging;
