"""The error codes of WeCom and of the mini-program, as far as the emulator gives them; in HTTP it is 200."""

from enum import IntEnum


class Errcode(IntEnum):
    """What went wrong, in Tencent's numbers."""

    INVALID_SECRET = 40001
    INVALID_USERID = 40003
    INVALID_CORPID = 40013  # the mini-program's invalid appid, too
    INVALID_ACCESS_TOKEN = 40014
    INVALID_JS_CODE = 40029
    UNKNOWN_CHAT = 40050
    INVALID_PARAMETER = 40058
    INVALID_EXTERNAL_USERID = 40096
    INVALID_APP_SECRET = 40125
    USED_JS_CODE = 40163
    HIGH_RISK_PERSON = 40226
    MISSING_ACCESS_TOKEN = 41001
    EXPIRED_ACCESS_TOKEN = 42001
    TOO_MANY_LOGINS = 45011
    NOT_A_CONTACT = 84061


class Fault(Exception):
    """A request that the outside world refuses."""

    def __init__(self, errcode: Errcode, detail: str = "") -> None:
        super().__init__(errcode, detail)
        self.errcode = errcode
        self.errmsg = " ".join(filter(None, (errcode.name.lower().replace("_", " "), detail)))
