"""The machines of the catalogue, against the figures that the clouds and their projects publish."""

from __future__ import annotations

import pytest

from clouds.aws.machines import AWS_INSTANCE_TYPES
from clouds.azure.reservations import allocatable_millicores
from clouds.locations import LOCATIONS
from clouds.machines import INSTANCE_TYPES, INSTANCE_TYPES_BY_CLOUD, instance_type
from components.base.errors import ComponentError
from components.base.vocabulary import Cloud
from q2o_infra.phases.machines import ELASTIC_MACHINES, SYSTEM_MACHINES, elastic_machines, system_machine

GENERATIONS = ("6g", "7g", "8g")
CLOUDS = tuple(Cloud)


@pytest.mark.parametrize(
    ("name", "pods"),
    # amazon-vpc-cni-k8s, misc/eni-max-pods.txt
    [
        *((f"{kind}{generation}.large", 29) for kind in "cmr" for generation in GENERATIONS),
        *((f"{kind}{generation}.xlarge", 58) for kind in "cm" for generation in GENERATIONS),
    ],
)
def test_a_machine_of_aws_takes_as_many_pods_as_the_cni_has_addresses_for(name: str, pods: int) -> None:
    assert AWS_INSTANCE_TYPES[name].pods == pods


def test_the_cases_above_are_all_machines_of_aws() -> None:
    assert len(AWS_INSTANCE_TYPES) == 15


def test_no_two_clouds_call_different_machines_by_one_name() -> None:
    assert len(INSTANCE_TYPES) == sum(len(rows) for rows in INSTANCE_TYPES_BY_CLOUD.values()) == 51
    for cloud, rows in INSTANCE_TYPES_BY_CLOUD.items():
        assert all((machine.name, machine.cloud) == (name, cloud) for name, machine in rows.items())


@pytest.mark.parametrize(
    ("name", "millicores", "memory_mib"),
    [
        # EKS keeps 70 millicores of two cores and 80 of four, 255 MiB and 11 MiB for each pod (amazon-eks-ami); it
        # evicts below 100 MiB. The machine itself keeps 7.5 percent (Karpenter's default).
        ("c7g.large", 2000 - 70, 3788 - 255 - 11 * 29 - 100),
        ("m7g.large", 2000 - 70, 7577 - 255 - 11 * 29 - 100),
        ("r7g.large", 2000 - 70, 15155 - 255 - 11 * 29 - 100),
        ("c7g.xlarge", 4000 - 80, 7577 - 255 - 11 * 58 - 100),
        ("m7g.xlarge", 4000 - 80, 15155 - 255 - 11 * 58 - 100),
        # GKE keeps a quarter of the first 4 GiB, a fifth of the next 4, a tenth of the next 8, 6 percent of more.
        ("n4a-highcpu-2", 2000 - 70, 3809 - 1024 - 100),
        ("n4a-standard-2", 2000 - 70, 7618 - 1024 - 819 - 100),
        ("c4a-highmem-2", 2000 - 70, 15237 - 1024 - 819 - 819 - 100),
        ("c4a-highmem-4", 4000 - 80, 30474 - 1024 - 819 - 819 - 983 - 100),
        ("c4a-highcpu-8", 8000 - 90, 15237 - 1024 - 819 - 819 - 100),
        # AKS keeps 20 MiB for each of 50 pods and 50 more, or a quarter where that is less.
        ("Standard_D2pls_v6", 2000 - 100, 3788 - 1024 - 100),
        ("Standard_D2ps_v6", 2000 - 100, 7577 - 1050 - 100),
        ("Standard_E2ps_v6", 2000 - 100, 15155 - 1050 - 100),
        ("Standard_D4ps_v5", 4000 - 140, 15155 - 1050 - 100),
        ("Standard_D8ps_v6", 8000 - 180, 30310 - 1050 - 100),
    ],
)
def test_pods_get_what_the_kubelet_leaves(name: str, millicores: int, memory_mib: int) -> None:
    machine = INSTANCE_TYPES[name]
    assert (machine.allocatable_millicores, machine.allocatable_memory_mib) == (millicores, memory_mib)


def test_a_size_whose_reservation_aks_does_not_publish_is_refused() -> None:
    with pytest.raises(ComponentError) as refusal:
        allocatable_millicores(6)
    assert str(refusal.value) == (
        "capacity.vcpus: 6 is not allowed: AKS publishes what it reserves of 1, 2, 4, 8, 16, 32, 64 cores; "
        "take a machine of one of these sizes."
    )


