"""A canary of the API and stable, told apart by what their pods say, on a real Prometheus and the drill's own API."""

from __future__ import annotations

import os
import re
import subprocess
import sys
import urllib.error
import urllib.request
from collections.abc import Iterator
from contextlib import ExitStack
from typing import Any

import pytest

from components.observability import retention
from components.observability.api_metrics import LATENCY_BUCKETS_MOST, REQUEST_CLASSES
from components.observability.contract import PodMetrics
from components.observability.monitors import API_JOB, api_monitor
from components.observability.queries import CANARY_PODS, release_questions
from drills.rollout.api_pods import SERVER
from drills.rollout.api_server import BUCKETS
from q2o_infra.stack_files import ROOT
from tests.support.prometheus import answers, ask, free_port, needed, server, server_files, wait_for

ERRORS, LATENCY = release_questions().values()
PODS = ("api-7d4f-1", "api-7d4f-2", "api-canary-5b9c-1")


def relabelings() -> list[dict[str, Any]]:
    """What the API's monitor keeps, as Prometheus itself spells it."""
    metrics = PodMetrics(labels={}, namespace="q2o-api", port_name="http", port=8080)
    (endpoint,) = api_monitor(metrics)["podMetricsEndpoints"]
    spelled = {"sourceLabels": "source_labels"}
    return [{spelled.get(key, key): value for key, value in row.items()} for row in endpoint["metricRelabelings"]]


def request(port: int, status: int) -> None:
    asked = urllib.request.Request(f"http://127.0.0.1:{port}/work?status={status}", method="POST")
    try:
        urllib.request.urlopen(asked, timeout=60).close()
    except urllib.error.HTTPError as error:
        assert error.code == status


@pytest.fixture(scope="module")
def recorded(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[str, dict[str, int]]]:
    """A Prometheus that scrapes two pods of stable and one of the canary, and where each pod listens."""
    folder = tmp_path_factory.mktemp("release")
    binary = needed("prometheus")
    with ExitStack() as stack:
        ports = {}
        for pod in PODS:
            ports[pod] = free_port()
            command = [sys.executable, "-m", SERVER, "127.0.0.1", str(ports[pod]), "0"]
            environment = {**os.environ, "PYTHONPATH": str(ROOT), "Q2O_DRAIN_SECONDS": "1"}
            process = stack.enter_context(subprocess.Popen(command, cwd=ROOT, env=environment))
            stack.callback(process.terminate)
        job = {
            "job_name": API_JOB,
            "metric_relabel_configs": relabelings(),
            "sample_limit": retention.API.samples,
            "static_configs": [
                {"labels": {"pod": pod}, "targets": [f"127.0.0.1:{port}"]} for pod, port in ports.items()
            ],
        }
        for port in ports.values():
            wait_for(lambda port=port: answers(f"http://127.0.0.1:{port}/metrics"), "the API does not answer")
        yield stack.enter_context(server(binary, server_files(folder, groups=[], jobs=[job]), free_port())), ports


def by_version(address: str, question: str) -> dict[str, float]:
    return {row["metric"].get("version", "stable"): float(row["value"][1]) for row in ask(address, question)}


def counted(address: str) -> dict[str, int]:
    rows = ask(address, "sum by (pod) (http_requests_total)")
    return {row["metric"]["pod"]: int(row["value"][1]) for row in rows}


def test_failures_and_latency_of_a_canary_are_told_from_stables(recorded: tuple[str, dict[str, int]]) -> None:
    address, ports = recorded
    wait_for(lambda: len(ask(address, "http_requests_total")) == 15, "not every class of every pod is recorded")
    for number in range(10):
        for pod, port in ports.items():
            request(port, 500 if pod.startswith("api-canary") and number < 4 else 200)
    # A scrape may fall between two requests: shares are read when all of both have been recorded.
    wait_for(lambda: counted(address) == dict.fromkeys(PODS, 10), "not every request of every pod is recorded")
    wait_for(lambda: set(by_version(address, LATENCY)) == {"stable", "canary"}, "a version has no latency")
    found = by_version(address, ERRORS)
    assert found["canary"] == pytest.approx(40, abs=5)
    assert found["stable"] == 0, "a version without failures shows 0, and not nothing"
    # Every request takes a tenth of a second, so it is in the next bucket.
    assert 0.1 < by_version(address, LATENCY)["canary"] <= 0.25


def test_no_pod_says_more_than_is_taken(recorded: tuple[str, dict[str, int]]) -> None:
    address, _ = recorded
    wait_for(lambda: len(ask(address, "up == 1")) == len(PODS), "a scrape was refused")
    kept = {int(row["value"][1]) for row in ask(address, "scrape_samples_post_metric_relabeling")}
    assert kept == {1 + len(REQUEST_CLASSES) + len(BUCKETS) + 1}
    assert retention.API.samples == 1 + len(REQUEST_CLASSES) + LATENCY_BUCKETS_MOST


def test_pods_of_the_canary_are_called_as_the_questions_have_it() -> None:
    assert [bool(re.fullmatch(CANARY_PODS, pod)) for pod in PODS] == [False, False, True]
