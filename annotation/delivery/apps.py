"""App registration."""

from django.apps import AppConfig


class DeliveryConfig(AppConfig):
    name = "annotation.delivery"
    default_auto_field = "django.db.models.BigAutoField"
