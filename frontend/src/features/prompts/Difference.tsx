import { lazy, Suspense } from "react";
import { useText } from "@/lib/i18n";

const DiffView = lazy(() => import("@/features/text/DiffView"));

interface Message {
  role: string;
  content: string;
}

interface Props {
  before: readonly Message[];
  after: readonly Message[];
  names: readonly [string, string];
  lang: string;
}

/** What two wordings of a prompt have in common and where they differ. */
export function Difference({ before, after, names, lang }: Props) {
  const { t } = useText();
  return (
    <Suspense fallback={<p className="muted">{t("common.loading")}</p>}>
      <DiffView left={asText(before)} right={asText(after)} names={names} lang={lang} />
    </Suspense>
  );
}

/** The words of a chat; who says them where there is more than one message. */
export function asText(messages: readonly Message[]): string {
  if (messages.length === 1) return messages[0]?.content ?? "";
  return messages.map(({ role, content }) => `[${role}]\n${content}`).join("\n\n");
}
