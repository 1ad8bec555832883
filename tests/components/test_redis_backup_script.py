"""The backup's script with a client of our own in the place of the real one: what it keeps, and what it refuses."""

from __future__ import annotations

import os
import subprocess
from pathlib import Path

import pytest

from components.redis.scripts import SHELL, script

TABLE = "one a.example 6379 0 replica 0 0\n"


def back_up(folder: Path, *, written: str, exit_code: int) -> tuple[int, list[str]]:
    """Run the script against a client that writes `written` and ends so; return its exit code and the files left."""
    for name in ("bin", "data", "secrets", "settings"):
        (folder / name).mkdir()
    # The client is told the file last.
    client = f'#!/bin/sh\nfor file; do :; done\nprintf %s "{written}" > "$file"\nexit {exit_code}\n'
    for name, text in (("valkey-cli", client), ("valkey-server", "#!/bin/sh\n")):
        (folder / "bin" / name).write_text(text, encoding="utf-8")
        (folder / "bin" / name).chmod(0o755)
    (folder / "secrets" / "replication").write_text("secret", encoding="utf-8")
    (folder / "settings" / "nodes").write_text(TABLE, encoding="utf-8")
    done = subprocess.run(
        [SHELL, "-c", script("backup")],
        check=False,
        capture_output=True,
        env={
            "PATH": f"{folder / 'bin'}:{os.environ['PATH']}",
            "Q2O_REDIS_ADDRESS": "127.0.0.1",
            "Q2O_REDIS_DATA": str(folder / "data"),
            "Q2O_REDIS_NAME": "one",
            "Q2O_REDIS_RUN": str(folder),
            "Q2O_REDIS_SECRETS": str(folder / "secrets"),
            "Q2O_REDIS_SETTINGS": str(folder / "settings"),
            "Q2O_REDIS_TLS": str(folder),
        },
        timeout=120,
    )
    return done.returncode, sorted(path.name for path in (folder / "data").glob("*.rdb"))


@pytest.mark.parametrize("beginning", ["REDIS0011", "VALKEY080"])
def test_what_was_read_whole_is_kept(tmp_path: Path, beginning: str) -> None:
    assert back_up(tmp_path, written=beginning, exit_code=0) == (0, ["shard-0.rdb"])


@pytest.mark.parametrize("beginning", ["REDIS0011", "VALKEY080"])
def test_what_broke_off_is_no_backup_however_it_begins(tmp_path: Path, beginning: str) -> None:
    assert back_up(tmp_path, written=beginning, exit_code=1) == (1, [])


def test_what_is_no_snapshot_is_no_backup(tmp_path: Path) -> None:
    assert back_up(tmp_path, written="ERR denied", exit_code=0) == (1, [])
