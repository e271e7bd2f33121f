"""Columns that every table shares."""

from django.db import models
from django.db.models.functions import Now

from annotation.lib.ids import new_id


class Row(models.Model):
    """A UUIDv7 key and the moment of creation by the database's clock."""

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    created_at = models.DateTimeField(db_default=Now(), editable=False)

    class Meta:
        abstract = True
