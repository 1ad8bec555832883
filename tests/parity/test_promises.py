"""One suite over every region, cloud and phase that exists: each promise is kept, and breaking it is noticed."""

from __future__ import annotations

import re
from dataclasses import replace
from functools import cache
from importlib import import_module
from inspect import signature
from itertools import product
from typing import Any

import pytest

from components.base.vocabulary import Cloud
from components.budget.contract import Budget
from components.cluster.contract import KubernetesCluster
from components.controllers.contract import Controllers
from components.edge.contract import Edge
from components.network.contract import Network
from components.recovery.contract import Recovery
from q2o_infra.parity.clouds import DIALECTS
from q2o_infra.parity.findings import AnyCheck, apply
from q2o_infra.parity.names import NOT_OURS, RULES
from q2o_infra.parity.promises import PROMISES, Case, Promise
from q2o_infra.phases.contract import BUILT_ON
from q2o_infra.plan import wire
from q2o_infra.plan.recorder import Recording
from q2o_infra.region import decide_region
from q2o_infra.stack_files import stack_names
from tests.support.assertions import assert_none
from tests.support.stacks import LONG_STACK, awkward_on, built_settings, planned_on

CASES = list(product(stack_names(), BUILT_ON))


@cache
def case_of(stack: str, cloud: Cloud) -> Case:
    settings = built_settings(stack, cloud=cloud.value)
    return Case(facts=decide_region(stack, settings), recording=planned_on(cloud, stack), dialect=DIALECTS[cloud])


def on(cloud: Cloud) -> Case:
    return case_of("us-east", cloud)


@pytest.mark.parametrize("promise", PROMISES, ids=lambda promise: promise.name)
@pytest.mark.parametrize(("stack", "cloud"), CASES)
def test_a_promise_is_kept_in_every_region_on_every_cloud(stack: str, cloud: Cloud, promise: Promise) -> None:
    found = promise.look(case_of(stack, cloud))

    assert found.looked_at, "a promise that looks at nothing is kept by nothing"
    assert_none(found.offenders, promise.name)


@pytest.mark.parametrize("cloud", BUILT_ON)
def test_names_hold_for_a_stack_with_a_long_name(cloud: Cloud) -> None:
    settings = built_settings("us-east", cloud=cloud.value)
    case = Case(facts=decide_region(LONG_STACK, settings), recording=awkward_on(cloud), dialect=DIALECTS[cloud])
    (names,) = (promise for promise in PROMISES if promise.name.startswith("Names"))

    assert_none(names.look(case).offenders, "a cloud would refuse it")


@pytest.mark.parametrize("cloud", BUILT_ON)
def test_whatever_has_a_name_of_ours_has_a_rule(cloud: Cloud) -> None:
    """A name without a rule is found too long by the cloud, in the middle of an `up`."""
    without = {
        row.type
        for row in on(cloud).recording.resources
        if row.custom
        and row.type.startswith(f"{package(cloud)}:")
        and row.type not in {*RULES, *NOT_OURS}
        and any(
            key == "name" or (key.endswith(("Name", "Id")) and "q2o" in str(value)) for key, value in row.inputs.items()
        )
        and not refers_only(row.inputs)
    }

    assert_none(sorted(without), "give it a rule in q2o_infra/parity/names.py, or say there whose name it is")


def refers_only(inputs: dict[str, Any]) -> bool:
    """Whether names among the inputs are those of other resources: nothing of its own is called anything."""
    return "name" not in inputs


S3 = "aws:s3/bucket"

