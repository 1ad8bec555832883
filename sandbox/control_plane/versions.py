"""What the local control plane is made of, and at which versions.

Two tables: the tools that Go builds (each has a folder of its own name under `sandbox/tools`) and the Go modules
whose files are used as they are. To raise a version: change it here and, for a tool, in its `go.mod`
(`go get` and `go mod tidy` in its folder); for a module, run `go mod download -json MODULE@VERSION` and copy `Sum`.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

from sandbox.control_plane.errors import VersionUnreadableError

Version = tuple[int, int, int]
"""Major, minor, patch."""


@dataclass(frozen=True, kw_only=True)
class Tool:
    """Binaries that one small Go module of the project builds.

    `binaries` maps a binary's name to its Go package. `version_variables` are link-time settings that make
    `--version` print the truth, `tags` are build tags. A binary found on the machine is accepted when its version is
    at least `at_least` and below `below`.
    """

    name: str
    module: str
    version: str
    binaries: dict[str, str]
    at_least: Version
    below: Version
    version_variables: dict[str, str]
    tags: tuple[str, ...] = ()

    def refusal(self, version: Version) -> str | None:
        """Return why a binary of `version` cannot serve, or None when it can."""
        if self.at_least <= version < self.below:
            return None
        return f"needs at least {dotted(self.at_least)} and below {dotted(self.below)}"


@dataclass(frozen=True, kw_only=True)
class Module:
    """Files taken from a Go module: `folder` inside `path` at `version`, held to the checksum `sum`."""

    name: str
    path: str
    version: str
    sum: str
    folder: str


def parse(text: str) -> Version:
    """Return the first `major.minor.patch` in `text`, which may be all that `--version` printed.

    Raises VersionUnreadableError when there is none.
    """
    found = re.search(r"(\d+)\.(\d+)\.(\d+)", text)
    if found is None:
        raise VersionUnreadableError(f"no version in {text.strip()[:80]!r}")
    major, minor, patch = found.groups()
    return int(major), int(minor), int(patch)


def dotted(version: Version) -> str:
    """Return `version` as `major.minor.patch`."""
    return ".".join(str(part) for part in version)


KUBERNETES = "1.36.3"
ETCD = "3.6.16"
KWOK = "0.8.0"
KARPENTER = "1.14.1"
PULUMI = "3.274.1"
PULUMI_KUBERNETES = "4.0.0-20260115033456-f47bc2d6f199"

_KUBERNETES_MAJOR, _KUBERNETES_MINOR, _ = parse(KUBERNETES)
_KWOK_MAJOR, _KWOK_MINOR, _ = parse(KWOK)
_KARPENTER_MAJOR, _KARPENTER_MINOR, _ = parse(KARPENTER)
_KUBERNETES_VERSION_PACKAGE = "k8s.io/component-base/version"

TOOLS: dict[str, Tool] = {
    tool.name: tool
    for tool in (
        Tool(
            name="etcd",
            module="go.etcd.io/etcd/server/v3",
            version=ETCD,
            binaries={"etcd": "go.etcd.io/etcd/server/v3"},
            # Earlier ones lack RequestWatchProgress, without which watchers miss objects made after they started.
            at_least=(3, 5, 13),
            below=(3, 7, 0),
            version_variables={},
        ),
        Tool(
            name="kubernetes",
            module="k8s.io/kubernetes",
            version=KUBERNETES,
            binaries={
                name: f"k8s.io/kubernetes/cmd/{name}"
                for name in ("kube-apiserver", "kube-controller-manager", "kube-scheduler")
            },
            at_least=(_KUBERNETES_MAJOR, _KUBERNETES_MINOR, 0),
            below=(_KUBERNETES_MAJOR, _KUBERNETES_MINOR + 1, 0),
            version_variables={
                f"{_KUBERNETES_VERSION_PACKAGE}.gitVersion": f"v{KUBERNETES}",
                f"{_KUBERNETES_VERSION_PACKAGE}.gitMajor": str(_KUBERNETES_MAJOR),
                f"{_KUBERNETES_VERSION_PACKAGE}.gitMinor": str(_KUBERNETES_MINOR),
                f"{_KUBERNETES_VERSION_PACKAGE}.gitTreeState": "clean",
            },
        ),
        Tool(
            name="kwok",
            module="sigs.k8s.io/kwok",
            version=KWOK,
            binaries={"kwok": "sigs.k8s.io/kwok/cmd/kwok"},
            at_least=(_KWOK_MAJOR, _KWOK_MINOR, 0),
            below=(_KWOK_MAJOR, _KWOK_MINOR + 1, 0),
            version_variables={},
        ),
    )
}
"""Tools by name."""

PULUMI_TOOL = Tool(
    name="pulumi",
    module="github.com/pulumi/pulumi/pkg/v3",
    version=PULUMI,
    binaries={"pulumi": "github.com/pulumi/pulumi/pkg/v3/cmd/pulumi"},
    # The automation API streams events over gRPC from 3.206 on; earlier ones answer it otherwise.
    at_least=(3, 206, 0),
    below=(4, 0, 0),
    version_variables={"github.com/pulumi/pulumi/sdk/v3/go/common/version.Version": f"v{PULUMI}"},
)
"""Pulumi's command line, which is the engine."""

