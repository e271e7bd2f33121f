"""App registration."""

from django.apps import AppConfig


class LabelingConfig(AppConfig):
    name = "annotation.labeling"
    default_auto_field = "django.db.models.BigAutoField"
