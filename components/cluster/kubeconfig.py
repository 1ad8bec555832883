"""How one enters a cluster: a kubeconfig that asks the cloud's own tool for a short-lived token and holds none."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any


def render_kubeconfig(*, authority: str | None, cluster_name: str, endpoint: str, login: Mapping[str, object]) -> str:
    """Return a kubeconfig as JSON.

    `authority` is the cluster's own, in base64; `None` where the endpoint's certificate is one that everybody trusts.
    `login` is the command that fetches a token, in the words of `client.authentication.k8s.io/v1beta1`.
    """
    trusted = {"certificate-authority-data": authority} if authority else {}
    entered: dict[str, Any] = {
        "apiVersion": "client.authentication.k8s.io/v1beta1",
        "interactiveMode": "Never",
        **login,
    }
    return json.dumps(
        {
            "apiVersion": "v1",
            "clusters": [{"name": cluster_name, "cluster": {**trusted, "server": endpoint}}],
            "contexts": [{"name": cluster_name, "context": {"cluster": cluster_name, "user": cluster_name}}],
            "current-context": cluster_name,
            "kind": "Config",
            "users": [{"name": cluster_name, "user": {"exec": entered}}],
        },
        sort_keys=True,
    )
