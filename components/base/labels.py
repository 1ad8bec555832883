"""Labels on Kubernetes objects and tags on cloud resources: which exist, and how each alphabet spells them."""

from __future__ import annotations

from components.base.vocabulary import PROJECT, Environment, Region


def cloud_tags(*, stack: str, region: Region, environment: Environment) -> dict[str, str]:
    """Return the cost-allocation tags of every cloud resource of a stack.

    The phase is not among them: a promotion would then touch every resource.
    """
    return {
        "q2o-environment": environment.value,
        "q2o-managed-by": PROJECT,
        "q2o-region": region.value,
        "q2o-stack": stack,
    }


def selector_labels(*, component: str, instance: str) -> dict[str, str]:
    """Return the labels by which Services and Deployments find their pods; they never change once created."""
    return {"app.kubernetes.io/component": component, "app.kubernetes.io/name": instance}


def object_labels(*, component: str, instance: str) -> dict[str, str]:
    """Return the labels of every Kubernetes object that the program makes."""
    return {
        **selector_labels(component=component, instance=instance),
        "app.kubernetes.io/managed-by": PROJECT,
        "app.kubernetes.io/part-of": "q2o",
    }
