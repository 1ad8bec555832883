"""The five processes of a control plane: what each is told, where it listens, how to ask whether it is well."""

from __future__ import annotations

import json
from dataclasses import dataclass

from sandbox.control_plane.layout import Layout
from sandbox.control_plane.ports import HOST, Ports

POD_CIDR = "100.64.0.0/10"
"""Addresses that KWOK gives to pods; nothing routes them."""

_API_QUERIES_PER_SECOND = 500
_API_BURST = 1000


@dataclass(frozen=True, kw_only=True)
class Settings:
    """What may differ between control planes.

    `node_grace_seconds`: how long a silent node counts as ready. `hpa_sync_seconds`: how often the horizontal pod
    autoscaler looks.
    """

    service_cidr: str = "10.100.0.0/16"
    node_grace_seconds: int = 40
    hpa_sync_seconds: int = 2

    @property
    def node_lease_seconds(self) -> int:
        """How long KWOK holds a node's lease, which it renews at a quarter of this.

        Half the grace: a KWOK that comes back takes nodes over before they are given up.
        """
        return self.node_grace_seconds // 2


@dataclass(frozen=True, kw_only=True)
class Component:
    """One process. `ports` maps each of its ports to what it is for; `health` is the URL that answers 200."""

    name: str
    arguments: list[str]
    ports: dict[int, str]
    health: str


def stages(layout: Layout, ports: Ports, settings: Settings) -> list[list[Component]]:
    """Return the processes in start order; those of one stage may start at once."""
    return [
        [etcd(layout, ports)],
        [api_server(layout, ports, settings)],
        [controller_manager(layout, ports, settings), scheduler(layout, ports), kwok(layout, ports, settings)],
    ]


def etcd(layout: Layout, ports: Ports) -> Component:
    """Return the store. It does not wait for the disk: losing the last writes in a power cut is fine in a sandbox."""
    client = f"http://{HOST}:{ports.etcd}"
    peer = f"http://{HOST}:{ports.etcd_peer}"
    return Component(
        name="etcd",
        arguments=[
            "--name=sandbox",
            f"--data-dir={layout.etcd}",
            f"--listen-client-urls={client}",
            f"--advertise-client-urls={client}",
            f"--listen-peer-urls={peer}",
            f"--initial-advertise-peer-urls={peer}",
            f"--initial-cluster=sandbox={peer}",
            "--unsafe-no-fsync",
            "--quota-backend-bytes=2147483648",
            "--log-level=warn",
        ],
        ports={ports.etcd: "etcd", ports.etcd_peer: "etcd (peers)"},
        health=f"{client}/health",
    )


def api_server(layout: Layout, ports: Ports, settings: Settings) -> Component:
    """Return the API server, with RBAC and the default admission plugins."""
    certificates = layout.certificates
    return Component(
        name="kube-apiserver",
        arguments=[
            f"--etcd-servers=http://{HOST}:{ports.etcd}",
            f"--bind-address={HOST}",
            f"--advertise-address={HOST}",
            # A loopback address cannot be an endpoint of the Service `kubernetes`, and nothing in here calls it.
            "--endpoint-reconciler-type=none",
            f"--secure-port={ports.api}",
            f"--tls-cert-file={certificates.server}",
            f"--tls-private-key-file={certificates.server_key}",
            f"--client-ca-file={certificates.authority}",
            f"--service-account-key-file={certificates.accounts_key}",
            f"--service-account-signing-key-file={certificates.accounts_key}",
            "--service-account-issuer=https://kubernetes.default.svc.cluster.local",
            f"--service-cluster-ip-range={settings.service_cidr}",
            "--authorization-mode=RBAC",
            "--allow-privileged=true",
            "--max-requests-inflight=1000",
            "--max-mutating-requests-inflight=500",
            "--profiling=false",
        ],
        ports={ports.api: "kube-apiserver"},
        health=f"https://{HOST}:{ports.api}/readyz",
    )


def controller_manager(layout: Layout, ports: Ports, settings: Settings) -> Component:
    """Return every default controller in one process; those that people wait for look more often."""
    certificates = layout.certificates
    return Component(
        name="kube-controller-manager",
        arguments=[
            f"--kubeconfig={layout.kubeconfig}",
            "--leader-elect=false",
            f"--bind-address={HOST}",
            f"--secure-port={ports.controller_manager}",
            f"--tls-cert-file={certificates.server}",
            f"--tls-private-key-file={certificates.server_key}",
            "--controllers=*",
            f"--service-account-private-key-file={certificates.accounts_key}",
            f"--root-ca-file={certificates.authority}",
            f"--cluster-signing-cert-file={certificates.authority}",
            f"--cluster-signing-key-file={certificates.authority_key}",
            "--node-monitor-period=1s",
            f"--node-monitor-grace-period={settings.node_grace_seconds}s",
            f"--horizontal-pod-autoscaler-sync-period={settings.hpa_sync_seconds}s",
            f"--kube-api-qps={_API_QUERIES_PER_SECOND}",
            f"--kube-api-burst={_API_BURST}",
            "--profiling=false",
        ],
        ports={ports.controller_manager: "kube-controller-manager"},
        health=f"https://{HOST}:{ports.controller_manager}/healthz",
    )


def scheduler(layout: Layout, ports: Ports) -> Component:
    """Return the scheduler with its default profile, default spreading constraints included."""
    certificates = layout.certificates
    return Component(
        name="kube-scheduler",
        arguments=[
            f"--config={layout.scheduler_config}",
            f"--bind-address={HOST}",
            f"--secure-port={ports.scheduler}",
            f"--tls-cert-file={certificates.server}",
            f"--tls-private-key-file={certificates.server_key}",
        ],
        ports={ports.scheduler: "kube-scheduler"},
        health=f"https://{HOST}:{ports.scheduler}/healthz",
    )


def scheduler_config(layout: Layout) -> str:
    """Return the scheduler's configuration file. It names no profile, so the default one holds."""
    config = {
        "apiVersion": "kubescheduler.config.k8s.io/v1",
        "kind": "KubeSchedulerConfiguration",
        "leaderElection": {"leaderElect": False},
        "clientConnection": {
            "kubeconfig": str(layout.kubeconfig),
            "qps": _API_QUERIES_PER_SECOND,
            "burst": _API_BURST,
        },
    }
    return json.dumps(config, indent=2) + "\n"


def kwok(layout: Layout, ports: Ports, settings: Settings) -> Component:
    """Return the stand-in for kubelets: it keeps annotated nodes alive and plays their pods."""
    return Component(
        name="kwok",
        arguments=[
            f"--kubeconfig={layout.kubeconfig}",
            f"--config={layout.stages}",
            "--manage-all-nodes=false",
            "--manage-nodes-with-annotation-selector=kwok.x-k8s.io/node=fake",
            f"--node-lease-duration-seconds={settings.node_lease_seconds}",
            f"--cidr={POD_CIDR}",
            f"--server-address={HOST}:{ports.kwok}",
        ],
        ports={ports.kwok: "kwok"},
        health=f"http://{HOST}:{ports.kwok}/healthz",
    )
