"""The pods that the clouds themselves run in a cluster: each cloud's own table, asked by name."""

from __future__ import annotations

from collections.abc import Callable, Iterable

from components.cluster.addons import addon_workloads
from components.cluster.contract import PodWorkload
from q2o_infra.plan.recorder import Recording
from q2o_infra.vocabulary import Cloud

_EKS_ADDON = "aws:eks/addon:Addon"


def addon_pods(recording: Recording, *, cloud: Cloud) -> Iterable[PodWorkload]:
    """Return the pods of the add-ons that a plan on `cloud` has."""
    return _BY_CLOUD[cloud](recording)


def _eks(recording: Recording) -> Iterable[PodWorkload]:
    return [row for found in recording.of_type(_EKS_ADDON) for row in addon_workloads(str(found.inputs["addonName"]))]


_BY_CLOUD: dict[Cloud, Callable[[Recording], Iterable[PodWorkload]]] = {Cloud.AWS: _eks}
