"""Settings: one meaning however they come in, secrets that stay unseen, options of the command line."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pulumi
import pytest
import yaml
from pydantic import ValidationError

from components.base.errors import SettingsError
from components.base.vocabulary import Environment
from q2o_infra.phases.contract import Phase
from q2o_infra.region import decide_region
from q2o_infra.settings import Settings
from q2o_infra.stack_files import NOT_DECRYPTED, ROOT, load, parse, read_config, read_settings, stack_names

KEY = "llm-key-that-nobody-may-see"

EVERY_SETTING: dict[str, Any] = {
    "budget": {"recipients": ["platform@example.com"]},
    "agents": [{"kind": "coder", "maximum": 40, "minimum": 12}],
    "api": {"cpu_millicores": 300, "maximum": 20, "memory_mib": 768, "minimum": 6},
    "cloud": "aws",
    "clouds": {
        "aws": {
            "account_id": "001234567012",
            "administrators": ["arn:aws:iam::001234567012:role/teams/platform-engineer"],
            "zone_id": "Z0EXAMPLE",
        },
        "azure": {
            "administrators": ["00000000-0000-4000-8000-000000000003"],
            "subscription_id": "00000000-0000-4000-8000-000000000001",
            "tenant_id": "00000000-0000-4000-8000-000000000002",
            "zone_id": (
                "/subscriptions/00000000-0000-4000-8000-000000000001/resourceGroups/dns/providers/"
                "Microsoft.Network/dnsZones/us-east.example.com"
            ),
        },
        "gcp": {
            "administrators": ["group:platform@example.com"],
            "billing_account": "012345-6789AB-CDEF01",
            "project_id": "q2o-us-east",
            "zone_id": "us-east-example",
        },
    },
    "credentials_revision": 2,
    "cluster": {
        "public_access_ranges": ["203.0.113.0/24"],
    },
    "deletion_protection": False,
    "edge": {
        "access_log_retention_days": 30,
        "host": "q2o.us-east.example.com",
        "waf": True,
        "zone_name": "us-east.example.com",
    },
    "environment": "staging",
    "llm_api_key": "2718281828",
    "location": "us-east-2",
    "network": {"cidr": "10.20.0.0/16", "flow_log_retention_days": 7, "nat": "per_zone"},
    "phase": 1,
    "recovery": {"adopt": "1234abcd-12ab-34cd-56ef-1234567890ab", "retention_days": 60},
    "recovery_location": "us-east-1",
    "redis": {
        "backup_interval_minutes": 30,
        "cpu_millicores": 300,
        "memory_mib": 1024,
        "node_timeout_milliseconds": 3000,
        "storage_gib": 20,
    },
    "region": "us-east",
}


def _config(settings: Mapping[str, Any]) -> dict[str, Any]:
    namespaced = {f"q2o-infra:{key}": value for key, value in settings.items()}
    return {"pulumi:disable-default-providers": ["*"], **namespaced}


def _write(folder: Path, config: Mapping[str, Any], stack: str = "us-east") -> None:
    (folder / f"Pulumi.{stack}.yaml").write_text(yaml.safe_dump({"config": dict(config)}))


def _as_the_cli_hands_over(config: Mapping[str, Any]) -> str:
    """Text stays text, nothing becomes empty text, all else JSON (pulumi: resource/config, `Map.Decrypt`)."""
    texts = {
        key: (value or "") if isinstance(value, str | None) else json.dumps(value, separators=(",", ":"))
        for key, value in config.items()
    }
    return json.dumps(texts)


def _both_ways(config: Mapping[str, Any], folder: Path, monkeypatch: pytest.MonkeyPatch) -> tuple[Settings, Settings]:
    _write(folder, config)
    monkeypatch.setenv("PULUMI_CONFIG", _as_the_cli_hands_over(config))
    return read_settings("us-east", folder=folder), load()


def test_the_example_gives_every_setting() -> None:
    """The tests below hold for a setting only if the example has it."""
    assert set(EVERY_SETTING) == set(Settings.model_fields)


def test_every_setting_means_the_same_from_the_file_and_from_the_cli(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Otherwise a plan would show something else than `pulumi up` does."""
    from_file, from_cli = _both_ways(_config(EVERY_SETTING), tmp_path, monkeypatch)

    assert from_file == from_cli
    assert from_file.model_dump(mode="json", exclude_defaults=True).keys() == EVERY_SETTING.keys()


