"""The till's question over HTTP: what do I say to this shopper?"""

from typing import Any

import msgspec

from services.community.prompt import flows
from services.community.prompt.rules import Asked, Prompt, masked, say
from services.community.prompt.schemas import (
    ANSWER_EXAMPLE,
    QUESTION_EXAMPLE,
    HandOverOut,
    PersonOut,
    PromptOut,
    Question,
)
from shared.auth.caller import TILL
from shared.errors import UNREADABLE_JSON, Unreadable
from shared.http import Doors
from shared.http.hot import Ask, Reply
from shared.http.rate import RateLimit

doors = Doors("/community/v1", "prompt")

# A till asks once a shopper; who asks more often tries out numbers.
LOOK_UPS = RateLimit(per_s=20, burst=60)

_question = msgspec.json.Decoder(Question)
_encoder = msgspec.json.Encoder()
_schemas, _components = msgspec.json.schema_components(
    [Question, PromptOut], ref_template="#/components/schemas/{name}"
)
_OPENAPI: dict[str, Any] = {
    "operationId": "ask_prompt",
    "summary": "Ask what to say to a shopper",
    "description": "An empty body asks about somebody who showed nothing.",
    "requestBody": {"content": {"application/json": {"schema": _schemas[0], "example": QUESTION_EXAMPLE}}},
    "responses": {
        "200": {
            "description": "what to say and to hand over",
            "content": {"application/json": {"schema": _schemas[1], "example": ANSWER_EXAMPLE}},
        }
    },
    "x-components": _components,
}


@doors.hot("/prompts", who=TILL, natural_key="a question: nothing changes", most_bytes=2**12, openapi=_OPENAPI)
async def ask_prompt(ask: Ask) -> Reply:
    """What the cashier says and hands over."""
    shown = _read(ask.body).member
    caller = ask.caller
    lookup = None
    if shown is not None:
        LOOK_UPS.take(caller.id)
        lookup = ask.context.secrets.lookup(caller.brand_id, shown.kind, shown.value)
    prompt, standing = await flows.ask(ask.context, Asked(caller.brand_id, caller.shop_id, lookup))
    person = PersonOut(masked(shown.value), standing.is_member) if shown is not None else None
    return Reply(200, _encoder.encode(_answer(ask, prompt, person)))


def _read(body: bytes) -> Question:
    if not body:
        return Question()
    try:
        return _question.decode(body)
    except UNREADABLE_JSON as error:
        why, _, where = str(error).partition(" - at ")
        raise Unreadable(where=where.strip("`") or "$", why=why) from error


def _answer(ask: Ask, prompt: Prompt, person: PersonOut | None) -> PromptOut:
    hand_over = HandOverOut(*prompt.hand_over) if prompt.hand_over is not None else None
    return PromptOut(prompt.decision.value, say(prompt, ask.language), hand_over, prompt.offer_fen, person)
