"""App registration."""

from django.apps import AppConfig


class CorpusConfig(AppConfig):
    name = "annotation.corpus"
    default_auto_field = "django.db.models.BigAutoField"
