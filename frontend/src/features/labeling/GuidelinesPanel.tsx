import { useQuery } from "@tanstack/react-query";
import { ModelText } from "@/features/text/ModelText";
import { Problem } from "@/lib/http";
import { useText } from "@/lib/i18n";
import { Dialog } from "@/ui/Dialog";
import { readGuideline } from "./api";

interface Props {
  projectId: string;
  lang: string;
  onClose: () => void;
}

/** The project's instructions as they stand now. */
export function GuidelinesPanel({ projectId, lang, onClose }: Props) {
  const { t } = useText();
  const guideline = useQuery({
    queryKey: ["guideline", projectId],
    queryFn: () => readGuideline(projectId),
    retry: false,
  });
  const none = guideline.error instanceof Problem && guideline.error.status === 404;
  return (
    <Dialog title={t("labeling.guidelines")} shape="panel" onClose={onClose}>
      {guideline.data ? (
        <>
          <div lang={lang}>
            <ModelText text={guideline.data.text} />
          </div>
          <p className="muted">{t("labeling.guidelineVersion", { number: guideline.data.number })}</p>
        </>
      ) : (
        <p className="muted">
          {t(guideline.isPending ? "common.loading" : none ? "labeling.noGuidelines" : "common.failed")}
        </p>
      )}
    </Dialog>
  );
}
