"""How a Helm chart is installed, the same way for all: as one release that is complete or not there at all.

Why releases and not rendered objects: `docs/adr/0002-charts-as-helm-release.md`. Which pods come of a chart stands in
the `charts.py` of the component that installs it.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from typing import Any

import pulumi_kubernetes as kubernetes
from pulumi import Input, Resource, ResourceOptions

from components.base.errors import ComponentError, refused
from components.base.pods import ContainerResources

Values = Mapping[str, Any]

CRITICAL = "system-cluster-critical"
"""Controllers are evicted last; it is also what most charts set by themselves."""
CRITICAL_PODS = 50
"""More than a release has while it is rolled over: the quota is there to admit pods, not to bound them."""
# Pulling images and electing leaders on a fresh pool takes two to three minutes.
INSTALL_SECONDS = 600
# Revisions that Helm keeps as secrets in the cluster, for a rollback by hand.
REVISIONS = 5


@dataclass(frozen=True, kw_only=True)
class ChartSource:
    """Where a Helm chart comes from."""

    chart: str
    repository: str
    """`https://` of a chart repository, or `oci://` of a registry."""
    version: str

    @property
    def reference(self) -> str:
        """What Helm is asked for: the name inside a repository, the whole address in a registry."""
        return f"{self.repository}/{self.chart}" if self.repository.startswith("oci://") else self.chart

    @property
    def repository_url(self) -> str | None:
        """The repository to look the name up in; `None` for a registry."""
        return None if self.repository.startswith("oci://") else self.repository


@dataclass(frozen=True, kw_only=True)
class ReleaseArgs:
    """One chart and what it is told."""

    namespace: Input[str]
    skip_crds: bool = False
    """For a chart whose custom resources are installed by another one."""
    source: ChartSource
    values: Values | None = None


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


def admit_critical_pods(
    name: str, *, cluster: Resource, labels: Mapping[str, str], namespace: Input[str], parent: Resource
) -> kubernetes.core.v1.ResourceQuota:
    """Let pods of the class `CRITICAL` into a namespace; a release that asks for it there comes after this.

    GKE takes them outside `kube-system` only where a quota names the class; elsewhere it changes nothing.
    """
    return kubernetes.core.v1.ResourceQuota(
        f"{name}-critical-pods",
        metadata=kubernetes.meta.v1.ObjectMetaArgs(labels=labels, name="critical-pods", namespace=namespace),
        spec=kubernetes.core.v1.ResourceQuotaSpecArgs(
            hard={"pods": str(CRITICAL_PODS)},
            scope_selector=kubernetes.core.v1.ScopeSelectorArgs(
                match_expressions=[
                    kubernetes.core.v1.ScopedResourceSelectorRequirementArgs(
                        operator="In", scope_name="PriorityClass", values=[CRITICAL]
                    )
                ]
            ),
        ),
        opts=ResourceOptions(parent=parent, deleted_with=cluster),
    )


def require_charts(where: str, given: Mapping[str, ChartSource], wanted: Collection[str]) -> None:
    """Raise `ComponentError` unless there is a source for each chart that a component installs, and no other."""
    if set(given) != set(wanted):
        raise ComponentError(
            refused(where, sorted(given), f"a source for each of {', '.join(wanted)}", "name exactly these")
        )


def parsed_resources(resources: Values) -> ContainerResources:
    """Return what `ContainerResources.rendered` wrote into a chart's values. Raises `ComponentError` for other text."""
    requests = resources["requests"]
    return ContainerResources(
        cpu_millicores=_number(requests["cpu"], "m"),
        memory_limit_mib=_number(resources["limits"]["memory"], "Mi"),
        memory_mib=_number(requests["memory"], "Mi"),
    )


def _number(quantity: str, unit: str) -> int:
    match = re.fullmatch(rf"([0-9]+){unit}", quantity)
    if match is None:
        raise ComponentError(
            refused("resources", quantity, f"a whole number of {unit}", "render it from ContainerResources")
        )
    return int(match[1])
