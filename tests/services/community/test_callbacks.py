"""WeCom's callbacks at the door: what is WeCom's is kept once, what is forged is refused."""

import asyncio
from datetime import timedelta

import pytest

from shared.clock import system_now
from shared.wecom.callbacks import Callbacks, Sealed
from shared.wecom.changes import ChatChange, ChatChangeType, compose
from tests.services.community.wecom import Corp
from tests.services.outside import KEY, TOKEN
from tests.world import World

ANOTHER_KEY = "abcdefghijklmnopqrstuvwxyz0123456789ABCDEFG"


def change(corp: Corp, chat_id: str = "wr1") -> bytes:
    at = system_now()
    fact = ChatChange(corp_id=corp.corp_id, created_at=at, chat_id=chat_id, change_type=ChatChangeType.CREATED)
    return compose(fact)


async def post(corp: Corp, sealed: Sealed) -> int:
    answer = await corp.chain.world.client().post(corp.callback_path, params=dict(sealed.query), content=sealed.body)
    if answer.status_code == 200:
        assert answer.text == "success"
    else:
        assert answer.json()["code"] == "community.callback_refused"
    return answer.status_code


async def kept(corp: Corp) -> int:
    rows = await corp.chain.world.rows(
        "select count(*) from community.callback where brand_id = $1", corp.chain.brand_id
    )
    return int(rows[0][0])


async def test_the_same_callback_posted_by_fifty_at_once_is_kept_once(corp: Corp) -> None:
    callbacks, document = Callbacks(TOKEN, KEY, corp.corp_id), change(corp)
    answers = await asyncio.gather(*(post(corp, callbacks.seal(document, system_now())) for _ in range(50)))
    assert set(answers) == {200}
    assert await kept(corp) == 1
    await corp.settled()


@pytest.mark.parametrize(
    ("token", "key", "receiver", "age"),
    [
        ("forged", KEY, None, timedelta()),
        (TOKEN, ANOTHER_KEY, None, timedelta()),
        (TOKEN, KEY, "ww_other", timedelta()),
        (TOKEN, KEY, None, timedelta(minutes=6)),
    ],
    ids=["another token", "another key", "another receiver", "stale"],
)
async def test_a_callback_that_is_not_wecoms_own_and_fresh_is_refused_and_not_kept(
    corp: Corp, token: str, key: str, receiver: str | None, age: timedelta
) -> None:
    sealed = Callbacks(token, key, receiver or corp.corp_id).seal(change(corp), system_now() - age)
    assert await post(corp, sealed) == 403
    assert await kept(corp) == 0


async def test_a_callback_whose_body_was_touched_or_is_no_callback_is_refused(corp: Corp) -> None:
    sealed = Callbacks(TOKEN, KEY, corp.corp_id).seal(change(corp), system_now())
    for body in (sealed.body.replace(b"<Encrypt><![CDATA[", b"<Encrypt><![CDATA[A"), b"", b"<xml/>", b"{}"):
        assert await post(corp, Sealed(sealed.query, body)) == 403
    assert await kept(corp) == 0


async def test_a_brand_without_a_corp_refuses_as_if_the_callback_were_forged(corp: Corp, world: World) -> None:
    sealed = Callbacks(TOKEN, KEY, corp.corp_id).seal(change(corp), system_now())
    path = "/community/v1/wecom/callbacks/00000000-0000-0000-0000-000000000001"
    answer = await world.client().post(path, params=dict(sealed.query), content=sealed.body)
    assert (answer.status_code, answer.json()["code"]) == (403, "community.callback_refused")


async def test_a_callback_larger_than_any_is_not_read_to_its_end(corp: Corp) -> None:
    sealed = Callbacks(TOKEN, KEY, corp.corp_id).seal(change(corp), system_now())
    answer = await corp.chain.world.client().post(
        corp.callback_path, params=dict(sealed.query), content=b"<xml>" + b"x" * 300_000
    )
    assert (answer.status_code, answer.json()["code"]) == (413, "too_large")


async def test_what_a_callback_told_of_persons_is_blanked_when_it_was_acted_upon(corp: Corp) -> None:
    chat_id = await corp.open_group()
    await corp.invite(chat_id, 1)
    await corp.settled()
    rows = await corp.chain.world.rows(
        "select name, change from community.callback where brand_id = $1", corp.chain.brand_id
    )
    assert [tuple(row) for row in rows] == [(None, None)] * 2


async def test_the_corps_secrets_are_sealed_and_never_shown(corp: Corp) -> None:
    rows = await corp.chain.world.rows("select sealed from community.corp where corp_id = $1", corp.corp_id)
    assert TOKEN.encode() not in rows[0]["sealed"]
    shown = (await corp.chain.head_office().get("/community/v1/wecom")).text
    assert KEY not in shown
    assert TOKEN not in shown.replace("callback_token", "")


async def test_a_corp_belongs_to_one_brand(corp: Corp, world: World) -> None:
    other = Corp(type(corp.chain)(world), corp.http, corp.shop_id)
    body = {"corp_id": corp.corp_id, "secret": "s", "callback_token": TOKEN, "encoding_aes_key": KEY}
    answer = await other.chain.head_office().put("/community/v1/wecom", json=body)
    assert (answer.status_code, answer.json()["code"]) == (409, "community.corp_taken")
