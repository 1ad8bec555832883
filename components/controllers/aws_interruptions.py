"""How Karpenter hears that machines are about to be taken away: four kinds of events into one queue.

A spot machine goes two minutes after its notice; in that time its pods move.
"""

from __future__ import annotations

import json

import pulumi_aws as aws
from pulumi import Resource, ResourceOptions

from components.cluster.aws_contract import named
from components.controllers.aws_policies import interruption_queue_policy

EVENTS: dict[str, tuple[str, str]] = {
    "maintenance": ("aws.health", "AWS Health Event"),
    "rebalance": ("aws.ec2", "EC2 Instance Rebalance Recommendation"),
    "spot": ("aws.ec2", "EC2 Spot Instance Interruption Warning"),
    "state": ("aws.ec2", "EC2 Instance State-change Notification"),
}
"""Source and kind of each event that Karpenter acts on, by what our rule for it is called."""
# An older notice is about a machine that is gone.
RETENTION_SECONDS = 300


def queue_name(cluster_name: str) -> str:
    """Return the physical name of the queue."""
    return named("queue", cluster_name, "interruptions")


def create_interruption_queue(name: str, *, cluster_name: str, location: str, parent: Resource) -> aws.sqs.Queue:
    """Make the queue, and the rules that fill it."""
    queue = aws.sqs.Queue(
        f"{name}-interruptions",
        message_retention_seconds=RETENTION_SECONDS,
        name=queue_name(cluster_name),
        sqs_managed_sse_enabled=True,
        opts=ResourceOptions(parent=parent),
    )
    # Each by its own name: a long name is cut, so a pattern over the cluster's name would miss it.
    rules = [f"arn:aws:events:{location}:*:rule/{named('event-rule', cluster_name, kind)}" for kind in EVENTS]
    aws.sqs.QueuePolicy(
        f"{name}-interruptions",
        policy=queue.arn.apply(lambda arn: interruption_queue_policy(queue_arn=arn, rule_arns=rules)),
        queue_url=queue.url,
        opts=ResourceOptions(parent=parent),
    )
    for kind, (source, detail) in EVENTS.items():
        rule = aws.cloudwatch.EventRule(
            f"{name}-{kind}",
            description=f"{detail}, for Karpenter of {cluster_name}",
            event_pattern=json.dumps({"source": [source], "detail-type": [detail]}, sort_keys=True),
            name=named("event-rule", cluster_name, kind),
            opts=ResourceOptions(parent=parent),
        )
        aws.cloudwatch.EventTarget(
            f"{name}-{kind}",
            arn=queue.arn,
            rule=rule.name,
            target_id="karpenter",
            opts=ResourceOptions(parent=parent),
        )
    return queue
