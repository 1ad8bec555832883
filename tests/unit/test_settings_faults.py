"""One stack file per fault, one table of exact messages.

To add a fault: put a whole stack file into `faults/`, named after the fault and otherwise sound, and a row in here.
"""

from __future__ import annotations

from pathlib import Path

import pytest

from components.base.errors import EXIT_BAD_INPUT, SettingsError
from q2o_infra.region import decide_region
from q2o_infra.stack_files import read_settings

FAULTS = Path(__file__).parent / "faults"
STACK = "us-east"

MESSAGES: dict[str, str] = {
    "account-id-not-12-digits": (
        "Pulumi.us-east.yaml: clouds.aws.account_id: '1111-2222-3333' is not allowed: expected an account id of 12 "
        'digits, in quotes because it is no number; write it as "123456789012".'
    ),
    "account-id-without-quotes": (
        "Pulumi.us-east.yaml: clouds.aws.account_id: 111122223333 is not allowed: expected an account id of 12 "
        'digits, in quotes because it is no number; write it as "123456789012".'
    ),
    "administrator-twice": (
        "Pulumi.us-east.yaml: clouds.aws.administrators: 'arn:aws:iam::111122223333:role/platform-engineer' "
        "is not allowed: it is listed more than once; keep one of these entries."
    ),
    "administrators-absent": (
        "Pulumi.us-east.yaml: clouds.aws.administrators: [] is not allowed: expected a list of at least one "
        "IAM role; name the role that runs `pulumi up`, or nobody can enter the cluster."
    ),
    "administrators-not-arns": (
        "Pulumi.us-east.yaml: clouds.aws.administrators.0: 'platform-engineer' is not allowed: expected the "
        "ARN of an IAM role, arn:aws:iam::<12 digits>:role/<name>; name the role itself, not a user and "
        "not a session of the role."
    ),
    "agent-below-redundancy": (
        "Pulumi.us-east.yaml: agents.tester.minimum: 1 is not allowed: 2 or more, so that the loss of one "
        "node leaves a pod; raise it to at least 2."
    ),
    "agents-below-promise": (
        "Pulumi.us-east.yaml: agents: the minima of all kinds add up to 48 pods: phase 1 promises 50; "
        "raise the minimum of some kinds by 2 in all."
    ),
    "api-below-promise": (
        "Pulumi.us-east.yaml: api.minimum: 4 is not allowed: phase 1 promises 5 API pods; set it to 5 or more."
    ),
    "alias-inside-of-itself": (
        "Pulumi.us-east.yaml:13: this is not YAML: an alias stands inside of what it names; correct this line or the "
        "one before it."
    ),
    "budget-absent": (
        "Pulumi.us-east.yaml: budget: nothing is given, and there is no default: expected a mapping of "
        "keys to values; write its keys below it, indented."
    ),
    "budget-recipient-is-no-address": (
        "Pulumi.us-east.yaml: budget.recipients.0: 'platform' is not allowed: expected a mail address; "
        "write it as platform@example.com."
    ),
    "budget-recipient-twice": (
        "Pulumi.us-east.yaml: budget.recipients: 'platform@example.com' is not allowed: it is listed more "
        "than once; keep one of these entries."
    ),
    "budget-without-recipients": (
        "Pulumi.us-east.yaml: budget.recipients: [] is not allowed: expected a list of one to ten mail "
        "addresses; name the people, or a list of theirs, who act when the budget runs out."
    ),
    "cloud-without-its-block": (
        "Pulumi.us-east.yaml: clouds.aws: nothing is given, and the region shall run there: it needs account_id, "
        "administrators and zone_id; write them below it, indented."
    ),
    "clouds-absent": (
        "Pulumi.us-east.yaml: clouds: nothing is given, and there is no default: expected a mapping of "
        "keys to values; write its keys below it, indented."
    ),
    "default-providers-enabled": (
        "Pulumi.us-east.yaml: pulumi:disable-default-providers: [] is not allowed: every provider is "
        'explicit here, and a default one may write to another account or region; set it to ["*"].'
    ),
    "default-providers-undecided": (
        "Pulumi.us-east.yaml: pulumi:disable-default-providers: nothing is given: every provider is "
        'explicit here, and a default one may write to another account or region; set it to ["*"].'
    ),
    "duplicate-agent-kinds": (
        "Pulumi.us-east.yaml: agents: 'coder' is not allowed: each kind of agent is listed once; merge the "
        "rows of this kind."
    ),
    "duplicate-key": (
        "Pulumi.us-east.yaml:20: this is not YAML: the key q2o-infra:phase stands there twice; correct "
        "this line or the one before it."
    ),
    "foreign-namespace": (
        "Pulumi.us-east.yaml: aws:region: this key is unknown: settings of this program start with "
        "q2o-infra:, and its providers take theirs from it alone; remove it or correct its spelling."
    ),
    "host-bits-in-range": (
        "Pulumi.us-east.yaml: network.cidr: '10.16.5.0/16' is not allowed: expected an IPv4 range such as "
        "192.0.2.0/24, with no bits set behind the prefix; write its first address and its prefix length."
    ),
    "key-without-value": (
        "Pulumi.us-east.yaml: api.minimum: nothing is given: a key has a value or is left out; give it one "
        "or remove it."
    ),
    "location-outside-jurisdiction": (
        "Pulumi.us-east.yaml: location: 'eu-west-1' is not allowed: data of us-east stays in jurisdiction "
        "us, where aws offers us-east-1, us-east-2, us-west-2; choose one of these."
    ),
    "maximum-below-promise": (
        "Pulumi.us-east.yaml: api.maximum: 3 is not allowed: phase 1 promises 5 API pods; set it to 5 or more."
    ),
    "minimum-above-maximum": (
        "Pulumi.us-east.yaml: agents.coder.minimum: 20 is not allowed: at most agents.coder.maximum, which "
        "is 12; lower the minimum or raise the maximum."
    ),
    "nested-without-end": (
        "Pulumi.us-east.yaml: this nests deeper than anything that is read here; write it flatter, or replace the file."
    ),
    "no-config-block": (
        "Pulumi.us-east.yaml: there is no config block: a stack file holds its settings there; write "
        "config: and below it, indented, keys such as q2o-infra:region."
    ),
    "not-yaml": (
        "Pulumi.us-east.yaml:7: this is not YAML: expected ',' or ']', but got ':'; correct this line or "
        "the one before it."
    ),
    "number-in-quotes": (
        "Pulumi.us-east.yaml: api.minimum: '6' is not allowed: expected a whole number, 1 to 5800; write "
        "one, without quotes."
    ),
    "outside-addresses": (
        "Pulumi.us-east.yaml: network.cidr: '192.168.0.0/16' is not allowed: it lies outside the region's "
        "block, and us-east owns 10.16.0.0/12; choose a range inside that."
    ),
    "overlapping-addresses": (
        "Pulumi.us-east.yaml: network.cidr: '10.32.0.0/16' is not allowed: it overlaps the block of "
        "eu-west, and us-east owns 10.16.0.0/12; choose a range inside that."
    ),
    "phase-0": ("Pulumi.us-east.yaml: phase: 0 is not allowed: expected a whole number, 1 to 4; choose one of these."),
    "phase-5": ("Pulumi.us-east.yaml: phase: 5 is not allowed: expected a whole number, 1 to 4; choose one of these."),
    "phase-true": (
        "Pulumi.us-east.yaml: phase: True is not allowed: expected a whole number, 1 to 4; choose one of these."
    ),
    "phase-two": (
        "Pulumi.us-east.yaml: phase: 'two' is not allowed: expected a whole number, 1 to 4; choose one of these."
    ),
    "project-id-is-a-number": (
        "Pulumi.us-east.yaml: clouds.gcp.project_id: '123456789012' is not allowed: expected a project id of 6 to 30 "
        "small letters, digits and hyphens, beginning with a letter; copy it from `gcloud projects list`; it is "
        "neither the project's name nor its number."
    ),
    "public-range-private": (
        "Pulumi.us-east.yaml: cluster.public_access_ranges.0: '10.16.0.0/16' is not allowed: nobody comes "
        "from a private range over the internet; give the public addresses of your offices and runners."
    ),
    "public-range-world-open": (
        "Pulumi.us-east.yaml: cluster.public_access_ranges.0: '0.0.0.0/0' is not allowed: the API server "
        "would face the whole internet, or a large part of it; name the ranges of your offices and "
        "runners, or give none and enter from inside the network."
    ),
    "recovery-adopts-an-arn": (
        "Pulumi.us-east.yaml: recovery.adopt: 'arn:aws:kms:us-west-2:111122223333:key/1234abcd-12ab-34cd-56ef-"
        "1234567890ab' is not allowed: expected the id of a key, 1234abcd-12ab-34cd-56ef-1234567890ab, not its ARN "
        "and not its alias; take what the last `up` gave as recovery_key_id, or what `aws kms describe-key` answers."
    ),
    "recovery-kept-for-a-day": (
        "Pulumi.us-east.yaml: recovery.retention_days: 1 is not allowed: expected a whole number, 7 to 3650; write "
        "one, without quotes."
    ),
    "recovery-equals-home": (
        "Pulumi.us-east.yaml: recovery_location: 'us-east-1' is not allowed: the region lives there, and a "
        "backup beside its source is lost with it; us-east-2, us-west-2 remain; choose one of these."
    ),
    "recovery-outside-jurisdiction": (
        "Pulumi.us-east.yaml: recovery_location: 'eu-central-1' is not allowed: data of us-east stays in "
        "jurisdiction us, where aws offers us-east-1, us-east-2, us-west-2; choose one of these."
    ),
    "redis-backup-interval-uneven": (
        "Pulumi.us-east.yaml: redis.backup_interval_minutes: 7 is not allowed: 5 minutes or more that "
        "divide an hour, or whole hours that divide a day; choose for example 15, 30, 60, 120 or 1440."
    ),
    "redis-failover-slower-than-promised": (
        "Pulumi.us-east.yaml: redis.node_timeout_milliseconds: 15000 is not allowed: writes are promised "
        "back in less than 10 s, and with it they take up to 1.5 x 15 s of silence + 1 s until a majority "
        "agrees + 0.5 s + 0.5 s until the election = 24.5 s; set it to 5333 or less."
    ),
    "redis-node-timeout-too-short": (
        "Pulumi.us-east.yaml: redis.node_timeout_milliseconds: 200 is not allowed: a fork or a busy machine"
        " is silent for as long, and its shard would be taken from it; set it to 1000 or more."
    ),
    "redis-volume-below-its-log": (
        "Pulumi.us-east.yaml: redis.storage_gib: 10 is not allowed: the log of a server of 4096 MiB may "
        "grow to 3 times that, 12 GiB; set it to 12 or more."
    ),
    "secret-absent": (
        "Pulumi.us-east.yaml: llm_api_key: nothing is given, and there is no default: expected a key for "
        "the LLM providers; run `pulumi config set --secret llm_api_key`."
    ),
    "secret-is-a-number": (
        "Pulumi.us-east.yaml: llm_api_key: '[secret]' is not allowed: expected a key for the LLM "
        "providers; run `pulumi config set --secret llm_api_key`."
    ),
    "stack-name-and-region-disagree": (
        "Pulumi.us-east.yaml: region: 'eu-west' is not allowed: the stack is called us-east, and a stack's "
        "name starts with its region; correct the region or the name of the stack."
    ),
    "template-not-filled-in": (
        "Pulumi.us-east.yaml:18: this is not YAML: a mapping or a list stands in the place of a key, as an unfilled "
        "{{ template }} reads; correct this line or the one before it."
    ),
    "too-large-addresses": (
        "Pulumi.us-east.yaml: network.cidr: '10.16.0.0/15' is not allowed: AWS takes networks of /16 and "
        "smaller; give a /16 inside it."
    ),
    "too-small-addresses": (
        "Pulumi.us-east.yaml: network.cidr: '10.16.0.0/24' is not allowed: 100 nodes and their pods need "
        "3031 addresses in each zone once a zone is lost, which a /18 or larger has; give a range from /16 "
        "to /18."
    ),
    "two-faults-between-values": (
        "Pulumi.us-east.yaml: recovery_location: 'us-east-1' is not allowed: the region lives there, and a "
        "backup beside its source is lost with it; us-east-2, us-west-2 remain; choose one of these.\n"
        "Pulumi.us-east.yaml: api.minimum: 4 is not allowed: phase 1 promises 5 API pods; set it to 5 or "
        "more."
    ),
    "two-faults-in-one-value-each": (
        "Pulumi.us-east.yaml: phase: 5 is not allowed: expected a whole number, 1 to 4; choose one of "
        "these.\n"
        "Pulumi.us-east.yaml: region: 'us-west' is not allowed: expected us-east, eu-west or apac; choose "
        "one of these."
    ),
    "unknown-agent-kind": (
        "Pulumi.us-east.yaml: agents.0.kind: 'wizard' is not allowed: expected orchestrator, planner, "
        "requirements, architect, coder, reviewer, tester, debugger, security, documenter, deployer or "
        "researcher; choose one of these."
    ),
    "unknown-cloud": (
        "Pulumi.us-east.yaml: cloud: 'oracle' is not allowed: expected aws, gcp or azure; choose one of these."
    ),
    "unknown-environment": (
        "Pulumi.us-east.yaml: environment: 'prod' is not allowed: expected production, staging or sandbox; "
        "choose one of these."
    ),
    "unknown-key-nested": (
        "Pulumi.us-east.yaml: api.replicas: this key is unknown: cpu_millicores, maximum, memory_mib, "
        "minimum are allowed here; remove it or correct its spelling."
    ),
    "unknown-key-of-pulumi": (
        "Pulumi.us-east.yaml: pulumi:autonaming: this key is unknown: settings of this program start with "
        "q2o-infra:, and its providers take theirs from it alone; remove it or correct its spelling."
    ),
    "unknown-key-of-the-file": (
        "Pulumi.us-east.yaml: confg: this key is unknown: config, encryptedkey, encryptionsalt, "
        "environment, secretsprovider are allowed here; write config instead."
    ),
    "unknown-key": (
        "Pulumi.us-east.yaml: phse: this key is unknown: agents, api, budget, cloud, clouds, cluster, "
        "credentials_revision, deletion_protection, edge, environment, llm_api_key, location, network, phase, "
        "recovery, recovery_location, redis, region are allowed here; write phase instead."
    ),
    "unknown-location": (
        "Pulumi.us-east.yaml: location: 'us-north-1' is not allowed: data of us-east stays in jurisdiction "
        "us, where aws offers us-east-1, us-east-2, us-west-2; choose one of these."
    ),
    "unknown-region": (
        "Pulumi.us-east.yaml: region: 'us-west' is not allowed: expected us-east, eu-west or apac; choose one of these."
    ),
    "wrong-type-list-for-mapping": (
        "Pulumi.us-east.yaml: api: [{'minimum': 5}] is not allowed: expected a mapping of keys to values; "
        "write its keys below it, indented."
    ),
    "wrong-type": (
        "Pulumi.us-east.yaml: api.minimum: 'five' is not allowed: expected a whole number, 1 to 5800; "
        "write one, without quotes."
    ),
    "edge-absent": (
        "Pulumi.us-east.yaml: edge: nothing is given, and there is no default: expected a mapping of keys to "
        "values; write its keys below it, indented."
    ),
    "host-in-a-foreign-zone": (
        "Pulumi.us-east.yaml: edge.host: 'api.eu-west.q2o.example' is not allowed: it is not in zone us-"
        "east.q2o.example, and a certificate for it could not be validated there; choose us-east.q2o.example "
        "or a name below it."
    ),
    "host-with-a-scheme": (
        "Pulumi.us-east.yaml: edge.host: 'https://api.us-east.q2o.example' is not allowed: expected a host "
        "name of 64 characters at most, in small letters, with no scheme and no dot at the end; write it as "
        "api.example.com."
    ),
    "zone-id-of-another-shape": (
        "Pulumi.us-east.yaml: clouds.aws.zone_id: '/hostedzone/Z0EXAMPLEUSEAST00001' is not allowed: expected the "
        "id of the hosted zone that edge.zone_name names, Z and capital letters and digits; copy it from `aws"
        " route53 list-hosted-zones`, without /hostedzone/."
    ),
    "zone-id-without-zone-name": (
        "Pulumi.us-east.yaml: edge.zone_name: nothing is given, and there is no default: expected the name of"
        " the DNS zone that zone_id of the cloud names, in small letters, without a dot at the end; write it as us-"
        "east.example.com."
    ),
    "zone-name-without-zone-id": (
        "Pulumi.us-east.yaml: clouds.aws.zone_id: nothing is given, and there is no default: expected the id of the"
        " hosted zone that edge.zone_name names, Z and capital letters and digits; copy it from `aws route53 "
        "list-hosted-zones`, without /hostedzone/."
    ),
}


