//! `ec2.instances`: instances, and the role that each hands to what runs on it, through its instance profile.

use whosekey_sdk::listing::pages_into;
use whosekey_sdk::tags::tagged;
use whosekey_sdk::{CollectError, Complete, Entity, Fact, Kind, Next, Record, Sink};

use crate::api::Calls;
use crate::scopes::Place;
use crate::wire::ec2::{DescribeInstances, Instance};
use crate::workload::runs_as;

const LIST: &str = "ec2:DescribeInstances";
/// The most that EC2 gives at once.
const PAGE_SIZE: &str = "1000";

/// Collects the scope.
pub(crate) async fn collect(calls: &Calls, out: &mut dyn Sink) -> Result<Complete, CollectError> {
    pages_into(out, |token| async move {
        let mut parameters = vec![("MaxResults", PAGE_SIZE)];
        if let Some(token) = &token {
            parameters.push(("NextToken", token));
        }
        let page: DescribeInstances = calls.ec2("DescribeInstances", &parameters).await?;
        let reservations = page.reservation_set.items;
        let instances = reservations.iter().flat_map(|reservation| &reservation.instances_set.items);
        let records = instances.flat_map(|instance| normalize(instance, &calls.place, &calls.owner_keys)).collect();
        // EC2 ends listings with an empty element as well as without one.
        Ok((records, Next::from_token(page.next_token.filter(|token| !token.is_empty()))))
    })
    .await
}

fn normalize(instance: &Instance, place: &Place, owner_keys: &[String]) -> Vec<Record> {
    let tags: Vec<(&str, &str)> =
        instance.tag_set.items.iter().map(|tag| (tag.key.as_str(), tag.value.as_str())).collect();
    let name = tags.iter().find(|(key, _)| *key == "Name").map_or(instance.instance_id.as_str(), |(_, value)| value);
    let region = place.region.as_deref().unwrap_or_default();
    let arn = format!("arn:{}:ec2:{region}:{}:instance/{}", place.partition, place.account, instance.instance_id);
    let mut entity =
        Entity::new(format!("aws:{}", instance.instance_id), Kind::Workload, "aws.ec2-instance", name).alias(arn);
    // A stopped instance can be started again with its role; only a terminated one has ended.
    entity.enabled = match instance.instance_state.name.as_str() {
        "pending" | "running" => Fact::Known(true),
        "shutting-down" | "terminated" => Fact::Known(false),
        _ => Fact::NotExposed,
    };
    let entity = entity.attribute("state", instance.instance_state.name.as_str());
    let id = entity.id.clone();
    let mut records = tagged(entity, tags, owner_keys);
    let profile = instance.iam_instance_profile.as_ref().map(|profile| profile.arn.as_str());
    records.extend(runs_as(&id, profile, LIST));
    records
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_instance_runs_as_its_profile_and_a_stopped_one_has_not_ended() {
        let xml = "<i><instanceId>i-1</instanceId><instanceState><name>stopped</name></instanceState>\
            <iamInstanceProfile><arn>arn:aws:iam::000000000000:instance-profile/web</arn></iamInstanceProfile>\
            <tagSet><item><key>Name</key><value>web</value></item></tagSet></i>";
        let instance: Instance = quick_xml::de::from_str(xml).unwrap();
        let place = Place { partition: "aws".into(), account: "000000000000".into(), region: Some("eu-west-1".into()) };
        let records = normalize(&instance, &place, &[]);
        let (Record::Entity(entity), Record::Link(link)) = (&records[0], &records[1]) else { panic!("{records:?}") };
        assert_eq!((entity.name.as_str(), entity.enabled), ("web", Fact::NotExposed));
        assert_eq!(link.to.as_str(), "arn:aws:iam::000000000000:instance-profile/web");
    }
}
