"""Events in writing: the committed catalogue is what the classes say, and within a version events only grow."""

import copy
import json
from typing import Any

import pytest

from deploy.suite.catalogue import ASYNCAPI, CATALOGUE, asyncapi, catalogue, events, shrunk
from deploy.suite.services import all_services


def test_the_committed_catalogue_is_what_the_classes_say() -> None:
    committed = json.loads(CATALOGUE.read_text())
    assert shrunk(committed, catalogue()) == [], "an event may only grow within its version: make a v2"
    assert committed == json.loads(json.dumps(catalogue())), "run `make events` and commit what it writes"
    assert json.loads(ASYNCAPI.read_text()) == json.loads(json.dumps(asyncapi())), "run `make events`"


def test_every_event_that_is_said_is_heard_and_every_one_heard_is_said() -> None:
    heard = {kind.TYPE for service in all_services().values() for item in service.listeners for kind in item.kinds}
    assert heard - events().keys() == set()
    assert events().keys() - heard == set()


def test_every_event_names_its_key_among_its_fields() -> None:
    for kind in events().values():
        assert kind.KEY in kind.__struct_fields__, kind.TYPE


def test_no_event_carries_what_names_a_person() -> None:
    personal = {"mobile", "openid", "unionid", "external_userid", "card", "nickname"}
    for kind in events().values():
        assert not personal & set(kind.__struct_fields__), kind.TYPE


@pytest.mark.parametrize(
    ("change", "loss"),
    [
        (lambda event: event["properties"].pop("total_fen"), "field total_fen is gone"),
        (lambda event: event["properties"].update(total_fen={"type": "string"}), "field total_fen changed its type"),
        (lambda event: event["required"].append("colour"), "field colour must now be given"),
    ],
)
def test_a_loss_is_seen(change: Any, loss: str) -> None:
    before = catalogue()
    now = copy.deepcopy(before)
    now["trade.ticket.paid.v1"]["properties"].setdefault("colour", {"type": "string"})
    change(now["trade.ticket.paid.v1"])
    assert shrunk(before, now) == [f"trade.ticket.paid.v1: {loss}"]


def test_a_new_optional_field_is_no_loss() -> None:
    now = catalogue()
    now["trade.ticket.paid.v1"]["properties"]["colour"] = {"type": "string"}
    assert shrunk(catalogue(), now) == []
