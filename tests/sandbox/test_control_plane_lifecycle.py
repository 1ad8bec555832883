"""The five processes of a cluster: what they show of themselves, and what is left after a crash, a stop and a wipe.

What is about processes of any kind is in `test_control_plane_processes.py`. The tests of a plane that is broken here
build on each other, in this order: it starts three times.
"""

from __future__ import annotations

import http.client
import os
import signal
import ssl
import stat
import time
from collections.abc import Callable, Iterator
from contextlib import closing

import psutil
import pytest

from sandbox.control_plane import ControlPlane, Settings, nodes
from sandbox.control_plane.documents import Manifest
from sandbox.control_plane.layout import Certificates
from sandbox.control_plane.versions import KUBERNETES
from tests.support.free_ports import free_base

pytestmark = [pytest.mark.sandbox, pytest.mark.worlds]

_NAMES = ["etcd", "kube-apiserver", "kube-controller-manager", "kube-scheduler", "kwok"]


@pytest.fixture(scope="module")
def broken(tmp_path_factory: pytest.TempPathFactory) -> Iterator[ControlPlane]:
    """A control plane of this module's own, started, with a ConfigMap called `kept`."""
    # With so long a grace a new KWOK would wait for 100 seconds for the leases of the one before.
    settings = Settings(node_grace_seconds=200)
    made = ControlPlane(tmp_path_factory.mktemp("broken") / "control-plane", free_base(), settings)
    try:
        made.start()
        made.client.create(_config_map("kept"))
        yield made
    finally:
        made.wipe()


def _config_map(name: str) -> Manifest:
    return {"apiVersion": "v1", "kind": "ConfigMap", "metadata": {"name": name, "namespace": "default"}}


def _has(plane: ControlPlane, name: str) -> bool:
    return plane.client.find("v1", "ConfigMap", name, "default") is not None


def _pids(plane: ControlPlane) -> list[int]:
    pids = [row.pid for row in plane.status()]
    assert None not in pids
    return [pid for pid in pids if pid is not None]


def test_after_start_all_five_processes_are_healthy_and_the_pinned_version_answers(plane: ControlPlane) -> None:
    assert plane.running
    assert [(row.name, row.healthy) for row in plane.status()] == [(name, True) for name in _NAMES]
    assert plane.client.request("GET", "/version")["gitVersion"] == f"v{KUBERNETES}"


def test_the_kubeconfig_and_every_key_are_for_the_owner_only(plane: ControlPlane) -> None:
    private = [plane.kubeconfig, *plane.folder.rglob("*.key")]
    assert len(private) == 5
    assert {stat.S_IMODE(path.stat().st_mode) for path in private} == {0o600}


def test_everything_listens_on_the_loopback_address_only(plane: ControlPlane) -> None:
    rows = [row for pid in _pids(plane) for row in psutil.Process(pid).net_connections("all")]
    listening = [row.laddr for row in rows if row.status == psutil.CONN_LISTEN]
    assert {address.ip for address in listening} == {"127.0.0.1"}
    assert {address.port for address in listening} == {port for row in plane._components for port in row.ports}


def test_the_administrator_is_a_member_of_the_masters(plane: ControlPlane) -> None:
    asked = {"apiVersion": "authentication.k8s.io/v1", "kind": "SelfSubjectReview"}
    told = plane.client.request("POST", "/apis/authentication.k8s.io/v1/selfsubjectreviews", body=asked)
    assert told["status"]["userInfo"]["username"] == "q2o-sandbox-admin"
    assert "system:masters" in told["status"]["userInfo"]["groups"]


def test_the_token_of_a_service_account_is_accepted(plane: ControlPlane) -> None:
    path = "/api/v1/namespaces/default/serviceaccounts/default/token"
    asked = {"apiVersion": "authentication.k8s.io/v1", "kind": "TokenRequest", "spec": {}}
    token = plane.client.request("POST", path, body=asked)["status"]["token"]
    review = {"apiVersion": "authentication.k8s.io/v1", "kind": "TokenReview", "spec": {"token": token}}
    told = plane.client.request("POST", "/apis/authentication.k8s.io/v1/tokenreviews", body=review)
    assert told["status"]["user"]["username"] == "system:serviceaccount:default:default"


def test_two_planes_run_at_once_and_know_nothing_of_each_other(plane: ControlPlane, broken: ControlPlane) -> None:
    assert _has(broken, "kept")
    assert not _has(plane, "kept")


def test_after_a_kill_of_everything_start_brings_the_cluster_back_with_its_data(broken: ControlPlane) -> None:
    before = _pids(broken)
    nodes.create_nodes(broken.client, [_node("node-1")])
    _wait_for(lambda: _holder(broken) is not None, "KWOK did not take the node")
    holder = _holder(broken)
    for pid in before:
        os.kill(pid, signal.SIGKILL)
    broken.start()
    assert all(row.healthy for row in broken.status())
    assert not set(_pids(broken)) & set(before)
    assert _has(broken, "kept")
    _wait_for(
        lambda: _holder(broken) not in {None, holder}, "the new KWOK did not take over the node of the one before"
    )


def test_stop_does_not_wait_for_a_client_that_watches(broken: ControlPlane) -> None:
    before = _pids(broken)
    with _watching(broken):
        began = time.monotonic()
        broken.stop()
        assert time.monotonic() - began < 20.0
    assert not any(psutil.pid_exists(pid) for pid in before)
    assert not broken.running


def test_after_a_wipe_by_another_command_it_starts_empty_and_with_new_keys(broken: ControlPlane) -> None:
    keys = Certificates(broken.folder / "certificates")
    before = keys.admin_key.read_text()
    ControlPlane(broken.folder, broken.ports.base).wipe()
    assert not broken.folder.exists()
    broken.start()
    assert not _has(broken, "kept")
    assert keys.admin_key.read_text() != before


def _node(name: str) -> Manifest:
    size = nodes.NodeResources(cpu_millicores=2000, memory_mib=8192, pods=29)
    return nodes.node_manifest(
        name=name,
        instance_type="m7g.large",
        zone="us-east-1a",
        zone_id="use1-az1",
        region="us-east-1",
        arch="arm64",
        capacity=size,
        allocatable=size,
    )


def _holder(plane: ControlPlane) -> str | None:
    """The KWOK process that speaks for the node."""
    lease = plane.client.find("coordination.k8s.io/v1", "Lease", "node-1", nodes.LEASE_NAMESPACE)
    return None if lease is None else lease["spec"].get("holderIdentity")


def _wait_for(met: Callable[[], bool], otherwise: str) -> None:
    deadline = time.monotonic() + 30
    while not met():
        assert time.monotonic() < deadline, otherwise
        time.sleep(0.1)


def _watching(plane: ControlPlane) -> closing[http.client.HTTPSConnection]:
    """A connection with a watch of namespaces that has told of the first one."""
    keys = Certificates(plane.folder / "certificates")
    context = ssl.create_default_context(cafile=str(keys.authority))
    context.load_cert_chain(keys.admin, keys.admin_key)
    connection = http.client.HTTPSConnection("127.0.0.1", plane.ports.api, context=context, timeout=60)
    connection.request("GET", "/api/v1/namespaces?watch=true&timeoutSeconds=120")
    assert connection.getresponse().readline()
    return closing(connection)