def test_warm_interfaces_take_more_addresses_than_there_are_pods() -> None:
    assert all(machine.addresses > machine.pods - 2 for machine in AWS_INSTANCE_TYPES.values())


@pytest.mark.parametrize("cloud", [Cloud.GCP, Cloud.AZURE])
def test_pods_beside_the_subnet_leave_a_machine_one_address_of_it(cloud: Cloud) -> None:
    assert {machine.addresses for machine in INSTANCE_TYPES_BY_CLOUD[cloud].values()} == {1}


def test_every_machine_is_arm64() -> None:
    assert {machine.architecture for machine in INSTANCE_TYPES.values()} == {"arm64"}


def test_a_machine_that_the_catalogue_lacks_is_refused() -> None:
    with pytest.raises(ComponentError) as refusal:
        instance_type("m7i.large", where="x", cloud=Cloud.AWS, location="us-east-1")
    assert str(refusal.value) == (
        f"x: 'm7i.large' is not allowed: the catalogue of aws has {', '.join(AWS_INSTANCE_TYPES)}; "
        "choose one of these, or add it to clouds/aws/machines.py."
    )


def test_a_machine_of_another_cloud_is_refused() -> None:
    with pytest.raises(ComponentError, match="the catalogue of gcp has c4a-highcpu-2, n4a"):
        instance_type("m7g.large", where="x", cloud=Cloud.GCP, location="us-east4")


def test_a_machine_that_the_location_does_not_offer_is_refused() -> None:
    with pytest.raises(ComponentError) as refusal:
        instance_type("m8g.large", where="x", cloud=Cloud.AWS, location="ap-southeast-1")
    offered = ", ".join(name for name in AWS_INSTANCE_TYPES if "8g" not in name)
    assert str(refusal.value) == (
        f"x: 'm8g.large' is not allowed: ap-southeast-1 does not offer it; it has {offered}; choose one of these."
    )


def test_a_location_without_machines_is_refused() -> None:
    with pytest.raises(ComponentError) as refusal:
        instance_type("Standard_D2ps_v6", where="x", cloud=Cloud.AZURE, location="eastus")
    assert str(refusal.value) == (
        "x: 'Standard_D2ps_v6' is not allowed: eastus does not offer it; it has none that the program uses; "
        "choose another location."
    )


@pytest.mark.parametrize("cloud", CLOUDS)
def test_the_catalogue_has_every_machine_of_the_pools(cloud: Cloud) -> None:
    names = {SYSTEM_MACHINES[cloud], *ELASTIC_MACHINES[cloud]}
    assert names <= set(INSTANCE_TYPES_BY_CLOUD[cloud])


@pytest.mark.parametrize("cloud", CLOUDS)
def test_every_location_offers_the_system_machine_and_ten_elastic_ones(cloud: Cloud) -> None:
    places = {name for machine in INSTANCE_TYPES_BY_CLOUD[cloud].values() for name in machine.locations}
    assert places >= {place.name for place in LOCATIONS.values() if place.cloud == cloud}
    for place in places:
        assert system_machine(cloud, place).name == SYSTEM_MACHINES[cloud]
        pool = elastic_machines(cloud, place)
        if place != "asia-northeast1":  # only C4A there, and only backups of ours
            assert len(pool) >= 10
        assert all(place in machine.locations for machine in pool)


def test_the_pool_leaves_out_what_singapore_lacks() -> None:
    names = [machine.name for machine in elastic_machines(Cloud.AWS, "ap-southeast-1")]
    assert names[:2] == ["m7g.large", "m6g.large"]
    assert not any("8g" in name for name in names)


def test_an_elastic_machine_that_the_catalogue_lacks_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(ELASTIC_MACHINES, Cloud.AWS, ("m7g.large", "m77g.large"))
    with pytest.raises(ComponentError) as refusal:
        elastic_machines(Cloud.AWS, "us-east-1")
    message = str(refusal.value)
    assert message.startswith("elastic_pool.instance_types: 'm77g.large' is not allowed: the catalogue of aws has ")
    assert message.endswith("; choose one of these, or add it to clouds/aws/machines.py.")