# For each check of a dialect, what breaks it: a path of the inputs, and what stands there instead.
BREAKS: dict[Cloud, tuple[tuple[str, str, Any], ...]] = {
    Cloud.AWS: (
        ("aws:eks/cluster:Cluster", "encryptionConfig", None),
        ("aws:ec2/launchTemplate:LaunchTemplate", "blockDeviceMappings.0.ebs.encrypted", "false"),
        ("kubernetes:karpenter.k8s.aws/v1:EC2NodeClass", "spec.blockDeviceMappings.0.ebs.encrypted", False),
        ("kubernetes:storage.k8s.io/v1:StorageClass", "parameters.encrypted", "false"),
        (f"{S3}ServerSideEncryptionConfiguration:BucketServerSideEncryptionConfiguration", "rules", []),
        ("aws:sns/topic:Topic", "kmsMasterKeyId", None),
        ("aws:sqs/queue:Queue", "sqsManagedSseEnabled", False),
        ("aws:ec2/subnet:Subnet", "mapPublicIpOnLaunch", True),
        ("aws:eks/cluster:Cluster", "vpcConfig.endpointPublicAccess", True),
        ("aws:eks/podIdentityAssociation:PodIdentityAssociation", "serviceAccount", ""),
        (
            "aws:iam/role:Role",
            "assumeRolePolicy",
            '{"Statement": [{"Principal": {"AWS": "arn:aws:iam::123456789012:user/somebody"}}]}',
        ),
        ("aws:eks/cluster:Cluster", "accessConfig.authenticationMode", "CONFIG_MAP"),
        ("aws:eks/cluster:Cluster", "deletionProtection", False),
        ("aws:lb/loadBalancer:LoadBalancer", "enableDeletionProtection", False),
        (f"{S3}ObjectLockConfiguration:BucketObjectLockConfiguration", "rule.defaultRetention.days", 0),
    ),
    Cloud.GCP: (
        ("gcp:container/cluster:Cluster", "databaseEncryption.state", "DECRYPTED"),
        ("gcp:container/nodePool:NodePool", "nodeConfig.diskType", "local-ssd"),
        ("kubernetes:storage.k8s.io/v1:StorageClass", "parameters.type", "local"),
        ("gcp:storage/bucket:Bucket", "encryption", None),
        ("gcp:container/cluster:Cluster", "privateClusterConfig.enablePrivateNodes", False),
        ("gcp:container/nodePool:NodePool", "networkConfig.enablePrivateNodes", False),
        ("gcp:container/cluster:Cluster", "workloadIdentityConfig", None),
        ("gcp:container/nodePool:NodePool", "nodeConfig.workloadMetadataConfig.mode", "GCE_METADATA"),
        ("gcp:container/cluster:Cluster", "deletionProtection", False),
        ("gcp:storage/bucket:Bucket", "forceDestroy", True),
    ),
    Cloud.AZURE: (
        ("azure-native:containerservice:ManagedCluster", "securityProfile.azureKeyVaultKms.enabled", False),
        ("azure-native:containerservice:ManagedCluster", "agentPoolProfiles.0.enableEncryptionAtHost", False),
        ("kubernetes:karpenter.azure.com/v1beta1:AKSNodeClass", "spec.security.encryptionAtHost", False),
        ("kubernetes:storage.k8s.io/v1:StorageClass", "provisioner", "local"),
        ("azure-native:storage:StorageAccount", "encryption", None),
        ("azure-native:containerservice:ManagedCluster", "apiServerAccessProfile.enablePrivateCluster", False),
        ("azure-native:network:Subnet", "defaultOutboundAccess", True),
        ("azure-native:containerservice:ManagedCluster", "disableLocalAccounts", False),
        ("azure-native:managedidentity:FederatedIdentityCredential", "subject", "repo:somebody/else"),
        ("azure-native:storage:StorageAccount", "allowSharedKeyAccess", True),
        ("azure-native:authorization:ManagementLockByScope", "level", "ReadOnly"),
        ("azure-native:keyvault:Vault", "properties.enablePurgeProtection", False),
    ),
}


def checks_of(cloud: Cloud) -> tuple[AnyCheck, ...]:
    said = DIALECTS[cloud]
    return (*said.encryption, *said.privacy, *said.identity, *said.protection)


def broken(recording: Recording, type_: str, path: str, value: Any) -> Recording:
    """Return the plan in which every resource of a type says `value` at `path`."""
    rows = [
        replace(row, wire_inputs=put(wire.unwrap(row.wire_inputs), path, value)) if row.type == type_ else row
        for row in recording.resources
    ]
    return replace(recording, resources=tuple(rows))


