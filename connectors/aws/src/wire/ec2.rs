//! EC2's XML, as far as it is read.

use serde::Deserialize;

/// `DescribeInstances`.
#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct DescribeInstances {
    pub(crate) reservation_set: Items<Reservation>,
    pub(crate) next_token: Option<String>,
}

/// A list in EC2's XML: `<item>` after `<item>`.
#[derive(Debug, Deserialize)]
pub(crate) struct Items<T> {
    #[serde(rename = "item", default = "Vec::new")]
    pub(crate) items: Vec<T>,
}

impl<T> Default for Items<T> {
    fn default() -> Self {
        Self { items: Vec::new() }
    }
}

/// Instances that were started together.
#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Reservation {
    pub(crate) instances_set: Items<Instance>,
}

/// An instance.
#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Instance {
    pub(crate) instance_id: String,
    pub(crate) instance_state: State,
    pub(crate) iam_instance_profile: Option<Profile>,
    #[serde(default)]
    pub(crate) tag_set: Items<Tag>,
}

/// `pending`, `running`, `stopping`, `stopped`, `shutting-down`, `terminated`.
#[derive(Debug, Deserialize)]
pub(crate) struct State {
    pub(crate) name: String,
}

/// The instance's profile.
#[derive(Debug, Deserialize)]
pub(crate) struct Profile {
    pub(crate) arn: String,
}

/// A tag.
#[derive(Debug, Deserialize)]
pub(crate) struct Tag {
    pub(crate) key: String,
    #[serde(default)]
    pub(crate) value: String,
}

/// `DescribeRegions`.
#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct DescribeRegions {
    pub(crate) region_info: Items<Region>,
}

/// A region that the account may use.
#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Region {
    pub(crate) region_name: String,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_empty_list_is_not_a_missing_one() {
        let empty = "<DescribeInstancesResponse><requestId>x</requestId><reservationSet/></DescribeInstancesResponse>";
        let page: DescribeInstances = quick_xml::de::from_str(empty).unwrap();
        assert!(page.reservation_set.items.is_empty());
        assert!(quick_xml::de::from_str::<DescribeInstances>("<DescribeInstancesResponse/>").is_err());
    }

    #[test]
    fn an_instance_is_read() {
        let xml = "<DescribeInstancesResponse><reservationSet><item><instancesSet>\
            <item><instanceId>i-1</instanceId><instanceState><code>16</code><name>running</name></instanceState>\
            <iamInstanceProfile><arn>arn:aws:iam::000000000000:instance-profile/web</arn><id>x</id></iamInstanceProfile>\
            <tagSet><item><key>owner</key><value>ada</value></item><item><key>empty</key><value/></item></tagSet></item>\
            <item><instanceId>i-2</instanceId><instanceState><code>80</code><name>stopped</name></instanceState></item>\
            </instancesSet></item></reservationSet><nextToken>t</nextToken></DescribeInstancesResponse>";
        let page: DescribeInstances = quick_xml::de::from_str(xml).unwrap();
        let instances = &page.reservation_set.items[0].instances_set.items;
        assert_eq!(instances.len(), 2);
        assert_eq!(instances[0].tag_set.items[1].value, "");
        assert!(instances[1].iam_instance_profile.is_none());
        assert_eq!(page.next_token.as_deref(), Some("t"));
    }
}
