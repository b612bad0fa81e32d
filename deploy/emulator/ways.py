"""Live codes (活码) as WeCom keeps them: join ways lead into groups, contact ways to staff; the limits are WeCom's."""

from typing import Literal

from pydantic import BaseModel, ConfigDict, Field, model_validator

MOST_CHATS = 5
MOST_STAFF = 100
QR_CODE_URL = "https://wework.qpic.cn/emulator/{config_id}"


class JoinWay(BaseModel):
    """A 群活码: where its groups are full, WeCom opens the next one itself if it may."""

    model_config = ConfigDict(frozen=True)

    scene: Literal[1, 2]
    remark: str = Field("", max_length=30)
    auto_create_room: Literal[0, 1] = 1
    room_base_name: str = Field("", max_length=40)
    room_base_id: int = Field(1, ge=0)
    chat_id_list: tuple[str, ...] = Field(min_length=1, max_length=MOST_CHATS)
    state: str = Field("", max_length=30)
    mark_source: bool = True


class ContactWay(BaseModel):
    """A 联系我 code. Temporary ones are for medical corps and not emulated, departments neither."""

    model_config = ConfigDict(frozen=True)

    type: Literal[1, 2]
    scene: Literal[1, 2]
    style: int = Field(1, ge=1, le=3)
    remark: str = Field("", max_length=30)
    skip_verify: bool = True
    state: str = Field("", max_length=30)
    user: tuple[str, ...] = Field(min_length=1, max_length=MOST_STAFF)
    is_temp: Literal[False] = False
    is_exclusive: bool = False
    mark_source: bool = True

    @model_validator(mode="after")
    def _single_is_one(self) -> "ContactWay":
        if self.type == 1 and len(self.user) != 1:
            raise ValueError("a way of type 1 leads to one staff member")
        return self


def config_id_of(qr_code: str) -> str:
    """What a phone reads from the picture: the last part of the address; the bare id is taken, too."""
    return qr_code.rsplit("/", 1)[-1]
