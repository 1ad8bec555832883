"""The recording rules on real parts: promtool judges them, and a real Prometheus evaluates them."""

from __future__ import annotations

import subprocess
from pathlib import Path
from typing import Any

import pytest
import yaml

from components.observability.facts import FACTS, MISSING, OBSERVED, USERS, rule_groups
from components.observability.monitors import API_JOB
from components.observability.prober import prober_config
from components.observability.queries import questions, release_questions
from components.observability.retention import INTERVAL_SECONDS
from tests.support.prometheus import ask, exporter, free_port, needed, server, server_files, value, wait_for

LISTENER = 'envoy_http_conn_manager_prefix="http-10080"'


def promtool(*arguments: str) -> str:
    """Run promtool and return what it says; fail when it finds fault."""
    done = subprocess.run([needed("promtool"), *arguments], capture_output=True, text=True, check=False, timeout=180)
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


def rule_file(folder: Path) -> Path:
    path = folder / "rules.yml"
    path.write_text(yaml.safe_dump({"groups": rule_groups()}))
    return path


def series(name: str, values: str, **labels: str) -> dict[str, str]:
    inside = ",".join(f'{key}="{text}"' for key, text in labels.items())
    return {"series": f"{name}{{{inside}}}", "values": values}


def judged(folder: Path, given: list[dict[str, str]], asked: dict[str, Any], *, at: str = "10m") -> None:
    """Let promtool evaluate the rules over `given` series and compare: from PromQL to its value, `None` for none."""
    rules = rule_file(folder)
    expectations = [
        {
            "eval_time": at,
            "exp_samples": [] if wanted is None else [{"labels": "{}", "value": wanted}],
            "expr": f"sum({question})",
        }
        for question, wanted in asked.items()
    ]
    test = folder / "test.yml"
    test.write_text(
        yaml.safe_dump(
            {
                "evaluation_interval": f"{INTERVAL_SECONDS}s",
                # Rates are sums of floating-point numbers: 10 comes out as 9.999999999999998.
                "fuzzy_compare": True,
                "rule_files": [str(rules)],
                "tests": [
                    {
                        "input_series": given,
                        "interval": f"{INTERVAL_SECONDS}s",
                        "promql_expr_test": expectations,
                    }
                ],
            }
        )
    )
    promtool("test", "rules", str(test))


def traffic(*, failures: str | None = "0+0x40") -> list[dict[str, str]]:
    """A gateway that answers ten requests a second, half of them within 25 ms and all within 50."""
    prefix = {"envoy_http_conn_manager_prefix": "http-10080", "pod": "envoy-1"}
    found = [
        series("envoy_http_downstream_rq_total", "0+150x40", **prefix),
        series("envoy_http_downstream_rq_time_bucket", "0+0x40", le="10", **prefix),
        series("envoy_http_downstream_rq_time_bucket", "0+75x40", le="25", **prefix),
        series("envoy_http_downstream_rq_time_bucket", "0+150x40", le="50", **prefix),
        series("envoy_http_downstream_rq_time_bucket", "0+150x40", le="+Inf", **prefix),
    ]
    if failures is not None:
        found.append(series("envoy_http_downstream_rq_xx", failures, envoy_response_code_class="5", **prefix))
    return found


def test_promtool_finds_no_fault(tmp_path: Path) -> None:
    said = promtool("check", "rules", str(rule_file(tmp_path)))
    assert f"{3 * len(FACTS)} rules found" in said


def test_requests_errors_and_latency_are_those_of_the_gateway(tmp_path: Path) -> None:
    judged(
        tmp_path,
        traffic(failures="0+15x40"),
        {
            "q2o:requests:rate5m": 10,
            "q2o:errors:rate5m": 1,
            "q2o:errors:ratio_rate5m": 0.1,
            'q2o:latency_seconds:quantile_rate5m{quantile="0.5"}': 0.025,
            'q2o:latency_seconds:quantile_rate5m{quantile="0.95"}': 0.0475,
        },
    )


def test_a_class_that_no_answer_had_is_no_error_where_requests_are_seen(tmp_path: Path) -> None:
    judged(tmp_path, traffic(failures=None), {"q2o:errors:rate5m": 0, "q2o:errors:ratio_rate5m": 0})


def test_without_requests_there_is_neither_a_ratio_nor_a_latency(tmp_path: Path) -> None:
    silent = [{**row, "values": "0+0x40"} for row in traffic()]
    judged(
        tmp_path,
        silent,
        {
            "q2o:requests:rate5m": 0,
            "q2o:errors:ratio_rate5m": None,
            "q2o:latency_seconds:quantile_rate5m": None,
            f'{MISSING}{{fact="error-ratio"}}': 1,
        },
    )


