"""The audience of a slot is always looked up by key.

An import makes slots by the thousand on one connection, with the plan that was made when the tables
were small. Three reads by key leave the planner nothing to choose; a join of the three once became a
walk over all prompts for every slot.
"""

from importlib import import_module

from django.db import migrations

audiences = import_module("annotation.labeling.migrations.0014_audiences")

BY_KEY = """
-- The audience of an item: its own groups or else its prompt set's, the language of its prompt.
CREATE OR REPLACE FUNCTION labeling_audience_of(p_item uuid) RETURNS bigint LANGUAGE plpgsql
SET enable_seqscan = off SET enable_bitmapscan = off AS $$
DECLARE
  v_item record;
  v_prompt record;
  v_set record;
  v_groups uuid[];
  v_language text;
  v_audience bigint;
BEGIN
  SELECT project_id, prompt_id, reserved_for INTO v_item FROM labeling_item WHERE id = p_item;
  IF NOT FOUND THEN
    RETURN NULL;
  END IF;
  SELECT prompt_set_id, language INTO v_prompt FROM corpus_prompt WHERE id = v_item.prompt_id;
  SELECT language, reserved_for INTO v_set FROM corpus_promptset WHERE id = v_prompt.prompt_set_id;
  v_language := coalesce(nullif(v_prompt.language, ''), v_set.language);
  v_groups := ARRAY(SELECT g FROM unnest(
    CASE WHEN v_item.reserved_for <> '{}' THEN v_item.reserved_for ELSE v_set.reserved_for END) g
    ORDER BY g);
  LOOP
    SELECT a.id INTO v_audience FROM labeling_audience a
     WHERE a.project_id = v_item.project_id AND a.groups = v_groups AND a.language = v_language;
    EXIT WHEN FOUND;
    INSERT INTO labeling_audience (project_id, groups, language)
    VALUES (v_item.project_id, v_groups, v_language) ON CONFLICT DO NOTHING;
  END LOOP;
  RETURN v_audience;
END $$;
"""
BEFORE = audiences.AUDIENCE_OF.replace("CREATE FUNCTION", "CREATE OR REPLACE FUNCTION")


class Migration(migrations.Migration):
    dependencies = [("labeling", "0020_control_hand_out")]

    operations = [migrations.RunSQL(BY_KEY, BEFORE)]
