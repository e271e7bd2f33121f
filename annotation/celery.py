"""The Celery app object only: the web sends messages by name, the tasks live in `workers`."""

import os

from celery import Celery
from django.conf import settings
from kombu.entity import Queue

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "annotation.settings")

QUEUES = ("short", "sample", "train")
CLASSES = ("cpu", "gpu")
"""Hardware: what needs one of them is told of in a queue of its own, such as `train.gpu`."""

app = Celery("tiebreak")
app.conf.update(settings.CELERY)
app.conf.task_queues = [
    Queue(name)
    for name in (*QUEUES, *(f"{queue}.{one}" for queue in QUEUES[1:] for one in CLASSES))
]
