"""What stands in a region, phase by phase.

    settings -> facts -> phase 1 (network, cluster, controllers, recovery, workloads) -> outputs

Phases 2 to 4 take the result of the one before and add to it.
"""

from __future__ import annotations

from collections.abc import Collection

import pulumi

from q2o_infra import stack_files
from q2o_infra.errors import Q2OError
from q2o_infra.phases import foundation
from q2o_infra.region import decide_region
from q2o_infra.settings import Settings


def main() -> None:
    """Register the region of the stack that the Pulumi CLI runs; bad input is one sentence, not a traceback."""
    try:
        run(pulumi.get_stack(), stack_files.load())
    except Q2OError as error:
        raise pulumi.RunError(error.message) from error


def run(stack: str, settings: Settings, *, overridden: Collection[str] = ()) -> None:
    """Register one region.

    `overridden` are the settings that the command line gave; messages then name the option, not the file. Raises
    `SettingsError` before the first resource when the settings do not fit together.
    """
    facts = decide_region(stack, settings, overridden=overridden)
    base = foundation.build(facts)
    for name, value in {
        "cloud": settings.cloud.value,
        "cluster_endpoint": base.cluster.endpoint,
        "cluster_name": base.cluster.cluster_name,
        "environment": settings.environment.value,
        "kubeconfig": base.cluster.kubeconfig,
        "location": facts.location.name,
        "network_id": base.network.network_id,
        "phase": int(settings.phase),
        "recovery_bucket": base.recovery.bucket_name,
        "recovery_key_id": base.recovery.key_arn.apply(lambda arn: arn.rpartition("/")[2]),
        "recovery_location": facts.recovery.name,
        "region": settings.region.value,
    }.items():
        pulumi.export(name, value)
