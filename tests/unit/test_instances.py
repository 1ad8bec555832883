"""The machines of the catalogue, against the figures that AWS and its projects publish."""

from __future__ import annotations

import pytest

from q2o_infra.capacity.instances import INSTANCE_TYPES


@pytest.mark.parametrize(
    ("name", "pods"),
    # amazon-vpc-cni-k8s, misc/eni-max-pods.txt
    [
        *((f"{family}.large", 29) for family in ("c6g", "c7g", "c8g", "m6g", "m7g", "m8g", "r6g", "r7g", "r8g")),
        *((f"{family}.xlarge", 58) for family in ("c6g", "c7g", "c8g", "m6g", "m7g", "m8g")),
    ],
)
def test_a_machine_takes_as_many_pods_as_the_cni_has_addresses_for(name: str, pods: int) -> None:
    assert INSTANCE_TYPES[name].pods == pods


def test_the_cases_above_are_the_whole_catalogue() -> None:
    assert len(INSTANCE_TYPES) == 15
    assert all(name == machine.name for name, machine in INSTANCE_TYPES.items())


@pytest.mark.parametrize(
    ("name", "millicores", "memory_mib"),
    # The kubelet keeps 70 millicores of two cores and 80 of four, 255 MiB and 11 MiB for each pod (amazon-eks-ami);
    # it evicts below 100 MiB. The machine itself keeps 7.5 percent (Karpenter's default).
    [
        ("c7g.large", 2000 - 70, 3788 - 255 - 11 * 29 - 100),
        ("m7g.large", 2000 - 70, 7577 - 255 - 11 * 29 - 100),
        ("r7g.large", 2000 - 70, 15155 - 255 - 11 * 29 - 100),
        ("c7g.xlarge", 4000 - 80, 7577 - 255 - 11 * 58 - 100),
        ("m7g.xlarge", 4000 - 80, 15155 - 255 - 11 * 58 - 100),
    ],
)
def test_pods_get_what_the_kubelet_leaves(name: str, millicores: int, memory_mib: int) -> None:
    machine = INSTANCE_TYPES[name]
    assert (machine.allocatable_millicores, machine.allocatable_memory_mib) == (millicores, memory_mib)


def test_warm_interfaces_take_more_addresses_than_there_are_pods() -> None:
    assert all(machine.addresses > machine.pods - 2 for machine in INSTANCE_TYPES.values())


def test_every_machine_is_arm64() -> None:
    assert {machine.architecture for machine in INSTANCE_TYPES.values()} == {"arm64"}
