-- What happens is written to the outbox by triggers: in the same transaction, whatever path it took.
-- A message is made only where an endpoint listens for it. Bodies hold ids, never texts.

CREATE OR REPLACE FUNCTION delivery_tell(project uuid, event text, data jsonb) RETURNS void LANGUAGE sql AS $$
  INSERT INTO delivery_webhookmessage (endpoint_id, event, data)
  SELECT id, event, data FROM delivery_webhookendpoint
   WHERE project_id = project AND state = 'active' AND removed_at IS NULL
     AND events @> ARRAY[event]::varchar[]
$$;

-- Imported judgments happened elsewhere: only those with a presentation were made here.
CREATE OR REPLACE FUNCTION delivery_ranking_counted() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  PERFORM delivery_tell(NEW.project_id, 'ranking.counted', jsonb_build_object('ranking', NEW.id, 'item', NEW.item_id));
  RETURN NULL;
END $$;

CREATE OR REPLACE TRIGGER delivery_ranking_counted AFTER INSERT ON labeling_ranking
FOR EACH ROW WHEN (NEW.state = 'counted' AND NEW.presentation_id IS NOT NULL) EXECUTE FUNCTION delivery_ranking_counted();

CREATE OR REPLACE FUNCTION delivery_ranking_counted_again() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  PERFORM delivery_tell(NEW.project_id, 'ranking.counted', jsonb_build_object('ranking', NEW.id, 'item', NEW.item_id));
  RETURN NULL;
END $$;

CREATE OR REPLACE TRIGGER delivery_ranking_counted_again AFTER UPDATE OF state ON labeling_ranking
FOR EACH ROW WHEN (NEW.state = 'counted' AND OLD.state <> 'counted') EXECUTE FUNCTION delivery_ranking_counted_again();

CREATE OR REPLACE FUNCTION delivery_ranking_withdrawn() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  PERFORM delivery_tell(NEW.project_id, 'ranking.withdrawn', jsonb_build_object('ranking', NEW.id, 'item', NEW.item_id));
  RETURN NULL;
END $$;

CREATE OR REPLACE TRIGGER delivery_ranking_withdrawn AFTER UPDATE OF state ON labeling_ranking
FOR EACH ROW WHEN (NEW.state = 'withdrawn' AND OLD.state <> 'withdrawn') EXECUTE FUNCTION delivery_ranking_withdrawn();

CREATE OR REPLACE FUNCTION delivery_item_done() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  PERFORM delivery_tell(NEW.project_id, 'item.done', jsonb_build_object('item', NEW.id, 'kind', NEW.kind));
  RETURN NULL;
END $$;

CREATE OR REPLACE TRIGGER delivery_item_done AFTER UPDATE OF state ON labeling_item
FOR EACH ROW WHEN (NEW.state = 'done' AND OLD.state <> 'done') EXECUTE FUNCTION delivery_item_done();

CREATE OR REPLACE FUNCTION delivery_report_opened() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  PERFORM delivery_tell(NEW.project_id, 'report.opened', jsonb_build_object('report', NEW.id, 'item', NEW.item_id, 'reason', NEW.reason));
  RETURN NULL;
END $$;

CREATE OR REPLACE TRIGGER delivery_report_opened AFTER INSERT ON labeling_report
FOR EACH ROW WHEN (NEW.state = 'open') EXECUTE FUNCTION delivery_report_opened();

CREATE OR REPLACE FUNCTION delivery_run_finished() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  PERFORM delivery_tell(NEW.project_id, 'run.finished', jsonb_build_object('run', NEW.id, 'number', NEW.number, 'kind', NEW.kind, 'status', NEW.status));
  RETURN NULL;
END $$;

CREATE OR REPLACE TRIGGER delivery_run_finished AFTER UPDATE OF status ON runs_run
FOR EACH ROW WHEN (NEW.status IN ('succeeded', 'failed', 'cancelled') AND OLD.status <> NEW.status) EXECUTE FUNCTION delivery_run_finished();

CREATE OR REPLACE FUNCTION delivery_snapshot_frozen() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  PERFORM delivery_tell(NEW.project_id, 'snapshot.frozen', jsonb_build_object('snapshot', NEW.id, 'number', NEW.number, 'sha256', NEW.sha256));
  RETURN NULL;
