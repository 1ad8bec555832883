"""Physical names: short enough for their cloud, known as ours, and each claimed once."""

from __future__ import annotations

import json
import re
from collections import Counter
from typing import Any

import pytest

from q2o_infra.naming import LIMITS, PREFIX
from q2o_infra.plan.recorder import Recording
from tests.support.assertions import assert_none
from tests.support.stacks import awkward, planned
from tests.support.titles import KUBERNETES, title

# Where a cloud resource has its physical name, and which limit of `naming.LIMITS` it is under.
PHYSICAL_NAMES: dict[str, tuple[str, str]] = {
    "aws:budgets/budget:Budget": ("name", "budget"),
    "aws:sns/topic:Topic": ("name", "topic"),
    "aws:cloudwatch/eventRule:EventRule": ("name", "event-rule"),
    "aws:cloudwatch/logGroup:LogGroup": ("name", "log-group"),
    "aws:ec2/launchTemplate:LaunchTemplate": ("name", "launch-template"),
    "aws:ec2/securityGroup:SecurityGroup": ("name", "security-group"),
    "aws:eks/cluster:Cluster": ("name", "cluster"),
    "aws:eks/nodeGroup:NodeGroup": ("nodeGroupName", "node-group"),
    # The limit is 128; it is named like its role.
    "aws:iam/instanceProfile:InstanceProfile": ("name", "role"),
    "aws:iam/role:Role": ("name", "role"),
    "aws:iam/rolePolicy:RolePolicy": ("name", "policy"),
    "aws:s3/bucket:Bucket": ("bucket", "bucket"),
    "aws:kms/alias:Alias": ("name", "key-alias"),
    "aws:sqs/queue:Queue": ("name", "queue"),
    # The edge.
    "aws:lb/loadBalancer:LoadBalancer": ("name", "load-balancer"),
    "aws:lb/targetGroup:TargetGroup": ("name", "target-group"),
    "aws:wafv2/webAcl:WebAcl": ("name", "web-acl"),
}
DNS_NAMES = frozenset({"aws:route53/record:Record"})
"""Their name is the user's, inside a zone of the user's."""
INSIDE_A_ROLE = "aws:iam/rolePolicy:RolePolicy"


def names_out_of_bounds(recording: Recording) -> list[str]:
    wrong = []
    for row in recording.resources:
        if row.type.startswith("aws:") and row.type not in DNS_NAMES:
            field, kind = PHYSICAL_NAMES.get(row.type, ("name", ""))
            name = str(row.inputs.get(field, ""))
            if name and not (kind and len(name) <= LIMITS[kind] and (PREFIX in name or row.type == INSIDE_A_ROLE)):
                wrong.append(f"{title(row)}: {name}")
        elif row.type.startswith(KUBERNETES):
            name = str((row.inputs.get("metadata") or row.inputs).get("name", ""))
            if not re.fullmatch(r"[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?", name):
                wrong.append(f"{title(row)}: {name}")
    return wrong


def test_physical_names_are_within_their_limits(recording: Recording) -> None:
    assert_none(names_out_of_bounds(recording), "a cloud would refuse it, or nobody would know it as ours")


def test_physical_names_are_within_their_limits_in_a_stack_with_a_long_name() -> None:
    assert_none(names_out_of_bounds(awkward()), "a cloud would refuse it, or nobody would know it as ours")


@pytest.mark.parametrize("plan", [lambda: planned("us-east"), awkward], ids=["short", "long"])
def test_no_two_resources_claim_one_physical_name(plan: Any) -> None:
    claims: Counter[tuple[str, ...]] = Counter()
    for row in plan().resources:
        given = row.inputs
        if row.type in PHYSICAL_NAMES:
            inside = given["role"] if row.type == INSIDE_A_ROLE else ""
            claims[row.type, inside, given[PHYSICAL_NAMES[row.type][0]]] += 1
        elif row.type.startswith(KUBERNETES):
            metadata = given.get("metadata") or given
            claims[row.type, metadata.get("namespace", ""), metadata["name"]] += 1
    assert_none([claim for claim, count in claims.items() if count > 1], "the second create fails")


def test_every_interruption_rule_may_write_to_its_queue_however_long_the_names_are() -> None:
    """A rule that the queue refuses is a spot notice that nobody hears: pods then die with their machine."""
    recording = awkward()
    rules = {row.inputs["name"] for row in recording.of_type("aws:cloudwatch/eventRule:EventRule")}
    policy = json.loads(recording.of_type("aws:sqs/queuePolicy:QueuePolicy")[0].inputs["policy"])
    admitted = policy["Statement"][0]["Condition"]["ArnLike"]["aws:SourceArn"]

    assert rules
    assert {arn.rpartition("rule/")[2] for arn in admitted} == rules
