"""Whether the file storage of this deployment works: `manage.py check_storage`."""

import tempfile
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from annotation.lib.ids import new_id
from annotation.lib.storage import StorageFailed, storage


class Command(BaseCommand):
    help = "Write, read, list and delete a small file in the storage; says which setting is wrong."

    def handle(self, *args: Any, **options: Any) -> None:
        key, words = f"checks/{new_id()}", b"written by check_storage\n"
        try:
            kept = storage()
            with tempfile.NamedTemporaryFile() as file:
                file.write(words)
                file.flush()
                kept.put(key, Path(file.name))
            read, listed = b"".join(kept.read(key)), kept.sizes(key)
            kept.delete([key])
            if read != words or listed != {key: len(words)} or kept.sizes(key):
                raise CommandError("The storage does not give back what was put into it.")
        except StorageFailed as error:
            raise CommandError(error.message) from None
        self.stdout.write(f"The storage ({kept.name}) works: written, read, listed and deleted.")
