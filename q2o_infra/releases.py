"""What a release file may say: which images run, and how much of the work a canary does.

Promoting, rolling back and confirming are one setting each: `weight_percent: 100`, `weight_percent: 0` and
`confirmed: true`; what is confirmed rolls back by `confirmed: false`. Decides which keys exist and what each may hold
alone; which values fit together is decided in `q2o_infra.release_rules`, and where the file stands in
`q2o_infra.release_files`.
"""

from __future__ import annotations

from typing import Annotated, Any, cast

from pydantic import BaseModel, ConfigDict, Field, create_model

from components.base.vocabulary import AgentKind
from components.workloads.canary import ALL_PERCENT
from q2o_infra.settings_fields import Allowed, DerivedDefault

Image = Annotated[
    str,
    Field(pattern=r"^[a-z0-9][a-z0-9._:/-]*@sha256:[0-9a-f]{64}$"),
    Allowed(
        words="an image by digest, name@sha256:<64 hexadecimal digits>, because a tag can be moved",
        action="give the digest that the registry printed when the image was pushed",
    ),
]


class _Model(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True, hide_input_in_errors=True, use_attribute_docstrings=True)


class Canary(_Model):
    """A new image beside the old one."""

    confirmed: bool = False
    """Whether stable takes the canary's image too. Set it once the canary has proven itself; afterwards write the
    image as `stable` and remove the canary, which changes no pod of stable."""
    image: Image
    """The new image, by digest."""
    weight_percent: Annotated[int, Field(ge=0, le=ALL_PERCENT)]
    """Share of the work that the canary does. 100 promotes it, 0 rolls back; stable keeps its fewest pods at both.
    0 is refused while it is confirmed: stable has its image then, and `confirmed: false` is the way back."""


class WorkloadRelease(_Model):
    """The images of one workload."""

    canary: Annotated[Canary | None, DerivedDefault(words="none")] = None
    """A new image beside the old one."""
    stable: Image
    """The image that is known to work, by digest."""


class KindRelease(_Model):
    """The images of one kind of agent that departs from the others."""

    canary: Annotated[Canary | None, DerivedDefault(words="none, not even that of `agents.default`")] = None
    """A new image of this kind beside the old one."""
    stable: Annotated[Image | None, DerivedDefault(words="`agents.default.stable`")] = None
    """The image of this kind that is known to work, by digest."""


_KINDS: dict[str, Any] = {
    kind.value: (
        Annotated[KindRelease | None, DerivedDefault(words="`agents.default`")],
        Field(default=None, description=f"The images of the {kind.value}, where they are not those of all."),
    )
    for kind in AgentKind
}
AgentsRelease = create_model(
    "AgentsRelease",
    __base__=_Model,
    __doc__="The images of the agents.",
    default=(WorkloadRelease, Field(description="The images of all kinds that have no entry of their own.")),
    **_KINDS,
)


class Release(_Model):
    """What runs in one stack, by digest; a tag may change under a running system, a digest cannot."""

    agents: AgentsRelease
    """The images of the agents."""
    api: WorkloadRelease
    """The images of the API."""

    def of_kind(self, kind: AgentKind) -> WorkloadRelease:
        """Return the images of a kind of agent; an entry of its own comes whole before that of all."""
        default = cast("WorkloadRelease", getattr(self.agents, "default"))  # noqa: B009  a field that is made above
        own = cast("KindRelease | None", getattr(self.agents, kind.value))
        return WorkloadRelease(canary=own.canary, stable=own.stable or default.stable) if own else default

    def path_of_kind(self, kind: AgentKind) -> str:
        """Return where the images of a kind stand in the file."""
        return f"agents.{kind.value if getattr(self.agents, kind.value) else 'default'}"
