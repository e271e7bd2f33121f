-- One prompt text is never on both sides: what reward models learn from, policies are not updated on.

-- A prompt of a reward or an RL set claims its text for that side of the project. The primary key of
-- corpus_promptuse makes two concurrent claims meet.
CREATE OR REPLACE FUNCTION corpus_prompt_side() RETURNS trigger LANGUAGE plpgsql AS $$
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

CREATE OR REPLACE TRIGGER corpus_prompt_side BEFORE INSERT ON corpus_prompt
FOR EACH ROW EXECUTE FUNCTION corpus_prompt_side();

CREATE OR REPLACE FUNCTION corpus_promptset_purpose() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  IF NEW.purpose <> OLD.purpose OR NEW.project_id <> OLD.project_id THEN
    RAISE EXCEPTION 'the purpose of a prompt set cannot change'
      USING ERRCODE = 'integrity_constraint_violation';
  END IF;
  RETURN NEW;
END $$;

CREATE OR REPLACE TRIGGER corpus_promptset_purpose BEFORE UPDATE ON corpus_promptset
FOR EACH ROW EXECUTE FUNCTION corpus_promptset_purpose();