def put(inputs: Any, path: str, value: Any) -> Any:
    head, _, rest = path.partition(".")
    if isinstance(inputs, list):
        if head == "+":
            return [*inputs, value]
        return [put(entry, rest, value) if str(index) == head else entry for index, entry in enumerate(inputs)]
    return {**inputs, head: put(inputs.get(head) or {}, rest, value) if rest else value}


@pytest.mark.parametrize(
    ("cloud", "type_", "path", "value"), [(cloud, *row) for cloud in BUILT_ON for row in BREAKS[cloud]]
)
def test_what_breaks_a_promise_is_named(cloud: Cloud, type_: str, path: str, value: Any) -> None:
    worse = broken(on(cloud).recording, type_, path, value)

    assert any(apply([check], worse).offenders for check in checks_of(cloud))


GONE = object()
"""In the place of a value: the resource is taken out of the plan, or with `protect` as its path only that is."""

PLAIN_DISK = {"deviceName": "/dev/xvdb", "ebs": {"encrypted": "false", "volumeSize": 40}}

# One resource made worse while its neighbours of the same type stay as they are: its type and name, a path and what
# stands there instead, and the name of the resource that must then be found.
ONE_BREAKS: dict[Cloud, tuple[tuple[str, str, str, Any, str], ...]] = {
    Cloud.AWS: (
        (
            f"{S3}ServerSideEncryptionConfiguration:BucketServerSideEncryptionConfiguration",
            "edge-access-logs",
            "",
            GONE,
            "edge-access-logs",
        ),
        (
            f"{S3}ServerSideEncryptionConfiguration:BucketServerSideEncryptionConfiguration",
            "recovery-encryption",
            "rules",
            [{"applyServerSideEncryptionByDefault": {"sseAlgorithm": "AES256"}}],
            "recovery-bucket",
        ),
        (
            f"{S3}ObjectLockConfiguration:BucketObjectLockConfiguration",
            "recovery-lock",
            "bucket",
            "another",
            "recovery-bucket",
        ),
        (
            "aws:ec2/launchTemplate:LaunchTemplate",
            "cluster-system",
            "blockDeviceMappings.+",
            PLAIN_DISK,
            "cluster-system",
        ),
        (
            "kubernetes:karpenter.k8s.aws/v1:EC2NodeClass",
            "controllers-node-class",
            "spec.blockDeviceMappings.+",
            PLAIN_DISK,
            "controllers-node-class",
        ),
        ("aws:sqs/queue:Queue", "controllers-interruptions", "sqsManagedSseEnabled", None, "controllers-interruptions"),
        ("aws:kms/key:Key", "recovery-key", "protect", GONE, "recovery-key"),
        ("aws:ec2/launchTemplate:LaunchTemplate", "cluster-system", "tagSpecifications.2.tags", {}, "cluster-system"),
        (
            "kubernetes:storage.k8s.io/v1:StorageClass",
            "controllers-storage",
            "parameters.tagSpecification_3",
            "",
            "controllers-storage",
        ),
    ),
    Cloud.GCP: (
        ("gcp:storage/bucket:Bucket", "recovery-bucket", "encryption.defaultKmsKeyName", "another", "recovery-bucket"),
        ("gcp:kms/cryptoKey:CryptoKey", "recovery-key", "protect", GONE, "recovery-key"),
        (
            "gcp:container/nodePool:NodePool",
            "controllers-on-demand",
            "nodeConfig.resourceLabels",
            {},
            "controllers-on-demand",
        ),
        (
            "kubernetes:storage.k8s.io/v1:StorageClass",
            "controllers-storage",
            "parameters.labels",
            None,
            "controllers-storage",
        ),
    ),
    Cloud.AZURE: (
        ("azure-native:storage:StorageAccount", "recovery-account", "encryption", None, "recovery-account"),
        (
            "azure-native:storage:StorageAccount",
            "recovery-account",
            "encryption.keySource",
            "Microsoft.Storage",
            "recovery-account",
        ),
        ("azure-native:authorization:ManagementLockByScope", "cluster-lock", "", GONE, "cluster-cluster"),
        ("azure-native:authorization:ManagementLockByScope", "recovery-lock", "", GONE, "recovery-account"),
        (
            "azure-native:keyvault:Vault",
            "recovery-vault",
            "properties.enablePurgeProtection",
            False,
            "keyvault:Key recovery-key",
        ),
        ("azure-native:keyvault:Vault", "recovery-vault", "protect", GONE, "keyvault:Vault recovery-vault"),
        ("azure-native:keyvault:Key", "recovery-key", "protect", GONE, "keyvault:Key recovery-key"),
        (
            "azure-native:containerservice:ManagedCluster",
            "cluster-cluster",
            "agentPoolProfiles.0.tags",
            None,
            "cluster-cluster",
        ),
        (
            "kubernetes:storage.k8s.io/v1:StorageClass",
            "controllers-storage",
            "parameters.tags",
            None,
            "controllers-storage",
        ),
    ),
}


