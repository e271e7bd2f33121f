"""Tags may change; acts and template versions are kept as they came; new prompts wait for fingerprints."""

from django.db import migrations

from annotation.lib.sql import append_only

BEFORE = append_only("corpus_prompt", mutable=("retired_at", "split"))
AFTER = append_only("corpus_prompt", mutable=("retired_at", "split", "tags"))

# What is searched: the words of all messages, without roles and JSON's own signs. One row of pending
# fingerprints per new prompt, whichever way it came in.
FIND = """
CREATE FUNCTION corpus_prompt_text(messages jsonb) RETURNS text
LANGUAGE sql IMMUTABLE PARALLEL SAFE AS $$
  SELECT string_agg(m.value ->> 'content', E'\\n' ORDER BY m.ordinality)
    FROM jsonb_array_elements(messages) WITH ORDINALITY AS m
$$;
CREATE FUNCTION corpus_prompt_pending() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  INSERT INTO corpus_pendingprompt (prompt_id) SELECT id FROM fresh;
  RETURN NULL;
END $$;
CREATE TRIGGER corpus_prompt_pending AFTER INSERT ON corpus_prompt
REFERENCING NEW TABLE AS fresh FOR EACH STATEMENT EXECUTE FUNCTION corpus_prompt_pending();
INSERT INTO corpus_pendingprompt (prompt_id) SELECT id FROM corpus_prompt;
"""
FIND_BACK = """
DROP TRIGGER corpus_prompt_pending ON corpus_prompt;
DROP FUNCTION corpus_prompt_pending();
DROP FUNCTION corpus_prompt_text(jsonb);
"""


class Migration(migrations.Migration):
    dependencies = [("corpus", "0006_curation")]
    operations = [
        migrations.RunSQL(BEFORE[1], BEFORE[0]),
        migrations.RunSQL(*AFTER),
        migrations.RunSQL(FIND, FIND_BACK),
        migrations.RunSQL(*append_only("corpus_promptact")),
        migrations.RunSQL(*append_only("corpus_promptchange")),
        migrations.RunSQL(*append_only("corpus_templateversion")),
    ]
