"""How a Helm chart is installed, the same way for all: as one release that is complete or not there at all.

Why releases and not rendered objects: `docs/adr/0002-charts-as-helm-release.md`.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

import pulumi_kubernetes as kubernetes
from pulumi import Input, Resource, ResourceOptions

from components.controllers.contract import ChartSource

# Pulling images and electing leaders on a fresh pool takes two to three minutes.
INSTALL_SECONDS = 600
# Revisions that Helm keeps as secrets in the cluster, for a rollback by hand.
REVISIONS = 5


@dataclass(frozen=True, kw_only=True)
class ReleaseArgs:
    """One chart and what it is told."""

    namespace: Input[str]
    skip_crds: bool = False
    """For a chart whose custom resources are installed by another one."""
    source: ChartSource
    values: Mapping[str, Any] | None = None


def create_release(
    name: str, args: ReleaseArgs, *, after: Iterable[Resource], cluster: Resource, parent: Resource
) -> kubernetes.helm.v3.Release:
    """Install a chart under its own name and wait until its pods are ready.

    On a destroy the cluster takes the release along: uninstalling would only race with webhooks that are going away.
    """
    source = args.source
    return kubernetes.helm.v3.Release(
        f"{name}-{source.chart}",
        atomic=True,
        chart=source.reference,
        cleanup_on_fail=True,
        max_history=REVISIONS,
        name=source.chart,
        namespace=args.namespace,
        repository_opts={"repo": source.repository_url} if source.repository_url else None,
        skip_await=False,
        skip_crds=args.skip_crds,
        timeout=INSTALL_SECONDS,
        values=args.values,
        version=source.version,
        opts=ResourceOptions(parent=parent, depends_on=list(after), deleted_with=cluster),
    )
