"""How one enters a GKE cluster: a kubeconfig that asks Google's plugin for a short-lived token."""

from __future__ import annotations

import json


def render_kubeconfig(*, authority: str | None, cluster_name: str, endpoint: str) -> str:
    """Return a kubeconfig, as JSON, that fetches a short-lived token with Google's plugin and holds none itself."""
    trusted = {"certificate-authority-data": authority} if authority else {}
    return json.dumps(
        {
            "apiVersion": "v1",
            "clusters": [{"name": cluster_name, "cluster": {**trusted, "server": endpoint}}],
            "contexts": [{"name": cluster_name, "context": {"cluster": cluster_name, "user": cluster_name}}],
            "current-context": cluster_name,
            "kind": "Config",
            "users": [
                {
                    "name": cluster_name,
                    "user": {
                        "exec": {
                            "apiVersion": "client.authentication.k8s.io/v1beta1",
                            "command": "gke-gcloud-auth-plugin",
                            "installHint": "gcloud components install gke-gcloud-auth-plugin",
                            "interactiveMode": "Never",
                            "provideClusterInfo": True,
                        }
                    },
                }
            ],
        },
        sort_keys=True,
    )
