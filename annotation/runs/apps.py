"""App registration."""

from django.apps import AppConfig


class RunsConfig(AppConfig):
    name = "annotation.runs"
    default_auto_field = "django.db.models.BigAutoField"
