"""The web application firewall, for who wants to pay for it: three groups of rules that AWS keeps up to date.

Prices (AWS WAF pricing page, the same in all locations, read 2026-11): 5 USD a month for the list, 1 USD for each of
its three groups, 0.60 USD for a million requests.
"""

from __future__ import annotations

from typing import Any

import pulumi_aws as aws
from pulumi import Input, Resource, ResourceOptions

from components.cluster.aws_contract import named
from components.edge.contract import EdgeArgs

# Together 925 of the 1,500 capacity units that one list has (AWS WAF developer guide, "AWS Managed Rules rule groups
# list"). Checked in this order: cheapest first.
MANAGED_RULES = ("AmazonIpReputationList", "KnownBadInputsRuleSet", "CommonRuleSet")
# The common rules refuse bodies over 8 KiB, which a prompt easily has; they are counted and let through.
COUNTED_ONLY = {"CommonRuleSet": ("SizeRestrictions_BODY",)}


def create_firewall(name: str, args: EdgeArgs, *, balancer_arn: Input[str], parent: Resource) -> None:
    """Put the firewall before the balancer."""
    rules = aws.wafv2.WebAcl(
        f"{name}-firewall",
        default_action={"allow": {}},
        description=f"Before {args.host}",
        name=named("web-acl", args.cluster_name, "public"),
        rules=[_rule(group, priority) for priority, group in enumerate(MANAGED_RULES)],
        scope="REGIONAL",
        tags=dict(args.tags),
        visibility_config=_visibility("public"),
        opts=ResourceOptions(parent=parent),
    )
    aws.wafv2.WebAclAssociation(
        f"{name}-firewall",
        resource_arn=balancer_arn,
        web_acl_arn=rules.arn,
        opts=ResourceOptions(parent=parent),
    )


def _rule(group: str, priority: int) -> Any:
    return {
        "name": group,
        "override_action": {"none": {}},
        "priority": priority,
        "statement": {
            "managed_rule_group_statement": {
                "name": f"AWSManagedRules{group}",
                "rule_action_overrides": [
                    {"action_to_use": {"count": {}}, "name": rule} for rule in COUNTED_ONLY.get(group, ())
                ],
                "vendor_name": "AWS",
            }
        },
        "visibility_config": _visibility(group),
    }


def _visibility(metric: str) -> Any:
    # Samples hold whole requests, with what users wrote; counts are enough to see an attack.
    return {"cloudwatch_metrics_enabled": True, "metric_name": metric, "sampled_requests_enabled": False}
