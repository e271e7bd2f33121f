"""App registration."""

from django.apps import AppConfig


class AccountsConfig(AppConfig):
    name = "annotation.accounts"
    default_auto_field = "django.db.models.BigAutoField"
