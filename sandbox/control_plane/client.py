"""A thin client of the Kubernetes API: objects in, objects out, safe to use from many threads at once."""

from __future__ import annotations

import json
import ssl
import time
from collections.abc import Mapping
from pathlib import Path
from typing import Any, Literal
from urllib.parse import urlencode

import urllib3

from sandbox.control_plane.discovery import Discovery, Resource
from sandbox.control_plane.documents import Manifest
from sandbox.control_plane.errors import ApiError

Propagation = Literal["Background", "Foreground", "Orphan"]
_Query = Mapping[str, str | int | bool | None]

_JSON = "application/json"
_APPLY = "application/apply-patch+yaml"
_MERGE = "application/merge-patch+json"
_CONNECTIONS = 32
_CONNECT_SECONDS = 5.0
_READ_SECONDS = 70.0
_FIRST_PAUSE_SECONDS = 0.05
_LONGEST_PAUSE_SECONDS = 1.0
_BUSY = (429, 502, 503, 504)


class Client:
    """Talks to one API server with a client certificate.

    While the server is starting or too busy, a request is sent again for up to `patience_seconds`. A method raises
    ApiError when the server refuses, and with status 0 when it cannot be reached.
    """

    def __init__(
        self,
        server: str,
        *,
        authority: Path,
        certificate: Path,
        key: Path,
        field_manager: str = "q2o-sandbox",
        patience_seconds: float = 15.0,
    ) -> None:
        """`server` is a URL; the other three are PEM files, read now."""
        context = ssl.create_default_context(cafile=str(authority))
        context.load_cert_chain(certificate, key)
        self.server = server
        self._manager = field_manager
        self._patience = patience_seconds
        self._pool = urllib3.connectionpool.connection_from_url(
            server,
            maxsize=_CONNECTIONS,
            ssl_context=context,
            retries=False,
        )
        self._discovery = Discovery(lambda path: self.request("GET", path))

    def get(self, api_version: str, kind: str, name: str, namespace: str | None = None) -> Manifest:
        """Return one object."""
        return self.request("GET", self._resource(api_version, kind).path(namespace, name))

    def find(self, api_version: str, kind: str, name: str, namespace: str | None = None) -> Manifest | None:
        """Return one object, None when there is none of that name."""
        try:
            return self.get(api_version, kind, name, namespace)
        except ApiError as error:
            if error.status == 404 and error.reason == "NotFound":
                return None
            raise

    def list_objects(
        self,
        api_version: str,
        kind: str,
        namespace: str | None = None,
        *,
        label_selector: str | None = None,
        field_selector: str | None = None,
    ) -> list[Manifest]:
        """Return all objects of a kind, of all namespaces without `namespace`."""
        query = {"labelSelector": label_selector, "fieldSelector": field_selector}
        answer = self.request("GET", self._resource(api_version, kind).path(namespace), query=query)
        items: list[Manifest] = answer["items"]
        # Items of a list do not say what they are.
        return [{**item, "apiVersion": api_version, "kind": kind} for item in items]

    def apply(
        self,
        manifest: Manifest,
        *,
        force: bool = True,
        dry_run: bool = False,
        field_manager: str | None = None,
        subresource: str | None = None,
    ) -> Manifest:
        """Create or change an object by server-side apply and return what stands now.

        `force` takes over fields that another manager owns; without it that is an ApiError (409, `Conflict`).
        """
        query: _Query = {"fieldManager": field_manager or self._manager, "force": force, **_dry_run(dry_run)}
        path = self._path_of(manifest, subresource)
        return self.request("PATCH", path, query=query, body=manifest, content_type=_APPLY)

    def create(self, manifest: Manifest, *, dry_run: bool = False, field_manager: str | None = None) -> Manifest:
        """Create an object. One of that name is an ApiError (409, `AlreadyExists`)."""
        metadata = manifest["metadata"]
        resource = self._resource(manifest["apiVersion"], manifest["kind"])
        namespace = metadata.get("namespace", "default") if resource.namespaced else None
        query = {"fieldManager": field_manager or self._manager, **_dry_run(dry_run)}
        return self.request("POST", resource.path(namespace), query=query, body=manifest)

    def patch(
        self,
        api_version: str,
        kind: str,
        name: str,
        changes: Manifest,
        namespace: str | None = None,
        *,
        subresource: str | None = None,
    ) -> Manifest:
        """Merge `changes` into an object; None as a value removes a field."""
        path = self._resource(api_version, kind).path(namespace, name, subresource)
        return self.request("PATCH", path, query={"fieldManager": self._manager}, body=changes, content_type=_MERGE)

    def delete(
        self,
        api_version: str,
        kind: str,
        name: str,
        namespace: str | None = None,
        *,
        propagation: Propagation = "Background",
        dry_run: bool = False,
    ) -> bool:
        """Ask for the deletion of an object; return False when there was none.

        Deletion may take its time: finalizers and, with `Foreground`, dependents come first.
        """
        path = self._resource(api_version, kind).path(namespace, name)
        body = {"apiVersion": "v1", "kind": "DeleteOptions", "propagationPolicy": propagation}
        try:
            self.request("DELETE", path, query=_dry_run(dry_run), body=body)
        except ApiError as error:
            if error.status == 404 and error.reason == "NotFound":
                return False
            raise
        return True

    def evict(self, pod: str, namespace: str) -> None:
        """Evict a pod. An ApiError (429, `TooManyRequests`) when a disruption budget does not allow it now."""
        body = {"apiVersion": "policy/v1", "kind": "Eviction", "metadata": {"name": pod, "namespace": namespace}}
        path = f"/api/v1/namespaces/{namespace}/pods/{pod}/eviction"
        self.request("POST", path, body=body, patient=False)

    def request(
        self,
        method: str,
        path: str,
        *,
        query: _Query | None = None,
        body: Manifest | None = None,
        content_type: str = _JSON,
        patient: bool = True,
    ) -> Manifest:
        """Send one request and return the JSON document of the answer."""
        deadline = time.monotonic() + (self._patience if patient else 0.0)
        pause = _FIRST_PAUSE_SECONDS
        while True:
            try:
                response = self._send(method, path, query or {}, body, content_type)
            except urllib3.exceptions.HTTPError as error:
                # A POST that may have arrived must not be sent twice.
                again = method != "POST" or isinstance(error, urllib3.exceptions.NewConnectionError)
                failure = self._unreachable(error)
            else:
                if response.status < 300:
                    document: Manifest = json.loads(response.data)
                    return document
                failure = _refusal(response.status, response.data)
                again = response.status in _BUSY
            if not again or time.monotonic() + pause > deadline:
                raise failure
            time.sleep(pause)
            pause = min(pause * 2, _LONGEST_PAUSE_SECONDS)

    def close(self) -> None:
        """Close idle connections."""
        self._pool.close()

    def _send(
        self,
        method: str,
        path: str,
        query: _Query,
        body: Manifest | None,
        content_type: str,
    ) -> urllib3.BaseHTTPResponse:
        fields = {name: _text(value) for name, value in query.items() if value is not None}
        return self._pool.request(
            method,
            f"{path}?{urlencode(fields)}" if fields else path,
            body=None if body is None else json.dumps(body).encode(),
            headers={"Accept": _JSON, "Content-Type": content_type},
            timeout=urllib3.Timeout(connect=_CONNECT_SECONDS, read=_READ_SECONDS),
        )

    def _resource(self, api_version: str, kind: str) -> Resource:
        return self._discovery.resource(api_version, kind)

    def _path_of(self, manifest: Manifest, subresource: str | None) -> str:
        metadata = manifest["metadata"]
        resource = self._resource(manifest["apiVersion"], manifest["kind"])
        return resource.path(metadata.get("namespace"), metadata["name"], subresource)

    def _unreachable(self, error: Exception) -> ApiError:
        return ApiError(0, "Unreachable", f"the API server at {self.server} cannot be reached: {error}")


def _dry_run(wanted: bool) -> dict[str, str]:
    return {"dryRun": "All"} if wanted else {}


def _text(value: str | int | bool) -> str:
    return str(value).lower() if isinstance(value, bool) else str(value)


def _refusal(status: int, body: bytes) -> ApiError:
    try:
        answer: dict[str, Any] = json.loads(body)
    except json.JSONDecodeError:
        answer = {}
    text = body.decode(errors="replace").strip()
    return ApiError(status, answer.get("reason") or "Unknown", answer.get("message") or text or f"status {status}")
