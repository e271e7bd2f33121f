"""Who is calling: a browser session (with CSRF) or a bearer token."""

from typing import Any

from drf_spectacular.extensions import OpenApiAuthenticationExtension
from rest_framework import authentication, exceptions
from rest_framework.request import Request

from annotation.accounts.models import ApiToken, User
from annotation.accounts.services import token_for_secret


class Session(authentication.SessionAuthentication):
    """Django's session; asks for sign-in with 401 rather than 403."""

    def authenticate_header(self, request: Request) -> str:
        return "Session"


class BearerToken(authentication.BaseAuthentication):
    """`Authorization: Bearer tbk_…`."""

    def authenticate(self, request: Request) -> tuple[User, ApiToken] | None:
        header = authentication.get_authorization_header(request).split()
        if not header or header[0].lower() != b"bearer":
            return None
        if len(header) != 2:
            raise exceptions.AuthenticationFailed("The Authorization header is malformed.")
        token = token_for_secret(secret=header[1].decode("latin-1"))
        if token is None:
            raise exceptions.AuthenticationFailed("This token is unknown, expired or revoked.")
        return token.user, token

    def authenticate_header(self, request: Any) -> str:
        return "Bearer"


class SessionScheme(OpenApiAuthenticationExtension):  # type: ignore[no-untyped-call]
    """Tells the OpenAPI document about the session cookie."""

    target_class = "annotation.accounts.api.authentication.Session"
    name = "session"

    def get_security_definition(self, auto_schema: Any) -> dict[str, str]:
        return {"type": "apiKey", "in": "cookie", "name": "__Host-sid"}


class BearerScheme(OpenApiAuthenticationExtension):  # type: ignore[no-untyped-call]
    """Tells the OpenAPI document about API tokens."""

    target_class = "annotation.accounts.api.authentication.BearerToken"
    name = "token"

    def get_security_definition(self, auto_schema: Any) -> dict[str, str]:
        return {"type": "http", "scheme": "bearer"}
