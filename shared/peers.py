"""Calls to sister services and to the outside: one client, every call with a time limit. The only importer of httpx.

A sister in the same process is called without a network. Nothing is ever called inside a transaction.
"""

from collections.abc import Callable, Mapping
from typing import Any
from uuid import UUID

import httpx

from shared.auth.tokens import Signer
from shared.errors import Away

TIMEOUT_S = 5.0


class PeerFailed(Exception):
    """A sister or the outside answered with something that is no answer."""


class Peers:
    """The way to sister services (`ask`) and to the outside world (`outside`)."""

    def __init__(self, signer: Signer, gateway_url: str, local: Mapping[str, Any] | None = None) -> None:
        self._signer = signer
        self._gateway_url = gateway_url
        self._local = local if local is not None else {}
        self._clients: dict[str, httpx.AsyncClient] = {}

    async def ask(self, service: str, path: str, brand_id: UUID, body: Mapping[str, object]) -> Any:
        """POST to a sister service as ourselves, for one brand; its JSON answer."""
        client = self._client(service, self._sister)
        headers = {"Authorization": f"Bearer {self._signer.own_token(brand_id)}"}
        return _read(await _send(client.post(f"/{service}/v1{path}", json=body, headers=headers)))

    async def outside(
        self, base_url: str, path: str, query: Mapping[str, str], body: Mapping[str, object] | None = None
    ) -> Any:
        """GET, or POST where there is a body, to the outside world; its JSON answer."""
        client = self._client(base_url, lambda url: httpx.AsyncClient(base_url=url, timeout=TIMEOUT_S))
        if body is None:
            return _read(await _send(client.get(path, params=dict(query))))
        return _read(await _send(client.post(path, params=dict(query), json=body)))

    async def close(self) -> None:
        """Let every connection go."""
        for client in self._clients.values():
            await client.aclose()

    def _client(self, name: str, make: Callable[[str], httpx.AsyncClient]) -> httpx.AsyncClient:
        if name not in self._clients:
            self._clients[name] = make(name)
        return self._clients[name]

    def _sister(self, service: str) -> httpx.AsyncClient:
        local = self._local.get(service)
        if local is not None:
            transport = httpx.ASGITransport(app=local, raise_app_exceptions=False)
            return httpx.AsyncClient(transport=transport, base_url="http://sister", timeout=TIMEOUT_S)
        return httpx.AsyncClient(base_url=self._gateway_url, timeout=TIMEOUT_S)


async def _send(call: Any) -> httpx.Response:
    try:
        response: httpx.Response = await call
    except httpx.HTTPError as error:
        raise Away(retry_after_s=2) from error
    return response


def _read(response: httpx.Response) -> Any:
    if response.status_code in (429, 503):
        raise Away(retry_after_s=2)
    if response.status_code >= 400:
        raise PeerFailed(f"{response.request.url}: {response.status_code} {response.text[:500]}")
    return response.json()
