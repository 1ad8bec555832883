"""How an image is named: by digest."""

from __future__ import annotations

import re

from components.base.errors import Q2OError, SettingsError, refused

_PINNED_IMAGE = re.compile(r"[a-z0-9][a-z0-9._:/-]*@sha256:[0-9a-f]{64}")


def check_image(where: str, image: str, *, error: type[Q2OError] = SettingsError) -> None:
    """Refuse an image that is not pinned by digest: a tag can be moved, and then two nodes run two programs."""
    if not _PINNED_IMAGE.fullmatch(image):
        raise error(
            refused(
                where,
                image,
                "an image is pinned as name@sha256: and 64 hexadecimal digits",
                "give the digest that the registry printed when the image was pushed",
            )
        )
