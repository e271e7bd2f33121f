import { memo, useEffect, useLayoutEffect, useRef, useState, useSyncExternalStore, type Ref } from "react";
import { useText } from "@/lib/i18n";
import { direction } from "./direction";
import styles from "./ModelText.module.css";
import { rendered, type RenderedText } from "./rendered";
import { warmUp } from "./renderer";
import { reachableScrollers } from "./scrollers";
import { visibleSlices } from "./slices";
import { useGrowing } from "./useGrowing";
import { VisibleText } from "./VisibleText";

interface Props {
  text: string;
  /** Letter by letter instead of as Markdown. */
  raw?: boolean;
  /** The element that holds the text. */
  ref?: Ref<HTMLDivElement>;
  /** Called whenever more of the text, or another form of it, stands on the page. */
  onChange?: () => void;
}

const SLICE = 4_000;
warmUp();

/** Text that is not ours, in full: as Markdown, or letter by letter. Never for long at once. */
export const ModelText = memo(function ModelText({ text, raw = false, ref, onChange }: Props) {
  const { t } = useText();
  if (text.trim() === "") {
    return (
      <div ref={ref} className={styles.blank} data-complete>
        {t("text.blank")}
      </div>
    );
  }
  const Shown = raw ? RawText : MarkdownText;
  return <Shown key={text} text={text} holder={ref} onChange={onChange} />;
});

interface Shown {
  text: string;
  holder?: Ref<HTMLDivElement>;
  onChange?: () => void;
}

function MarkdownText({ text, holder, onChange }: Shown) {
  const { t } = useText();
  const [entry] = useState(() => rendered(text));
  const state = useSyncExternalStore(entry.subscribe, () => `${entry.version} ${entry.state}`);
  useLayoutEffect(() => onChange?.(), [state, onChange]);
  if (entry.state === "done") {
    return <Pieces key={entry.version} entry={entry} holder={holder} onChange={onChange} />;
  }
  if (entry.state === "waiting") return <RawText text={text} holder={holder} waiting />;
  return (
    <>
      <p className={styles.notice}>{t("text.asWritten")}</p>
      <RawText text={text} holder={holder} onChange={onChange} />
    </>
  );
}

function Pieces({ entry, holder, onChange }: { entry: RenderedText } & Omit<Shown, "text">) {
  const shown = useGrowing(entry.length, onChange);
  return (
    <div ref={holder} className={styles.text} data-long={entry.length > 1} data-complete={shown === entry.length}>
      {Array.from({ length: shown }, (_, index) => (
        <Piece key={index} html={entry.html(index)} />
      ))}
    </div>
  );
}

const Piece = memo(function Piece({ html }: { html: string }) {
  const here = useRef<HTMLDivElement>(null);
  useEffect(() => reachableScrollers(here.current!), [html]);
  // The HTML comes out of DOMPurify; see sanitize.ts.
  return <div ref={here} className={styles.piece} dangerouslySetInnerHTML={{ __html: html }} />;
});

function RawText({ text, holder, onChange, waiting = false }: Shown & { waiting?: boolean }) {
  const [parts] = useState(() => visibleSlices(text.replace(/\r\n/g, "\n"), SLICE));
  const shown = useGrowing(waiting ? 1 : parts.length, onChange);
  return (
    <div
      ref={holder}
      className={waiting ? styles.waiting : styles.raw}
      data-long={parts.length > 1}
      data-complete={!waiting && shown === parts.length}
    >
      {parts.slice(0, shown).map((part, index) => (
        <RawPiece key={index} text={part} />
      ))}
    </div>
  );
}

const RawPiece = memo(function RawPiece({ text }: { text: string }) {
  return (
    <div className={styles.rawPiece} dir={direction(text)}>
      <VisibleText text={text} />
    </div>
  );
});
