"""The hosts that work on a run beside the worker that leads it."""

import django.db.models.deletion
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("runs", "0002_guards"),
    ]

    operations = [
        migrations.CreateModel(
            name="RunSeat",
            fields=[
                ("id", models.BigAutoField(primary_key=True, serialize=False)),
                (
                    "epoch",
                    models.BigIntegerField(help_text="of the lease of the worker that leads"),
                ),
                (
                    "rank",
                    models.PositiveSmallIntegerField(help_text="of the host; the lead has rank 0"),
                ),
                (
                    "owner",
                    models.CharField(
                        blank=True, help_text="the worker that has it", max_length=120
                    ),
                ),
                ("lease_until", models.DateTimeField(null=True)),
                ("is_ready", models.BooleanField(default=False, help_text="its inputs are there")),
                (
                    "address",
                    models.CharField(
                        blank=True,
                        help_text="where the processes meet; told when all are ready",
                        max_length=300,
                    ),
                ),
                (
                    "is_leaving",
                    models.BooleanField(default=False, help_text="its worker was told to stop"),
                ),
                ("exit_code", models.SmallIntegerField(help_text="of its processes", null=True)),
                ("message", models.TextField(blank=True, help_text="why they ended")),
                (
                    "run",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="seats",
                        to="runs.run",
                    ),
                ),
            ],
            options={
                "indexes": [
                    models.Index(
                        condition=models.Q(("address", ""), ("exit_code", None)),
                        fields=["id"],
                        name="open_seats",
                    )
                ],
                "constraints": [
                    models.UniqueConstraint(fields=("run", "epoch", "rank"), name="run_seat_once"),
                    models.CheckConstraint(
                        condition=models.Q(
                            ("owner", ""), ("lease_until__isnull", False), _connector="OR"
                        ),
                        name="a_taken_seat_has_a_lease",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(("rank__gte", 1)), name="a_seat_is_not_the_leads"
                    ),
                ],
            },
        ),
    ]
