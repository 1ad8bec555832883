"""A language host for tests: it runs the Python program of a project for the engine, as `pulumi-language-python` does.

The engine starts it, reads the port that it prints, and asks it to run. Pulumi's own is in no package registry.
"""

from __future__ import annotations

import json
import os
import runpy
import sys
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from pathlib import Path
from typing import Any

import grpc
from pulumi.automation._server import LanguageServer
from pulumi.runtime.proto import language_pb2, language_pb2_grpc


class Host(LanguageServer):
    def __init__(self) -> None:
        super().__init__(lambda: None)

    def Handshake(self, request: Any, context: grpc.ServicerContext) -> Any:
        return language_pb2.LanguageHandshakeResponse()

    def Run(self, request: Any, context: grpc.ServicerContext) -> Any:
        folder = Path(request.info.program_directory)
        os.environ["PULUMI_CONFIG"] = json.dumps(dict(request.config))  # as the real host gives it to the program
        sys.path.insert(0, str(folder))
        self.program = lambda: runpy.run_path(str(folder)) and None
        return super().Run(request, context)


def serve() -> None:
    server = grpc.server(ThreadPoolExecutor(max_workers=4))
    language_pb2_grpc.add_LanguageRuntimeServicer_to_server(Host(), server)
    print(server.add_insecure_port("127.0.0.1:0"), flush=True)  # noqa: T201  the engine reads it
    server.start()
    with suppress(KeyboardInterrupt):  # that is how the engine ends it
        server.wait_for_termination()


if __name__ == "__main__":
    serve()
