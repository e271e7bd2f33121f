"""What left circulation stays out: no slot of such an item opens, and a report stays as it was made.

Skips, reports, reviews and leases that are not needed any more all give slots back. Whether anybody
may have them is decided here, once: whoever puts an item back into circulation says so of the item
first, and opens its slots after that.
"""

from django.db import migrations

from annotation.lib.sql import append_only

KEPT_OUT = """
CREATE FUNCTION labeling_slot_kept_out() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  PERFORM 1 FROM labeling_item i WHERE i.id = NEW.item_id AND i.state IN ('triage', 'void');
  IF FOUND THEN
    NEW.state := 'void';
  END IF;
  RETURN NEW;
END $$;
CREATE TRIGGER labeling_slot_kept_out BEFORE UPDATE OF state ON labeling_slot
FOR EACH ROW WHEN (NEW.state = 'open') EXECUTE FUNCTION labeling_slot_kept_out();
"""
KEPT_OUT_BACK = """
DROP TRIGGER labeling_slot_kept_out ON labeling_slot;
DROP FUNCTION labeling_slot_kept_out();
"""


class Migration(migrations.Migration):
    dependencies = [("labeling", "0011_qualified_first")]
    operations = [
        migrations.RunSQL(KEPT_OUT, KEPT_OUT_BACK),
        migrations.RunSQL(
            *append_only("labeling_report", mutable=("state", "decided_by_id", "decided_at"))
        ),
    ]
