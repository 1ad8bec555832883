"""The default sizes of the twelve kinds of agents; a stack file may depart from them kind by kind.

Requests are sized so that all minima fit on four machines of 2 vCPU and 8 GiB (the arithmetic is in
`tests/unit/test_capacity.py`): agents wait for LLM answers most of the time, so CPU is small and memory decides.
"""

from __future__ import annotations

from dataclasses import dataclass

from components.base.vocabulary import AgentKind
from q2o_infra.phases.contract import GROWTH

_CPU_MILLICORES = 75
_MEMORY_MIB = 256


@dataclass(frozen=True, kw_only=True)
class PodSize:
    """How many pods of one Deployment, and how large."""

    cpu_millicores: int
    memory_mib: int
    minimum: int
    maximum: int


def _kind(minimum: int) -> PodSize:
    return PodSize(cpu_millicores=_CPU_MILLICORES, memory_mib=_MEMORY_MIB, minimum=minimum, maximum=minimum * GROWTH)


DEFAULT_AGENTS: dict[AgentKind, PodSize] = {
    AgentKind.ORCHESTRATOR: _kind(6),
    AgentKind.PLANNER: _kind(3),
    AgentKind.REQUIREMENTS: _kind(3),
    AgentKind.ARCHITECT: _kind(3),
    AgentKind.CODER: _kind(9),
    AgentKind.REVIEWER: _kind(6),
    AgentKind.TESTER: _kind(6),
    AgentKind.DEBUGGER: _kind(3),
    AgentKind.SECURITY: _kind(3),
    AgentKind.DOCUMENTER: _kind(3),
    AgentKind.DEPLOYER: _kind(2),
    AgentKind.RESEARCHER: _kind(3),
}
