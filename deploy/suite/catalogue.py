"""The events in writing: a JSON Schema of each (2020-12), and the bus as an AsyncAPI 3.0 document.

Both are made from the classes and committed, so that a change of an event shows in review; a test holds them against
the classes: within a version an event may only grow.
"""

import json
from pathlib import Path
from typing import Any

import msgspec

from deploy.suite.services import all_services
from shared.app import Inbox
from shared.events.event import Event

HERE = Path(__file__).parents[2] / "shared" / "events"
CATALOGUE = HERE / "catalogue.json"
ASYNCAPI = HERE / "asyncapi.json"


def events() -> dict[str, type[Event]]:
    """Every event that a service says, by type."""
    said = [kind for service in all_services().values() for kind in service.says]
    return {kind.TYPE: kind for kind in sorted(said, key=lambda kind: kind.TYPE)}


def catalogue() -> dict[str, Any]:
    """The schema of every event's body, by type."""
    return {name: _schema(kind) for name, kind in events().items()}


def asyncapi() -> dict[str, Any]:
    """The bus: a channel a service, who says what there and who listens."""
    services = all_services().values()
    channels, operations, messages = {}, {}, {}
    for name, kind in events().items():
        messages[name] = {
            "name": name,
            "summary": (kind.__doc__ or "").strip().partition("\n")[0],
            "contentType": "application/json",
            "bindings": {"kafka": {"key": {"type": "string", "description": kind.KEY}}},
            "payload": {"schemaFormat": "application/schema+json;version=draft-2020-12", "schema": _schema(kind)},
        }
    for service in services:
        own = [kind.TYPE for kind in service.says]
        if own:
            address = service.name.replace("_", "-")
            refs = {name: {"$ref": f"#/components/messages/{name}"} for name in own}
            channels[address] = {"address": address, "messages": refs}
            operations[f"{service.name}.says"] = _operation("send", address, own)
    for service in services:
        for listener in service.listeners:
            name = f"{service.name}.hears.{listener.take.__name__}"
            operations[name] = _operation("receive", listener.source, [kind.TYPE for kind in listener.kinds])
    for service in services:
        if service.inbox is not None:
            name = f"inbox.{service.name.replace('_', '-')}"
            messages[f"{name}.record"] = _foreign(f"{name}.record", service.inbox)
            channels[name] = _inbox_channel(name)
            operations[f"{service.name}.takes"] = _operation("receive", name, [f"{name}.record"])
    return {
        "asyncapi": "3.0.0",
        "info": {"title": "Siyu", "version": "1", "description": "What the services say to each other."},
        "channels": channels,
        "operations": operations,
        "components": {"messages": messages},
    }


def _foreign(name: str, inbox: Inbox) -> dict[str, Any]:
    return {
        "name": name,
        "summary": "What a foreign producer writes to a brand's inbox.",
        "contentType": "application/json",
        "bindings": {
            "kafka": {"key": {"type": "string", "description": "what must stay in order; none where nothing"}}
        },
        "payload": {"schemaFormat": "application/schema+json;version=draft-2020-12", "schema": dict(inbox.shape)},
        "examples": [{"payload": dict(inbox.example)}],
    }


def _inbox_channel(name: str) -> dict[str, Any]:
    brand = {"description": "the brand's id, in lower case with hyphens; only its producer's principal may write there"}
    return {
        "address": f"{name}.{{brand_id}}",
        "parameters": {"brand_id": brand},
        "messages": {f"{name}.record": {"$ref": f"#/components/messages/{name}.record"}},
    }


def write() -> None:
    """Write both files anew."""
    for path, document in ((CATALOGUE, catalogue()), (ASYNCAPI, asyncapi())):
        path.write_text(json.dumps(document, indent=1, ensure_ascii=False, sort_keys=True) + "\n")


def shrunk(before: dict[str, Any], now: dict[str, Any]) -> list[str]:
    """Where events lost something since an earlier catalogue: a type, a field, or the freedom to leave one out."""
    found = []
    for name, old in before.items():
        new = now.get(name)
        if new is None:
            found.append(f"{name}: gone")
            continue
        for definition, old_part in {**old.get("$defs", {}), "": old}.items():
            new_part = new.get("$defs", {}).get(definition) if definition else new
            found += [f"{name}{definition and '#' + definition}: {loss}" for loss in _losses(old_part, new_part or {})]
    return found


def _losses(old: dict[str, Any], new: dict[str, Any]) -> list[str]:
    old_fields, new_fields = old.get("properties", {}), new.get("properties", {})
    losses = [f"field {field} is gone" for field in old_fields.keys() - new_fields.keys()]
    losses += [
        f"field {field} changed its type"
        for field in old_fields.keys() & new_fields.keys()
        if _type(old_fields[field]) != _type(new_fields[field])
    ]
    losses += [
        f"field {field} must now be given" for field in set(new.get("required", [])) - set(old.get("required", []))
    ]
    return sorted(losses)


def _type(schema: dict[str, Any]) -> str:
    return json.dumps(
        {key: value for key, value in schema.items() if key not in ("description", "default")}, sort_keys=True
    )


def _operation(action: str, channel: str, names: list[str]) -> dict[str, Any]:
    refs = [{"$ref": f"#/channels/{channel}/messages/{name}"} for name in names]
    return {"action": action, "channel": {"$ref": f"#/channels/{channel}"}, "messages": refs}


def _schema(kind: type[Event]) -> dict[str, Any]:
    (schema,), definitions = msgspec.json.schema_components([kind], ref_template="#/$defs/{name}")
    own = definitions.pop(kind.__name__)
    assert schema == {"$ref": f"#/$defs/{kind.__name__}"}
    return {**own, "$defs": definitions} if definitions else own
