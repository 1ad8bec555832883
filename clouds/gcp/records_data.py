"""Google Cloud's storage, messages and money as the sandbox simulates them. Sources as in `gcp.py`."""

from __future__ import annotations

from clouds.gcp.rows import granted, in_project, number, project, row
from clouds.kind import Kind, Subject


def _budget_id(subject: Subject) -> str:
    return f"billingAccounts/{subject.inputs['billingAccount']}/budgets/{subject.token(32)}"


KINDS: tuple[Kind, ...] = (
    # Each property below `location` and `name` that forces a replacement is one that the program never sets
    # (`resource_storage_bucket.go`: enable_object_retention, custom_placement_config, hierarchical_namespace).
    row(
        "storage/bucket:Bucket",
        lambda s: str(s.inputs.get("name", s.name)),
        lambda s: {
            "projectNumber": int(number(s)),
            "selfLink": f"https://www.googleapis.com/storage/v1/b/{s.id}",
            "url": f"gs://{s.id}",
        },
        required="location",
        replaces="customPlacementConfig enableObjectRetention hierarchicalNamespace location name project",
        unique="name",
        adoption="set recovery.adopt to the id of the key that it is encrypted with, and it is taken over",
        seconds=(3, 2, 2),
    ),
    granted("storage/bucketIAMMember:BucketIAMMember", "bucket"),
    row(
        "pubsub/topic:Topic",
        in_project("topics"),
        replaces="name project tags",
        unique="name",
        seconds=(3, 3, 2),
    ),
    row(
        "pubsub/subscription:Subscription",
        in_project("subscriptions"),
        required="topic",
        replaces="enableMessageOrdering filter name project tags topic",
        unique="name",
        seconds=(3, 3, 2),
    ),
    granted("pubsub/topicIAMMember:TopicIAMMember", "topic"),
    granted("pubsub/subscriptionIAMMember:SubscriptionIAMMember", "subscription"),
    row(
        "monitoring/notificationChannel:NotificationChannel",
        lambda s: f"projects/{project(s)}/notificationChannels/{int(s.token(15), 16)}",
        lambda s: {"name": s.id, "verificationStatus": "VERIFIED"},
        required="type",
        replaces="project",
        seconds=(2, 2, 2),
    ),
    row(
        "billing/budget:Budget",
        _budget_id,
        lambda s: {"name": s.id.rpartition("/")[2]},
        required="amount billingAccount",
        replaces="billingAccount",
        seconds=(2, 2, 2),
    ),
)
