"""The web application firewall, for who wants to pay for it: three sets of rules that Google keeps up to date.

Prices (Cloud Armor pricing page, Standard tier, read 2026-11): 5 USD a month for the policy, 1 USD for each rule, 0.75
USD for a million requests.
"""

from __future__ import annotations

from typing import Any

import pulumi_gcp as gcp
from pulumi import Output, Resource, ResourceOptions

from components.cluster.gcp_contract import named
from components.edge.contract import EdgeArgs

# Sets that look for SQL or HTML are left out: prompts are full of both.
MANAGED_RULES = ("cve-canary", "protocolattack-v33-stable", "scannerdetection-v33-stable")
SENSITIVITY = 1
"""The lowest of four: what hardly ever means an honest request."""
_LAST_PRIORITY = 2_147_483_647


def create_firewall(name: str, args: EdgeArgs, *, parent: Resource) -> Output[str]:
    """Make the policy and return its id."""
    policy = gcp.compute.SecurityPolicy(
        f"{name}-firewall",
        description=f"Before {args.host}",
        name=named("gcp-compute", args.cluster_name, "public"),
        rules=[
            *(_rule(rules, priority) for priority, rules in enumerate(MANAGED_RULES, start=1000)),
            {
                "action": "allow",
                "description": "Everybody else",
                "match": {"config": {"src_ip_ranges": ["*"]}, "versioned_expr": "SRC_IPS_V1"},
                "priority": _LAST_PRIORITY,
            },
        ],
        type="CLOUD_ARMOR",
        opts=ResourceOptions(parent=parent),
    )
    return policy.id


def _rule(rules: str, priority: int) -> Any:
    return {
        "action": "deny(403)",
        "description": rules,
        "match": {
            "expr": {"expression": f"evaluatePreconfiguredWaf('{rules}', {{'sensitivity': {SENSITIVITY}}})"},
        },
        "priority": priority,
    }
