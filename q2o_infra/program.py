"""What stands in a region, phase by phase.

    settings, release -> facts
    facts -> phase 1 (network, cluster, controllers, tiers, recovery, Redis, edge, workloads, recorder) -> outputs

Phases 2 to 4 take the result of the one before and add to it.
"""

from __future__ import annotations

from collections.abc import Collection

import pulumi

from components.base.errors import GateError, Q2OError, refused
from components.base.vocabulary import Environment
from q2o_infra import stack_files
from q2o_infra.gates.permission import decide_permission, latest_today
from q2o_infra.phases import foundation
from q2o_infra.phases.contract import BUILT, missing
from q2o_infra.phases.elastic_machine import elastic_machine, refuse_giants
from q2o_infra.region import RegionFacts, decide_region
from q2o_infra.release_files import read_release
from q2o_infra.release_rules import ReleaseFacts, decide_release
from q2o_infra.releases import Release
from q2o_infra.settings import Settings
from q2o_infra.settings_errors import error_for, file_name


def main() -> None:
    """Register the region of the stack that the Pulumi CLI runs; bad input is one sentence, not a traceback."""
    try:
        run(pulumi.get_stack(), stack_files.load())
    except Q2OError as error:
        raise pulumi.RunError(error.message) from error


def decide(
    stack: str, settings: Settings, *, release: Release | None = None, overridden: Collection[str] = ()
) -> tuple[RegionFacts, ReleaseFacts]:
    """Return the region as it shall stand and what shall run in it; without `release`, what the stack's file says.

    `overridden` are the settings that the command line gave; messages then name the option, not the file. Raises
    `SettingsError`.
    """
    facts = decide_region(stack, settings, overridden=overridden)
    refuse_giants(facts, overridden=overridden)
    return facts, decide_release(facts, release or read_release(stack), machine=elastic_machine(facts.location))


def run(
    stack: str,
    settings: Settings,
    *,
    release: Release | None = None,
    overridden: Collection[str] = (),
    gated: bool = True,
) -> None:
    """Register one region; without `release`, it runs what the stack's release file says.

    `overridden` are the settings that the command line gave; messages then name the option, not the file. Raises
    `SettingsError` before the first resource when the settings do not fit together, and `GateError` when the phase has
    no GO in production; a preview only warns. Nothing comes of a plan, so a plan is not `gated`.
    """
    facts, runs = decide(stack, settings, release=release, overridden=overridden)
    if gated:
        _refuse_unfinished(stack, settings, overridden=overridden)
        _ask_gate(stack, settings)
    base = foundation.build(facts, runs)
    for name, value in {
        "cloud": settings.cloud.value,
        "cluster_endpoint": base.cluster.endpoint,
        "cluster_name": base.cluster.cluster_name,
        "edge_address": base.edge.address,
        "environment": settings.environment.value,
        "host": base.edge.host,
        "kubeconfig": base.cluster.kubeconfig,
        "location": facts.location.name,
        "network_id": base.network.network_id,
        "phase": int(settings.phase),
        "recovery_bucket": base.recovery.bucket_name,
        "recovery_key_id": base.recovery.key_id,
        "recovery_location": facts.recovery.name,
        "region": settings.region.value,
        "url": base.edge.url,
    }.items():
        pulumi.export(name, value)


def _refuse_unfinished(stack: str, settings: Settings, *, overridden: Collection[str]) -> None:
    """Raise `SettingsError` for a phase that the program builds in part only; a sandbox may look at one."""
    if settings.environment is Environment.SANDBOX or not (names := missing(settings.phase)):
        return
    fault = refused(
        "phase",
        int(settings.phase),
        f"the program cannot build {', '.join(names)} yet, and {settings.environment.value} takes whole phases only",
        f"set it to {max(BUILT):d}",
    )
    raise error_for([fault], source=file_name(stack), overridden=overridden)


def _ask_gate(stack: str, settings: Settings) -> None:
    permission = decide_permission(stack, settings, today=latest_today())
    if not permission.refusal:
        pulumi.log.info(permission.said)
    elif pulumi.runtime.is_dry_run():
        pulumi.log.warn(permission.said)
    else:
        raise GateError(permission.refusal)
