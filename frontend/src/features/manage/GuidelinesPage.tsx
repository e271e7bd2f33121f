import { Button, Group, Stack, Textarea, TextInput } from "@mantine/core";
import { useState } from "react";
import { Awaited, Failure, More, Nothing, PageHead } from "@/features/console/parts";
import { useAct } from "@/features/console/useAct";
import { usePages } from "@/features/console/usePages";
import { useProject } from "@/features/projects/queries";
import { ModelText } from "@/features/text/ModelText";
import { useText } from "@/lib/i18n";
import { GuidelineVersions } from "@/features/review/GuidelineVersions";
import { publishGuideline, readGuidelines } from "./api";
import styles from "./manage.module.css";

interface Props {
  projectId: string;
  isAdmin: boolean;
}

/** What labelers are asked to do: the version in force, and those before it. */
export function GuidelinesPage({ projectId, isAdmin }: Props) {
  const { t } = useText();
  const lang = useProject(projectId).data?.language ?? "";
  const [editing, setEditing] = useState(false);
  const versions = usePages(["guidelines", projectId], () => readGuidelines(projectId));
  return (
    <>
      <PageHead
        title={t("manage.guidelines.title")}
        lead={t("manage.guidelines.lead")}
        actions={
          isAdmin &&
          !editing &&
          versions.data && (
            <Button onClick={() => setEditing(true)}>{t("manage.guidelines.write")}</Button>
          )
        }
      />
      <Awaited query={versions}>
        {(rows) =>
          editing ? (
            <Editor
              projectId={projectId}
              before={rows[0]?.text ?? ""}
              lang={lang}
              onClose={() => setEditing(false)}
            />
          ) : rows.length === 0 ? (
            <Nothing>{t("labeling.noGuidelines")}</Nothing>
          ) : (
            <GuidelineVersions projectId={projectId} isAdmin={isAdmin} rows={rows} lang={lang} />
          )
        }
      </Awaited>
      {!editing && <More query={versions} />}
    </>
  );
}

interface EditorProps {
  projectId: string;
  before: string;
  lang: string;
  onClose: () => void;
}

function Editor({ projectId, before, lang, onClose }: EditorProps) {
  const { t } = useText();
  const [text, setText] = useState(before);
  const [changes, setChanges] = useState("");
  const { act, busy, error, fieldError } = useAct([
    ["guidelines", projectId],
    ["guidelines-use", projectId],
    ["guideline", projectId],
  ]);
  const save = async () => {
    if (await act(() => publishGuideline(projectId, text, changes))) onClose();
  };
  return (
    <Stack>
      <div className={styles.halves}>
        <Textarea
          label={t("manage.guidelines.write")}
          autosize
          minRows={14}
          lang={lang}
          data-autofocus
          value={text}
          onChange={(event) => setText(event.currentTarget.value)}
          error={fieldError("text")}
        />
        <section className={styles.card} aria-label={t("manage.guidelines.preview")} lang={lang}>
          <ModelText text={text} />
        </section>
      </div>
      <TextInput
        label={t("review.guidelines.changes")}
        description={t("review.guidelines.changesHint")}
        lang={lang}
        maxLength={500}
        value={changes}
        onChange={(event) => setChanges(event.currentTarget.value)}
        error={fieldError("changes")}
      />
      <Failure error={error} />
      <Group>
        <Button loading={busy} disabled={!text.trim() || text === before} onClick={() => void save()}>
          {t("manage.guidelines.publish")}
        </Button>
        <Button variant="default" onClick={onClose}>
          {t("common.cancel")}
        </Button>
      </Group>
    </Stack>
  );
}
