"""What one cloud refuses of a setting that another takes, a row each. Settings and components hold theirs to it.

A row makes the refusal one of bad input, before anything is registered; the component asks the same row again.
"""

from __future__ import annotations

from clouds.aws import limits as aws
from clouds.azure import limits as azure
from clouds.gcp import limits as gcp
from clouds.limit import Limit
from components.base.vocabulary import Cloud

LIMITS: dict[Cloud, dict[str, Limit]] = {Cloud.AWS: aws.LIMITS, Cloud.AZURE: azure.LIMITS, Cloud.GCP: gcp.LIMITS}
"""By cloud and by the setting's path."""
