"""Prompts, plans and completions are kept as they came; one prompt text is never on both sides."""

from django.db import migrations

from annotation.lib.sql import append_only

# A prompt of a reward or an RL set claims its text for that side of the project. The primary key of
# corpus_promptuse makes two concurrent claims meet.
SIDES = """
CREATE FUNCTION corpus_prompt_side() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
  project uuid;
  purpose text;
  taken text;
BEGIN
  SELECT s.project_id, s.purpose INTO project, purpose
    FROM corpus_promptset s WHERE s.id = NEW.prompt_set_id;
  IF purpose IN ('reward', 'rl') THEN
    INSERT INTO corpus_promptuse (project_id, text_hash, side)
      VALUES (project, NEW.text_hash, purpose)
      ON CONFLICT (project_id, text_hash) DO NOTHING;
    SELECT u.side INTO taken FROM corpus_promptuse u
      WHERE u.project_id = project AND u.text_hash = NEW.text_hash;
    IF taken IS DISTINCT FROM purpose THEN
      RAISE EXCEPTION 'this prompt is already used as a % prompt of the project', taken
        USING ERRCODE = 'integrity_constraint_violation',
              CONSTRAINT = 'prompt_on_one_side_only';
    END IF;
  END IF;
  RETURN NEW;
END $$;
CREATE TRIGGER corpus_prompt_side BEFORE INSERT ON corpus_prompt
FOR EACH ROW EXECUTE FUNCTION corpus_prompt_side();
CREATE FUNCTION corpus_promptset_purpose() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  IF NEW.purpose <> OLD.purpose OR NEW.project_id <> OLD.project_id THEN
    RAISE EXCEPTION 'the purpose of a prompt set cannot change'
      USING ERRCODE = 'integrity_constraint_violation';
  END IF;
  RETURN NEW;
END $$;
CREATE TRIGGER corpus_promptset_purpose BEFORE UPDATE ON corpus_promptset
FOR EACH ROW EXECUTE FUNCTION corpus_promptset_purpose();
"""
SIDES_BACK = """
DROP TRIGGER corpus_promptset_purpose ON corpus_promptset;
DROP FUNCTION corpus_promptset_purpose();
DROP TRIGGER corpus_prompt_side ON corpus_prompt;
DROP FUNCTION corpus_prompt_side();
"""


class Migration(migrations.Migration):
    dependencies = [("corpus", "0001_initial")]
    operations = [
        migrations.RunSQL(SIDES, SIDES_BACK),
        migrations.RunSQL(*append_only("corpus_samplingplan")),
        migrations.RunSQL(*append_only("corpus_prompt", mutable=("retired_at", "split"))),
        migrations.RunSQL(*append_only("corpus_completion", mutable=("withdrawn_at",))),
    ]
