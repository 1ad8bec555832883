"""Every version of what runs in a region.

A row says what is pinned and where the choice can be checked. To raise one: change it here, run `make check`,
read the change log between the two versions. What the sandbox is made of stands in
`sandbox/control_plane/versions.py`, the providers' versions in `pyproject.toml`; docs/how-to/raise-a-version.md names
every place.
"""

from __future__ import annotations

from dataclasses import dataclass

KUBERNETES_MINOR = "1.36"
"""The newest minor in standard support on EKS, GKE and AKS alike (docs/adr/0003-kubernetes-1-36.md)."""


@dataclass(frozen=True, kw_only=True)
class ChartVersion:
    """One Helm chart: where it is published and which version."""

    chart: str
    repository: str
    version: str


CHARTS: dict[str, ChartVersion] = {
    row.chart: row
    for row in (
        # Tag v3.5.0 of kubernetes-sigs/aws-load-balancer-controller, `helm/`; published through aws/eks-charts.
        ChartVersion(
            chart="aws-load-balancer-controller", repository="https://aws.github.io/eks-charts", version="3.5.0"
        ),
        # Tag v1.21.1 of cert-manager/cert-manager.
        ChartVersion(chart="cert-manager", repository="oci://quay.io/jetstack/charts", version="v1.21.1"),
        # Tag v1.14.1 of aws/karpenter-provider-aws; supports Kubernetes 1.36 from 1.13 on (its compatibility matrix).
        ChartVersion(chart="karpenter", repository="oci://public.ecr.aws/karpenter", version="1.14.1"),
        # The custom resources of the chart above, always of its version.
        ChartVersion(chart="karpenter-crd", repository="oci://public.ecr.aws/karpenter", version="1.14.1"),
        # kubernetes-sigs/metrics-server, `charts/`: 3.13.1 of 2026-02-27 carries metrics-server 0.8.1.
        ChartVersion(
            chart="metrics-server", repository="https://kubernetes-sigs.github.io/metrics-server", version="3.13.1"
        ),
        # prometheus-community/helm-charts of 2026-08-22: both carry prometheus-operator 0.93.1. Of the first one only
        # the operator is used; the second one holds its definitions, always of the same operator.
        ChartVersion(
            chart="kube-prometheus-stack",
            repository="https://prometheus-community.github.io/helm-charts",
            version="88.5.3",
        ),
        ChartVersion(
            chart="prometheus-operator-crds",
            repository="https://prometheus-community.github.io/helm-charts",
            version="31.0.1",
        ),
        # Tag v1.9.1 of envoyproxy/gateway (2026-08-28), `charts/gateway-helm`; its compatibility matrix names
        # Kubernetes 1.36, and Gateway API 1.6.1, whose definitions the chart brings.
        ChartVersion(chart="gateway-helm", repository="oci://docker.io/envoyproxy", version="1.9.1"),
    )
}
"""Charts installed into every cluster, by chart name."""

# Seen together on clusters of Kubernetes 1.36 in public reports of August to October 2026: the first four on one
# cluster deployed on 2026-09-16, the EBS driver on an arm64 node of 1.36.2 and as the console's default for 1.36.
# Newer builds exist (vpc-cni v1.23, EBS driver v1.66).
EKS_ADDONS: dict[str, str] = {
    "vpc-cni": "v1.22.4-eksbuild.3",
    "kube-proxy": "v1.36.0-eksbuild.21",
    "coredns": "v1.14.3-eksbuild.16",
    "eks-pod-identity-agent": "v1.3.10-eksbuild.3",
    "aws-ebs-csi-driver": "v1.63.1-eksbuild.1",
}
"""EKS managed add-ons, by name. `aws eks describe-addon-versions --kubernetes-version 1.36` lists what is offered."""

# Named in public reports of arm64 node groups of 2026. Dates: awslabs/amazon-eks-ami, "Releases"; for each of them
# `aws ssm get-parameters-by-path --recursive --path
# /aws/service/eks/optimized-ami/1.36/amazon-linux-2023/arm64/standard` lists what is offered.
EKS_NODE_IMAGE = "1.36.3-20260827"
"""Release of the AL2023 image of all EKS nodes: Kubernetes patch and date."""

