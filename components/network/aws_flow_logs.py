"""Who spoke to whom in a VPC: flow logs, where they go and what that costs.

They go to CloudWatch Logs in its infrequent-access class: 0.25 USD per GB delivered, the price of delivery to S3 and
half of the standard class; it can be queried as it is, and a log group deletes with its contents where a bucket must
be emptied of what arrives after the flow log is gone. CloudWatch encrypts every log group at rest.
"""

from __future__ import annotations

import pulumi_aws as aws
from pulumi import Output, Resource, ResourceOptions

from clouds.aws.limits import CLOUDWATCH_KEEPS
from components.base.errors import ComponentError
from components.base.names import PREFIX, physical_name
from components.network.contract import NetworkArgs

SERVICE = "vpc-flow-logs.amazonaws.com"
AGGREGATION_SECONDS = 600
"""The longest interval there is, so the fewest records; Nitro machines report each minute whatever it says."""


def create_flow_logs(name: str, args: NetworkArgs, *, parent: Resource, vpc: aws.ec2.Vpc) -> None:
    """Record accepted and rejected flows of the whole VPC. Raises `ComponentError` for days that CloudWatch refuses."""
    CLOUDWATCH_KEEPS.check("network.flow_log_retention_days", args.flow_log_retention_days, error=ComponentError)
    parts = (args.cluster_name.removeprefix(f"{PREFIX}-"), name, "flow-logs")
    tags = {**args.tags, "Name": f"{args.cluster_name}-flow-logs"}
    log_group = aws.cloudwatch.LogGroup(
        f"{name}-flow-logs",
        log_group_class="INFREQUENT_ACCESS",
        name=physical_name("log-group", *parts),
        retention_in_days=args.flow_log_retention_days,
        tags=tags,
        opts=ResourceOptions(parent=parent),
    )
    role = aws.iam.Role(
        f"{name}-flow-logs",
        assume_role_policy=_trust(vpc.owner_id),
        name=physical_name("role", *parts),
        tags=tags,
        opts=ResourceOptions(parent=parent),
    )
    permission = aws.iam.RolePolicy(
        f"{name}-flow-logs",
        name=physical_name("policy", *parts),
        policy=_permission(log_group.arn),
        role=role.name,
        opts=ResourceOptions(parent=parent),
    )
    aws.ec2.FlowLog(
        f"{name}-flow-logs",
        iam_role_arn=role.arn,
        log_destination=log_group.arn,
        log_destination_type="cloud-watch-logs",
        max_aggregation_interval=AGGREGATION_SECONDS,
        tags=tags,
        traffic_type="ALL",
        vpc_id=vpc.id,
        # A flow log whose role may not write yet reports an access error and starts late.
        opts=ResourceOptions(parent=parent, depends_on=[permission]),
    )


def _trust(account_id: Output[str]) -> Output[str]:
    """Return the trust policy for the flow-log service, acting for this account only."""
    return Output.json_dumps(
        {
            "Version": "2012-10-17",
            "Statement": [
                {
                    "Effect": "Allow",
                    "Principal": {"Service": SERVICE},
                    "Action": "sts:AssumeRole",
                    "Condition": {"StringEquals": {"aws:SourceAccount": account_id}},
                }
            ],
        }
    )


def _permission(log_group_arn: Output[str]) -> Output[str]:
    """Return the policy to write into one log group, without the right to create one.

    The service delivers for some minutes after the flow log is deleted; with `logs:CreateLogGroup` it would bring the
    deleted group back.
    """
    return Output.json_dumps(
        {
            "Version": "2012-10-17",
            "Statement": [
                {
                    "Effect": "Allow",
                    "Action": [
                        "logs:CreateLogStream",
                        "logs:DescribeLogGroups",
                        "logs:DescribeLogStreams",
                        "logs:PutLogEvents",
                    ],
                    "Resource": Output.concat(log_group_arn, ":*"),
                }
            ],
        }
    )
