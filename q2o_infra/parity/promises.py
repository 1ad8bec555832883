"""What is promised of every region, whatever its cloud: one sentence each, and whether a plan keeps it."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass

from components.base.labels import cloud_tags
from q2o_infra.parity.dialect import Dialect, Pool
from q2o_infra.parity.findings import Findings, apply, titled
from q2o_infra.parity.inside import ELASTIC_POOL, SYSTEM_POOL
from q2o_infra.parity.names import RULES
from q2o_infra.phases.spending import usual_nodes
from q2o_infra.plan.recorder import Recording
from q2o_infra.region import RegionFacts
from q2o_infra.stateful import STATEFUL, lost_with


@dataclass(frozen=True, kw_only=True)
class Case:
    """One region on one cloud: its facts, its plan, and how its cloud says things."""

    facts: RegionFacts
    recording: Recording
    dialect: Dialect


@dataclass(frozen=True, kw_only=True)
class Promise:
    """One promise."""

    name: str
    look: Callable[[Case], Findings]


def _system_pool(case: Case) -> Findings:
    wanted = Pool(
        nodes=case.facts.contract.nodes_minimum,
        zones=case.facts.contract.zones,
        label=SYSTEM_POOL,
        is_tainted=True,
        spot=False,
        on_demand=True,
    )
    return _pool("system pool", case.dialect.system_pool(case.recording), wanted)


def _elastic_pool(case: Case) -> Findings:
    contract = case.facts.contract
    wanted = Pool(
        nodes=usual_nodes(case.facts),
        zones=contract.zones,
        label=ELASTIC_POOL,
        is_tainted=False,
        spot=True,
        on_demand=True,
    )
    return _pool("elastic pool", case.dialect.elastic_pool(case.recording), wanted)


def _pool(name: str, found: Pool, wanted: Pool) -> Findings:
    offenders = () if found == wanted else (f"{name}: it is {found}, and shall be {wanted}",)
    how = f"{wanted.nodes} nodes" if not wanted.spot else f"up to {wanted.nodes} nodes, spot first"
    return Findings(looked_at=(name,), offenders=offenders, how=how)


def _no_static_credentials(case: Case) -> Findings:
    found = apply(case.dialect.identity, case.recording)
    constant = [
        f"{titled(row)}: it makes a credential that does not expire"
        for row in case.recording.resources
        if row.type in case.dialect.static_credentials
    ]
    return Findings(looked_at=found.looked_at, offenders=(*found.offenders, *constant), how=found.how)


def _is_protected(case: Case) -> Findings:
    """Look at what holds state, which the program protects, and at what the cloud itself can protect."""
    found = apply(case.dialect.protection, case.recording)
    held = [row for row in case.recording.resources if row.type in STATEFUL and lost_with(row.type, row.name)]
    bare = [f"{titled(row)}: it is not protected, and {STATEFUL[row.type]}" for row in held if not row.protect]
    return Findings(
        looked_at=(*found.looked_at, *(titled(row) for row in held)),
        offenders=(*found.offenders, *bare),
        how=f"`protect`; {found.how}",
    )


def _recovers_elsewhere(case: Case) -> Findings:
    wanted = case.facts.recovery.name
    lies = {type_: ask(case.recording) for type_, ask in case.dialect.recovery.items()}
    return Findings(
        looked_at=tuple(lies),
        offenders=tuple(
            f"{type_}: it lies in {location}, and shall in {wanted}"
            for type_, location in lies.items()
            if location != wanted
        ),
        how="bucket and key in the recovery location",
    )


def _names_are_allowed(case: Case) -> Findings:
    named = [row for row in case.recording.resources if row.type in RULES]
    wrong = []
    for row in named:
        field, pattern = RULES[row.type]
        name = str(row.inputs.get(field, ""))
        if not re.fullmatch(pattern, name):
            wrong.append(f"{titled(row)}: {field} {name!r} is not what the cloud takes, {pattern}")
    return Findings(
        looked_at=tuple(titled(row) for row in named),
        offenders=tuple(wrong),
        how=f"{len({row.type for row in named})} kinds of names",
    )


def _labels(case: Case) -> dict[str, str]:
    settings = case.facts.settings
    return cloud_tags(stack=case.facts.stack, region=case.facts.place.region, environment=settings.environment)


def _labels_are_allowed(case: Case) -> Findings:
    words = [word for pair in _labels(case).items() for word in pair]
    wrong = [f"label {word!r}" for word in words if not re.fullmatch(case.dialect.label_pattern, word)]
    return Findings(
        looked_at=tuple(words), offenders=tuple(wrong), how=f"`{case.dialect.label_pattern}`".replace("|", "&#124;")
    )


def _costs_are_told_apart(case: Case) -> Findings:
    """Look for every label on what can carry it: by the provider, or by the program where that does not reach."""
    wanted, dialect = _labels(case), case.dialect
    looked_at, offenders = [], []
    for type_, labels_of in dialect.beyond_the_provider.items():
        for row in case.recording.of_type(type_):
            looked_at.append(titled(row))
            found = labels_of(row.inputs)
            if not found or any(not wanted.items() <= (labels or {}).items() for labels in found):
                offenders.append(f"{titled(row)}: what it makes does not carry the stack's labels")
    if dialect.labels_come_from_the_provider:
        for row in case.recording.resources:
            if row.type in {"pulumi:providers:aws", "pulumi:providers:gcp"}:
                looked_at.append(titled(row))
                given = str(row.inputs.get("defaultTags") or row.inputs.get("defaultLabels"))
                offenders += [
                    f"{titled(row)}: it does not give {key}={value}"
                    for key, value in wanted.items()
                    if f'"{key}": "{value}"' not in given and f'"{key}":"{value}"' not in given
                ]
    else:
        for row in case.recording.resources:
            if row.type.startswith("azure-native:") and dialect.label_field in row.inputs:
                looked_at.append(titled(row))
                if not wanted.items() <= row.inputs[dialect.label_field].items():
                    offenders.append(f"{titled(row)}: {dialect.label_field} does not hold the stack's labels")
    how = "the provider's default labels" if dialect.labels_come_from_the_provider else "labels on each resource"
    return Findings(looked_at=tuple(looked_at), offenders=tuple(offenders), how=how)


PROMISES: tuple[Promise, ...] = (
    Promise(name="Three fixed nodes, one in each zone, for controllers and data", look=_system_pool),
    Promise(
        name="Elastic nodes up to the phase's limit, spot first and on demand where none is left", look=_elastic_pool
    ),
    Promise(name="Encryption at rest everywhere", look=lambda case: apply(case.dialect.encryption, case.recording)),
    Promise(name="Private nodes, a private API server", look=lambda case: apply(case.dialect.privacy, case.recording)),
    Promise(name="Identity without static keys", look=_no_static_credentials),
    Promise(name="Nothing stateful is deleted by accident", look=_is_protected),
    Promise(name="Backups in the recovery location", look=_recovers_elsewhere),
    Promise(name="Names within the cloud's alphabet and length", look=_names_are_allowed),
    Promise(name="Labels within the cloud's alphabet and length", look=_labels_are_allowed),
    Promise(name="Costs told apart by labels", look=_costs_are_told_apart),
)
