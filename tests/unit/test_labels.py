"""Labels and tags: what costs are grouped by, what pods are found by."""

from __future__ import annotations

import re

import pytest

from components.base.labels import cloud_tags, object_labels, selector_labels
from components.base.vocabulary import Environment, Region

# Kubernetes, "Labels and Selectors": an optional DNS prefix, then 63 characters at most.
LABEL_KEY = re.compile(r"([a-z0-9.-]{1,253}/)?[A-Za-z0-9]([A-Za-z0-9._-]{0,61}[A-Za-z0-9])?")
LABEL_VALUE = re.compile(r"([A-Za-z0-9]([A-Za-z0-9._-]{0,61}[A-Za-z0-9])?)?")


@pytest.mark.parametrize("environment", Environment)
@pytest.mark.parametrize("region", Region)
def test_cloud_tags_tell_stack_region_environment_and_manager(region: Region, environment: Environment) -> None:
    """Costs are grouped by these four."""
    assert cloud_tags(stack=f"{region}-x", region=region, environment=environment) == {
        "q2o-environment": environment.value,
        "q2o-managed-by": "q2o-infra",
        "q2o-region": region.value,
        "q2o-stack": f"{region}-x",
    }


def test_no_tag_tells_the_phase() -> None:
    """A promotion would then touch every resource."""
    tags = cloud_tags(stack="us-east", region=Region.US_EAST, environment=Environment.PRODUCTION)

    assert not [key for key in tags if "phase" in key]


def test_tags_have_the_characters_that_every_cloud_takes() -> None:
    """GCP's labels know lower case, digits, dash and underscore only, 63 of them."""
    tags = cloud_tags(stack="us-east-staging", region=Region.US_EAST, environment=Environment.STAGING)

    assert all(re.fullmatch(r"[a-z][a-z0-9_-]{0,62}", word) for pair in tags.items() for word in pair)


def test_pods_are_found_by_component_and_instance_alone() -> None:
    """A Deployment's selector cannot be changed once it exists."""
    assert selector_labels(component="agent", instance="coder") == {
        "app.kubernetes.io/component": "agent",
        "app.kubernetes.io/name": "coder",
    }


def test_every_object_carries_the_labels_that_its_pods_are_found_by() -> None:
    """Otherwise a Deployment would not own its own pods."""
    labels = object_labels(component="agent", instance="coder")

    assert selector_labels(component="agent", instance="coder").items() <= labels.items()
    assert labels["app.kubernetes.io/managed-by"] == "q2o-infra"
    assert labels["app.kubernetes.io/part-of"] == "q2o"


def test_two_instances_of_a_component_are_told_apart() -> None:
    """A Service would otherwise send to both."""
    assert selector_labels(component="agent", instance="coder") != selector_labels(component="agent", instance="tester")


def test_labels_are_labels_of_kubernetes() -> None:
    """The API server refuses others."""
    labels = object_labels(component="agent", instance="coder")

    assert all(LABEL_KEY.fullmatch(key) and LABEL_VALUE.fullmatch(value) for key, value in labels.items())
