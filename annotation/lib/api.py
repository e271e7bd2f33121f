"""What every endpoint is built from: deny by default, strict JSON, cursor pages, strict serializers."""

from typing import IO, Any

from django.core.exceptions import RequestDataTooBig
from rest_framework import exceptions, pagination, permissions, serializers
from rest_framework.parsers import BaseParser

from annotation.lib import json


class DenyAll(permissions.BasePermission):
    """The default: an endpoint that names nobody serves nobody."""

    def has_permission(self, request: Any, view: Any) -> bool:
        return False


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

    def to_internal_value(self, data: Any) -> Any:
        if isinstance(data, dict):
            unknown = sorted(set(data) - set(self.fields))
            if unknown:
                raise serializers.ValidationError(
                    {name: ["This field is not known here."] for name in unknown}, code="unknown"
                )
        return super().to_internal_value(data)


class Cursor(pagination.CursorPagination):
    """Pages that stay right while rows are added; keys are UUIDv7, so `-id` is newest first."""

    ordering = "-id"
    page_size = 50
    max_page_size = 500
    page_size_query_param = "page_size"
