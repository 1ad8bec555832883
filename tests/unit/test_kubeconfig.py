"""The file by which one enters a cluster."""

from __future__ import annotations

import json
from typing import Any

from components.cluster.kubeconfig import render_kubeconfig


def rendered(**changes: Any) -> dict[str, Any]:
    usual: dict[str, Any] = {
        "authority": "Q0E=",
        "cluster_name": "c",
        "endpoint": "https://192.0.2.1",
        "login": {"args": ["token"], "command": "tool"},
    }
    return json.loads(render_kubeconfig(**{**usual, **changes}))


def test_an_authority_of_the_clusters_own_is_trusted_and_nobody_elses() -> None:
    assert rendered()["clusters"][0]["cluster"] == {
        "certificate-authority-data": "Q0E=",
        "server": "https://192.0.2.1",
    }
    assert rendered(authority=None)["clusters"][0]["cluster"] == {"server": "https://192.0.2.1"}


def test_the_only_way_in_is_the_clouds_own_tool_which_never_asks_back() -> None:
    (user,) = rendered()["users"]
    assert user["user"] == {
        "exec": {
            "apiVersion": "client.authentication.k8s.io/v1beta1",
            "args": ["token"],
            "command": "tool",
            "interactiveMode": "Never",
        }
    }


def test_it_is_the_same_text_however_the_login_is_ordered() -> None:
    first = {"command": "tool", "args": ["token"]}
    usual = {"authority": None, "cluster_name": "c", "endpoint": "e"}
    assert render_kubeconfig(**usual, login=first) == render_kubeconfig(**usual, login=dict(reversed(first.items())))
