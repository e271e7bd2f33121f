"""A second factor that is set up or taken away is audited, and the other sessions end."""

from typing import Any

from allauth.usersessions.models import UserSession

from annotation.accounts.services import end_sessions, record


def factor_added(sender: Any, *, request: Any, user: Any, authenticator: Any, **more: Any) -> None:
    """From here on a password alone opens nothing: neither do sessions that it opened before."""
    record(actor=user, action="second_factor.added", thing=user, after={"type": authenticator.type})
    mine = UserSession.objects.filter(user=user).exclude(session_key=request.session.session_key)
    end_sessions(actor=user, person=user, keys=list(mine.values_list("session_key", flat=True)))


def factor_removed(
    sender: Any, *, request: Any, user: Any, authenticator: Any, **more: Any
) -> None:
    record(
        actor=user, action="second_factor.removed", thing=user, before={"type": authenticator.type}
    )