PULUMI_KUBERNETES_TOOL = Tool(
    name="pulumi-kubernetes",
    module="github.com/pulumi/pulumi-kubernetes/provider/v4",
    version=PULUMI_KUBERNETES,
    binaries={"pulumi-resource-kubernetes": "."},
    # 4.24 is the first that reads `pulumi.com/waitFor` as RFC 9535 says.
    at_least=(4, 24, 0),
    below=(5, 0, 0),
    # The pinned commit has no tag of its own; it lies after 4.24.1.
    version_variables={"github.com/pulumi/pulumi-kubernetes/provider/v4/pkg/version.Version": "v4.24.1"},
)
"""The Kubernetes provider of the engine."""

KARPENTER_TOOL = Tool(
    name="karpenter",
    module="sigs.k8s.io/karpenter",
    version=KARPENTER,
    # The autoscaler itself with the provider of its project that buys simulated nodes.
    binaries={"karpenter-kwok": "sigs.k8s.io/karpenter/kwok"},
    at_least=(_KARPENTER_MAJOR, _KARPENTER_MINOR, 0),
    below=(_KARPENTER_MAJOR, _KARPENTER_MINOR + 1, 0),
    version_variables={},
)
"""What the drill of scaling runs; no control plane needs it, so it is not among `TOOLS`."""

PROMETHEUS = "3.16.0"
THANOS = "0.42.4"
BLACKBOX_EXPORTER = "0.28.0"

_PROMETHEUS_VERSION = "github.com/prometheus/common/version.Version"

MONITORING_TOOLS: dict[str, Tool] = {
    tool.name: tool
    for tool in (
        Tool(
            name="prometheus",
            # Its module counts as v0.MINOR: the major version 3 would need another import path.
            module="github.com/prometheus/prometheus",
            version=PROMETHEUS,
            binaries={name: f"github.com/prometheus/prometheus/cmd/{name}" for name in ("prometheus", "promtool")},
            at_least=(3, 0, 0),
            below=(4, 0, 0),
            version_variables={_PROMETHEUS_VERSION: PROMETHEUS},
            # Service discovery but files and HTTP: with it come the SDKs of twenty clouds, half of the build.
            # The pages of its web server are not in the module; its API is.
            tags=("netgo", "remove_all_sd"),
        ),
        Tool(
            name="thanos",
            module="github.com/thanos-io/thanos",
            version=THANOS,
            binaries={"thanos": "github.com/thanos-io/thanos/cmd/thanos"},
            at_least=(0, 42, 0),
            below=(0, 43, 0),
            version_variables={_PROMETHEUS_VERSION: THANOS},
            # Without `slicelabels` it compiles, and its sidecar ends at the first query.
            tags=("netgo", "slicelabels"),
        ),
        Tool(
            name="blackbox",
            module="github.com/prometheus/blackbox_exporter",
            version=BLACKBOX_EXPORTER,
            binaries={"blackbox_exporter": "github.com/prometheus/blackbox_exporter"},
            at_least=(0, 28, 0),
            below=(0, 29, 0),
            version_variables={_PROMETHEUS_VERSION: BLACKBOX_EXPORTER},
            tags=("netgo",),
        ),
    )
}
"""The parts of the evidence recorder that tests run, by name; no control plane needs them."""

