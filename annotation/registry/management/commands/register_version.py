"""`manage.py register_version`: make a Hugging Face directory a policy or reward-model version."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from annotation.lib.errors import Refused
from annotation.projects.models import Project
from annotation.registry import services
from annotation.registry.models import ModelVersion


class Command(BaseCommand):
    help = "Copy a Hugging Face model directory (safetensors only) into the store and register it."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("directory", type=Path)
        parser.add_argument("--project", required=True, help="the project's name")
        parser.add_argument("--name", required=True, help="what to call the version")
        parser.add_argument("--kind", choices=ModelVersion.Kind.values, default="policy")
        parser.add_argument("--promote", action="store_true", help="and use it from now on")

    def handle(self, *args: Any, **options: Any) -> None:
        try:
            project = Project.objects.get(name=options["project"])
        except Project.DoesNotExist:
            raise CommandError(f"There is no project named {options['project']!r}.") from None
        try:
            version = services.register_version(
                project=project,
                directory=options["directory"],
                name=options["name"],
                kind=options["kind"],
            )
            if options["promote"]:
                services.promote(version=version, actor=None)
        except Refused as error:
            raise CommandError(error.message) from None
        self.stdout.write(f"{version.id} {version.kind} {version.number} {version.artifact_id}")
