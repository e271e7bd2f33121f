-- How prompts are found: by their words, and by fingerprints that are made after they came in.

-- What is searched: the words of all messages, without roles and JSON's own signs.
CREATE OR REPLACE FUNCTION corpus_prompt_text(messages jsonb) RETURNS text
LANGUAGE sql IMMUTABLE PARALLEL SAFE AS $$
  SELECT string_agg(m.value ->> 'content', E'\n' ORDER BY m.ordinality)
    FROM jsonb_array_elements(messages) WITH ORDINALITY AS m
$$;

-- One row of pending fingerprints per new prompt, whichever way it came in.
CREATE OR REPLACE FUNCTION corpus_prompt_pending() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  INSERT INTO corpus_pendingprompt (prompt_id) SELECT id FROM fresh;
  RETURN NULL;
END $$;

CREATE OR REPLACE TRIGGER corpus_prompt_pending AFTER INSERT ON corpus_prompt
REFERENCING NEW TABLE AS fresh FOR EACH STATEMENT EXECUTE FUNCTION corpus_prompt_pending();
