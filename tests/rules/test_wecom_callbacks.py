"""WeCom's callbacks: the published vectors open, everything that is not WeCom's, not new or not ours is refused."""

import base64
import hashlib
import os
import struct
from datetime import UTC, datetime, timedelta

import pytest
from cryptography.hazmat.primitives.ciphers import Cipher
from cryptography.hazmat.primitives.ciphers.algorithms import AES
from cryptography.hazmat.primitives.ciphers.modes import CBC
from hypothesis import given, settings
from hypothesis import strategies as st

from shared.wecom.callbacks import BadCallback, Callbacks, Sealed, Wrong
from shared.wecom.changes import (
    ChatChange,
    ChatChangeType,
    ContactChange,
    ContactChangeType,
    JoinScene,
    OtherChange,
    QuitScene,
    UpdateDetail,
    compose,
    parse,
)
from shared.wecom.xml import MOST_BYTES, MOST_ELEMENTS, BadXml, read, write

TOKEN = "QDG6eK"
KEY = "jWmYm7qr5nMoAUwZRjGtBxmz3KA1tkAj3ykkR6q2B2C"
RECEIVER = "wx5823bf96d3bd56c7"
PUBLISHED_AT = datetime.fromtimestamp(1409659589, UTC)
PUBLISHED = {
    "msg_signature": "5c45ff5e21c57e6ad56bac8758b79b1d9ac89fd3",
    "timestamp": "1409659589",
    "nonce": "263014780",
    "echostr": "P9nAzCzyDtyTWESHep1vC5X9xho/qYX3Zpb4yKa9SKld1DsH3Iyt3tP3zNdtp+4RPcs8TgAE7OaBO+FZXvnaqQ==",
}
AT = datetime(2026, 11, 22, 3, 0, tzinfo=UTC)
CALLBACKS = Callbacks(TOKEN, KEY, RECEIVER)
LEFT = compose(
    ContactChange(
        corp_id=RECEIVER,
        created_at=AT,
        change_type=ContactChangeType.PERSON_REMOVED_STAFF,
        userid="li",
        external_userid="wm1",
    )
)

TEXTS = st.text(st.characters(min_codepoint=0x20, blacklist_categories=["Cs", "Cc"]), min_size=1, max_size=40)
MAYBE_TEXTS = st.none() | TEXTS
TIMES = st.integers(0, 9_999_999_999).map(lambda seconds: datetime.fromtimestamp(seconds, UTC))
CONTACT_CHANGES = st.builds(
    ContactChange,
    corp_id=TEXTS,
    created_at=TIMES,
    change_type=st.sampled_from(ContactChangeType),
    userid=TEXTS,
    external_userid=TEXTS,
    state=MAYBE_TEXTS,
    welcome_code=MAYBE_TEXTS,
    source=MAYBE_TEXTS,
    fail_reason=MAYBE_TEXTS,
)
CHAT_CHANGES = st.builds(
    ChatChange,
    corp_id=TEXTS,
    created_at=TIMES,
    chat_id=TEXTS,
    change_type=st.sampled_from(ChatChangeType),
    update_detail=st.none() | st.sampled_from(UpdateDetail),
    join_scene=st.none() | st.sampled_from(JoinScene),
    quit_scene=st.none() | st.sampled_from(QuitScene),
    changed_count=st.none() | st.integers(0, 500),
    changed_members=st.lists(TEXTS, max_size=5).map(tuple),
    last_version=MAYBE_TEXTS,
    current_version=MAYBE_TEXTS,
)


def _refused(sealed: Sealed, callbacks: Callbacks = CALLBACKS, at: datetime = AT) -> Wrong:
    with pytest.raises(BadCallback) as refusal:
        callbacks.open(sealed.query, sealed.body, at)
    return refusal.value.reason