@pytest.mark.parametrize("stack", stack_names())
def test_each_stack_file_means_the_same_from_the_file_and_from_the_cli(
    stack: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The CLI decrypts the secret; all else in the real stack files must come out equal."""
    config = {**read_config(stack), "q2o-infra:llm_api_key": KEY}

    from_file, from_cli = _both_ways(config, tmp_path, monkeypatch)

    assert from_file == from_cli


@pytest.mark.parametrize("account", ["001234567012", "012345678901", "111122223333"])
def test_an_account_id_keeps_its_leading_zeros(account: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Read as a number it would name another account, or none."""
    clouds = EVERY_SETTING["clouds"]
    config = _config({**EVERY_SETTING, "clouds": {**clouds, "aws": {**clouds["aws"], "account_id": account}}})

    from_file, from_cli = _both_ways(config, tmp_path, monkeypatch)

    found = (from_file.clouds.aws, from_cli.clouds.aws)

    assert [block.account_id for block in found if block] == [account, account]


@pytest.mark.parametrize("key", ["2718281828", "true", "null", '{"a": 1}', "1e5"])
def test_a_key_that_looks_like_something_else_stays_text(
    key: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A key is what the provider issued, to the letter."""
    config = _config({**EVERY_SETTING, "llm_api_key": key})

    from_file, from_cli = _both_ways(config, tmp_path, monkeypatch)

    assert key == from_file.llm_api_key.get_secret_value() == from_cli.llm_api_key.get_secret_value()


@pytest.mark.parametrize("word", ["yes", "no", "on", "off"])
def test_a_word_that_means_true_or_false_to_some_readers_of_yaml_is_refused(word: str, tmp_path: Path) -> None:
    """The CLI reads `no` as text, so it must not protect or unprotect anything here."""
    _write(tmp_path, _config({**EVERY_SETTING, "deletion_protection": True}))
    path = tmp_path / "Pulumi.us-east.yaml"
    path.write_text(path.read_text().replace("deletion_protection: true", f"deletion_protection: {word}"))

    with pytest.raises(SettingsError, match=f"deletion_protection: '{word}' is not allowed: expected true or false"):
        read_settings("us-east", folder=tmp_path)


@pytest.mark.parametrize("key", ["api", "location", "llm_api_key", "phase"])
def test_a_key_without_a_value_is_refused_from_the_file_and_from_the_cli(
    key: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Neither may take it for the default."""
    config = _config({**EVERY_SETTING, key: None})
    _write(tmp_path, config)
    monkeypatch.setenv("PULUMI_CONFIG", _as_the_cli_hands_over(config))
    expected = f"{key}: nothing is given: a key has a value or is left out; give it one or remove it."

    with pytest.raises(SettingsError) as from_file:
        read_settings("us-east", folder=tmp_path)
    with pytest.raises(SettingsError) as from_cli:
        load()

    assert from_file.value.message == f"Pulumi.us-east.yaml: {expected}"
    assert from_cli.value.message == f"Pulumi.{pulumi.get_stack()}.yaml: {expected}"


def test_a_program_that_the_cli_did_not_start_is_told_what_is_missing(monkeypatch: pytest.MonkeyPatch) -> None:
    """No configuration at all is bad input, not a crash."""
    monkeypatch.delenv("PULUMI_CONFIG", raising=False)

    with pytest.raises(SettingsError, match=r"phase: nothing is given, and there is no default"):
        load()


def test_an_encrypted_secret_becomes_a_marked_placeholder() -> None:
    """A plan needs no key, and nothing may take the ciphertext for one."""
    assert read_settings("us-east").llm_api_key.get_secret_value() == NOT_DECRYPTED


def test_only_the_secret_may_stand_encrypted() -> None:
    """Anything else would be unknown to a plan."""
    config = _config({**EVERY_SETTING, "location": {"secure": "v1:abc:def"}})

    with pytest.raises(SettingsError, match=r"location: \{'secure': 'v1:abc:def'\} is not allowed: expected text"):
        parse(config, source="Pulumi.us-east.yaml")


@pytest.mark.parametrize("show", [repr, str, Settings.model_dump_json, lambda settings: repr(settings.model_dump())])
def test_settings_show_the_key_to_nobody(show: Any) -> None:
    """Settings end up in logs and tracebacks."""
    settings = parse(_config({**EVERY_SETTING, "llm_api_key": KEY}), source="Pulumi.us-east.yaml")

    assert KEY not in show(settings)
    assert settings.llm_api_key.get_secret_value() == KEY


def test_a_refusal_of_other_settings_does_not_show_the_key() -> None:
    """A message about a typing error is printed in public logs."""
    with pytest.raises(SettingsError) as caught:
        parse(_config({**EVERY_SETTING, "llm_api_key": KEY, "phase": 9, "phse": 1}), source="Pulumi.us-east.yaml")

    assert KEY not in caught.value.message
    assert caught.value.__cause__ is None


def test_settings_cannot_be_changed_once_read() -> None:
    """Otherwise two parts of the program could see two regions."""
    with pytest.raises(ValidationError):
        read_settings("us-east").phase = Phase.GLOBAL  # type: ignore[misc]


def test_an_option_of_the_command_line_replaces_what_the_file_says() -> None:
    """`--phase` and the others are for a look at what is not in the file."""
    settings = read_settings("apac", overrides={"phase": "1", "environment": Environment.SANDBOX, "cloud": None})

    assert (settings.phase, settings.environment) == (Phase.FOUNDATION, Environment.SANDBOX)
    assert settings.cloud == read_settings("apac").cloud


def test_a_refused_option_is_named_instead_of_the_file() -> None:
    """The file is in order; looking there would be in vain."""
    with pytest.raises(SettingsError) as caught:
        read_settings("us-east", overrides={"phase": "two"})

    assert caught.value.message == (
        "--phase: 'two' is not allowed: expected a whole number, 1 to 4; choose one of these."
    )


def test_a_refused_option_is_named_also_where_values_do_not_fit_together() -> None:
    """The rules between values see the same options."""
    settings = read_settings("us-east", overrides={"region": "apac"})
    with pytest.raises(SettingsError, match=r"^--region: 'apac' is not allowed: the stack is called us-east"):
        decide_region("us-east", settings, overridden={"region"})


def test_a_stack_without_a_file_is_answered_with_the_stacks_that_have_one(tmp_path: Path) -> None:
    """A typing error in the stack's name is the first thing to go wrong."""
    for stack in ("us-east", "eu-west"):
        _write(tmp_path, {}, stack)

    with pytest.raises(SettingsError) as caught:
        read_settings("us-est", folder=tmp_path)

    assert caught.value.message == (
        "stack: 'us-est' is not allowed: there is no Pulumi.us-est.yaml; stacks with a file are eu-west, us-east; "
        "choose one of these."
    )


def test_a_file_that_is_no_text_is_bad_input(tmp_path: Path) -> None:
    """A crash would say nothing to whoever wrote the file."""
    (tmp_path / "Pulumi.us-east.yaml").write_bytes(b"config: \xff\xfe")

    with pytest.raises(SettingsError, match=r"^Pulumi\.us-east\.yaml: the file cannot be read as text: "):
        read_settings("us-east", folder=tmp_path)


def test_a_message_is_plain_ascii_whatever_was_given() -> None:
    """Terminals and logs of pipelines differ in what else they can show."""
    with pytest.raises(SettingsError) as caught:
        parse(
            _config({**EVERY_SETTING, "region": "europe-\u00f6st", "l\u00f6cation": "x"}), source="Pulumi.us-east.yaml"
        )

    assert caught.value.message.isascii()
    assert len(caught.value.message.splitlines()) == 2


def test_an_odd_key_is_bad_input_and_not_a_crash(tmp_path: Path) -> None:
    """YAML allows numbers and dates as keys."""
    (tmp_path / "Pulumi.us-east.yaml").write_text("config:\n  5: x\n  q2o-infra:api:\n    2026-01-01: x\n")

    with pytest.raises(SettingsError, match=r"api\.2026-01-01: this key is unknown"):
        read_settings("us-east", folder=tmp_path)


def test_the_stacks_of_the_repository_are_the_three_regions() -> None:
    """One stack is one region."""
    assert stack_names(ROOT) == ["apac", "eu-west", "us-east"]
