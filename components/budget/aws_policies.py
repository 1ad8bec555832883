"""Who may publish alerts on AWS, and what the guard may read, as policies."""

from __future__ import annotations

from typing import Any

from pulumi import Input

from components.cluster.aws_contract import POLICY_VERSION

SERVICE = "budgets.amazonaws.com"

Policy = dict[str, Any]


def topic_policy(*, account_id: str, topic_arn: Input[str]) -> Policy:
    """Return the topic's policy: AWS Budgets may publish, for budgets of this account.

    Statements are those of the AWS Cost Management user guide, "Creating an Amazon SNS topic for budget notifications".
    """
    return {
        "Version": POLICY_VERSION,
        "Statement": [
            {
                "Sid": "AlertsOfTheBudget",
                "Effect": "Allow",
                "Principal": {"Service": SERVICE},
                "Action": "sns:Publish",
                "Resource": topic_arn,
                "Condition": _for_budgets_of(account_id),
            }
        ],
    }


def key_policy(*, account_id: str) -> Policy:
    """Return the policy of the topic's key: AWS Budgets may encrypt with it, the account decides about the rest.

    With the key that AWS keeps for SNS, whose policy nobody can change, every alert would be dropped without a word.
    """
    return {
        "Version": POLICY_VERSION,
        "Statement": [
            {
                "Sid": "RolesOfTheAccount",
                "Effect": "Allow",
                "Principal": {"AWS": f"arn:aws:iam::{account_id}:root"},
                "Action": "kms:*",
                "Resource": "*",
            },
            {
                "Sid": "AlertsOfTheBudget",
                "Effect": "Allow",
                "Principal": {"Service": SERVICE},
                "Action": ["kms:Decrypt", "kms:GenerateDataKey*"],
                "Resource": "*",
                "Condition": _for_budgets_of(account_id),
            },
        ],
    }


def _for_budgets_of(account_id: str) -> Policy:
    return {
        "ArnLike": {"aws:SourceArn": f"arn:aws:budgets::{account_id}:*"},
        "StringEquals": {"aws:SourceAccount": account_id},
    }


def guard_statement(budget_arn: str) -> Policy:
    """Return what the guard may do on AWS: look at one budget."""
    return {"Effect": "Allow", "Action": "budgets:ViewBudget", "Resource": budget_arn}
