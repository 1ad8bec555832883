"""Where logs of Google Cloud go: a log bucket in the region's own location, and nowhere else.

Without this everything that is logged lies in the project's default bucket, which is in no location: addresses of users
of the EU would leave it. A sink leads what a filter means into the bucket, and an exclusion keeps it out of the default
one, where it would be paid for a second time. Cloud Logging encrypts every bucket at rest.
"""

from __future__ import annotations

from dataclasses import dataclass

import pulumi_gcp as gcp
from pulumi import Output, Resource, ResourceOptions

from clouds.gcp.limits import CLOUD_LOGGING_KEEPS
from components.base.errors import ComponentError
from components.cluster.gcp_contract import named, of_generation


@dataclass(frozen=True, kw_only=True)
class LogArgs:
    """What is logged, and for how long."""

    cluster_name: str
    """Physical name of the cluster; names of what is made begin with it."""
    filter_: str
    """In the logging query language; what it means goes to the bucket, and to no other."""
    generation: int = 1
    """Part of the bucket's name, which Cloud Logging gives to nobody for seven days after a deletion."""
    location: str
    project_id: str
    retention_days: int
    """Days that entries are kept; beyond 30, each day costs storage."""
    role: str
    """What the logs are, in a-z, 0-9 and `-`; part of the physical names."""
    where: str
    """The path that messages name."""

    def __post_init__(self) -> None:
        CLOUD_LOGGING_KEEPS.check(self.where, self.retention_days, error=ComponentError)


def create_logs(name: str, args: LogArgs, *, parent: Resource) -> Resource:
    """Lead what the filter means into a bucket of its own; return what must stand before it is logged."""
    physical = named("gcp-log", args.cluster_name, args.role)
    bucket = gcp.logging.ProjectBucketConfig(
        name,
        bucket_id=named("gcp-log", args.cluster_name, args.role, *of_generation(args.generation)),
        description=f"Logs of {args.cluster_name}: {args.role}",
        location=args.location,
        project=args.project_id,
        retention_days=args.retention_days,
        opts=ResourceOptions(parent=parent),
    )
    sink = gcp.logging.ProjectSink(
        name,
        # A sink into a bucket of the same project needs no rights: it writes as the project itself.
        destination=Output.concat("logging.googleapis.com/", bucket.id),
        filter=args.filter_,
        name=physical,
        project=args.project_id,
        unique_writer_identity=True,
        opts=ResourceOptions(parent=parent),
    )
    return gcp.logging.ProjectExclusion(
        name,
        description=f"Kept in {args.location} by the sink of the same name",
        # From the sink: excluded before there is another way, entries would be lost.
        filter=sink.filter.apply(str),
        name=sink.name,
        project=args.project_id,
        opts=ResourceOptions(parent=parent),
    )