def one_broken(recording: Recording, type_: str, name: str, path: str, value: Any) -> Recording:
    """Return the plan in which one resource says `value` at `path`, has lost its protection, or is not there."""
    row = recording.named(type_, name)
    left = [other for other in recording.resources if other is not row]
    if value is not GONE:
        left.append(replace(row, wire_inputs=put(wire.unwrap(row.wire_inputs), path, value)))
    elif path == "protect":
        left.append(replace(row, protect=False))
    return replace(recording, resources=tuple(left))


@pytest.mark.parametrize(
    ("cloud", "type_", "name", "path", "value", "found"),
    [pytest.param(cloud, *row, id=f"{cloud}-{row[1]}-{row[2]}") for cloud in BUILT_ON for row in ONE_BREAKS[cloud]],
)
def test_one_resource_that_breaks_a_promise_is_named(
    cloud: Cloud, type_: str, name: str, path: str, value: Any, found: str
) -> None:
    case = on(cloud)
    worse = replace(case, recording=one_broken(case.recording, type_, name, path, value))
    kept_by_it = [promise for promise in PROMISES if promise.name.startswith(("Encryption", "Nothing", "Costs"))]

    offenders = [offender for promise in kept_by_it for offender in promise.look(worse).offenders]

    assert any(f"{found}: " in offender for offender in offenders)


@pytest.mark.parametrize("cloud", BUILT_ON)
def test_every_check_is_broken_once(cloud: Cloud) -> None:
    """A check that nothing breaks would be kept by anything."""
    unbroken = [
        check.how
        for check in checks_of(cloud)
        if not any(apply([check], broken(on(cloud).recording, *row)).offenders for row in BREAKS[cloud])
    ]

    assert_none(unbroken, "say in BREAKS what breaks it")


@pytest.mark.parametrize("cloud", BUILT_ON)
def test_a_check_about_a_type_that_is_gone_fails(cloud: Cloud) -> None:
    nothing = replace(on(cloud).recording, resources=())

    assert all(apply([check], nothing).offenders for check in checks_of(cloud))


@pytest.mark.parametrize("cloud", BUILT_ON)
def test_an_unprotected_stateful_resource_is_named(cloud: Cloud) -> None:
    case = on(cloud)
    bare = replace(
        case,
        recording=replace(
            case.recording, resources=tuple(replace(row, protect=False) for row in case.recording.resources)
        ),
    )
    (promise,) = (row for row in PROMISES if row.name.startswith("Nothing stateful"))

    assert len(promise.look(bare).offenders) > 5


@pytest.mark.parametrize("cloud", BUILT_ON)
def test_a_static_credential_is_named(cloud: Cloud) -> None:
    case = on(cloud)
    key = min(DIALECTS[cloud].static_credentials)
    worse = replace(case.recording.resources[0], type=key, name="somebody")
    keyed = replace(case, recording=replace(case.recording, resources=(*case.recording.resources, worse)))
    (promise,) = (row for row in PROMISES if row.name.startswith("Identity"))

    assert any("somebody" in offender for offender in promise.look(keyed).offenders)


