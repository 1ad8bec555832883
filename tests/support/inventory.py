"""Writes what each stack consists of into tests/stacks, for people to read in a pull request.

`python -m tests.support.inventory` (`make inventories`) makes the files anew from the stack files. It does not run in
CI: there a difference is a question to the author, not something to overwrite.
"""

from __future__ import annotations

import os
import sys
from collections import Counter
from collections.abc import Iterator
from fnmatch import fnmatchcase
from pathlib import Path
from typing import Any

import yaml

from q2o_infra.plan import wire
from q2o_infra.plan.monitor import Registration
from q2o_infra.plan.recorder import Recording
from q2o_infra.stack_files import ROOT, stack_names
from tests.support.stacks import planned

FOLDER = ROOT / "tests" / "stacks"
COMMAND = "make inventories"

ABSENT: dict[str, str] = {
    "aws:ec2/defaultVpc:DefaultVpc": "nothing stands in a network that AWS made",
    "aws:ec2/securityGroupRule:SecurityGroupRule": "rules are resources of the kind that AWS has ids for",
    "aws:eks/fargateProfile:FargateProfile": "all pods run on the two pools",
    "aws:iam/accessKey:AccessKey": "nobody has keys that do not expire",
    "aws:iam/user:User": "nobody has keys that do not expire",
}
"""Types that no stack may have, with the reason; an inventory shows each with 0."""

CHOSEN: tuple[tuple[str, tuple[str, ...]], ...] = (
    ("pulumi:providers:aws home", ("region", "allowedAccountIds")),
    ("aws:ec2/vpc:Vpc network-vpc", ("cidrBlock",)),
    ("aws:ec2/subnet:Subnet network-*", ("availabilityZoneId", "cidrBlock")),
    (
        "aws:eks/cluster:Cluster cluster-cluster",
        (
            "version",
            "upgradePolicy.supportType",
            "vpcConfig.endpointPrivateAccess",
            "vpcConfig.endpointPublicAccess",
            "vpcConfig.publicAccessCidrs",
            "encryptionConfig.resources",
            "deletionProtection",
        ),
    ),
    ("aws:eks/nodeGroup:NodeGroup *", ("capacityType", "releaseVersion", "scalingConfig")),
    ("aws:ec2/launchTemplate:LaunchTemplate *", ("instanceType",)),
    ("aws:lb/loadBalancer:LoadBalancer *", ("enableDeletionProtection", "internal", "loadBalancerType")),
    ("aws:lb/listener:Listener *", ("port", "sslPolicy")),
    ("aws:lb/targetGroup:TargetGroup *", ("deregistrationDelay", "healthCheck", "port", "targetType")),
    ("aws:acm/certificate:Certificate *", ("domainName", "validationMethod")),
    ("kubernetes:karpenter.sh/v1:NodePool *", ("spec.limits", "spec.template.spec.terminationGracePeriod")),
    ("kubernetes:storage.k8s.io/v1:StorageClass *", ("parameters.encrypted", "reclaimPolicy")),
    ("kubernetes:apps/v1:StatefulSet *", ("spec.replicas", "spec.podManagementPolicy")),
    ("kubernetes:autoscaling/v2:HorizontalPodAutoscaler *", ("spec.minReplicas", "spec.maxReplicas")),
)
"""The few values worth reading when they change: which resources, which of their inputs."""


class _Dumper(yaml.SafeDumper):
    """Writes lists and the innermost mappings on one line."""


def inventory_file(stack: str) -> Path:
    """Return where the inventory of a stack stands."""
    return FOLDER / f"{stack}.yaml"


def identities_file(stack: str) -> Path:
    """Return where the identities of a stack stand."""
    return FOLDER / "identities" / f"{stack}.txt"


def inventory(recording: Recording) -> dict[str, Any]:
    """Return what an inventory holds: counts by type, chosen values, outputs."""
    counts = Counter(row.type for row in recording.resources)
    return {
        "counts": dict(sorted({**dict.fromkeys(ABSENT, 0), **counts}.items())),
        "values": dict(sorted((_key(row), values) for row in recording.resources if (values := _values(row)))),
        "outputs": dict(sorted(wire.redact(recording.exports).items())),
    }


def identities(recording: Recording) -> list[str]:
    """Return what the engine knows each resource by: type, name, the parent's name."""
    known = recording.by_urn()
    return sorted(
        f"{row.type} {row.name} {known[row.parent].name if row.parent in known else '-'}" for row in recording.resources
    )


def render_inventory(stack: str, recording: Recording) -> str:
    """Return the file of a stack's inventory."""
    heading = (
        f"# What Pulumi.{stack}.yaml comes to. Written by `{COMMAND}`; read the difference before you commit it.\n"
    )
    return heading + yaml.dump(inventory(recording), Dumper=_Dumper, sort_keys=False, width=200)


def render_identities(recording: Recording) -> str:
    """Return the file of a stack's identities."""
    return "\n".join(identities(recording)) + "\n"


def _key(row: Registration) -> str:
    return f"{row.type} {row.name}"


def _values(row: Registration) -> dict[str, Any]:
    opened = wire.redact(row.wire_inputs)
    return {path: _at(opened, path) for pattern, paths in CHOSEN if fnmatchcase(_key(row), pattern) for path in paths}


def _at(values: Any, path: str) -> Any:
    for part in path.split("."):
        values = values.get(part) if isinstance(values, dict) else None
    # The wire keeps no order of keys.
    return dict(sorted(values.items())) if isinstance(values, dict) else values


def _represent_mapping(dumper: yaml.SafeDumper, data: dict[str, Any]) -> yaml.Node:
    innermost = not any(isinstance(value, dict) for value in data.values()) and len(data) <= 3
    return dumper.represent_mapping("tag:yaml.org,2002:map", data.items(), flow_style=innermost)


def _represent_list(dumper: yaml.SafeDumper, data: list[Any]) -> yaml.Node:
    return dumper.represent_sequence("tag:yaml.org,2002:seq", data, flow_style=True)


_Dumper.add_representer(dict, _represent_mapping)
_Dumper.add_representer(list, _represent_list)


def _write() -> Iterator[Path]:
    for stack in stack_names():
        recording = planned(stack)
        for path, text in (
            (inventory_file(stack), render_inventory(stack, recording)),
            (identities_file(stack), render_identities(recording)),
        ):
            path.parent.mkdir(exist_ok=True)
            path.write_text(text, encoding="utf-8")
            yield path


def main() -> int:
    """Write all files; return the exit code."""
    if os.environ.get("CI"):
        sys.stderr.write(f"{COMMAND}: not in CI: run it on your machine and commit what you have read.\n")
        return 2
    for path in _write():
        sys.stdout.write(f"{path.relative_to(ROOT)}\n")
    return 0


if __name__ == "__main__":
    sys.exit(main())