def test_nothing_that_is_not_seen_is_ever_zero(tmp_path: Path) -> None:
    asked: dict[str, Any] = {fact.selector: None for fact in FACTS}
    asked |= {f'{MISSING}{{fact="{fact.name}"}}': 1 for fact in FACTS}
    asked |= {f'{OBSERVED}{{fact="{fact.name}"}}': None for fact in FACTS}
    judged(tmp_path, [], asked)


def test_probes_from_inside_and_outside_are_counted_apart(tmp_path: Path) -> None:
    given = [
        series("probe_success", "1x40", vantage="inside", instance="http://api"),
        series("probe_success", "0x40", vantage="outside", instance="https://api"),
    ]
    judged(
        tmp_path,
        given,
        {
            'q2o:availability:probe{vantage="inside"}': 1,
            'q2o:availability:probe{vantage="outside"}': 0,
            f'{OBSERVED}{{fact="availability-outside"}}': 1,
            f'{MISSING}{{fact="availability-outside"}}': None,
        },
    )


def pods(*users: str | None) -> list[dict[str, str]]:
    """Pods of the API; `None` for one that is scraped and does not say how many users it serves."""
    found = [series("up", "1x40", job=API_JOB, pod=f"api-{index}") for index in range(len(users))]
    return found + [
        series("q2o_api_users_in_flight", f"{count}x40", job=API_JOB, pod=f"api-{index}")
        for index, count in enumerate(users)
        if count is not None
    ]


@pytest.mark.parametrize(
    ("users", "sum_"),
    [(("300", "220"), 520), (("300", "0"), 300), (("300", None), None), ((None, None), None)],
    ids=["both", "one is idle", "one does not say", "none says"],
)
def test_users_are_a_sum_only_where_every_pod_says(tmp_path: Path, users: tuple[str | None, ...], sum_: Any) -> None:
    judged(tmp_path, pods(*users), {USERS.record: sum_, f'{MISSING}{{fact="users"}}': None if sum_ is not None else 1})


def test_a_pod_that_is_down_does_not_hide_the_others(tmp_path: Path) -> None:
    judged(tmp_path, [*pods("300"), series("up", "0x40", job=API_JOB, pod="api-9")], {USERS.record: 300})


def test_a_gap_in_the_record_lowers_the_coverage_and_not_the_availability(tmp_path: Path) -> None:
    # Seen for 5 minutes of 10: 20 observations of 40, all of them good.
    given = [series("probe_success", "1x19 stale _x20", vantage="outside")]
    window = questions(window_seconds=600)
    judged(
        tmp_path,
        given,
        {window["availability outside, percent"]: 100, window["coverage of availability-outside, share"]: 0.5},
        at="9m59s",
    )


def test_every_question_is_promql(tmp_path: Path) -> None:
    asked: dict[str, Any] = dict.fromkeys((questions(window_seconds=2_592_000) | release_questions()).values())
    judged(tmp_path, [], asked)


def test_a_real_prometheus_records_the_facts_of_a_real_exporter(tmp_path: Path) -> None:
    binary = needed("prometheus")
    requests = 0

    def text() -> str:
        nonlocal requests
        requests += 100
        return "\n".join(
            (
                f"envoy_http_downstream_rq_total{{{LISTENER}}} {requests}",
                f'envoy_http_downstream_rq_xx{{envoy_response_code_class="5",{LISTENER}}} {requests // 100}',
                f'envoy_http_downstream_rq_time_bucket{{le="25",{LISTENER}}} {requests}',
                f'envoy_http_downstream_rq_time_bucket{{le="+Inf",{LISTENER}}} {requests}',
                'probe_success{vantage="inside"} 1',
                "q2o_api_users_in_flight 7",
                "",
            )
        )

    with exporter(text) as port:
        jobs = [
            {"job_name": API_JOB, "static_configs": [{"targets": [f"127.0.0.1:{port}"]}]},
        ]
        groups = [{**group, "interval": "1s"} for group in rule_groups()]
        config = server_files(tmp_path, groups=groups, jobs=jobs)
        with server(binary, config, free_port()) as address:
            wait_for(lambda: value(address, "q2o:errors:ratio_rate5m") is not None, "no error ratio was recorded")
            assert value(address, "q2o:errors:ratio_rate5m") == pytest.approx(0.01, rel=0.2)
            assert value(address, 'q2o:availability:probe{vantage="inside"}') == 1
            assert value(address, "q2o:users:in_flight") == 7
            assert value(address, 'q2o:latency_seconds:quantile_rate5m{quantile="0.99"}') == pytest.approx(0.02475)
            missing = {row["metric"]["fact"] for row in ask(address, MISSING)}
            assert missing == {"availability-outside"}


def test_the_probers_configuration_is_taken_by_the_real_exporter(tmp_path: Path) -> None:
    binary = needed("blackbox_exporter")
    config = tmp_path / "blackbox.yml"
    config.write_text(prober_config())
    done = subprocess.run(
        [binary, f"--config.file={config}", "--config.check"], capture_output=True, text=True, check=False, timeout=30
    )
    assert done.returncode == 0, done.stderr
