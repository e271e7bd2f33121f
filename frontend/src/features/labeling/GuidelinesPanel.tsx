import { lazy, Suspense, useState } from "react";
import { ModelText } from "@/features/text/ModelText";
import { Problem } from "@/lib/http";
import { useText } from "@/lib/i18n";
import { Button } from "@/ui/Button";
import { Choice } from "@/ui/Choice";
import { Dialog } from "@/ui/Dialog";
import { Notice } from "@/ui/Notice";
import { isUnread, useGuideline, useMarkRead, type Guideline } from "./guidelines";
import styles from "./GuidelinesPanel.module.css";

const DiffView = lazy(() => import("@/features/text/DiffView"));

interface Props {
  projectId: string;
  lang: string;
  onClose: () => void;
}

/** The project's instructions as they stand now, and what changed since I read them last. */
export function GuidelinesPanel({ projectId, lang, onClose }: Props) {
  const { t } = useText();
  const guideline = useGuideline(projectId);
  const none = guideline.error instanceof Problem && guideline.error.status === 404;
  return (
    <Dialog title={t("labeling.guidelines")} shape="panel" onClose={onClose}>
      {guideline.data ? (
        <Version guideline={guideline.data} projectId={projectId} lang={lang} onClose={onClose} />
      ) : (
        <p className="muted">
          {t(guideline.isPending ? "common.loading" : none ? "labeling.noGuidelines" : "common.failed")}
        </p>
      )}
    </Dialog>
  );
}

function Version({ guideline, projectId, lang, onClose }: Props & { guideline: Guideline }) {
  const { t } = useText();
  const { number, text, last_read: before } = guideline;
  const isNews = before !== null && before.number !== number;
  const [view, setView] = useState<"changes" | "whole">(isNews ? "changes" : "whole");
  const version = (which: number) => t("labeling.guidelineVersion", { number: which });
  return (
    <>
      {isNews && (
        <div className={styles.news}>
          <p>{t("guidelines.isNew", { number, before: before.number })}</p>
          <Choice
            label={t("guidelines.show")}
            hideLabel
            options={[
              { value: "changes", words: t("guidelines.changes") },
              { value: "whole", words: t("guidelines.whole") },
            ]}
            value={view}
            onChange={setView}
          />
        </div>
      )}
      {view === "changes" && before ? (
        <Suspense fallback={<p className="muted">{t("common.loading")}</p>}>
          <DiffView
            left={before.text}
            right={text}
            names={[version(before.number), version(number)]}
            lang={lang}
          />
        </Suspense>
      ) : (
        <div lang={lang}>
          <ModelText text={text} />
        </div>
      )}
      <Foot guideline={guideline} projectId={projectId} onClose={onClose} />
    </>
  );
}

/** Reading is confirmed by an act, never by having scrolled. */
function Foot({ guideline, projectId, onClose }: Omit<Props, "lang"> & { guideline: Guideline }) {
  const { t } = useText();
  const mark = useMarkRead(projectId);
  return (
    <footer className={styles.foot}>
      {mark.isError && <Notice tone="bad">{t("guidelines.notMarked")}</Notice>}
      <p className="muted">
        {t("labeling.guidelineVersion", { number: guideline.number })}
        {!isUnread(guideline) && ` · ${t("guidelines.isRead")}`}
      </p>
      {isUnread(guideline) && (
        <Button
          kind="primary"
          disabled={mark.isPending}
          onClick={() => mark.mutate(guideline.number, { onSuccess: onClose })}
        >
          {t("guidelines.markRead")}
        </Button>
      )}
    </footer>
  );
}
