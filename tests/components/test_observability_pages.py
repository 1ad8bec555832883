"""What is written about the recorder: the example runs, and the figures are those of the code."""

from __future__ import annotations

import re
import runpy
from pathlib import Path

from components.observability import retention
from components.observability.api_metrics import LATENCY_BUCKETS_MOST, LATENCY_METRIC, REQUESTS_METRIC, USERS_METRIC
from components.observability.facts import FACTS
from components.observability.queries import questions, release_questions
from components.observability.retention import StorageArgs
from q2o_infra.plan.recorder import record
from q2o_infra.stack_files import ROOT

README = (ROOT / "components" / "observability" / "README.md").read_text(encoding="utf-8")
HOW_TO = (ROOT / "docs" / "how-to" / "read-the-evidence.md").read_text(encoding="utf-8")


def test_the_example_builds_a_recorder(tmp_path: Path) -> None:
    (code,) = re.findall(r"```python\n(.*?)```", README, flags=re.DOTALL)
    example = tmp_path / "example.py"
    example.write_text(code)
    recording = record(runpy.run_path(str(example))["program"])
    assert len(recording.of_type("kubernetes:monitoring.coreos.com/v1:Prometheus")) == 1
    assert len(recording.of_type("kubernetes:monitoring.coreos.com/v1:Probe")) == 2


def test_the_table_of_what_is_recorded_is_that_of_the_facts() -> None:
    rows = re.findall(r"^\| `(q2o:[^`]+)` \| (?:`([^`]+)`)? ?\| (.*) \|$", README, flags=re.MULTILINE)
    assert rows == [
        (fact.record, ",".join(f'{key}="{value}"' for key, value in fact.labels.items()), fact.meaning)
        for fact in FACTS
    ]


def test_the_arithmetic_of_the_45_days_is_that_of_the_code() -> None:
    storage = StorageArgs()
    limits = {
        "gateway": (retention.GATEWAY, 1),
        "API": (retention.API, 1),
        "Redis": (retention.REDIS, 1),
        "probes": (retention.PROBE, retention.PROBES),
        "recorder itself": (retention.RECORDER, 1),
    }
    for name, (limit, times) in limits.items():
        assert f"| {name} | {times * limit.targets} | {limit.samples} | {times * limit.series} |" in README
    sum_ = f"{retention.SERIES:,} series x {storage.samples_per_series:,} samples (45 days, one every 15 s) x 2 bytes"
    assert f"{sum_} = {storage.expected_bytes / 2**30:.1f} GiB." in README
    assert f"The cap is {storage.cap_gib} GiB" in README


def test_the_questions_are_those_of_the_code() -> None:
    for what, question in (questions(window_seconds=2_592_000) | release_questions()).items():
        assert f"| {what} | `{question}` |" in HOW_TO


def test_images_of_the_api_are_told_what_to_expose() -> None:
    page = (ROOT / "components" / "workloads" / "README.md").read_text(encoding="utf-8")
    for metric in (USERS_METRIC, REQUESTS_METRIC, LATENCY_METRIC):
        assert f"`{metric}`" in page, metric
    assert f"at most {LATENCY_BUCKETS_MOST} buckets" in page
