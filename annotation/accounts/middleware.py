"""Keeping track of sessions, and the door of the back office."""

import time
from collections.abc import Callable

from allauth.usersessions.models import UserSession
from django.conf import settings
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.utils import timezone

from annotation.accounts.models import User
from annotation.accounts.selectors import has_second_factor

GetResponse = Callable[[HttpRequest], HttpResponse]
NOTED_EVERY_S = 300.0
REMEMBERED_MAX = 10_000


def last_seen(get_response: GetResponse) -> GetResponse:
    """Note when a session was last used: at most once in five minutes, so that it costs nothing."""
    noted: dict[str, float] = {}

    def middleware(request: HttpRequest) -> HttpResponse:
        key = request.COOKIES.get(settings.SESSION_COOKIE_NAME, "")
        now = time.monotonic()
        if key and now - noted.get(key, -NOTED_EVERY_S) >= NOTED_EVERY_S:
            if len(noted) > REMEMBERED_MAX:
                noted.clear()
            noted[key] = now
            UserSession.objects.filter(session_key=key[:40]).update(last_seen_at=timezone.now())
        return get_response(request)

    return middleware


def back_office_needs_second_factor(get_response: GetResponse) -> GetResponse:
    """Where staff must have a second factor, they set it up before the back office opens."""

    def middleware(request: HttpRequest) -> HttpResponse:
        if request.path.startswith("/admin/") and "staff" in settings.REQUIRE_MFA_FOR:
            person = request.user
            if isinstance(person, User) and person.is_staff and not has_second_factor(person):
                return HttpResponseRedirect("/security?needed=1")
        return get_response(request)

    return middleware
