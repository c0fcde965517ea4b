//! Policy analysis of a recorded account of 10,000 principals, with cloudsplaining on the same file in the same run,
//! and of 100,000 to see that it is linear.
//!
//! cloudsplaining is looked for in `$WHOSEKEY_PARTS/cloudsplaining/bin` and on the `PATH`. Both read the file, analyse
//! every policy and principal, and make their results; cloudsplaining writes its report as well, which it cannot leave
//! out.

#![allow(
    clippy::disallowed_methods,
    clippy::disallowed_macros,
    reason = "a benchmark reads its environment and prints"
)]

use std::error::Error;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use serde_json::Value;
use whosekey_aws::policy::{Analyzer, PolicyId, Principal, PrincipalKind, access_links};
use whosekey_sdk::EntityId;

#[path = "policy/account.rs"]
mod account;

const ACCOUNT: &str = "000000000000";

fn main() -> Result<(), Box<dyn Error>> {
    let folder = tempfile::tempdir()?;
    let ten = write(folder.path(), 10_000)?;
    let ours = measure(10_000, &ten)?;
    let hundred = write(folder.path(), 100_000)?;
    let hundredfold = measure(100_000, &hundred)?;
    println!("ten times the principals took {:.1} times the CPU", hundredfold / ours);
    match cloudsplaining() {
        None => println!("cloudsplaining is absent: no yardstick in this run"),
        Some(program) => {
            let before = children_cpu_seconds()?;
            let status = Command::new(program)
                .args(["scan", "--skip-open-report", "--input-file"])
                .arg(&ten)
                .arg("--output")
                .arg(folder.path())
                .stdout(Stdio::null())
                .stderr(Stdio::null())
                .status()?;
            let theirs = children_cpu_seconds()? - before;
            println!("cloudsplaining, 10000 principals: {theirs:.2} CPU-seconds ({status})");
            println!("whosekey took 1/{:.0} of it (target: at most 1/20)", theirs / ours);
        }
    }
    Ok(())
}

fn write(folder: &Path, principals: usize) -> Result<PathBuf, Box<dyn Error>> {
    let path = folder.join(format!("account-{principals}.json"));
    std::fs::write(&path, serde_json::to_vec(&account::generate(principals))?)?;
    Ok(path)
}

/// The CPU seconds of one run, the fewest of three.
fn measure(principals: usize, path: &Path) -> Result<f64, Box<dyn Error>> {
    let mut fewest = f64::INFINITY;
    let mut links = 0;
    for _ in 0..3 {
        let before = own_cpu_seconds()?;
        links = analyze(path)?;
        fewest = fewest.min(own_cpu_seconds()? - before);
    }
    println!("whosekey, {principals} principals: {fewest:.2} CPU-seconds, {links} links");
    Ok(fewest)
}

fn analyze(path: &Path) -> Result<usize, Box<dyn Error>> {
    let details: Value = serde_json::from_slice(&std::fs::read(path)?)?;
    let mut analyzer = Analyzer::new();
    let mut managed = std::collections::HashMap::new();
    for policy in list(&details["Policies"]) {
        let id =
            analyzer.policy(text(&policy["PolicyName"]), &policy["PolicyVersionList"][0]["Document"].to_string())?;
        managed.insert(text(&policy["Arn"]), id);
    }
    let mut links = 0;
    let kinds = [
        (PrincipalKind::User, "UserDetailList", "UserPolicyList", "UserId"),
        (PrincipalKind::Role, "RoleDetailList", "RolePolicyList", "RoleId"),
    ];
    for (kind, principals, inline, id) in kinds {
        for principal in list(&details[principals]) {
            let mut policies: Vec<PolicyId> = Vec::new();
            for policy in list(&principal[inline]) {
                policies.push(analyzer.policy(text(&policy["PolicyName"]), &policy["PolicyDocument"].to_string())?);
            }
            let arns: Vec<&str> =
                list(&principal["AttachedManagedPolicies"]).iter().map(|p| text(&p["PolicyArn"])).collect();
            policies.extend(arns.iter().filter_map(|arn| managed.get(arn)));
            let analysis = analyzer.analyze(&Principal {
                kind,
                arn: text(&principal["Arn"]),
                policies: &policies,
                boundary: None,
                groups: &[],
                managed_policies: &arns,
            });
            links += access_links(&EntityId::from(format!("aws:{}", text(&principal[id]))), ACCOUNT, &analysis).len();
        }
    }
    Ok(links)
}

fn list(value: &Value) -> &[Value] {
    value.as_array().map_or(&[], Vec::as_slice)
}

fn text(value: &Value) -> &str {
    value.as_str().unwrap_or_default()
}

fn cloudsplaining() -> Option<PathBuf> {
    let parts = std::env::var_os("WHOSEKEY_PARTS").map(|parts| PathBuf::from(parts).join("cloudsplaining/bin"));
    let path = std::env::var_os("PATH").unwrap_or_default();
    let folders = parts.into_iter().chain(std::env::split_paths(&path));
    folders.map(|folder| folder.join("cloudsplaining")).find(|program| program.is_file())
}

fn own_cpu_seconds() -> Result<f64, Box<dyn Error>> {
    cpu_seconds([13, 14])
}

fn children_cpu_seconds() -> Result<f64, Box<dyn Error>> {
    cpu_seconds([15, 16])
}

/// The sum of two fields of `/proc/self/stat`, whose unit is a hundredth of a second.
fn cpu_seconds(fields: [usize; 2]) -> Result<f64, Box<dyn Error>> {
    let stat = std::fs::read_to_string("/proc/self/stat")?;
    // The second field is the program's name in brackets and may hold spaces.
    let after_name = stat.rsplit_once(')').ok_or("no name in /proc/self/stat")?.1;
    let values: Vec<&str> = after_name.split_whitespace().collect();
    let mut ticks = 0.0;
    for field in fields {
        ticks += values.get(field - 2).ok_or("/proc/self/stat is short")?.parse::<f64>()?;
    }
    Ok(ticks / 100.0)
}
