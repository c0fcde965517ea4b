//! The shapes of AWS's answers that no SDK type has: the credential report's rows, EC2's XML, CloudTrail's events.
//! Only the fields that are used.

pub(crate) mod cloudtrail;
pub(crate) mod ec2;
pub(crate) mod report;
