"""Who may enter a GKE cluster: bindings of one role on the project, keyed by the principal itself.

GKE asks IAM before it asks Kubernetes, and the role holds for every cluster of the project: a project holds the
clusters of one stack. The creator gets no rights of its own.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from typing import TYPE_CHECKING

import pulumi_gcp as gcp
from pulumi import Resource, ResourceOptions

from q2o_infra.errors import ComponentError, refused
from q2o_infra.naming import principal_key

if TYPE_CHECKING:
    from components.cluster.gcp import GkeClusterArgs

ADMINISTRATOR_ROLE = "roles/container.admin"
_PRINCIPAL = re.compile(r"(group|serviceAccount):(?P<name>[A-Za-z0-9._-]+)@[a-z0-9.-]+")


def administrators_by_key(principals: Iterable[str]) -> dict[str, str]:
    """Return the principals by a key that outlives reordering: what stands before the `@`, in a-z, 0-9 and `-`.

    Raises `ComponentError` for a single person (who leaves, and whose rights nobody then takes away) and for two
    principals of one name.
    """
    found: dict[str, str] = {}
    for principal in principals:
        match = _PRINCIPAL.fullmatch(principal)
        if match is None:
            raise ComponentError(
                refused(
                    "cluster.administrators",
                    principal,
                    "a group or a service account",
                    "give group:<mail address> or serviceAccount:<mail address>",
                )
            )
        key = principal_key(match["name"])
        if key in found:
            raise ComponentError(
                refused(
                    "cluster.administrators", principal, f"one principal named {key}", "name each administrator once"
                )
            )
        found[key] = principal
    return found


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
        for key, principal in administrators_by_key(args.administrators).items()
    ]
