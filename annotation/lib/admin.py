"""The back office's base: things are there to look at; what may change goes through a service."""

from collections.abc import Callable, Iterable
from typing import Any

from django.contrib import messages
from django.http import HttpRequest
from unfold.admin import ModelAdmin

from annotation.lib.errors import Refused


class ReadOnlyAdmin(ModelAdmin):
    """Nothing can be added, changed or deleted."""

    def has_add_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    def act_on_each(
        self, request: HttpRequest, chosen: Iterable[Any], act: Callable[[Any], object]
    ) -> None:
        """Do it to every chosen thing by its service; what a rule refuses is told, the rest is done."""
        done = 0
        for thing in chosen:
            try:
                act(thing)
            except Refused as refused:
                self.message_user(request, f"{thing}: {refused.message}", level=messages.ERROR)
            else:
                done += 1
        self.message_user(request, f"{done} done.")
