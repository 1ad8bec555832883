"""The words of this program as types, so that each has one spelling.

Decides which values exist; what follows from them is decided where they are used.
"""

from __future__ import annotations

from collections.abc import Mapping
from enum import StrEnum

PROJECT = "q2o-infra"
"""The project's name in `Pulumi.yaml`, and the namespace of its settings."""


class Region(StrEnum):
    """A place of the platform. Not a cloud's location: `us-east` is at `us-east-1` on AWS, elsewhere on GCP."""

    US_EAST = "us-east"
    EU_WEST = "eu-west"
    APAC = "apac"


class RegionRole(StrEnum):
    """What a region is to the others. Not its order of creation, which the phases decide."""

    PRIMARY = "primary"
    SECONDARY = "secondary"
    TERTIARY = "tertiary"


class Jurisdiction(StrEnum):
    """Whose law the data of a region stays under. Not a region: a jurisdiction holds several locations."""

    US = "us"
    EU = "eu"
    APAC = "apac"


class Cloud(StrEnum):
    """Who runs the machines. Not an account: each cloud has a block of its own in the settings."""

    AWS = "aws"
    GCP = "gcp"
    AZURE = "azure"


CLOUD_TITLES: Mapping[Cloud, str] = {Cloud.AWS: "AWS", Cloud.GCP: "Google Cloud", Cloud.AZURE: "Azure"}
"""What pages for people call them."""


class Environment(StrEnum):
    """How much a mistake costs. Not a stack: `us-east` is a stack and may run in any environment."""

    PRODUCTION = "production"
    STAGING = "staging"
    SANDBOX = "sandbox"


class NatMode(StrEnum):
    """How private subnets reach out: one NAT gateway (a zone's loss cuts egress) or one in each zone."""

    SINGLE = "single"
    PER_ZONE = "per_zone"


class AgentKind(StrEnum):
    """The twelve kinds of agents. A kind is a Deployment of its own, not an image of its own."""

    ORCHESTRATOR = "orchestrator"
    PLANNER = "planner"
    REQUIREMENTS = "requirements"
    ARCHITECT = "architect"
    CODER = "coder"
    REVIEWER = "reviewer"
    TESTER = "tester"
    DEBUGGER = "debugger"
    SECURITY = "security"
    DOCUMENTER = "documenter"
    DEPLOYER = "deployer"
    RESEARCHER = "researcher"


class Tier(StrEnum):
    """What is evicted last when nodes run short. Not an autoscaler's priority."""

    DATA = "data"
    GATEWAY = "gateway"
    API = "api"
    CANARY = "canary"
    AGENT = "agent"
