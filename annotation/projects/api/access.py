"""Who may call what. Every view declares `access` per HTTP method; what is not declared is denied.

A view on a project's things says how to find the project (`thing` or `project_id_of`); the caller
then needs a membership with one of the named roles. Somebody else's project answers 404, a missing
role 403.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any, ClassVar
from uuid import UUID

from django.conf import settings
from rest_framework import exceptions, permissions
from rest_framework.request import Request
from rest_framework.views import APIView

from annotation.accounts.models import ApiToken, Scope, User
from annotation.accounts.selectors import has_second_factor
from annotation.lib.api import AlwaysJSON
from annotation.lib.errors import Conflict
from annotation.projects import selectors
from annotation.projects.models import Project, Role

EVERY_ROLE = frozenset(Role.values)
TOLD_ORIGIN = frozenset({Role.ADMIN.value, Role.ML.value})
"""Who is told who wrote a completion: reviewers decide orders too, and judge as blind as labelers."""


@dataclass(frozen=True)
class Access:
    """One rule. Build it with `public`, `signed_in`, `staff` or `roles`."""

    kind: str
    scope: str = Scope.READ
    names: frozenset[str] = field(default=frozenset())
    at_rest: bool = False
    """Whether somebody whose roles are at rest (suspended) may still do it, and whoever the view's
    `formerly` still knows."""


def public() -> Access:
    return Access("public")


def signed_in(scope: str = Scope.READ) -> Access:
    return Access("signed_in", scope)


def staff(scope: str = Scope.MANAGE) -> Access:
    return Access("staff", scope)


def roles(*names: str, scope: str = Scope.READ, at_rest: bool = False) -> Access:
    return Access("roles", scope, frozenset(names), at_rest)


class SecondFactorNeeded(exceptions.PermissionDenied):
    default_code = "second_factor_needed"
    default_detail = (
        "This role counts only with a second factor. Set one up under Security, then try again."
    )


class Suspended(exceptions.PermissionDenied):
    default_code = "suspended"
    default_detail = "Your work in this project is suspended; ask an admin of it."


def require_factor_of(user: User, held: Iterable[str]) -> None:
    """Refuse somebody with one of the roles that need a second factor who has none."""
    if set(held) & settings.REQUIRE_MFA_FOR and not has_second_factor(user):
        raise SecondFactorNeeded


class DeclaredAccess(permissions.BasePermission):
    """Applies the view's declaration."""

    def has_permission(self, request: Request, view: Any) -> bool:
        method = "GET" if request.method == "HEAD" else str(request.method)
        if method not in view.allowed_methods:
            raise exceptions.MethodNotAllowed(method)
        rule: Access | None = view.access.get(method)
        if rule is None:
            return False
        if rule.kind == "public":
            return True
        if not isinstance(request.user, User):
            raise exceptions.NotAuthenticated
        if isinstance(request.auth, ApiToken) and rule.scope not in request.auth.scopes:
            raise exceptions.PermissionDenied(f"This token lacks the scope {str(rule.scope)!r}.")
        if rule.kind == "signed_in":
            return True
        if rule.kind == "staff":
            if request.user.is_staff:
                require_factor_of(request.user, ["staff"])
            return bool(request.user.is_staff)
        return self._in_project(request.user, view, rule)

    def _in_project(self, user: User, view: Any, rule: Access) -> bool:
        if view.thing is not None:
            table, name = view.thing
            found = selectors.standing_at(user.id, table, view.kwargs[name])
        else:
            found = selectors.standing(user.id, view.project_id_of(**view.kwargs))
        if rule.at_rest and not (found and found[1] & rule.names):
            found = view.formerly(user) or found
        if found is None:
            raise exceptions.NotFound("There is no such thing here.")
        view.project, view.roles, view.is_suspended = found
        if not view.roles & rule.names:
            needed = ", ".join(sorted(rule.names))
            raise exceptions.PermissionDenied(f"This needs one of the roles: {needed}.")
        if view.is_suspended and not rule.at_rest:
            raise Suspended
        if view.roles & settings.REQUIRE_MFA_FOR and not has_second_factor(user):
            # a role that needs the factor does not count without; others of the person do
            view.roles -= settings.REQUIRE_MFA_FOR
            if not view.roles & rule.names:
                raise SecondFactorNeeded
        return True


PAGE_PARAMETERS = frozenset({"cursor", "page_size", "page"})


class TiebreakView(APIView):
    """The base of every endpoint. `query` names the query parameters it understands beside pages."""

    permission_classes = [DeclaredAccess]
    content_negotiation_class = AlwaysJSON
    access: ClassVar[Mapping[str, Access]] = {}
    query: ClassVar[frozenset[str]] = frozenset()
    thing: ClassVar[tuple[str, str] | None] = None
    """The table of the URL's object, which has a project_id, and the URL's name for its key; found
    together with the caller's roles, in one read. Null: `project_id_of` finds the project."""
    writes_to_archived: ClassVar[bool] = False
    """Whether the endpoint itself says what may be written in an archived project."""
    project: Project
    roles: frozenset[str]
    is_suspended: bool = False

    @property
    def person(self) -> User:
        """Who is calling; for endpoints that nobody reaches without signing in."""
        if not isinstance(self.request.user, User):
            raise exceptions.NotAuthenticated
        return self.request.user

    def formerly(self, user: User) -> selectors.Standing | None:
        """How somebody without the role stands to the URL's object, for what is done `at_rest`."""
        return None

    def project_id_of(self, **kwargs: Any) -> UUID:
        """The project that the URL's object belongs to; raises NotFound when there is none."""
        project_id: UUID = kwargs["project_id"]
        return project_id

    def initial(self, request: Request, *args: Any, **kwargs: Any) -> None:
        """After the access check: an archived project is read only, and query parameters are declared."""
        super().initial(request, *args, **kwargs)
        project: Project | None = getattr(self, "project", None)
        writes = request.method not in permissions.SAFE_METHODS and not self.writes_to_archived
        if writes and project is not None and project.state == Project.State.ARCHIVED:
            raise Conflict("archived", "This project is archived: it can only be read.")
        for name, values in request.query_params.lists():
            if name not in self.query and name not in PAGE_PARAMETERS:
                raise exceptions.ValidationError(
                    {name[:60]: ["This query parameter is not known here."]}, code="unknown"
                )
            if any("\x00" in value for value in values):
                raise exceptions.ValidationError({name: ["U+0000 is not allowed."]}, code="nul")
