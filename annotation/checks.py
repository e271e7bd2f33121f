"""Unsafe combinations are reported before traffic, with ids and hints."""

from typing import Any

from django.conf import settings
from django.core.checks import CheckMessage, Error, Tags, register

KNOWN_DEFAULTS = ("changeme", "secret", "django-insecure", "password", "example")


@register(Tags.security)
def check_secret_key(app_configs: Any, **kwargs: Any) -> list[CheckMessage]:
    """The signing key must be long and nobody's default."""
    key = settings.SECRET_KEY
    if len(key) < 50:
        return [
            Error(
                "SECRET_KEY is missing or shorter than 50 characters.",
                hint="Set SECRET_KEY or SECRET_KEY_FILE; `make up` makes one by itself.",
                id="tiebreak.E001",
            )
        ]
    if key.lower().startswith(KNOWN_DEFAULTS):
        return [Error("SECRET_KEY is a known default.", id="tiebreak.E002")]
    return []
