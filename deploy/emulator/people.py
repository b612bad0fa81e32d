"""The people outside: whoever scans, joins, leaves and logs in."""

from pydantic import BaseModel, ConfigDict, Field


class Person(BaseModel):
    """A person by her ids: of the open platform, of the mini-program, and as the corp sees her (外部联系人)."""

    model_config = ConfigDict(frozen=True)

    unionid: str = Field(min_length=1, max_length=64)
    openid: str = Field(min_length=1, max_length=64)
    external_userid: str = Field(min_length=1, max_length=64)
    name: str = Field("微信用户", max_length=64)
    is_high_risk: bool = False