def _sealed_plain(padded: bytes) -> Sealed:
    """What a sender that does not keep to the format would post, rightly signed."""
    key = base64.b64decode(KEY + "=")
    encryptor = Cipher(AES(key), CBC(key[:16])).encryptor()
    ciphertext = base64.b64encode(encryptor.update(padded) + encryptor.finalize()).decode()
    return _signed(ciphertext, str(int(AT.timestamp())))


def _signed(ciphertext: str, timestamp: str) -> Sealed:
    parts = "".join(sorted([TOKEN, timestamp, "7", ciphertext]))
    signature = hashlib.sha1(parts.encode()).hexdigest()  # noqa: S324 - the protocol prescribes it
    query = {"msg_signature": signature, "timestamp": timestamp, "nonce": "7"}
    return Sealed(query, write({"Encrypt": ciphertext}))


def _padded(plain: bytes) -> bytes:
    padding = 32 - len(plain) % 32
    return plain + bytes([padding]) * padding


def test_the_published_echo_is_decrypted() -> None:
    assert CALLBACKS.verify_url(PUBLISHED, PUBLISHED_AT) == b"1616140317555161061"


def test_the_second_published_vector_is_decrypted() -> None:
    ciphertext = "9s4gMv99m88kKTh/H8IdkNiFGeG9pd7vNWl50fGRWXY="
    callbacks = Callbacks(TOKEN, "kWxPEV2UEDyxWpmPdKC3F4dgPDmOvfKX1HGnEUDS1aQ", "rust")
    query = {**_signed(ciphertext, str(int(AT.timestamp()))).query, "echostr": ciphertext}
    assert callbacks.verify_url(query, AT) == b"test"


def test_a_sealed_echo_is_opened_again() -> None:
    assert CALLBACKS.verify_url(CALLBACKS.seal_echo(b"echo", AT), AT) == b"echo"


@settings(deadline=None)  # a busy machine is no mistake
@given(CONTACT_CHANGES | CHAT_CHANGES)
def test_a_sealed_change_is_opened_as_it_was(change: ContactChange | ChatChange) -> None:
    sealed = CALLBACKS.seal(compose(change), AT)
    assert CALLBACKS.open(sealed.query, sealed.body, AT).change == change


@settings(deadline=None)  # a busy machine is no mistake
@given(st.binary(max_size=200))
def test_any_echo_is_padded_to_32_bytes_and_survives_it(echo: bytes) -> None:
    query = CALLBACKS.seal_echo(echo, AT)
    assert CALLBACKS.verify_url(query, AT) == echo
    assert len(base64.b64decode(query["echostr"])) % 32 == 0


def test_a_repeated_callback_has_the_digest_of_the_first() -> None:
    first, again = CALLBACKS.seal(LEFT, AT), CALLBACKS.seal(LEFT, AT + timedelta(seconds=5))
    assert first.body != again.body
    assert (
        CALLBACKS.open(first.query, first.body, AT).digest
        == CALLBACKS.open(again.query, again.body, AT).digest
        == hashlib.sha256(LEFT).digest()
    )


@pytest.mark.parametrize("name", ["msg_signature", "timestamp", "nonce"])
def test_a_changed_query_is_refused(name: str) -> None:
    sealed = CALLBACKS.seal(LEFT, AT)
    changed = {**sealed.query, name: sealed.query[name][:-1] + ("0" if sealed.query[name][-1] != "0" else "1")}
    assert _refused(Sealed(changed, sealed.body)) is Wrong.SIGNATURE


@pytest.mark.parametrize("name", ["msg_signature", "timestamp", "nonce"])
def test_a_missing_part_of_the_query_is_refused(name: str) -> None:
    sealed = CALLBACKS.seal(LEFT, AT)
    query = {key: value for key, value in sealed.query.items() if key != name}
    assert _refused(Sealed(query, sealed.body)) is Wrong.SIGNATURE


def test_a_signature_that_is_no_ascii_is_refused() -> None:
    sealed = CALLBACKS.seal(LEFT, AT)
    assert _refused(Sealed({**sealed.query, "msg_signature": "签名"}, sealed.body)) is Wrong.SIGNATURE


