-- A person's name can be taken out of the audit trail, and only that, and never unseen.

-- `tiebreak.erasing` is set by accounts/erasing.py for the length of its own statements.
CREATE OR REPLACE FUNCTION accounts_auditevent_append_only() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  IF TG_OP = 'UPDATE' AND current_setting('tiebreak.erasing', true) = 'on' AND NEW.salt IS NULL
     AND (to_jsonb(NEW) - 'before' - 'after' - 'salt') = (to_jsonb(OLD) - 'before' - 'after' - 'salt')
  THEN
    RETURN NEW;
  END IF;
  RAISE EXCEPTION 'accounts_auditevent is append-only' USING ERRCODE = 'integrity_constraint_violation';
END $$;

CREATE OR REPLACE TRIGGER accounts_auditevent_append_only BEFORE UPDATE OR DELETE ON accounts_auditevent
FOR EACH ROW EXECUTE FUNCTION accounts_auditevent_append_only();