def package(cloud: Cloud) -> str:
    return "azure-native" if cloud is Cloud.AZURE else cloud.value


def sdk_class(type_: str) -> Any:
    """Return the class of a resource type, as `pulumi_<package>.<module>.<Class>`."""
    name, module, class_ = type_.split(":")
    return getattr(import_module(f"pulumi_{name.replace('-', '_')}.{module.split('/')[0].lower()}"), class_)


def test_on_azure_whatever_can_carry_labels_is_given_them() -> None:
    """There the provider puts none on by itself; what the SDK's class takes, the cloud takes."""
    bare = []
    for row in on(Cloud.AZURE).recording.resources:
        if row.type.startswith("azure-native:") and row.type not in DIALECTS[Cloud.AZURE].unlabelled:
            takes = "tags" in signature(sdk_class(row.type)._internal_init).parameters
            if takes and not row.inputs.get("tags"):
                bare.append(f"{row.type} {row.name}")
    assert_none(bare, "its costs belong to nobody")


def exports(case: Case) -> dict[str, tuple[str, bool]]:
    """What a stack gives: the type of each output's value, and whether it is secret."""
    found = case.recording.exports
    return {name: (type(wire.unwrap(value)).__name__, wire.holds_secret(value)) for name, value in found.items()}


@pytest.mark.parametrize("cloud", BUILT_ON)
def test_a_stack_gives_the_same_outputs_of_the_same_types_and_secrecy(cloud: Cloud) -> None:
    assert exports(on(cloud)) == exports(on(Cloud.AWS))


CONTRACTS: dict[str, type] = {
    "budget": Budget,
    "cluster": KubernetesCluster,
    "controllers": Controllers,
    "edge": Edge,
    "network": Network,
    "recovery": Recovery,
}

# What a component gives beyond its contract, to components of the same cloud.
OF_ONE_CLOUD: dict[tuple[Cloud, str], set[str]] = {
    (Cloud.AWS, "cluster"): {"node_security_group_id"},
    (Cloud.AWS, "recovery"): {"bucket_arn", "key_arn"},
    (Cloud.AZURE, "cluster"): {"resource_group_name"},
    (Cloud.AZURE, "network"): {"resource_group_name", "security_group_name"},
    (Cloud.AZURE, "recovery"): {"account_id", "account_name"},
    (Cloud.GCP, "cluster"): {"project_number"},
}


@pytest.mark.parametrize(("cloud", "name"), list(product(BUILT_ON, CONTRACTS)))
def test_a_component_registers_the_outputs_of_its_contract_and_no_others(cloud: Cloud, name: str) -> None:
    (component,) = (row for row in on(cloud).recording.resources if row.name == name and not row.custom)
    promised = {field for field, kind in CONTRACTS[name].__annotations__.items() if str(kind).startswith("Output[")}

    assert promised
    assert set(component.outputs) == promised | OF_ONE_CLOUD.get((cloud, name), set())


@pytest.mark.parametrize(("cloud", "name"), list(product(BUILT_ON, CONTRACTS)))
def test_of_a_component_s_outputs_the_kubeconfig_alone_is_secret(cloud: Cloud, name: str) -> None:
    (component,) = (row for row in on(cloud).recording.resources if row.name == name and not row.custom)

    secret = {output for output, value in component.outputs.items() if wire.holds_secret(value)}

    assert secret == ({"kubeconfig"} if name == "cluster" else set())


def test_the_kubeconfig_holds_no_token_on_any_cloud() -> None:
    for cloud in BUILT_ON:
        (row,) = (row for row in on(cloud).recording.resources if row.type == "pulumi:providers:kubernetes")
        text = str(row.inputs["kubeconfig"])
        assert '"exec"' in text, cloud
        assert not re.search(r'"(token|client-key-data|password)"', text), cloud