def _refusal_of(fault: str, folder: Path) -> SettingsError:
    (folder / f"Pulumi.{STACK}.yaml").write_bytes((FAULTS / f"{fault}.yaml").read_bytes())
    with pytest.raises(SettingsError) as caught:
        decide_region(STACK, read_settings(STACK, folder=folder))
    return caught.value


@pytest.mark.parametrize("fault", sorted(MESSAGES))
def test_a_fault_is_answered_with_exactly_its_message(fault: str, tmp_path: Path) -> None:
    """The message is all that a person has to go by."""
    assert MESSAGES[fault] == _refusal_of(fault, tmp_path).message


@pytest.mark.parametrize("fault", sorted(MESSAGES))
def test_a_fault_ends_with_the_exit_code_of_bad_input(fault: str, tmp_path: Path) -> None:
    """A pipeline must tell bad input (2) from the answer no (1)."""
    assert _refusal_of(fault, tmp_path).exit_code == EXIT_BAD_INPUT == 2


def test_every_file_has_a_row_and_every_row_a_file() -> None:
    """A file without a row would be tested by nothing."""
    assert sorted(path.stem for path in FAULTS.glob("*.yaml")) == sorted(MESSAGES)


@pytest.mark.parametrize("fault", sorted(MESSAGES))
def test_each_line_is_one_plain_sentence_that_names_the_file(fault: str) -> None:
    """Logs of a pipeline have many lines; each must be understood alone."""
    for line in MESSAGES[fault].split("\n"):
        assert line.isascii()
        assert line.startswith(f"Pulumi.{STACK}.yaml:")
        assert line.endswith(".")
        assert ". " not in line
