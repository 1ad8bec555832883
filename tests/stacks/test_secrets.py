"""No secret in plain text, anywhere in the plan of any stack."""

from __future__ import annotations

import base64
import json

from q2o_infra.plan import wire
from q2o_infra.plan.document import plan_document
from q2o_infra.plan.recorder import Recording
from tests.support.assertions import assert_none
from tests.support.stacks import LLM_API_KEY, LONG_STACK, awkward, built_settings
from tests.support.titles import title


def spellings(secret: str) -> tuple[str, ...]:
    return secret, base64.b64encode(secret.encode()).decode()


def test_no_secret_stands_in_plain_text() -> None:
    recording = awkward()
    holder = recording.named("kubernetes:core/v1:Secret", "workloads-api-token")
    secrets = {"the key": LLM_API_KEY, "the token": str(holder.inputs["stringData"]["value"])}
    leaks = []
    for row in recording.resources:
        plain = json.dumps([wire.redact(row.wire_inputs), wire.redact(row.outputs)])
        leaks += [
            f"{name} in {title(row)}"
            for name, secret in secrets.items()
            if any(text in plain for text in spellings(secret))
        ]
    assert_none(leaks, "mark it as a secret from birth")
    document = json.dumps(plan_document(LONG_STACK, built_settings("us-east"), recording))
    shown = [name for name, secret in secrets.items() for text in spellings(secret) if text in document]
    assert_none(shown, "a plan shows it")


def test_secrets_arrive_where_they_are_needed() -> None:
    holders = {
        row.name: sorted(row.secret_inputs) for row in awkward().resources if LLM_API_KEY in json.dumps(row.inputs)
    }
    assert holders == {"workloads-agents-llm": ["stringData"]}


def test_the_way_into_the_cluster_is_secret(recording: Recording) -> None:
    open_ways = [
        title(row)
        for row in recording.resources
        if ("kubeconfig" in row.inputs and "kubeconfig" not in row.secret_inputs)
        or ("kubeconfig" in row.outputs and not wire.is_secret(row.outputs["kubeconfig"]))
    ]
    assert_none(open_ways, "whoever reads the state may enter the cluster")
    assert wire.is_secret(recording.exports["kubeconfig"])
