"""What one cloud refuses is refused before anything is registered, in the words of a stack file's other faults."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
import yaml

from clouds.limits import LIMITS
from components.base.errors import SettingsError
from components.base.vocabulary import Cloud
from q2o_infra import program
from q2o_infra.plan.recorder import record
from q2o_infra.stack_files import NAMESPACE, ROOT, read_settings

STACK = "us-east"
FOREIGN_ZONE = (
    "/subscriptions/10000000-0000-4000-8000-000000000001/resourceGroups/dns"
    "/providers/Microsoft.Network/dnsZones/other.example"
)
FOREIGN_KEY = "projects/another/locations/us-central1/keyRings/q2o-us-east-recovery-g1/cryptoKeys/backups"
ROLE = "arn:aws:iam::111122223333:role"
SIX = [f"person{number}@example.com" for number in range(6)]

FAULTS: tuple[tuple[Cloud, str, Any, str], ...] = (
    (Cloud.AWS, "network.flow_log_retention_days", 31, "31 is not allowed: CloudWatch keeps logs for 1, 3, 5"),
    (
        Cloud.AWS,
        "clouds.aws.administrators",
        [f"{ROLE}/platform.engineer", f"{ROLE}/Platform-Engineer"],
        f"'{ROLE}/Platform-Engineer' is not allowed: {ROLE}/platform.engineer is called platform-engineer as well",
    ),
    (Cloud.AZURE, "edge.access_log_retention_days", 7, "7 is not allowed: on Azure the balancer knows no HTTP"),
    (Cloud.AZURE, "edge.waf", True, "True is not allowed: on Azure the balancer knows no HTTP"),
    (Cloud.AZURE, "network.nat", "per_zone", "'per_zone' is not allowed: on Azure a subnet has one NAT gateway"),
    (Cloud.AZURE, "network.flow_log_retention_days", 366, "366 is not allowed: Azure keeps flow logs for 1 to 365"),
    (
        Cloud.AZURE,
        "clouds.azure.zone_id",
        FOREIGN_ZONE,
        f"'{FOREIGN_ZONE}' is not allowed: the id of the zone us-east.q2o.example, which ends in",
    ),
    (
        Cloud.AZURE,
        "clouds.azure.zone_id",
        FOREIGN_ZONE.replace("10000000", "20000000").replace("other", "us-east.q2o"),
        "is not allowed: a zone in the stack's own subscription 10000000-0000-4000-8000-000000000001",
    ),
    (Cloud.GCP, "budget.recipients", SIX, f"{SIX!r} is not allowed: 1 to 5 mail addresses on Google Cloud"),
    (Cloud.GCP, "edge.access_log_retention_days", 3651, "3651 is not allowed: Cloud Logging keeps logs for 1 to 3650"),
    (Cloud.GCP, "network.flow_log_retention_days", 3651, "3651 is not allowed: Cloud Logging keeps logs for 1 to 3650"),
    (
        Cloud.GCP,
        "clouds.gcp.administrators",
        ["group:platform@example.com", "serviceAccount:platform@example.com"],
        "'serviceAccount:platform@example.com' is not allowed: group:platform@example.com is called platform as well",
    ),
    (Cloud.GCP, "recovery.adopt", FOREIGN_KEY, f"'{FOREIGN_KEY}' is not allowed: a key below projects/q2o-us-east/"),
)


def put(config: dict[str, Any], path: str, value: Any) -> None:
    """Write a setting into the `config` block of a stack file."""
    first, *others = path.split(".")
    where = config
    for key in (f"{NAMESPACE}{first}", *others[:-1]):
        where = where.setdefault(key, {})
    where[others[-1]] = value


@pytest.mark.parametrize(("cloud", "path", "value", "sentence"), FAULTS, ids=lambda value: str(value)[:40])
def test_what_a_cloud_refuses_is_bad_input_that_names_file_and_key(
    cloud: Cloud, path: str, value: Any, sentence: str, tmp_path: Path
) -> None:
    document = yaml.safe_load((ROOT / f"Pulumi.{STACK}.yaml").read_text())
    document["config"][f"{NAMESPACE}cloud"] = cloud.value
    put(document["config"], path, value)
    (tmp_path / f"Pulumi.{STACK}.yaml").write_text(yaml.safe_dump(document))
    settings = read_settings(STACK, folder=tmp_path)

    with pytest.raises(SettingsError) as caught:
        record(lambda: program.run(STACK, settings, gated=False))

    (line,) = caught.value.message.splitlines()
    assert line.startswith(f"Pulumi.{STACK}.yaml: {path}: ")
    assert sentence in line


def test_every_limit_of_a_cloud_is_broken_by_one_of_these_faults() -> None:
    broken = {(cloud, path) for cloud, path, _, _ in FAULTS}

    assert {(cloud, path) for cloud, rows in LIMITS.items() for path in rows} <= broken


def test_no_cloud_refuses_the_defaults() -> None:
    for cloud in Cloud:
        program.decide(STACK, read_settings(STACK, overrides={"cloud": cloud.value}))
