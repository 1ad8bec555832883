"""What each process of the control plane is told."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from sandbox.control_plane import ControlPlane, Settings, components
from sandbox.control_plane.layout import Layout
from sandbox.control_plane.ports import Ports

_LAYOUT, _PORTS = Layout(Path("/plane")), Ports(7000)


@pytest.mark.parametrize(
    ("settings", "name", "argument"),
    [
        (Settings(hpa_sync_seconds=9), "kube-controller-manager", "--horizontal-pod-autoscaler-sync-period=9s"),
        (Settings(node_grace_seconds=30), "kube-controller-manager", "--node-monitor-grace-period=30s"),
        (Settings(node_grace_seconds=30), "kwok", "--node-lease-duration-seconds=15"),
        (Settings(service_cidr="10.9.0.0/16"), "kube-apiserver", "--service-cluster-ip-range=10.9.0.0/16"),
    ],
)
def test_settings_reach_the_process_that_they_are_for(settings: Settings, name: str, argument: str) -> None:
    given = {row.name: row.arguments for stage in components.stages(_LAYOUT, _PORTS, settings) for row in stage}
    assert argument in given[name]
    usual = {row.name: row.arguments for stage in components.stages(_LAYOUT, _PORTS, Settings()) for row in stage}
    assert argument not in usual[name]


def test_changed_settings_change_the_arguments_that_a_start_compares(tmp_path: Path) -> None:
    one, other = (ControlPlane(tmp_path, 7000, Settings(hpa_sync_seconds=seconds)) for seconds in (2, 9))
    assert [a.name for a, b in zip(one._components, other._components, strict=True) if a != b] == [
        "kube-controller-manager"
    ]


def test_the_scheduler_keeps_its_default_profile() -> None:
    assert "profiles" not in json.loads(components.scheduler_config(_LAYOUT))
