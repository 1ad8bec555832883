"""How the region's things are called and labelled, and where its charts come from: what every part asks for."""

from __future__ import annotations

from components.base.labels import cloud_tags
from components.base.names import physical_name
from components.charts.contract import ChartSource
from q2o_infra import versions
from q2o_infra.region import RegionFacts


def cluster_name(facts: RegionFacts) -> str:
    """Return the physical name of the region's cluster."""
    return physical_name("cluster", facts.stack)


def charts(*names: str) -> dict[str, ChartSource]:
    """Return where charts come from, by name."""
    rows = {name: versions.CHARTS[name] for name in names}
    return {
        name: ChartSource(chart=row.chart, repository=row.repository, version=row.version) for name, row in rows.items()
    }


def tags(facts: RegionFacts) -> dict[str, str]:
    """Return the cost-allocation tags of the stack."""
    return cloud_tags(stack=facts.stack, region=facts.place.region, environment=facts.settings.environment)
