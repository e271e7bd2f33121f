"""App registration."""

from django.apps import AppConfig


class AccountsConfig(AppConfig):
    name = "annotation.accounts"
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self) -> None:
        from allauth.mfa.signals import authenticator_added, authenticator_removed

        from annotation.accounts import signals

        authenticator_added.connect(signals.factor_added)
        authenticator_removed.connect(signals.factor_removed)