KARPENTER_DEFINITIONS = tuple(
    Module(
        name=f"karpenter-{part}-crds",
        path="sigs.k8s.io/karpenter",
        version=f"v{KARPENTER}",
        sum="h1:GjqvOHLjl2+OXM0ti5VEZSQuvcitB0pETd8zdChXEtI=",
        folder=folder,
    )
    for part, folder in (("core", "pkg/apis/crds"), ("kwok", "kwok/apis/crds"))
)
"""Custom resource definitions of that autoscaler and of its simulated nodes."""

KWOK_STAGES = Module(
    name="kwok-stages",
    path="sigs.k8s.io/kwok",
    version=f"v{KWOK}",
    sum="h1:OTIOTwgROqPMovcTwxICx2eYQ4AwLpSx5EpjbDKF4SQ=",
    folder="kustomize/stage",
)

BROUGHT_BY_AKS = "aks-node-auto-provisioning"
"""Definitions that come with the cluster and with no chart of ours."""

CHART_CRDS: dict[str, Module] = {
    "cert-manager": Module(
        name="cert-manager-crds",
        path="github.com/cert-manager/cert-manager",
        version="v1.21.1",
        sum="h1:0LttV37Q5c2CBNoHkjuI8sLKTXWZDC2SwQkxrBMKV9w=",
        folder="deploy/crds",
    ),
    # The AWS provider's module carries Karpenter's own definitions as its chart ships them, with AWS's extra rules.
    "karpenter": Module(
        name="karpenter-crds",
        path="github.com/aws/karpenter-provider-aws",
        version="v1.14.1",
        sum="h1:WGtIQTQcxpElYMdWfWuPwaF2+9muR+hYhPZsTtoY8Gs=",
        folder="pkg/apis/crds",
    ),
    # What AKS brings with node auto-provisioning: Karpenter's own definitions with Azure's rules, and its node class.
    BROUGHT_BY_AKS: Module(
        name="aks-karpenter-crds",
        path="github.com/Azure/karpenter-provider-azure",
        version="v1.14.2",
        sum="h1:ahAvrgrlHNbPJxPiusamAES7cGkGOJYse2mGlRA2Hao=",
        folder="pkg/apis/crds",
    ),
    # The chart of definitions carries what the operator's project publishes, and of its version.
    "prometheus-operator-crds": Module(
        name="prometheus-operator-crds",
        path="github.com/prometheus-operator/prometheus-operator",
        version="v0.93.1",
        sum="h1:4Juk8v93RdG1DSGD/mGp+SeQKPmnlLIj2iq3blLZgFY=",
        folder="example/prometheus-operator-crd",
    ),
    # What the chart brings in its `crds` folder: its own definitions, and those of the Gateway API (all channels).
    "gateway-helm": Module(
        name="envoy-gateway-crds",
        path="github.com/envoyproxy/gateway",
        version="v1.9.1",
        sum="h1:vAVp6/AlBXJ1aOhp1mxL7fNEzVEfjADUguUhm2wzxQY=",
        folder="charts/gateway-helm/charts/crds/crds",
    ),
}
"""Where the custom resource definitions of a chart come from, by chart name."""