# Digests of the index over all architectures, as several public repositories pin them; Prometheus is the version that
# the chart kube-prometheus-stack 88.5.3 runs, Thanos the one that it names for sidecars.
PROMETHEUS = "v3.14.0"
EVIDENCE_IMAGES: dict[str, str] = {
    "config_reloader": "quay.io/prometheus-operator/prometheus-config-reloader:v0.93.1"
    "@sha256:428f088fe6fe07ab138bda92113664b04848a1dc408e4d3680a60ecdb55d1a65",
    "operator": "quay.io/prometheus-operator/prometheus-operator:v0.93.1"
    "@sha256:e52bb28fd41c98dd407c7a8cba8bdcfe7eabd7447e250afaf1fe7bb816dedbff",
    "prober": "quay.io/prometheus/blackbox-exporter:v0.28.0"
    "@sha256:e753ff9f3fc458d02cca5eddab5a77e1c175eee484a8925ac7d524f04366c2fc",
    "prometheus": f"quay.io/prometheus/prometheus:{PROMETHEUS}"
    "@sha256:5ce7540c3c00ef4ab0c9d2c995c6a5b9c421f44b4a115d97a2c7af3b1c21cbb0",
    "reader": "quay.io/thanos/thanos:v0.42.4@sha256:b567818fe608067eb0f1d7c2c4fe361e7ad83c8a256234c97685f1d0bf670cc8",
}
"""Images of the evidence recorder, by what they are there for."""

# The image and digest that Envoy Gateway v1.9.1 is built with (`api/v1alpha1/shared_types.go`, DefaultEnvoyProxyImage).
ENVOY_IMAGE = (
    "docker.io/envoyproxy/envoy:distroless-v1.39.1"
    "@sha256:eb2c01c13125d1629637cb4e4cce7207009fb7cc2c8027f9742758549d15b6f4"
)
"""The proxies of the edge; an index of images for arm64 and amd64."""
# Images of the data services, each the index of all architectures.
# Valkey 9.1.1 on Debian: BSD-3-Clause (docs/adr/0014-valkey.md). Seen in ZoeyVid/valkey-static, `Dockerfile`, as
# `docker.io/valkey/valkey:9.1.1` with this digest, kept by an update robot.
VALKEY_IMAGE = "docker.io/valkey/valkey@sha256:70739f85ad2ee01a726a965584a0f94895f01b0c60b3cc8b0aeef11eaa6888cf"
# redis_exporter 1.89.0: MIT; its README names Valkey 9. Seen with this digest in a public compatibility test script.
REDIS_EXPORTER_IMAGE = (
    "docker.io/oliver006/redis_exporter@sha256:fed773ffd2bb2eac706e0ed9cc2fff41651193ee4977e2a4f6919658ad2313f4"
)
# rclone 1.75.1: MIT. Seen in a public Dockerfile for backups as `rclone/rclone:1.75.1` with this digest.
RCLONE_IMAGE = "docker.io/rclone/rclone@sha256:45401ad7410db1d67ffdb58e19059ad20b0d8e0285a60e38bbec55cc1019c7a5"
# aws-cli 2.35.11 of June 2026: Apache-2.0; brings curl and sh. Seen with this digest in several public repositories,
# for this registry and as `amazon/aws-cli:latest@...`, kept by an update robot; an index of arm64 and amd64.
AWS_CLI_IMAGE = "public.ecr.aws/aws-cli/aws-cli@sha256:749bfaf91d690b9a1768083822d620f96c19defdf9ca2dc227eb3695281fda5b"

# Seen as the newest of the channel REGULAR in public Terraform tests of November 2026, and on nodes described on
# 2026-10-08; `gcloud container get-server-config --location LOCATION` lists what is offered.
GKE_VERSION = "1.36.3-gke.1767000"
"""The least version of a GKE cluster; patches come by themselves (components/cluster/gcp_upgrades.py)."""
# curl 8.21.0: the curl licence (MIT/X); on Alpine, with sh, sed, grep and base64. Seen with this digest in several
# public repositories, kept by an update robot; an index of arm64 and amd64.
CURL_IMAGE = "docker.io/curlimages/curl@sha256:7c12af72ceb38b7432ab85e1a265cff6ae58e06f95539d539b654f2cfa64bb13"
