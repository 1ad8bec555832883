"""Who may enter a GKE cluster: bindings of one role on the project, keyed by the principal itself.

GKE asks IAM before it asks Kubernetes, and the role holds for every cluster of the project: a project holds the
clusters of one stack. The creator gets no rights of its own.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

import pulumi_gcp as gcp
from pulumi import Resource, ResourceOptions

from components.cluster.principals import Principals

if TYPE_CHECKING:
    from components.cluster.gcp import GkeClusterArgs

ADMINISTRATOR_ROLE = "roles/container.admin"
# No single person: they leave, and nobody then takes their rights away.
PRINCIPALS = Principals(
    pattern=re.compile(r"(group|serviceAccount):(?P<name>[A-Za-z0-9._-]+)@[a-z0-9.-]+"),
    allowed="a group or a service account",
    form="group:<mail address> or serviceAccount:<mail address>",
)


def create_administrators(
    name: str, args: GkeClusterArgs, *, parent: Resource, cluster: gcp.container.Cluster
) -> list[Resource]:
    """Let the administrators in; what they return is what the kubeconfig waits for."""
    return [
        gcp.projects.IAMMember(
            f"{name}-administrator-{key}",
            member=principal,
            # From the cluster: on a destroy they are let out before it goes, and not while it is still needed.
            project=cluster.project,
            role=ADMINISTRATOR_ROLE,
            opts=ResourceOptions(parent=parent),
        )
        for key, principal in PRINCIPALS.by_key(args.administrators).items()
    ]
