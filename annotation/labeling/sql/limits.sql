-- Whether anything new is handed out at all, in a project and to a labeler: asked in one function.

-- Why a project hands out nothing new: archived | paused | ended | budget_reached; null: it does.
-- What is in people's hands counts as done, so that the budget is not overrun.
CREATE OR REPLACE FUNCTION labeling_closed(p_project uuid) RETURNS text LANGUAGE plpgsql AS $$
DECLARE
  v_project record;
BEGIN
  SELECT p.state, p.ends_at, p.budget INTO v_project FROM projects_project p WHERE p.id = p_project;
  RETURN CASE
    WHEN v_project.state <> 'active' THEN v_project.state
    WHEN v_project.ends_at <= clock_timestamp() THEN 'ended'
    WHEN labeling_budget_left(p_project, v_project.budget) <= 0 THEN 'budget_reached'
  END;
END $$;

-- Judgments that may still be asked for; null without a budget.
CREATE OR REPLACE FUNCTION labeling_budget_left(p_project uuid, p_budget integer) RETURNS bigint
LANGUAGE plpgsql AS $$
BEGIN
  IF p_budget IS NULL THEN
    RETURN NULL;
  END IF;
  RETURN p_budget
    - coalesce((SELECT sum(t.counted) FROM labeling_tally t WHERE t.project_id = p_project), 0)
    - (SELECT count(*) FROM labeling_slot s JOIN labeling_item i ON i.id = s.item_id AND i.control = ''
        WHERE s.project_id = p_project AND s.state = 'leased'
        AND s.lease_until > clock_timestamp());
END $$;

-- Whether a labeler has done in the last 24 hours, or has at hand, as much as they may.
CREATE OR REPLACE FUNCTION labeling_capped(p_labeler uuid, p_project uuid) RETURNS boolean
LANGUAGE plpgsql AS $$
DECLARE
  v_cap integer;
BEGIN
  SELECT coalesce(m.daily_cap, p.daily_cap) INTO v_cap FROM projects_project p
    LEFT JOIN projects_membership m
      ON m.project_id = p.id AND m.user_id = p_labeler AND m.role = 'labeler'
   WHERE p.id = p_project;
  IF v_cap IS NULL THEN
    RETURN false;
  END IF;
  RETURN v_cap <=
    (SELECT count(*) FROM labeling_ranking r
      WHERE r.labeler_id = p_labeler AND r.created_at > clock_timestamp() - interval '24 hours'
        AND r.project_id = p_project AND r.state <> 'withdrawn')
    + (SELECT count(*) FROM labeling_demonstration d
      WHERE d.labeler_id = p_labeler AND d.created_at > clock_timestamp() - interval '24 hours'
        AND d.project_id = p_project AND d.state <> 'withdrawn' AND d.ranking_id IS NULL)
    + (SELECT count(*) FROM labeling_slot s
      WHERE s.labeler_id = p_labeler AND s.project_id = p_project AND s.state = 'leased');
END $$;

-- Why this labeler is handed nothing new: as labeling_closed | not_qualified | daily_cap; null: they are.
-- Near the end of the budget claims take turns, so that together they do not overrun it; farther off
-- there cannot be as many of them at once as judgments are left.
CREATE OR REPLACE FUNCTION labeling_refusal(p_labeler uuid, p_project uuid) RETURNS text
LANGUAGE plpgsql AS $$
DECLARE
  v_budget integer;
  v_why text;
BEGIN
  SELECT p.budget INTO v_budget FROM projects_project p WHERE p.id = p_project;
  IF labeling_budget_left(p_project, v_budget) < 500 THEN
    PERFORM pg_advisory_xact_lock(hashtextextended('budget:' || p_project::text, 0));
  END IF;
  v_why := labeling_closed(p_project);
  IF v_why IS NOT NULL THEN
    RETURN v_why;
  END IF;
  PERFORM 1 FROM projects_project p WHERE p.id = p_project AND p.pass_mark IS NOT NULL
    AND NOT EXISTS (SELECT 1 FROM projects_membership m
                     WHERE m.user_id = p_labeler AND m.project_id = p_project
                       AND m.role = 'labeler' AND m.qualified_at IS NOT NULL);
  IF FOUND THEN
    RETURN 'not_qualified';
  END IF;
  IF labeling_capped(p_labeler, p_project) THEN
    RETURN 'daily_cap';
  END IF;
  RETURN NULL;
END $$;

-- What the budget has paid for. Control judgments are nothing that a budget pays for.
CREATE OR REPLACE FUNCTION labeling_item_tally() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
  v_more integer := NEW.counted;
BEGIN
  IF TG_OP = 'UPDATE' THEN
    v_more := NEW.counted - OLD.counted;
  END IF;
  INSERT INTO labeling_tally (project_id, shard, counted)
  VALUES (NEW.project_id, pg_backend_pid() % 32, v_more)
  ON CONFLICT (project_id, shard) DO UPDATE SET counted = labeling_tally.counted + excluded.counted;
  RETURN NULL;
END $$;

CREATE OR REPLACE TRIGGER labeling_item_tally AFTER UPDATE OF counted ON labeling_item
FOR EACH ROW WHEN (NEW.counted <> OLD.counted AND NOT NEW.is_imported AND NEW.control = '')
EXECUTE FUNCTION labeling_item_tally();

CREATE OR REPLACE TRIGGER labeling_item_tally_new AFTER INSERT ON labeling_item
FOR EACH ROW WHEN (NEW.counted > 0 AND NOT NEW.is_imported AND NEW.control = '')
EXECUTE FUNCTION labeling_item_tally();
