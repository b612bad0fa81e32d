"""What WeChat's answers to a login mean, in words a shopper can act on."""

from shared.errors import Overloaded, Refusal, TooManyRequests
from shared.words import Words

_WAIT_S = 60
_BUSY_S = 2


class LoginCodeRefused(Refusal):
    """The code is unknown, used or too old."""

    code = "directory.login_code_refused"
    status = 401
    words = Words(
        "登录码无效或已使用，请重新打开小程序。", "The login code is used or too old: open the mini-program again."
    )


class LoginBlocked(Refusal):
    """WeChat holds the person for a risk."""

    code = "directory.login_blocked"
    status = 403
    words = Words(
        "微信判定该账号存在风险，暂不能登录；请在微信中按提示处理。",
        "WeChat holds this account for a risk: follow WeChat's own advice first.",
    )


class MiniProgramMisconfigured(Refusal):
    """WeChat does not know the app id or its secret."""

    code = "directory.mini_program_misconfigured"
    status = 409
    words = Words(
        "小程序登录未正确配置（{errcode}），请联系总部核对 AppID 与密钥。",
        "The mini-program is not set up ({errcode}): head office must check its app id and secret.",
    )


def login_refused(errcode: int) -> Refusal | None:
    """What one of WeChat's error numbers means; none for success."""
    match errcode:
        case 0:
            return None
        case 40029 | 40163 | 41008:  # unknown, used, missing
            return LoginCodeRefused()
        case 45011:
            return TooManyRequests(retry_after_s=_WAIT_S)
        case 40226:
            return LoginBlocked()
        case -1:
            return Overloaded(retry_after_s=_BUSY_S)
        case _:
            return MiniProgramMisconfigured(errcode=errcode)
