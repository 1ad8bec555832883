"""One location of one cloud, and how its zones are named: as the nodes in them are labelled."""

from __future__ import annotations

from dataclasses import dataclass

from components.base.vocabulary import Cloud, Jurisdiction


@dataclass(frozen=True, kw_only=True)
class Location:
    """One location of one cloud, with three zones that offer everything the program uses."""

    cloud: Cloud
    name: str
    jurisdiction: Jurisdiction
    zones: tuple[str, str, str]

    @property
    def zone_label(self) -> str:
        """Label of nodes that holds what `zones` names."""
        return ZONE_LABELS.get(self.cloud, "topology.kubernetes.io/zone")


ZONE_LABELS: dict[Cloud, str] = {Cloud.AWS: "topology.k8s.aws/zone-id"}
"""Clouds whose zones are told apart by a label of their own."""
