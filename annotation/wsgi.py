"""The WSGI entry point: `granian --interface wsgi annotation.wsgi:application`."""

import gc
import os
from importlib import import_module

from django.conf import settings
from django.core.wsgi import get_wsgi_application

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "annotation.settings")
application = get_wsgi_application()


YOUNG = 30_000
"""Objects that a page makes before the collector looks: a page of fifty rankings makes some 20,000."""


def settle() -> None:
    """Load what the first request would wait for, and spare the collector every further look at it.

    Of 250,000 objects that stay, a full collection takes a third of a second, and somebody waits for it.
    """
    import_module(settings.ROOT_URLCONF)
    gc.collect()
    gc.freeze()
    gc.set_threshold(YOUNG, 10, 10)


settle()
