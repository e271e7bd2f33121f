"""Compute the chain over the audit trail again: `manage.py verify_audit`. Exit 1 where it is broken."""

import sys
from typing import Any

from django.core.management.base import BaseCommand

from annotation.delivery import audit


class Command(BaseCommand):
    help = "Check that no audit event was changed, taken out or put in."

    def handle(self, *args: Any, **options: Any) -> None:
        audit.lay_chain()
        broken = False
        for chain in audit.chains():
            found = audit.verify(chain)
            name = chain or "(no project)"
            if found.broken_at is None:
                self.stdout.write(f"{name}: {found.links:,} events, head {found.head}")
            else:
                broken = True
                self.stdout.write(f"{name}: BROKEN at event {found.broken_at}")
        if broken:
            sys.exit(1)
