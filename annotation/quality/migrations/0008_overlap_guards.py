"""What was bought, and why, stays."""

from django.db import migrations

from annotation.lib.sql import append_only


class Migration(migrations.Migration):
    dependencies = [("quality", "0007_overlap")]
    operations = [migrations.RunSQL(*append_only("quality_boughtopinion"))]
