"""The deployment's secret: given, or made in its home at the first start."""

from shared.secrets import Secrets, load_or_make
from shared.settings import Settings


def secrets_of(settings: Settings) -> Secrets:
    """All that is derived from it."""
    if settings.secret is not None:
        return Secrets(bytes.fromhex(settings.secret.get_secret_value()))
    return load_or_make(settings.home / "secrets" / "master")
