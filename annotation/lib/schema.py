"""The OpenAPI document: every operation may answer with a problem document."""

from typing import Any

from drf_spectacular.openapi import AutoSchema
from rest_framework import serializers


class ProblemFieldError(serializers.Serializer[Any]):
    field = serializers.CharField()
    rule = serializers.CharField()
    message = serializers.CharField()


class ProblemBase(serializers.Serializer[Any]):
    """RFC 9457."""

    type = serializers.CharField()
    title = serializers.CharField()
    status = serializers.IntegerField()
    code = serializers.CharField()
    request_id = serializers.CharField()


# `errors` is a field here and a property of DRF's serializers, so it is added by name. One class for
# the whole document: two of one name would be a collision.
Problem: type[serializers.Serializer[Any]] = type(
    "Problem", (ProblemBase,), {"errors": ProblemFieldError(many=True, required=False)}
)


class ProblemAwareSchema(AutoSchema):
    """Adds the default error answer, so that generated clients type it once."""

    def get_operation(self, *args: Any, **kwargs: Any) -> Any:
        operation = super().get_operation(*args, **kwargs)
        if operation is not None:
            component = self.resolve_serializer(Problem(), "response")
            operation["responses"]["default"] = {
                "description": "A problem document",
                "content": {"application/problem+json": {"schema": component.ref}},
            }
        return operation
