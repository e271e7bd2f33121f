import { lazy, Suspense, useState } from "react";
import { useText } from "@/lib/i18n";
import { Dialog } from "@/ui/Dialog";
import styles from "./CompareDialog.module.css";

const DiffView = lazy(() => import("@/features/text/DiffView"));

interface Props {
  order: readonly string[];
  texts: Readonly<Record<string, string>>;
  lang: string;
  letter: (id: string) => string;
  /** The two to begin with. */
  one: string;
  other: string;
  onClose: () => void;
}

/** What two answers have in common and where they differ. */
export function CompareDialog({ order, texts, lang, letter, one, other, onClose }: Props) {
  const { t } = useText();
  const [left, setLeft] = useState(one);
  const [right, setRight] = useState(other);
  return (
    <Dialog title={t("labeling.differenceTitle", { left: letter(left), right: letter(right) })} shape="wide" onClose={onClose}>
      <div className={styles.sides}>
        <Letters
          label={t("labeling.leftAnswer")}
          order={order}
          letter={letter}
          chosen={left}
          barred={right}
          onChoose={setLeft}
        />
        <Letters
          label={t("labeling.rightAnswer")}
          order={order}
          letter={letter}
          chosen={right}
          barred={left}
          onChoose={setRight}
        />
      </div>
      <Suspense fallback={<p className="muted">{t("common.loading")}</p>}>
        <DiffView
          left={texts[left] ?? ""}
          right={texts[right] ?? ""}
          names={[letter(left), letter(right)]}
          lang={lang}
        />
      </Suspense>
    </Dialog>
  );
}

interface LettersProps {
  label: string;
  order: readonly string[];
  letter: (id: string) => string;
  chosen: string;
  barred: string;
  onChoose: (id: string) => void;
}

function Letters({ label, order, letter, chosen, barred, onChoose }: LettersProps) {
  return (
    <div className={styles.letters} role="group" aria-label={label}>
      {order.map((id) => (
        <button
          key={id}
          type="button"
          aria-pressed={id === chosen}
          disabled={id === barred}
          onClick={() => onChoose(id)}
        >
          {letter(id)}
        </button>
      ))}
    </div>
  );
}
