"""One release file per fault, one table of exact messages.

To add a fault: put a whole release file into `release_faults/`, named after the fault and otherwise sound, and a row
in here.
"""

from __future__ import annotations

from pathlib import Path

import pytest

from components.base.errors import EXIT_BAD_INPUT, SettingsError
from q2o_infra.program import decide
from q2o_infra.release_files import read_release
from q2o_infra.stack_files import read_settings

FAULTS = Path(__file__).parent / "release_faults"
STACK = "us-east"

MESSAGES: dict[str, str] = {
    "agents-absent": (
        "releases/us-east.yaml: agents: nothing is given, and there is no default: expected a mapping of keys"
        " to values; write its keys below it, indented."
    ),
    "canary-is-stable": (
        "releases/us-east.yaml: api.canary.image: "
        "'registry.example.com/q2o/api@sha256:1111111111111111111111111111111111111111111111111111111111111111'"
        " is not allowed: stable runs this image, so there is nothing to compare; remove the canary, or give "
        "it the new image."
    ),
    "canary-of-a-kind-is-stable": (
        "releases/us-east.yaml: agents.coder.canary.image: "
        "'registry.example.com/q2o/agent@sha256:3333333333333333333333333333333333333333333333333333333333333333'"
        " is not allowed: stable runs this image, so there is nothing to compare; remove the canary, or give "
        "it the new image."
    ),
    "canary-of-an-unknown-kind": (
        "releases/us-east.yaml: agents.codr: this key is unknown: architect, coder, debugger, default, "
        "deployer, documenter, orchestrator, planner, requirements, researcher, reviewer, security, tester "
        "are allowed here; write coder instead."
    ),
    "canary-of-an-unknown-workload": (
        "releases/us-east.yaml: worker: this key is unknown: agents, api are allowed here; remove it or "
        "correct its spelling."
    ),
    "canary-without-digest": (
        "releases/us-east.yaml: api.canary.image: 'registry.example.com/q2o/api:next' is not allowed: "
        "expected an image by digest, name@sha256:<64 hexadecimal digits>, because a tag can be moved; give "
        "the digest that the registry printed when the image was pushed."
    ),
    "canary-without-value": (
        "releases/us-east.yaml: api.canary: nothing is given: a key has a value or is left out; give it one "
        "or remove it."
    ),
    "confirmed-in-words": (
        "releases/us-east.yaml: api.canary.confirmed: 'yes' is not allowed: expected true or false; choose "
        "one of these, without quotes."
    ),
    "confirmed-and-rolled-back": (
        "releases/us-east.yaml: api.canary.weight_percent: 0 is not allowed: the canary is confirmed, so stable runs "
        "its image and everybody would get it; set confirmed: false to go back."
    ),
    "default-absent": (
        "releases/us-east.yaml: agents.default: nothing is given, and there is no default: expected a mapping"
        " of keys to values; write its keys below it, indented."
    ),
    "every-kind-half": (
        "releases/us-east.yaml: agents.default.canary: the canaries of 12 workloads and the surge of rolling "
        "them need 5025 thousandths of a core, 17152 MiB and 67 pods: the 4 machines that the budget counts "
        "lack 2615 thousandths of a core, 6276 MiB and 22 pods for it beside stable; release fewer workloads "
        "at once, or lower a weight that is neither 0 nor 100."
    ),
    "image-without-digest": (
        "releases/us-east.yaml: api.stable: 'registry.example.com/q2o/api:latest' is not allowed: expected an"
        " image by digest, name@sha256:<64 hexadecimal digits>, because a tag can be moved; give the digest "
        "that the registry printed when the image was pushed."
    ),
    "not-a-mapping": (
        "releases/us-east.yaml: this is no release: a mapping of keys to values is expected; write api: and "
        "agents: and below them, indented, their images."
    ),
    "not-yaml": (
        "releases/us-east.yaml:4: this is not YAML: expected ',' or ']', but got '<stream end>'; correct this"
        " line or the one before it."
    ),
    "one-kind-too-large": (
        "releases/us-east.yaml: agents.coder.canary: the canary of agent-coder and the surge of rolling them "
        "need 16050 thousandths of a core, 54784 MiB and 214 pods: the 4 machines that the budget counts lack"
        " 13640 thousandths of a core, 43908 MiB and 169 pods for it beside stable; release fewer workloads "
        "at once, or lower a weight that is neither 0 nor 100."
    ),
    "stable-absent": (
        "releases/us-east.yaml: api.stable: nothing is given, and there is no default: expected an image by "
        "digest, name@sha256:<64 hexadecimal digits>, because a tag can be moved; give the digest that the "
        "registry printed when the image was pushed."
    ),
    "stable-twice": (
        "releases/us-east.yaml:4: this is not YAML: the key stable stands there twice; correct this line or "
        "the one before it."
    ),
    "template-not-filled-in": (
        "releases/us-east.yaml:6: this is not YAML: a mapping or a list stands in the place of a key, as an unfilled "
        "{{ template }} reads; correct this line or the one before it."
    ),
    "two-faults": (
        "releases/us-east.yaml: api.canary.weight_percent: 200 is not allowed: expected a whole number, 0 to "
        "100; write one, without quotes.\n"
        "releases/us-east.yaml: api.stable: 'registry.example.com/q2o/api:latest' is not allowed: expected an"
        " image by digest, name@sha256:<64 hexadecimal digits>, because a tag can be moved; give the digest "
        "that the registry printed when the image was pushed."
    ),
    "unknown-key-of-a-canary": (
        "releases/us-east.yaml: api.canary.weigth: this key is unknown: confirmed, image, weight_percent are "
        "allowed here; remove it or correct its spelling."
    ),
    "weight-above-100": (
        "releases/us-east.yaml: api.canary.weight_percent: 101 is not allowed: expected a whole number, 0 to "
        "100; write one, without quotes."
    ),
    "weight-absent": (
        "releases/us-east.yaml: api.canary.weight_percent: nothing is given, and there is no default: "
        "expected a whole number, 0 to 100; write one, without quotes."
    ),
    "weight-below-0": (
        "releases/us-east.yaml: api.canary.weight_percent: -1 is not allowed: expected a whole number, 0 to "
        "100; write one, without quotes."
    ),
    "weight-in-quotes": (
        "releases/us-east.yaml: api.canary.weight_percent: '10' is not allowed: expected a whole number, 0 to"
        " 100; write one, without quotes."
    ),
    "weight-with-a-fraction": (
        "releases/us-east.yaml: api.canary.weight_percent: 12.5 is not allowed: expected a whole number, 0 to"
        " 100; write one, without quotes."
    ),
}


@pytest.mark.parametrize("fault", sorted(MESSAGES))
def test_a_fault_gets_its_sentence(fault: str, tmp_path: Path) -> None:
    (tmp_path / f"{STACK}.yaml").write_text((FAULTS / f"{fault}.yaml").read_text())

    with pytest.raises(SettingsError) as caught:
        decide(STACK, read_settings(STACK), release=read_release(STACK, tmp_path))

    assert caught.value.message == MESSAGES[fault]
    assert caught.value.exit_code == EXIT_BAD_INPUT


def test_every_fault_has_a_message() -> None:
    assert {path.stem for path in FAULTS.glob("*.yaml")} == set(MESSAGES)


def test_a_stack_without_a_release_file_is_told_whose_to_copy(tmp_path: Path) -> None:
    (tmp_path / "eu-west.yaml").touch()

    with pytest.raises(SettingsError) as caught:
        read_release(STACK, tmp_path)

    assert caught.value.message == (
        "stack: 'us-east' is not allowed: there is no releases/us-east.yaml, and nobody knows what to run; "
        "stacks with a release file are eu-west; copy one of theirs and give it this stack's images."
    )
