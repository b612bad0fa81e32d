"""Mini-programs: the codes with which their visitors log in."""

import base64
from dataclasses import dataclass
from datetime import datetime, timedelta

from deploy.emulator.chance import Chance
from deploy.emulator.faults import Errcode, Fault
from deploy.emulator.people import Person

CODE_LIVES = timedelta(minutes=5)
WINDOW = timedelta(minutes=1)
MOST_LOGINS_IN_WINDOW = 100
SESSION_KEY_BYTES = 16


@dataclass(slots=True)
class JsCode:
    """What `wx.login` gave a person."""

    person: Person
    issued_at: datetime
    is_used: bool = False


@dataclass(frozen=True, slots=True)
class Login:
    """What `code2session` answers."""

    person: Person
    session_key: str


class MiniProgram:
    """One mini-program; `at` is the machine's time, for a phone waits in no replay."""

    def __init__(self, appid: str, secret: str, chance: Chance) -> None:
        self.appid = appid
        self.secret = secret
        self._chance = chance
        self._codes: dict[str, JsCode] = {}
        self.issued = 0
        self._logins: dict[str, list[datetime]] = {}

    def issue(self, person: Person, at: datetime) -> str:
        """A new code, good once and for five minutes."""
        self._forget_old(at)
        self.issued += 1
        js_code = self._chance.token("js code", self.appid, self.issued)
        self._codes[js_code] = JsCode(person, at)
        return js_code

    def log_in(self, secret: str, js_code: str, at: datetime) -> Login:
        """Who the code stands for; raises `Fault`."""
        if secret != self.secret:
            raise Fault(Errcode.INVALID_APP_SECRET)
        code = self._codes.get(js_code)
        if code is None or at - code.issued_at > CODE_LIVES:
            raise Fault(Errcode.INVALID_JS_CODE)
        self._count(code.person.openid, at)
        if code.is_used:
            raise Fault(Errcode.USED_JS_CODE)
        if code.person.is_high_risk:
            raise Fault(Errcode.HIGH_RISK_PERSON)
        code.is_used = True
        key = self._chance.random_bytes(SESSION_KEY_BYTES, "session key", js_code)
        return Login(code.person, base64.b64encode(key).decode())

    def _count(self, openid: str, at: datetime) -> None:
        recent = [login_at for login_at in self._logins.get(openid, ()) if at - login_at < WINDOW]
        if len(recent) >= MOST_LOGINS_IN_WINDOW:
            raise Fault(Errcode.TOO_MANY_LOGINS)
        self._logins[openid] = [*recent, at]

    def _forget_old(self, at: datetime) -> None:
        """Codes are kept in the succession of their issue, so the old ones stand first."""
        while self._codes:
            js_code, code = next(iter(self._codes.items()))
            if at - code.issued_at <= CODE_LIVES:
                return
            del self._codes[js_code]
