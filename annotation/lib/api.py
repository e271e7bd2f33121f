"""What every endpoint is built from: deny by default, strict JSON, cursor pages, strict serializers."""

import unicodedata
from typing import IO, Any

from django.core.exceptions import RequestDataTooBig
from django.core.exceptions import ValidationError as DjangoValidationError
from django.db import DataError
from django.db.models import QuerySet
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import OpenApiParameter
from rest_framework import exceptions, negotiation, pagination, permissions, serializers
from rest_framework.parsers import BaseParser
from rest_framework.request import Request
from rest_framework.response import Response

from annotation.lib import json
from annotation.lib.translating import in_readers_language


class DenyAll(permissions.BasePermission):
    """The default: an endpoint that names nobody serves nobody."""

    def has_permission(self, request: Any, view: Any) -> bool:
        return False


class AlwaysJSON(negotiation.BaseContentNegotiation):
    """There is one form of answers, so nothing depends on what the client says it accepts."""

    def select_parser(self, request: Any, parsers: Any) -> Any:
        return DEFAULT_NEGOTIATION.select_parser(request, parsers)

    def select_renderer(self, request: Any, renderers: Any, format_suffix: Any = None) -> Any:
        return renderers[0], renderers[0].media_type


DEFAULT_NEGOTIATION = negotiation.DefaultContentNegotiation()


class StrictJSONParser(BaseParser):
    """JSON bodies by the rules of annotation.lib.json."""

    media_type = "application/json"

    def parse(
        self, stream: IO[Any], media_type: str | None = None, parser_context: Any = None
    ) -> Any:
        try:
            return json.loads(stream.read())
        except json.StrictJSONError as error:
            raise exceptions.ValidationError({"body": [str(error)]}, code=error.rule) from None
        except RequestDataTooBig:
            raise TooLarge from None


class TooLarge(exceptions.APIException):
    status_code = 413
    default_detail = "The request body is too large."
    default_code = "too_large"


class StrictSerializer(serializers.Serializer[Any]):
    """A serializer that refuses fields it does not know and characters that cannot be stored."""

    def get_fields(self) -> dict[str, Any]:
        """Its fields; where one is a choice, its refusal says what could have been chosen."""
        fields = super().get_fields()
        for field in fields.values():
            _name_choices(field)
        return fields

    def to_internal_value(self, data: Any) -> Any:
        if isinstance(data, dict):
            unknown = sorted(set(data) - set(self.fields))
            if unknown:
                raise serializers.ValidationError(
                    {name: ["This field is not known here."] for name in unknown}, code="unknown"
                )
        return super().to_internal_value(data)


def _name_choices(field: Any) -> None:
    """Let a choice, or the choices of a list, be refused with the names of all there are."""
    field = getattr(field, "child", field)
    if isinstance(field, serializers.ChoiceField):
        names = ", ".join(str(name) for name in field.choices if name != "")
        names = names.replace("{", "{{").replace("}", "}}")
        words = f'"{{input}}" is not a valid choice; choose one of {names}.'
        field.error_messages = {**field.error_messages, "invalid_choice": words}


class Name(serializers.CharField):
    """What people call a thing: one line without what nobody sees, so that two names never look the same."""

    JOINERS = "\u200c\u200d"  # between letters of some scripts, and in emoji
    BLANK_LETTERS = "\u115f\u1160\u2800\u3164\uffa0"

    def to_internal_value(self, data: Any) -> str:
        words = unicodedata.normalize("NFC", " ".join(super().to_internal_value(data).split()))
        hidden = [one for one in words if self._is_hidden(one)]
        hidden += [one for one in words[:1] + words[-1:] if one in self.JOINERS]
        if hidden:
            raise serializers.ValidationError(
                f"Leave out U+{ord(hidden[0]):04X}, a character that nobody sees.",
                code="hidden_character",
            )
        return words

    def _is_hidden(self, character: str) -> bool:
        if character in self.BLANK_LETTERS:
            return True
        return unicodedata.category(character) in ("Cc", "Cf") and character not in self.JOINERS


class Told(serializers.CharField):
    """What the server wrote down in English, as why a run failed, in the language of whoever reads it."""

    def to_representation(self, value: Any) -> str:
        words = str(value)
        told = in_readers_language(words)
        # several faults stand on a line each
        return told if told != words else "\n".join(map(in_readers_language, words.split("\n")))


class Cursor(pagination.CursorPagination):
    """Pages that stay right while rows are added; keys are UUIDv7, so `-id` is newest first."""

    ordering = "-id"
    page_size = 50
    max_page_size = 500
    page_size_query_param = "page_size"

    def paginate_queryset(
        self, queryset: Any, request: Request, view: Any = None
    ) -> list[Any] | None:
        """A page; a forged cursor (a position that is no key) is a missing page, not a crash."""
        size = request.query_params.get(self.page_size_query_param)
        if size is not None and not (size.isascii() and size.isdigit() and int(size[:9]) >= 1):
            raise exceptions.ValidationError({"page_size": ["A whole number from 1 to 500."]})
        try:
            return super().paginate_queryset(queryset, request, view)
        except (ValueError, OverflowError, DjangoValidationError, DataError):
            raise exceptions.NotFound(self.invalid_cursor_message) from None


PAGE_QUERY = [
    OpenApiParameter("cursor", OpenApiTypes.STR, description="from `next` or `previous`"),
    OpenApiParameter("page_size", OpenApiTypes.INT, description="1 to 500"),
]
"""For the OpenAPI document: what every list that comes in cursor pages understands."""


def paged(
    view: Any, queryset: QuerySet[Any], serializer: type[serializers.BaseSerializer[Any]]
) -> Response:
    """One cursor page of `queryset` as the answer of `view`; the ordering may be the view's own."""
    cursor = Cursor()
    cursor.ordering = getattr(view, "ordering", Cursor.ordering)
    rows = cursor.paginate_queryset(queryset, view.request, view)
    context = {"request": view.request, "view": view}
    return cursor.get_paginated_response(serializer(rows, many=True, context=context).data)


_PAGES: dict[type[serializers.Serializer[Any]], type[serializers.Serializer[Any]]] = {}


def page_of(serializer: type[serializers.Serializer[Any]]) -> type[serializers.Serializer[Any]]:
    """The type of a cursor page of `serializer`, for the OpenAPI document; one class per serializer."""
    if serializer not in _PAGES:
        _PAGES[serializer] = type(
            f"{serializer.__name__.removesuffix('Serializer')}Page",
            (serializers.Serializer,),
            {
                "__doc__": "A cursor page.",
                "next": serializers.URLField(allow_null=True),
                "previous": serializers.URLField(allow_null=True),
                "results": serializer(many=True),
            },
        )
    return _PAGES[serializer]
