"""A refusal: the business says no, in a sentence the caller can act on. A bug is never one of these."""

from typing import ClassVar

import msgspec

from shared.words import Language, Words

# What msgspec raises at bytes that are no JSON of the wanted shape; the last one where they are nested without end.
UNREADABLE_JSON = (msgspec.DecodeError, UnicodeDecodeError, RecursionError)


class Refusal(Exception):
    """Base of every "no". A subclass stands beside its rule and gives `code`, `status` and `words`.

    `facts` fill the words and travel in the problem document (RFC 9457) as its extension members.
    """

    code: ClassVar[str]
    status: ClassVar[int] = 409
    words: ClassVar[Words]

    def __init__(self, **facts: object) -> None:
        super().__init__(self.code, facts)
        self.facts = facts

    def say(self, language: Language) -> str:
        """The sentence for the person at the other end."""
        return self.words.say(language, **self.facts)


class NotFound(Refusal):
    """What was named does not exist, or is not the caller's to see: the two look alike on purpose."""

    code = "not_found"
    status = 404
    words = Words("没有找到{what}，请核对编号。", "No such {what}: check the id.")


class Unreadable(Refusal):
    """The input has no meaning to us; `where` and `why` say what to mend."""

    code = "unreadable"
    status = 400
    words = Words("无法读取 {where}：{why}。请修正后重发。", "Cannot read {where}: {why}. Mend it and send again.")


class TooLarge(Refusal):
    """The body is over the route's limit."""

    code = "too_large"
    status = 413
    words = Words(
        "内容超过 {limit_bytes} 字节，请分批发送。", "The body is over {limit_bytes} bytes: send it in parts."
    )


class Overloaded(Refusal):
    """A bounded queue is full; nothing was done, the same request may come again after `retry_after_s`."""

    code = "overloaded"
    status = 503
    words = Words(
        "系统繁忙，请在 {retry_after_s} 秒后重试，未做任何更改。",
        "Busy: try again in {retry_after_s} s; nothing was changed.",
    )


class Away(Refusal):
    """What is needed to answer went away while it was asked: whether all was done by then is not known."""

    code = "away"
    status = 503
    words = Words(
        "暂时无法应答，请在 {retry_after_s} 秒后原样重发；已完成的不会重复执行。",
        "No answer just now: send the same again in {retry_after_s} s; what is done already is not done twice.",
    )


class TooManyRequests(Refusal):
    """The caller asks more often than its budget allows."""

    code = "rate_limited"
    status = 429
    words = Words("请求过于频繁，请在 {retry_after_s} 秒后重试。", "Too many requests: try again in {retry_after_s} s.")


class DiskFull(Refusal):
    """The database's disk is below its watermark; nothing was done, reading goes on."""

    code = "disk_full"
    status = 507
    words = Words(
        "系统存储空间不足，暂时只能查询，未做任何更改；请通知管理员，{retry_after_s} 秒后再试。",
        "The disk is nearly full, so nothing can be changed just now and nothing was; reading goes on. "
        "Tell whoever keeps the system, and try again in {retry_after_s} s.",
    )
