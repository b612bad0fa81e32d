"""Speaking to WeCom as a brand's corp: keys from the row, an access token that all processes share."""

from collections.abc import Mapping
from typing import Any
from uuid import UUID

import msgspec

from services.community import peers
from services.community.corp import actions, queries
from services.community.corp.rules import PURPOSE, Corp, NoCorp, opened
from services.community.peers import INVALID_TOKENS, WeComRefused
from shared.context import Context

_EARLIER_S = 300  # a token is let go before it ends, so that none ends on its way


class WeCom:
    """WeCom, as one brand's corp sees it."""

    def __init__(self, context: Context, brand_id: UUID, corp: Corp) -> None:
        self._context = context
        self._brand_id = brand_id
        self._corp = corp
        self._token: str | None = None

    async def post(self, path: str, body: Mapping[str, object]) -> Any:
        """Ask by POST; a token that counts no more is replaced once. Raises `WeComRefused` and `Away`."""
        return await self._ask(path, {}, body)

    async def get(self, path: str, query: Mapping[str, str]) -> Any:
        """The same by GET."""
        return await self._ask(path, query, None)

    async def sign_in(self) -> None:
        """Take the shared token, or get a new one."""
        async with self._context.database.reading() as tx:
            box = await queries.token(tx, self._brand_id)
        if box is None:
            await self._renew()
        else:
            self._token = opened(self._key, box, self._brand_id).decode()

    async def _ask(self, path: str, query: Mapping[str, str], body: Mapping[str, object] | None) -> Any:
        token = self._token
        try:
            return await self._send(path, query, body)
        except WeComRefused as refused:
            if refused.errcode not in INVALID_TOKENS:
                raise
        if token == self._token:  # of many that ask at once, one renews it
            await self._renew()
        return await self._send(path, query, body)

    async def _send(self, path: str, query: Mapping[str, str], body: Mapping[str, object] | None) -> Any:
        asked = {**query, "access_token": self._token or ""}
        return await peers.wecom(self._context.peers, self._context.settings.wecom_url, path, asked, body)

    async def _renew(self) -> None:
        asked = {"corpid": self._corp.corp_id, "corpsecret": self._corp.secret}
        answer = await peers.wecom(self._context.peers, self._context.settings.wecom_url, "gettoken", asked)
        token = self._token = str(answer["access_token"])
        good_for_s = max(int(answer["expires_in"]) - _EARLIER_S, 0)
        async with self._context.database.transaction() as tx:
            await actions.keep_token(tx, self._brand_id, token, self._key, good_for_s)

    @property
    def _key(self) -> bytes:
        return self._context.secrets.derive(PURPOSE)


async def corp_of(context: Context, brand_id: UUID) -> Corp:
    """The brand's corp with its keys; raises `NoCorp`."""
    async with context.database.reading() as tx:
        row = await queries.read(tx, brand_id)
    if row is None:
        raise NoCorp
    return msgspec.json.decode(opened(context.secrets.derive(PURPOSE), row["sealed"], brand_id), type=Corp)


async def wecom_of(context: Context, brand_id: UUID) -> WeCom:
    """WeCom, signed in as the brand's corp."""
    wecom = WeCom(context, brand_id, await corp_of(context, brand_id))
    await wecom.sign_in()
    return wecom
