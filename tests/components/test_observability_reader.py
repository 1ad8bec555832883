"""The reader on real parts: two real servers, a real sidecar each, one of them killed for a while."""

from __future__ import annotations

import contextlib
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from components.observability.contract import REPLICA_LABEL
from tests.support.prometheus import (
    ask,
    exporter,
    free_port,
    needed,
    running,
    server,
    server_files,
    value,
    wait_for,
)

UP_SECONDS = 6
DOWN_SECONDS = 12
# At a change of servers the reader waits twice the usual distance between samples, and at its first for 5 s.
LOST_AT_A_CHANGE = 6
GROUPS = [{"interval": "1s", "name": "g", "rules": [{"expr": "max(probe_success)", "record": "seen"}]}]


@contextlib.contextmanager
def sidecar(thanos: str, prometheus: str, folder: Path) -> Iterator[str]:
    grpc, http = free_port(), free_port()
    command = [
        thanos,
        "sidecar",
        f"--prometheus.url={prometheus}",
        f"--grpc-address=127.0.0.1:{grpc}",
        f"--http-address=127.0.0.1:{http}",
    ]
    with running(command, ready=f"http://127.0.0.1:{http}/-/ready", log=folder / "sidecar.log"):
        yield f"127.0.0.1:{grpc}"


@contextlib.contextmanager
def querier(thanos: str, sidecars: list[str], folder: Path) -> Iterator[str]:
    http, grpc = free_port(), free_port()
    endpoints = ",".join(f'{{"address":"{sidecar}"}}' for sidecar in sidecars)
    command = [
        thanos,
        "query",
        f'--endpoint.sd-config={{"endpoints":[{endpoints}]}}',
        f"--grpc-address=127.0.0.1:{grpc}",
        f"--http-address=127.0.0.1:{http}",
        f"--query.replica-label={REPLICA_LABEL}",
    ]
    with running(command, ready=f"http://127.0.0.1:{http}/-/ready", log=folder / "query.log"):
        yield f"http://127.0.0.1:{http}"


def test_the_reader_fills_the_gap_of_a_server_that_was_killed(tmp_path: Path) -> None:
    prometheus = needed("prometheus")
    thanos = needed("thanos")
    jobs: list[dict[str, Any]]
    with contextlib.ExitStack() as stack:
        port = stack.enter_context(exporter(lambda: "probe_success 1\n"))
        jobs = [{"job_name": "api", "static_configs": [{"targets": [f"127.0.0.1:{port}"]}]}]
        folders = {name: tmp_path / name for name in ("a", "b")}
        configs = {
            name: server_files(folder, groups=GROUPS, jobs=jobs, replica=name) for name, folder in folders.items()
        }
        ports = {name: free_port() for name in folders}
        began = time.time()
        killed = contextlib.ExitStack()
        first = killed.enter_context(server(prometheus, configs["a"], ports["a"]))
        second = stack.enter_context(server(prometheus, configs["b"], ports["b"]))
        sidecars = [
            stack.enter_context(sidecar(thanos, address, folders[name]))
            for name, address in (("a", first), ("b", second))
        ]
        reader = stack.enter_context(querier(thanos, sidecars, tmp_path))
        wait_for(lambda: len(ask(reader, "seen", dedup="false")) == 2, "not both servers record it")
        assert len(ask(reader, "seen")) == 1, "the reader makes one of both"

        time.sleep(UP_SECONDS)
        killed.close()
        time.sleep(DOWN_SECONDS)
        assert value(reader, "seen") == 1, "one server answers for both"
        again = stack.enter_context(server(prometheus, configs["a"], ports["a"]))
        wait_for(lambda: value(again, "seen") == 1, "the killed server is not back")
        time.sleep(UP_SECONDS)

        window = int(time.time() - began) - 3
        counted = f"count_over_time(seen[{window}s])"
        alone, together = value(again, counted) or 0, value(reader, counted) or 0
        sys.stderr.write(f"window {window} s: killed server alone {alone:.0f}, reader {together:.0f}\n")
        assert alone <= window - DOWN_SECONDS + 1, "the killed server has a gap"
        assert together >= window - LOST_AT_A_CHANGE, "and the reader none"
        assert value(reader, f"avg_over_time(seen[{window}s])") == 1
