"""A sandbox without a cluster, and programs that the real engine brings up in its simulated clouds."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import pulumi
import pulumi_aws as aws
import pulumi_random as random
from pulumi import Alias, ResourceOptions

from sandbox import session as sessions
from sandbox.control_plane import Client, ControlPlane
from sandbox.engine.engine import Engine
from sandbox.engine.journal import Journal
from sandbox.session import Session
from sandbox.world import Entry, World

STACK = "us-east"
EVERYTHING = ["key", "network", "password", "routes", "subnet"]
"""What `network` creates, without settings."""

Program = Callable[[ResourceOptions], None]


@dataclass(frozen=True, kw_only=True)
class Run:
    """One command: the session, the engine, and what it did."""

    session: Session
    engine: Engine
    journal: Journal

    @property
    def words(self) -> list[str]:
        return [
            f"{step.action} {step.name}{f' ({step.detail})' if step.detail else ''}" for step in self.journal.changes()
        ]


class RunningCluster:
    """A control plane that is there already, as a sandbox's cluster."""

    is_up = True

    def __init__(self, plane: ControlPlane) -> None:
        self.kubeconfig = plane.kubeconfig
        self._plane = plane

    def client(self) -> Client:
        return self._plane.client


@dataclass(frozen=True)
class CloudOnly:
    """One sandbox folder; each `up` and `down` is a command of its own."""

    folder: Path
    cluster: RunningCluster | None = None
    """The cluster of all Kubernetes providers; without one there is none."""

    @property
    def world(self) -> World:
        return World(self.folder / STACK / "world")

    @property
    def names(self) -> list[str]:
        """Logical names of everything that exists and is complete, sorted."""
        return sorted(entry.urn.rsplit("::", 1)[-1] for entry in self.world.entries() if entry.complete)

    def entry(self, name: str) -> Entry:
        [found] = [entry for entry in self.world.entries() if entry.urn.endswith(f"::{name}")]
        return found

    @contextmanager
    def opened(self, program: Callable[[], None] = lambda: None, *, time_scale: float = 0.0) -> Iterator[Run]:
        journal = Journal()
        with sessions.opened(STACK, root=self.folder, progress=print, time_scale=time_scale) as session:
            one = replace(session, cluster=self.cluster or session.cluster)
            yield Run(session=one, engine=Engine(one, journal, program=program), journal=journal)

    def run(self, program: Callable[[], None]) -> Run:
        """Bring `program` up."""
        with self.opened(program) as run:
            run.engine.up()
        return run

    def up(self, program: Callable[[], None]) -> list[str]:
        """Bring `program` up and return what was done, in words."""
        return self.run(program).words

    def down(self) -> list[str]:
        with self.opened() as run:
            run.engine.down()
        return run.words


def at_home(program: Program, *, region: str = "us-east-1") -> Callable[[], None]:
    """Give `program` a provider of AWS."""

    def whole() -> None:
        provider = aws.Provider("home", region=region, allowed_account_ids=["111122223333"])
        program(ResourceOptions(provider=provider))

    return whole


def network(
    *,
    address_range: str = "10.0.0.0/16",
    key_name: str = "key",
    protect: bool = False,
    subnet_without_network: bool = False,
    tags: dict[str, str] | None = None,
    ignored: list[str] | None = None,
    region: str = "us-east-1",
    more: Callable[[ResourceOptions], None] = lambda _: None,
) -> Callable[[], None]:
    """A network, a subnet, a key that waits for it, a route table that goes with the network, and a password."""

    def program(home: ResourceOptions) -> None:
        def options(**given: Any) -> ResourceOptions:
            return ResourceOptions.merge(home, ResourceOptions(**given))

        vpc = aws.ec2.Vpc(
            "network",
            cidr_block=address_range,
            tags=tags or {"team": "platform"},
            opts=options(protect=protect, ignore_changes=ignored),
        )
        subnet = aws.ec2.Subnet(
            "subnet", vpc_id=vpc.id, availability_zone_id="use1-az1", cidr_block="10.0.0.0/24", opts=home
        )
        aws.kms.Key(key_name, description="none", opts=options(depends_on=[subnet], aliases=[Alias(name="key")]))
        aws.ec2.RouteTable("routes", vpc_id=vpc.id, opts=options(deleted_with=vpc))
        secret = random.RandomPassword("password", length=20, opts=ResourceOptions(provider=random.Provider("secrets")))
        if subnet_without_network:
            aws.ec2.Subnet("lost", vpc_id=vpc.tags.apply(lambda _: None), cidr_block="10.0.1.0/24", opts=home)
        more(home)
        pulumi.export("network_arn", vpc.arn)
        pulumi.export("password", secret.result)

    return at_home(program, region=region)


def far_network(_: ResourceOptions) -> None:
    """A network in another account and region."""
    far = aws.Provider("far", region="eu-west-1", allowed_account_ids=["444455556666"])
    vpc = aws.ec2.Vpc("far-network", cidr_block="10.9.0.0/16", opts=ResourceOptions(provider=far))
    pulumi.export("far_network_arn", vpc.arn)
