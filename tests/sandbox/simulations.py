"""A simulated world behind its gRPC servers, asked as the Pulumi engine asks."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import grpc
from pulumi.runtime.proto import provider_pb2, provider_pb2_grpc

from q2o_infra.plan import wire
from sandbox.providers.accounts import Accounts
from sandbox.providers.cloud import Refusals, SimulatedCloud
from sandbox.providers.servers import ProviderServers
from sandbox.world import World

VPC = "aws:ec2/vpc:Vpc"


def urn(type_: str, name: str) -> str:
    return f"urn:pulumi:us-east::q2o-infra::q2o:network:AwsNetwork${type_}::{name}"


class Simulation:
    """A world, the servers before it, and connections as the engine opens them."""

    def __init__(self, folder: Path) -> None:
        self.world = World(folder)
        self.refusals = Refusals()
        accounts = Accounts(self.world)
        self.servers = ProviderServers(
            {
                package: SimulatedCloud(package, world=self.world, accounts=accounts, refusals=self.refusals)
                for package in ("aws", "azure-native", "gcp", "random")
            }
        )

    @contextmanager
    def connected(self, package: str = "aws", **config: Any) -> Iterator[Any]:
        """Open a connection of its own, as the engine does for each provider object, and configure it."""
        with grpc.insecure_channel(
            f"127.0.0.1:{self.servers.ports[package]}", options=[("grpc.use_local_subchannel_pool", 1)]
        ) as channel:
            stub = provider_pb2_grpc.ResourceProviderStub(channel)
            if config:
                stub.Configure(provider_pb2.ConfigureRequest(args=wire.to_struct(config)))
            yield stub


def create(stub: Any, type_: str, name: str, inputs: dict[str, Any], *, preview: bool = False) -> Any:
    return stub.Create(
        provider_pb2.CreateRequest(urn=urn(type_, name), properties=wire.to_struct(inputs), preview=preview)
    )


def diff(stub: Any, id_: str, old: dict[str, Any], new: dict[str, Any], *, type_: str = VPC) -> Any:
    return stub.Diff(
        provider_pb2.DiffRequest(
            id=id_, urn=urn(type_, "network"), old_inputs=wire.to_struct(old), news=wire.to_struct(new)
        )
    )
