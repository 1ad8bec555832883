"""What users do, as numbers: every input of an estimate that is no setting and no price.

Each is a choice with its reason, and a key of `--what-if`. What follows from them is computed in
`q2o_infra.cost.usage`; measured figures replace them from the first month of a real region on.
"""

from __future__ import annotations

from decimal import Decimal

from pydantic import BaseModel, ConfigDict, Field


class Assumptions(BaseModel):
    """Inputs of the usage model."""

    model_config = ConfigDict(extra="forbid", frozen=True, use_attribute_docstrings=True)

    active_hours: Decimal = Field(default=Decimal(220), ge=0, le=730)
    """Hours of a month in which all of the phase's concurrent users are there: 22 working days of 10 hours, since it
    is a tool for development."""
    requests_per_user_hour: Decimal = Field(default=Decimal(30), ge=0)
    """Requests to the API by an active user in an hour: one every two minutes, between reading answers."""
    response_kb: Decimal = Field(default=Decimal(28), ge=0)
    """KB of an answer with headers and TLS: code and prose of some hundred lines. With the two above it gives the
    0.92 TB a month of 5,000 users that the budget of phase 1 was made with."""
    request_kb: Decimal = Field(default=Decimal(4), ge=0)
    """KB of a request with headers and TLS: a prompt and its context's references."""
    llm_calls_per_request: Decimal = Field(default=Decimal("0.2"), ge=0)
    """Calls to LLM providers per request: one request in ten starts a task, and a task asks twice."""
    llm_question_kb: Decimal = Field(default=Decimal(32), ge=0)
    """KB sent to a provider in a call: about 8,000 tokens of context."""
    llm_answer_kb: Decimal = Field(default=Decimal(8), ge=0)
    """KB that come back from a provider in a call: about 2,000 tokens."""
    hops: Decimal = Field(default=Decimal(2), ge=0)
    """Times that what a request carries goes from node to node: gateway to API, API to Redis or an agent."""
    state_kb_per_user: Decimal = Field(default=Decimal(100), ge=0)
    """KB in Redis for a concurrent user, as a backup holds it: session, queue, cached answers."""
    connections_per_user: Decimal = Field(default=Decimal(2), ge=0)
    """Connections that a user keeps to the balancer: one for requests, one for events."""
    node_starts: Decimal = Field(default=Decimal(4), ge=0)
    """Machines started a month for each elastic node that stands: a new machine image every 14 days makes two, and
    spot interruptions and rollouts as many again."""
    image_gb_per_node: Decimal = Field(default=Decimal(2), ge=0)
    """GB of container images that a new machine pulls through NAT: those that are not in the cloud's own registry."""
    control_plane_requests_per_second: Decimal = Field(default=Decimal(8), ge=0)
    """Requests that controllers make of the API server in an idle cluster: a dozen leader elections every two seconds
    and their watches."""
    control_plane_requests_per_node_second: Decimal = Field(default=Decimal("0.5"), ge=0)
    """Requests of the API server that each node adds: leases, status, its pods' tokens."""
    audit_bytes: Decimal = Field(default=Decimal(1600), ge=0)
    """Bytes of an audit record: most are of the level Metadata, few hold a request."""
    flow_records_per_request: Decimal = Field(default=Decimal(2), ge=0)
    """Flow records per request: connections are kept, and each is seen by two interfaces."""
    flow_record_bytes: Decimal = Field(default=Decimal(120), ge=0)
    """Bytes of a flow record in the default format."""
    idle_flow_records_per_node_hour: Decimal = Field(default=Decimal(3000), ge=0)
    """Flow records of a node without users in an hour: probes, scrapes, names looked up."""
    access_log_bytes: Decimal = Field(default=Decimal(100), ge=0)
    """Bytes of a line of the balancer's access log, compressed."""
    dns_queries_per_user_hour: Decimal = Field(default=Decimal(1), ge=0)
    """Queries for the API's name that reach the zone and are billed, per active user and hour: the rest is answered
    by resolvers, or free because the record is an alias."""
    spot_fallback_percent: Decimal = Field(default=Decimal(15), ge=0, le=100)
    """Share of elastic node-hours that spot cannot give and on-demand machines serve: AWS interrupts 10 to 15 % of
    m7g.large in us-east-1 in a month (alexei-led/spotinfo, June 2025), counted as if each then stayed on demand."""
