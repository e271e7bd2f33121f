"""App registration."""

from typing import Any

from django.apps import AppConfig
from django.db import connections
from django.db.models.signals import post_migrate, pre_migrate


class AccountsConfig(AppConfig):
    name = "annotation.accounts"
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self) -> None:
        from allauth.mfa.signals import authenticator_added, authenticator_removed

        from annotation.accounts import signals

        authenticator_added.connect(signals.factor_added)
        authenticator_removed.connect(signals.factor_removed)
        # said once for all apps: this is the first of ours
        pre_migrate.connect(take_time, sender=self)
        post_migrate.connect(no_more_time, sender=self)


def take_time(using: str, **_: Any) -> None:
    """An index over years of judgments takes longer than a page may. How long others wait for its lock
    stays bounded.
    """
    with connections[using].cursor() as cursor:
        cursor.execute("SET statement_timeout = 0")


def no_more_time(using: str, **_: Any) -> None:
    with connections[using].cursor() as cursor:
        cursor.execute("RESET statement_timeout")
