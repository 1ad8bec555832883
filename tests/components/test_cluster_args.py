"""Arguments that no cluster can be built from, and how its administrators are told apart."""

from __future__ import annotations

from ipaddress import IPv4Network
from typing import Any

import pytest

from clouds.machines import INSTANCE_TYPES
from components.base.errors import ComponentError
from components.cluster.aws_identity import PRINCIPALS
from components.cluster.contract import ClusterArgs, SystemPoolArgs

DEPLOYER = "arn:aws:iam::123456789012:role/deployer"


def some_pool(**changes: Any) -> SystemPoolArgs:
    values: dict[str, Any] = {"instance_type": INSTANCE_TYPES["r7g.large"], "nodes": 3, **changes}
    return SystemPoolArgs(**values)


def some_args(**changes: Any) -> ClusterArgs:
    values: dict[str, Any] = {
        "administrators": (DEPLOYER,),
        "addon_versions": {},
        "cluster_name": "q2o-us-east",
        "egress": [],
        "kubernetes_minor": "1.36",
        "location": "us-east-1",
        "network_id": "vpc-1",
        "node_image": "1.36.3-20260827",
        "private_subnet_ids": ["subnet-a"],
        "service_addresses": IPv4Network("172.20.0.0/16"),
        "system_pool": some_pool(),
        "tags": {},
        **changes,
    }
    return ClusterArgs(**values)


def test_an_administrator_keeps_its_name_when_another_one_is_added_before_it() -> None:
    on_call = "arn:aws:iam::123456789012:role/teams/On.Call"

    assert {"teams-on-call": on_call, "deployer": DEPLOYER} == PRINCIPALS.by_key((on_call, DEPLOYER))


@pytest.mark.parametrize(
    ("administrators", "message"),
    [
        pytest.param(
            (),
            "cluster.administrators: [] is not allowed: at least one principal; "
            "name the role that deploys, or nobody can enter the cluster.",
            id="nobody",
        ),
        pytest.param(
            ("arn:aws:sts::123456789012:assumed-role/deployer/me",),
            "cluster.administrators: 'arn:aws:sts::123456789012:assumed-role/deployer/me' is not allowed: "
            "the ARN of an IAM role or user, not of a session; give arn:aws:iam::<account>:role/<name>.",
            id="session",
        ),
        pytest.param(
            (DEPLOYER, "arn:aws:iam::210987654321:role/deployer"),
            "cluster.administrators: 'arn:aws:iam::210987654321:role/deployer' is not allowed: "
            "one principal named deployer; name each administrator once.",
            id="two-of-a-name",
        ),
    ],
)
def test_administrators_that_cannot_enter_are_refused(administrators: tuple[str, ...], message: str) -> None:
    with pytest.raises(ComponentError) as refusal:
        PRINCIPALS.by_key(some_args(administrators=administrators).administrators)

    assert message == refusal.value.message


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        pytest.param(
            {"public_access_ranges": (IPv4Network("0.0.0.0/0"),)},
            "cluster.public_access_ranges: '0.0.0.0/0' is not allowed: a range smaller than the whole internet; "
            "name the ranges of your offices and runners, or give none for a private endpoint.",
            id="open-to-the-world",
        ),
        pytest.param(
            {"node_image": "1.35.8-20260827"},
            "cluster.node_image: '1.35.8-20260827' is not allowed: a release for Kubernetes 1.36; "
            "raise the image and the cluster together.",
            id="image-of-another-minor",
        ),
    ],
)
def test_arguments_that_contradict_each_other_are_refused(changes: dict[str, Any], message: str) -> None:
    with pytest.raises(ComponentError) as refusal:
        some_args(**changes)

    assert message == refusal.value.message


@pytest.mark.parametrize(("field", "value"), [("nodes", 2), ("disk_gib", 19)])
def test_a_system_pool_too_small_for_three_zones_or_its_images_is_refused(field: str, value: int) -> None:
    with pytest.raises(ComponentError, match=rf"^cluster\.system_pool\.{field}: {value} is not allowed: "):
        some_pool(**{field: value})
