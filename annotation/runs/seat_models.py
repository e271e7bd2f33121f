"""The hosts that work on a run beside the worker that leads it."""

from __future__ import annotations

from django.db import models
from django.db.models import Q


class RunSeat(models.Model):
    """The place of one further host in one try of a run; services/seats.py says how it is filled.

    Only seats of the run's present epoch mean anything.
    """

    id = models.BigAutoField(primary_key=True)
    run = models.ForeignKey("runs.Run", on_delete=models.PROTECT, related_name="seats")
    epoch = models.BigIntegerField(help_text="of the lease of the worker that leads")
    rank = models.PositiveSmallIntegerField(help_text="of the host; the lead has rank 0")
    owner = models.CharField(max_length=120, blank=True, help_text="the worker that has it")
    lease_until = models.DateTimeField(null=True)
    is_ready = models.BooleanField(default=False, help_text="its inputs are there")
    address = models.CharField(
        max_length=300, blank=True, help_text="where the processes meet; told when all are ready"
    )
    is_leaving = models.BooleanField(default=False, help_text="its worker was told to stop")
    exit_code = models.SmallIntegerField(null=True, help_text="of its processes")
    message = models.TextField(blank=True, help_text="why they ended")

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["run", "epoch", "rank"], name="run_seat_once"),
            models.CheckConstraint(
                name="a_taken_seat_has_a_lease",
                condition=Q(owner="") | Q(lease_until__isnull=False),
            ),
            models.CheckConstraint(name="a_seat_is_not_the_leads", condition=Q(rank__gte=1)),
        ]
        indexes = [
            models.Index(fields=["id"], condition=Q(address="", exit_code=None), name="open_seats"),
        ]

    def __str__(self) -> str:
        return f"host {self.rank} of {self.run_id}"
