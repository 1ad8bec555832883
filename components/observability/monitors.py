"""What is scraped and probed, and how little of it is kept.

A list of names for each source: what is not on it is dropped before it is stored, and so is every label that is not
on the list of labels. So neither a new version of an image nor a label with somebody's name in it gets into a record
that is kept for weeks.
"""

from __future__ import annotations

from typing import Any

from pulumi import Input

from components.observability import retention
from components.observability.api_metrics import LATENCY_METRIC, REQUEST_CLASS_LABEL, REQUESTS_METRIC, USERS_METRIC
from components.observability.contract import NAMESPACE, PodMetrics
from components.observability.retention import INTERVAL_SECONDS, Limit
from components.observability.server import SERVER_LABELS

GATEWAY_PATH = "/stats/prometheus"
"""Where Envoy Gateway's proxies answer, on port 19001 (its task "Proxy Metrics")."""
METRICS_PATH = "/metrics"
PROBER_MODULE = "ready"
SCRAPE_TIMEOUT_SECONDS = 10

GATEWAY_METRICS = (
    "envoy_http_downstream_rq_active",
    "envoy_http_downstream_rq_time_bucket",
    "envoy_http_downstream_rq_time_count",
    "envoy_http_downstream_rq_time_sum",
    "envoy_http_downstream_rq_total",
    "envoy_http_downstream_rq_xx",
)
API_METRICS = (USERS_METRIC, REQUESTS_METRIC, f"{LATENCY_METRIC}_bucket")
"""Of requests too, pod by pod: the gateway counts a stable version and its canary as one."""
REDIS_METRICS = (
    "redis_aof_last_write_status",
    "redis_cluster_slots_ok",
    "redis_cluster_state",
    "redis_commands_processed_total",
    "redis_connected_clients",
    "redis_connected_slaves",
    "redis_evicted_keys_total",
    "redis_master_link_up",
    "redis_memory_max_bytes",
    "redis_memory_used_bytes",
    "redis_rdb_last_save_timestamp_seconds",
    "redis_up",
)
PROBE_METRICS = (
    "probe_duration_seconds",
    "probe_http_status_code",
    "probe_ssl_earliest_cert_expiry",
    "probe_success",
)
RECORDER_METRICS = (
    "prometheus_rule_evaluation_failures_total",
    "prometheus_rule_group_iterations_missed_total",
    "prometheus_tsdb_head_series",
    "prometheus_tsdb_lowest_timestamp_seconds",
    "prometheus_tsdb_size_retentions_total",
    "prometheus_tsdb_storage_blocks_bytes",
)
TARGET_LABELS = ("__name__", "endpoint", "instance", "job", "le", "namespace", "pod", "vantage")
"""Labels that a recorded series may have, with those below: who, where, which bucket."""
GATEWAY_LABELS = ("envoy_http_conn_manager_prefix", "envoy_response_code_class")

API_JOB = f"{NAMESPACE}/api"
"""What the operator calls the job of the API's monitor."""

# Listeners that users reach are called `http-<port>` and `https-<port>` by Envoy Gateway; the others are its own:
# administration, readiness, statistics.
USER_LISTENERS = "https?-.*"


def gateway_monitor(metrics: PodMetrics) -> dict[str, Any]:
    """Return the monitor of Envoy's pods, without the listeners that no user reaches."""
    return _monitor(
        metrics,
        GATEWAY_PATH,
        retention.GATEWAY,
        [
            *_kept(GATEWAY_METRICS),
            {
                "action": "keep",
                "regex": USER_LISTENERS,
                "sourceLabels": ["envoy_http_conn_manager_prefix"],
            },
            _labels(*GATEWAY_LABELS),
        ],
    )


def api_monitor(metrics: PodMetrics) -> dict[str, Any]:
    """Return the monitor of the API's pods."""
    return _monitor(metrics, METRICS_PATH, retention.API, [*_kept(API_METRICS), _labels(REQUEST_CLASS_LABEL)])


def redis_monitor(metrics: PodMetrics) -> dict[str, Any]:
    """Return the monitor of the Redis exporter's pods."""
    return _monitor(metrics, METRICS_PATH, retention.REDIS, [*_kept(REDIS_METRICS), _labels()])


def own_monitor(port: int) -> dict[str, Any]:
    """Return the monitor of the recorder itself: whether the cap on size ever cut the record."""
    own = PodMetrics(labels=SERVER_LABELS, namespace=NAMESPACE, port_name="web", port=port)
    return _monitor(own, METRICS_PATH, retention.RECORDER, [*_kept(RECORDER_METRICS), _labels()])


def probe_spec(url: Input[str], *, prober: Input[str], vantage: str) -> dict[str, Any]:
    """Return a probe of `url`; its series say from where, so that inside and outside are counted apart."""
    return {
        "interval": f"{INTERVAL_SECONDS}s",
        "jobName": f"api-{vantage}",
        "metricRelabelings": [*_kept(PROBE_METRICS), _labels()],
        "module": PROBER_MODULE,
        "prober": {"url": prober},
        "sampleLimit": retention.PROBE.samples,
        "scrapeTimeout": f"{SCRAPE_TIMEOUT_SECONDS}s",
        "targetLimit": retention.PROBE.targets,
        "targets": {"staticConfig": {"labels": {"vantage": vantage}, "static": [url]}},
    }


def _monitor(metrics: PodMetrics, path: str, limit: Limit, relabelings: list[dict[str, Any]]) -> dict[str, Any]:
    return {
        "namespaceSelector": {"matchNames": [metrics.namespace]},
        "podMetricsEndpoints": [
            {
                "interval": f"{INTERVAL_SECONDS}s",
                "metricRelabelings": relabelings,
                "path": path,
                "port": metrics.port_name,
                "scrapeTimeout": f"{SCRAPE_TIMEOUT_SECONDS}s",
            }
        ],
        "sampleLimit": limit.samples,
        "selector": {"matchLabels": dict(metrics.labels)},
        "targetLimit": limit.targets,
    }


def _kept(names: tuple[str, ...]) -> list[dict[str, Any]]:
    return [{"action": "keep", "regex": "|".join(names), "sourceLabels": ["__name__"]}]


def _labels(*more: str) -> dict[str, Any]:
    return {"action": "labelkeep", "regex": "|".join(sorted((*TARGET_LABELS, *more)))}