def test_a_changed_ciphertext_is_refused_before_it_is_decrypted() -> None:
    sealed = CALLBACKS.seal(LEFT, AT)
    assert _refused(Sealed(sealed.query, write({"Encrypt": "AAAA"}))) is Wrong.SIGNATURE


def test_another_token_is_refused() -> None:
    assert _refused(Callbacks("another", KEY, RECEIVER).seal(LEFT, AT)) is Wrong.SIGNATURE


def test_a_callback_for_another_corp_is_refused() -> None:
    assert _refused(Callbacks(TOKEN, KEY, "ww_another").seal(LEFT, AT)) is Wrong.RECEIVER


@pytest.mark.parametrize("late", [timedelta(minutes=5), -timedelta(minutes=5)])
def test_a_callback_is_taken_for_five_minutes_and_no_longer(late: timedelta) -> None:
    sealed = CALLBACKS.seal(LEFT, AT)
    CALLBACKS.open(sealed.query, sealed.body, AT + late)
    assert _refused(sealed, at=AT + late * 1.01) is Wrong.STALE


def test_a_stale_echo_is_not_decrypted() -> None:
    with pytest.raises(BadCallback) as refusal:
        CALLBACKS.verify_url(PUBLISHED, AT)
    assert refusal.value.reason is Wrong.STALE


@pytest.mark.parametrize("timestamp", ["", "soon", "-1409659589", "1409659589000", "１４０９６５９５８９"])
def test_a_timestamp_that_is_no_number_is_refused(timestamp: str) -> None:
    assert _refused(_signed("AAAA", timestamp)) is Wrong.UNREADABLE


@pytest.mark.parametrize("ciphertext", ["", "no base64", "AAAA", base64.b64encode(bytes(16)).decode()])
def test_a_ciphertext_that_is_none_is_refused(ciphertext: str) -> None:
    assert _refused(_signed(ciphertext, str(int(AT.timestamp())))) is Wrong.UNREADABLE


@pytest.mark.parametrize(
    "padded",
    [
        pytest.param(_padded(os.urandom(16) + struct.pack(">I", 2**32 - 1) + b"x"), id="a length beyond the end"),
        pytest.param(_padded(b"short"), id="no room for a length"),
        pytest.param(bytes(63) + b"\x21", id="padding over a block"),
        pytest.param(bytes(62) + b"\x01\x02", id="padding of unequal bytes"),
    ],
)
def test_a_plaintext_out_of_form_is_refused(padded: bytes) -> None:
    assert _refused(_sealed_plain(padded)) is Wrong.UNREADABLE


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"not xml",
        b"<xml><Encrypt>AAAA</Encrypt>",
        b"<other><Encrypt>AAAA</Encrypt></other>",
        b"<xml><Encrypt>AAAA</Encrypt><Encrypt>BBBB</Encrypt></xml>",
        b'<?xml version="1.0" encoding="nonsense"?><xml/>',
        b'<!DOCTYPE xml SYSTEM "http://127.0.0.1/evil.dtd"><xml><Encrypt>AAAA</Encrypt></xml>',
        b'<!DOCTYPE xml [<!ENTITY e "AAAA">]><xml><Encrypt>&e;</Encrypt></xml>',
        b'<!DOCTYPE xml [<!ENTITY e SYSTEM "file:///etc/hostname">]><xml><Encrypt>&e;</Encrypt></xml>',
        b"<xml><Encrypt>&e;</Encrypt></xml>",
        b"<xml>" + b"<a>" * 20 + b"</a>" * 20 + b"</xml>",
        b"<xml>" + b"<a/>" * (MOST_ELEMENTS + 1) + b"</xml>",
    ],
)
def test_a_body_that_is_no_harmless_xml_is_refused(body: bytes) -> None:
    assert _refused(Sealed(CALLBACKS.seal(LEFT, AT).query, body)) is Wrong.UNREADABLE


