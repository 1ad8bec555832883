"""The Prometheus resource: two servers that record the same, each on a volume of its own, kept when it goes.

Phase 3 grows it in place (docs/adr/0017-the-evidence-recorder.md): nothing here that it will change is one of the
fields for which the operator makes the StatefulSet anew, and the claims are kept even then.
"""

from __future__ import annotations

from typing import Any

from pulumi import Input

from components.base.pods import system_node_selector, system_tolerations
from components.observability.contract import RECORDER, REPLICA_LABEL, EvidenceRecorderArgs
from components.observability.retention import INTERVAL_SECONDS

REPLICAS = 2
RECORDED_LABEL = {"q2o.dev/recorded-by": RECORDER}
"""What the recorder takes notice of: monitors, probes and rules with this label, in its own namespace."""
SERVER_LABELS = {"app.kubernetes.io/instance": RECORDER, "app.kubernetes.io/name": "prometheus"}
"""By which the servers' pods are found; the operator sets them."""
PORT = 9090

_USER_ID = 1000
_GROUP_ID = 2000
# A query over 30 days of a few series takes well under a second; what takes longer is a mistake.
_QUERY_TIMEOUT = "60s"


def server_spec(
    args: EvidenceRecorderArgs, *, priority_class_name: Input[str], service_account_name: Input[str]
) -> dict[str, Any]:
    """Return the spec of the Prometheus resource."""
    sizes, storage = args.sizes, args.storage
    selected = {"matchLabels": RECORDED_LABEL}
    return {
        "enableServiceLinks": False,
        "evaluationInterval": f"{INTERVAL_SECONDS}s",
        "externalLabels": dict(args.labels),
        "image": args.images.prometheus,
        "nodeSelector": system_node_selector(),
        # The default; said, because the claims are the history.
        "persistentVolumeClaimRetentionPolicy": {"whenDeleted": "Retain", "whenScaled": "Retain"},
        "podMonitorSelector": selected,
        "priorityClassName": priority_class_name,
        "probeSelector": selected,
        "query": {"timeout": _QUERY_TIMEOUT},
        "replicaExternalLabelName": REPLICA_LABEL,
        "replicas": REPLICAS,
        "resources": sizes.server.rendered(),
        "retention": f"{storage.days}d",
        "retentionSize": f"{storage.cap_gib}GiB",
        "ruleSelector": selected,
        "scrapeInterval": f"{INTERVAL_SECONDS}s",
        "securityContext": {
            "fsGroup": _GROUP_ID,
            "fsGroupChangePolicy": "OnRootMismatch",
            "runAsGroup": _GROUP_ID,
            "runAsNonRoot": True,
            "runAsUser": _USER_ID,
            "seccompProfile": {"type": "RuntimeDefault"},
        },
        "serviceAccountName": service_account_name,
        "storage": {
            "volumeClaimTemplate": {
                "spec": {
                    "accessModes": ["ReadWriteOnce"],
                    "resources": {"requests": {"storage": f"{storage.volume_gib}Gi"}},
                    "storageClassName": args.storage_class,
                }
            }
        },
        # No object storage: the sidecar only lets the reader ask. Phase 3 adds a bucket here.
        "thanos": {"image": args.images.reader, "resources": sizes.sidecar.rendered()},
        "tolerations": system_tolerations(),
        "topologySpreadConstraints": [
            {
                "labelSelector": {"matchLabels": SERVER_LABELS},
                "maxSkew": 1,
                "topologyKey": "topology.kubernetes.io/zone",
                "whenUnsatisfiable": "DoNotSchedule",
            }
        ],
        "version": args.prometheus_version,
    }
