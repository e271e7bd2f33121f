"""The audience of a slot is always looked up by key.

An import makes slots by the thousand on one connection, with the plan that was made when the tables
were small; reading all prompts for every slot takes hours.
"""

from django.db import migrations

BY_INDEX = """
ALTER FUNCTION labeling_audience_of(uuid) SET enable_seqscan = off;
ALTER FUNCTION labeling_audience_of(uuid) SET enable_bitmapscan = off;
ALTER FUNCTION labeling_audience_of(uuid) SET enable_hashjoin = off;
ALTER FUNCTION labeling_audience_of(uuid) SET enable_mergejoin = off;
"""


class Migration(migrations.Migration):
    dependencies = [("labeling", "0020_control_hand_out")]

    operations = [
        migrations.RunSQL(BY_INDEX, "ALTER FUNCTION labeling_audience_of(uuid) RESET ALL"),
    ]
