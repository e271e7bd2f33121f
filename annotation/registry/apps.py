"""App registration."""

from django.apps import AppConfig


class RegistryConfig(AppConfig):
    name = "annotation.registry"
    default_auto_field = "django.db.models.BigAutoField"
