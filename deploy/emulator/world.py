"""The world outside, whole: corps, mini-programs, access tokens and the weather."""

from datetime import datetime, timedelta

from deploy.emulator.chance import Chance
from deploy.emulator.corp import Corp
from deploy.emulator.faults import Errcode, Fault
from deploy.emulator.programs import MiniProgram
from deploy.emulator.weather import Weather
from shared.clock import Clock, system_now

TOKEN_LIVES = timedelta(hours=2)


class World:
    """Holds everything in memory, and `keeping` in a file. `clock` dates what happens; tokens live by the machine's."""

    def __init__(self, seed: str = "1", *, clock: Clock = system_now, machine_clock: Clock = system_now) -> None:
        self.chance = Chance(seed)
        self.weather = Weather()
        self.clock = clock
        self.machine_clock = machine_clock
        self.corps: dict[str, Corp] = {}
        self.programs: dict[str, MiniProgram] = {}
        self._token_of: dict[str, str] = {}
        self._tokens: dict[str, tuple[str, datetime]] = {}

    def put_corp(self, corp_id: str, secret: str) -> Corp:
        """Make a corp; said again, it gives it another secret."""
        if corp_id not in self.corps:
            self.corps[corp_id] = Corp(corp_id, secret, self.chance, self.weather)
        self.corps[corp_id].secret = secret
        return self.corps[corp_id]

    def corp(self, corp_id: str) -> Corp:
        """The corp, or a fault."""
        if corp_id not in self.corps:
            raise Fault(Errcode.INVALID_CORPID, corp_id)
        return self.corps[corp_id]

    def put_program(self, appid: str, secret: str) -> MiniProgram:
        """Make a mini-program; said again, it gives it another secret."""
        if appid not in self.programs:
            self.programs[appid] = MiniProgram(appid, secret, self.chance)
        self.programs[appid].secret = secret
        return self.programs[appid]

    def program(self, appid: str) -> MiniProgram:
        """The mini-program, or a fault."""
        if appid not in self.programs:
            raise Fault(Errcode.INVALID_CORPID, appid)
        return self.programs[appid]

    def access_token(self, corp_id: str, secret: str) -> tuple[str, int]:
        """The corp's token and the seconds it has left; the same one until it expires."""
        corp = self.corp(corp_id)
        if secret != corp.secret:
            raise Fault(Errcode.INVALID_SECRET)
        at = self.machine_clock()
        token = self._token_of.get(corp_id, "")
        if token not in self._tokens or self._tokens[token][1] <= at:
            token = self.chance.token("access token", corp_id, len(self._tokens))
            self._tokens[token] = (corp_id, at + TOKEN_LIVES)
            self._token_of[corp_id] = token
        return token, int((self._tokens[token][1] - at).total_seconds())

    def corp_of_token(self, token: str) -> Corp:
        """Whose token it is, or a fault."""
        if not token:
            raise Fault(Errcode.MISSING_ACCESS_TOKEN)
        if token not in self._tokens:
            raise Fault(Errcode.INVALID_ACCESS_TOKEN)
        corp_id, expires_at = self._tokens[token]
        if expires_at <= self.machine_clock():
            raise Fault(Errcode.EXPIRED_ACCESS_TOKEN)
        return self.corps[corp_id]

    def expire_tokens(self) -> None:
        """End every token now, as WeCom may at any time."""
        at = self.machine_clock()
        self._tokens = {token: (corp_id, min(end_at, at)) for token, (corp_id, end_at) in self._tokens.items()}
