import { Button, Group, Stack, Textarea } from "@mantine/core";
import { useState } from "react";
import { Awaited, Failure, More, Nothing, PageHead, Section } from "@/features/console/parts";
import { useAct } from "@/features/console/useAct";
import { usePages } from "@/features/console/usePages";
import { useProject } from "@/features/projects/queries";
import { ModelText } from "@/features/text/ModelText";
import { formatTime } from "@/lib/format";
import { useText } from "@/lib/i18n";
import { publishGuideline, readGuidelines, type Guideline } from "./api";
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
            <Versions rows={rows} lang={lang} />
          )
        }
      </Awaited>
      {!editing && <More query={versions} />}
    </>
  );
}

function Versions({ rows, lang }: { rows: readonly Guideline[]; lang: string }) {
  const { t } = useText();
  const [current, ...earlier] = rows;
  return (
    <>
      {current && (
        <article className={styles.card}>
          <p className={styles.small}>
            <Stamp version={current} />
          </p>
          <div lang={lang}>
            <ModelText text={current.text} />
          </div>
        </article>
      )}
      {earlier.length > 0 && (
        <Section title={t("manage.guidelines.versions")}>
          {earlier.map((version) => (
            <details key={version.id} className={styles.version}>
              <summary>
                <Stamp version={version} />
              </summary>
              <div lang={lang}>
                <ModelText text={version.text} />
              </div>
            </details>
          ))}
        </Section>
      )}
    </>
  );
}

function Stamp({ version }: { version: Guideline }) {
  const { t, language } = useText();
  const number = t("labeling.guidelineVersion", { number: version.number });
  return `${number} · ${formatTime(version.created_at, language)}`;
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
  const { act, busy, error, fieldError } = useAct([["guidelines", projectId], ["guideline", projectId]]);
  const save = async () => {
    if (await act(() => publishGuideline(projectId, text))) onClose();
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