def test_a_body_over_the_limit_is_refused_unread() -> None:
    sealed = CALLBACKS.seal(LEFT, AT)
    assert _refused(Sealed(sealed.query, sealed.body + b" " * MOST_BYTES)) is Wrong.TOO_LARGE


def test_a_change_without_its_fields_is_refused() -> None:
    document = write({"ToUserName": RECEIVER, "CreateTime": 1, "Event": "change_external_chat", "ChangeType": "update"})
    assert _refused(CALLBACKS.seal(document, AT)) is Wrong.UNREADABLE


def test_the_published_sample_of_a_join_is_read_whole() -> None:
    """The sample of wire.md's source, with line breaks as WeCom sends them."""
    sample = """<xml>
      <ToUserName><![CDATA[ww1]]></ToUserName><FromUserName><![CDATA[sys]]></FromUserName>
      <CreateTime>1700642907</CreateTime><MsgType><![CDATA[event]]></MsgType>
      <Event><![CDATA[change_external_chat]]></Event><ChatId><![CDATA[wr1]]></ChatId>
      <ChangeType><![CDATA[update]]></ChangeType><UpdateDetail><![CDATA[add_member]]></UpdateDetail>
      <JoinScene>3</JoinScene><QuitScene>0</QuitScene><MemChangeCnt>2</MemChangeCnt>
      <MemChangeList>
        <Item><![CDATA[wm1]]></Item>
        <Item>wm2 &amp; co</Item>
      </MemChangeList>
      <LastMemVer><![CDATA[6ebe]]></LastMemVer><CurMemVer><![CDATA[1572]]></CurMemVer>
    </xml>"""
    assert parse(sample.encode()) == ChatChange(
        corp_id="ww1",
        created_at=datetime.fromtimestamp(1700642907, UTC),
        chat_id="wr1",
        change_type=ChatChangeType.UPDATED,
        update_detail=UpdateDetail.MEMBER_ADDED,
        join_scene=JoinScene.SCANNED,
        quit_scene=QuitScene.LEFT,
        changed_count=2,
        changed_members=("wm1", "wm2 & co"),
        last_version="6ebe",
        current_version="1572",
    )


@pytest.mark.parametrize(
    ("event_type", "change_type"),
    [("change_external_tag", "create"), ("change_external_contact", "of_next_year"), ("enter_agent", None)],
)
def test_an_event_unknown_to_us_is_taken_as_another(event_type: str, change_type: str | None) -> None:
    head: dict[str, str | int | None] = {"ToUserName": "ww1", "CreateTime": 1, "Event": event_type}
    assert parse(write({**head, "ChangeType": change_type})) == OtherChange(
        corp_id="ww1", created_at=datetime.fromtimestamp(1, UTC), event_type=event_type, change_type=change_type
    )


def test_an_update_of_a_new_kind_is_still_an_update() -> None:
    head: dict[str, str | int] = {"ToUserName": "ww1", "CreateTime": 1, "Event": "change_external_chat"}
    change = parse(write({**head, "ChatId": "wr1", "ChangeType": "update", "UpdateDetail": "x", "JoinScene": 9}))
    assert isinstance(change, ChatChange)
    assert (change.chat_id, change.update_detail, change.join_scene) == ("wr1", None, None)


def test_a_field_that_comes_twice_is_refused() -> None:
    document = LEFT.replace(b"</xml>", b"<UserID>other</UserID></xml>")
    with pytest.raises(BadXml, match="UserID comes 2 times"):
        parse(document)


def test_what_ends_a_cdata_section_stays_text() -> None:
    assert read(write({"Name": "a]]>b<c>&d"})) == {"Name": ["a]]>b<c>&d"]}


def test_a_key_of_another_length_is_a_mistake_of_ours() -> None:
    with pytest.raises(ValueError, match="43 letters"):
        Callbacks(TOKEN, KEY + "=", RECEIVER)