END $$;

CREATE OR REPLACE TRIGGER delivery_snapshot_frozen AFTER INSERT ON runs_datasetsnapshot
FOR EACH ROW WHEN (true) EXECUTE FUNCTION delivery_snapshot_frozen();

CREATE OR REPLACE FUNCTION delivery_version_promoted() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  PERFORM delivery_tell(NEW.project_id, 'version.promoted', jsonb_build_object('version', NEW.id, 'kind', NEW.kind, 'number', NEW.number));
  RETURN NULL;
END $$;

CREATE OR REPLACE TRIGGER delivery_version_promoted AFTER UPDATE OF status ON registry_modelversion
FOR EACH ROW WHEN (NEW.status = 'promoted' AND OLD.status <> 'promoted') EXECUTE FUNCTION delivery_version_promoted();

CREATE OR REPLACE FUNCTION delivery_project_state() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  PERFORM delivery_tell(NEW.id, 'project.state_changed', jsonb_build_object('before', OLD.state, 'after', NEW.state));
  RETURN NULL;
END $$;

CREATE OR REPLACE TRIGGER delivery_project_state AFTER UPDATE OF state ON projects_project
FOR EACH ROW WHEN (NEW.state <> OLD.state) EXECUTE FUNCTION delivery_project_state();

CREATE OR REPLACE FUNCTION delivery_alarm_raised() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  PERFORM delivery_tell(NEW.project_id, 'alarm.raised',
                        jsonb_build_object('alarm', NEW.id, 'rule', NEW.rule));
  RETURN NULL;
END $$;

CREATE OR REPLACE TRIGGER delivery_alarm_raised AFTER INSERT ON quality_alarm
FOR EACH ROW EXECUTE FUNCTION delivery_alarm_raised();

-- Who holds data of a project is told when a person of it was deleted, to delete it too. `labeler` is the
-- pseudonym under which exports of this project name the person (labeling.exports.pseudonym).
CREATE OR REPLACE FUNCTION delivery_person_deleted() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE project uuid;
BEGIN
  FOR project IN
    SELECT DISTINCT e.project_id FROM delivery_webhookendpoint e
     WHERE e.state = 'active' AND e.removed_at IS NULL
       AND e.events @> ARRAY['person.deleted']::varchar[]
       AND (EXISTS (SELECT 1 FROM projects_membership m
                     WHERE m.user_id = NEW.person_id AND m.project_id = e.project_id)
         OR EXISTS (SELECT 1 FROM labeling_ranking r
                     WHERE r.labeler_id = NEW.person_id AND r.project_id = e.project_id)
         OR EXISTS (SELECT 1 FROM labeling_demonstration d
                     WHERE d.labeler_id = NEW.person_id AND d.project_id = e.project_id))
  LOOP
    PERFORM delivery_tell(project, 'person.deleted', jsonb_build_object(
      'person', NEW.person_id, 'judgments', NEW.judgments,
      'labeler', 'labeler-' || left(encode(sha256(convert_to(
        'pseudonym' || chr(10) || project || chr(10) || NEW.person_id, 'UTF8')), 'hex'), 16)));
  END LOOP;
  RETURN NULL;
END $$;

CREATE OR REPLACE TRIGGER delivery_person_deleted AFTER INSERT ON runs_erasure
FOR EACH ROW EXECUTE FUNCTION delivery_person_deleted();

-- A round that waits for a person is told, and so is its end.
CREATE OR REPLACE FUNCTION delivery_round_event() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
  held runs_round;
BEGIN
  SELECT * INTO held FROM runs_round WHERE id = NEW.round_id;
  PERFORM delivery_tell(held.project_id, 'round.' || NEW.kind, jsonb_build_object(
    'round', held.id, 'number', held.number, 'step', NEW.step, 'reason', NEW.reason));
  RETURN NULL;
END $$;

CREATE OR REPLACE TRIGGER delivery_round_event AFTER INSERT ON runs_roundevent
FOR EACH ROW WHEN (NEW.kind IN ('asked', 'closed')) EXECUTE FUNCTION delivery_round_event();
