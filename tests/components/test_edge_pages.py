"""What is written about the edge: the example runs, and the figures are those of the code."""

from __future__ import annotations

import math
import re
import runpy
from pathlib import Path

import pulumi_aws as aws
import pulumi_kubernetes as kubernetes
from pulumi import ResourceOptions

from components.base.vocabulary import Region
from components.edge.aws_firewall import MANAGED_RULES
from components.edge.gateway_operator import SHUTDOWN
from components.edge.proxy import RESOURCES
from components.edge.timings import DRAIN_SECONDS, LEAST_DRAIN_SECONDS, REQUEST_SECONDS, detection_seconds
from components.edge.values import REPLICAS, EnvoyGatewayValues
from components.network.addresses import plan_addresses
from components.tiers.component import Tiers
from components.tiers.contract import TiersArgs
from q2o_infra.locations import REGIONS
from q2o_infra.plan.recorder import record
from q2o_infra.stack_files import ROOT
from tests.support.components import HERE
from tests.support.edges import ACluster

README = (ROOT / "components" / "edge" / "README.md").read_text(encoding="utf-8")
HOURS = 730


class ANetwork:
    """Stands where a network would."""

    network_id = "vpc-1"
    public_subnet_ids = ("subnet-1", "subnet-2", "subnet-3")


def test_the_example_builds_an_edge(tmp_path: Path) -> None:
    (code,) = re.findall(r"```python\n(.*?)```", README, flags=re.DOTALL)
    example = tmp_path / "edge_example.py"
    example.write_text(code)

    def program() -> None:
        cloud = aws.Provider("cloud", region=HERE.name, allowed_account_ids=["123456789012"])
        inside = kubernetes.Provider("inside", kubeconfig="{}")
        cluster = ACluster(cloud)
        cluster.node_security_group_id = "sg-nodes"
        network = next(REGIONS[Region.US_EAST].addresses.subnets(new_prefix=16))
        addresses = plan_addresses(where="network.cidr", network=network, zones=HERE.zones, nodes=100)
        tiers = Tiers("tiers", TiersArgs(cluster_resource=cluster.resource), ResourceOptions(provider=inside))
        create = runpy.run_path(str(example))["create_edge"]
        create(addresses, ANetwork(), cluster, cluster, tiers, cloud, inside)

    recording = record(program)

    assert len(recording.of_type("aws:lb/loadBalancer:LoadBalancer")) == 1
    assert len(recording.of_type("kubernetes:elbv2.k8s.aws/v1beta1:TargetGroupBinding")) == 1


def test_the_times_are_those_of_the_code() -> None:
    for what, seconds in {
        "a proxy that failed gets no more requests": detection_seconds(),
        "a proxy that leaves goes on serving at least": LEAST_DRAIN_SECONDS,
        "a request in flight when its proxy leaves has": DRAIN_SECONDS,
        "a request may take, and a connection be silent": REQUEST_SECONDS,
    }.items():
        assert re.search(rf"^\| {what} \| {seconds}\b", README, re.MULTILINE), what


def test_the_prices_add_up() -> None:
    assert f"| load balancer | {math.ceil(2.25 * HOURS) / 100} |" in README
    assert f"| {0.008 * HOURS:.2f} each |" in README
    assert f"| three public addresses, one in each zone | {3 * 0.005 * HOURS:.2f} |" in README
    assert f"| firewall, where it is on | {5 + len(MANAGED_RULES)}, and 0.60 a million requests |" in README


def test_what_the_system_pool_is_asked_for_is_what_the_code_asks() -> None:
    proxies = 3 * (RESOURCES.cpu_millicores + SHUTDOWN.cpu_millicores)
    controllers = REPLICAS * EnvoyGatewayValues().controller.cpu_millicores
    assert f"{proxies} and {controllers} thousandths of a core" in README
