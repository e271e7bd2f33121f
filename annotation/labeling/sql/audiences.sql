-- Who may be handed what, worked out when work is made rather than when it is asked for.
--
-- A slot names its audience: a language, and the groups it is reserved for. A claim walks the queues of
-- the audiences that its labeler belongs to, so what is reserved for others costs it nothing, however
-- much there is of it.

-- The audience of an item: its own groups or else its prompt set's, the language of its prompt.
-- It is always looked up by key. An import makes slots by the thousand on one connection, with the plan
-- that was made when the tables were small. Three reads by key leave the planner nothing to choose; a
-- join of the three once became a walk over all prompts for every slot.
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

CREATE OR REPLACE FUNCTION labeling_slot_audience() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  NEW.audience_id := labeling_audience_of(NEW.item_id);
  RETURN NEW;
END $$;

CREATE OR REPLACE TRIGGER labeling_slot_audience BEFORE INSERT ON labeling_slot
FOR EACH ROW EXECUTE FUNCTION labeling_slot_audience();

-- Whether somebody who reads these languages (none: all) reads this one. "zh" and "zh-Hans" meet,
-- "zh-Hans" and "zh-Hant" do not.
CREATE OR REPLACE FUNCTION labeling_reads(p_languages text[], p_language text) RETURNS boolean
LANGUAGE sql IMMUTABLE AS $$
  SELECT p_languages = '{}' OR EXISTS (
    SELECT 1 FROM unnest(p_languages) l(known)
     WHERE lower(known) = lower(p_language)
        OR starts_with(lower(known), lower(p_language) || '-')
        OR starts_with(lower(p_language), lower(known) || '-'))
$$;

-- The audiences of a project that a labeler belongs to. There are a few of them, not as many as slots.
CREATE OR REPLACE FUNCTION labeling_audiences(p_labeler uuid, p_project uuid) RETURNS bigint[]
LANGUAGE plpgsql STABLE AS $$
DECLARE
  v_membership uuid;
  v_languages text[];
  v_groups uuid[];
BEGIN
  SELECT m.id, m.languages INTO v_membership, v_languages FROM projects_membership m
   WHERE m.user_id = p_labeler AND m.project_id = p_project AND m.role = 'labeler';
  v_groups := ARRAY(SELECT n.group_id FROM projects_groupmember n
                     WHERE n.membership_id = v_membership);
  RETURN ARRAY(
    SELECT a.id FROM labeling_audience a
     WHERE a.project_id = p_project AND (a.groups = '{}' OR a.groups && v_groups)
       AND labeling_reads(coalesce(v_languages, '{}'), a.language));
END $$;

-- A group for which work is reserved stays: without it nobody at all would be handed that work.
CREATE OR REPLACE FUNCTION labeling_group_in_use() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  IF EXISTS (SELECT 1 FROM corpus_promptset q
              WHERE q.project_id = OLD.project_id AND OLD.id = ANY (q.reserved_for))
     OR EXISTS (SELECT 1 FROM labeling_audience a CROSS JOIN LATERAL (
                  SELECT 1 FROM labeling_slot s
                   WHERE s.audience_id = a.id AND s.state = 'open' LIMIT 1) waiting
                 WHERE a.project_id = OLD.project_id AND OLD.id = ANY (a.groups))
     OR EXISTS (SELECT 1 FROM labeling_slot s JOIN labeling_audience a ON a.id = s.audience_id
                 WHERE s.project_id = OLD.project_id AND s.state = 'leased'
                   AND OLD.id = ANY (a.groups))
  THEN
    RAISE EXCEPTION 'work is reserved for this group'
      USING ERRCODE = 'integrity_constraint_violation', CONSTRAINT = 'group_in_use';
  END IF;
  RETURN OLD;
END $$;

CREATE OR REPLACE TRIGGER labeling_group_in_use BEFORE DELETE ON projects_group
FOR EACH ROW EXECUTE FUNCTION labeling_group_in_use();
