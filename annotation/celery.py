"""The Celery app object only: the web sends messages by name, the tasks live in `workers`."""

import os

from celery import Celery
from django.conf import settings
from kombu.entity import Queue

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "annotation.settings")

QUEUES = ("short", "sample", "train")

app = Celery("tiebreak")
app.conf.update(settings.CELERY)
app.conf.task_queues = [Queue(name) for name in QUEUES]
