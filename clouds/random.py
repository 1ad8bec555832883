"""The random provider as the sandbox simulates it: values that look random and never change for one URN."""

from __future__ import annotations

import string

from clouds.kind import Kind, Subject

PROVIDER_VERSION = "4.21.4"

_ALPHABET = string.ascii_letters + string.digits


def _password(subject: Subject) -> dict[str, str]:
    digits = subject.token(2 * int(subject.inputs["length"]), "password")
    pairs = (int(digits[index : index + 2], 16) for index in range(0, len(digits), 2))
    return {"result": "".join(_ALPHABET[pair % len(_ALPHABET)] for pair in pairs), "bcryptHash": "simulated"}


KINDS: tuple[Kind, ...] = (
    Kind(
        type="random:index/randomPassword:RandomPassword",
        identity=lambda subject: subject.token(12),
        outputs=_password,
        required=frozenset({"length"}),
        # Everything in a random resource forces a new one (pulumi-random, docs of RandomPassword).
        replaces=frozenset({"keepers", "length", "lower", "minLower", "number", "numeric", "special", "upper"}),
        secret_outputs=frozenset({"result", "bcryptHash"}),
    ),
)
