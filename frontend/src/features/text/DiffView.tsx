import { memo, useMemo, useRef, useState } from "react";
import { useText } from "@/lib/i18n";
import { Button } from "@/ui/Button";
import type { Part } from "./diff";
import { rows, type Row, type Segment } from "./diffRows";
import { direction } from "./direction";
import styles from "./DiffView.module.css";
import { useDifference } from "./useDifference";
import { useGrowing } from "./useGrowing";
import { VisibleText } from "./VisibleText";

interface Props {
  left: string;
  right: string;
  /** What the two are called: "A" and "C", "version 3" and "version 4". */
  names: readonly [string, string];
  /** The language of the texts. */
  lang?: string;
}

/**
 * Two texts as they were written, side by side, with what only one of them says underlined (dotted on
 * the left, solid on the right). Load it lazily; it fills the width it is given and stacks when narrow:
 *
 *     const DiffView = lazy(() => import("@/features/text/DiffView"));
 *     <DiffView left={a.text} right={c.text} names={["A", "C"]} lang={lang} />
 */
export default function DiffView({ left, right, names, lang }: Props) {
  const { t } = useText();
  const found = useDifference(left, right);
  if (found.state === "comparing") return <p className={styles.note}>{t("text.diff.comparing")}</p>;
  if (found.state === "failed") return <p className={styles.note}>{t("text.diff.failed")}</p>;
  return <Parts key={`${left}\u0000${right}`} parts={found.parts} names={names} lang={lang} />;
}

function Parts({ parts, names, lang }: { parts: Part[] } & Pick<Props, "names" | "lang">) {
  const { t } = useText();
  const [left, right] = names;
  const all = useMemo(() => rows(parts), [parts]);
  const batches = useMemo(() => inBatches(all), [all]);
  const shown = useGrowing(batches.length);
  const count = useMemo(() => changes(all), [all]);
  const root = useRef<HTMLDivElement>(null);
  const [at, setAt] = useState(-1);
  const go = (to: number) => {
    setAt(to);
    const mark = root.current?.querySelector<HTMLElement>(`[data-change="${to}"]`);
    mark?.focus({ preventScroll: true });
    mark?.scrollIntoView({ block: "center" });
  };
  if (count === 0) return <p className={styles.note}>{t("text.diff.same", { left, right })}</p>;
  return (
    <div className={styles.view} role="group" aria-label={t("text.diff.title", { left, right })}>
      <div className={styles.bar}>
        <span>{t("text.diff.count", { count })}</span>
        <Button disabled={at <= 0} onClick={() => go(at - 1)}>
          {t("text.diff.previous")}
        </Button>
        <Button disabled={at >= count - 1} onClick={() => go(at + 1)}>
          {t("text.diff.next")}
        </Button>
        <span className={styles.legend}>
          <mark className={styles.left}>{t("text.diff.onlyIn", { name: left })}</mark>
          <mark className={styles.right}>{t("text.diff.onlyIn", { name: right })}</mark>
        </span>
      </div>
      {inCommon(parts) < LITTLE && <p className={styles.note}>{t("text.diff.little")}</p>}
      <div className={styles.heads} aria-hidden="true">
        <span>{left}</span>
        <span>{right}</span>
      </div>
      <div ref={root} className={styles.rows} lang={lang} data-long={all.length > ROWS}>
        {batches.slice(0, shown).map((batch, index) => (
          <Batch key={index} rows={batch} left={left} right={right} />
        ))}
      </div>
    </div>
  );
}

interface BatchProps {
  rows: Row[];
  left: string;
  right: string;
}

const Batch = memo(function Batch({ rows: here, left, right }: BatchProps) {
  const { t } = useText();
  return here.map((row, index) => (
    <div key={index} className={styles.row} data-same={row.same}>
      <div className={styles.cell} dir={wayOf(row.left)}>
        <span className="srOnly">{row.same ? t("text.diff.both", { left, right }) : `${left}: `}</span>
        <Segments segments={row.left} side="left" name={left} />
      </div>
      <div className={styles.cell} dir={wayOf(row.right)} aria-hidden={row.same || undefined}>
        {!row.same && <span className="srOnly">{`${right}: `}</span>}
        <Segments segments={row.right} side="right" name={right} />
      </div>
    </div>
  ));
});

function Segments({ segments, side, name }: { segments: Segment[]; side: "left" | "right"; name: string }) {
  const { t } = useText();
  return segments.map((segment, index) =>
    segment.only ? (
      <mark key={index} className={styles[side]} data-change={segment.change} tabIndex={-1}>
        <span className="srOnly">{`[${t("text.diff.onlyIn", { name })}: `}</span>
        <Visible text={segment.text} only />
        <span className="srOnly">]</span>
      </mark>
    ) : (
      <Visible key={index} text={segment.text} />
    ),
  );
}

/** The characters that hide; and where a space or a line break is all that differs, that too. */
function Visible({ text, only = false }: { text: string; only?: boolean }) {
  const spaces = only && text.trim() === "";
  const shown = spaces ? text.replace(/ /g, "␣").replace(/\t/g, "⇥").replace(/\n/g, "↵\n") : text;
  return <VisibleText text={shown} />;
}

const ROWS = 40;
const LITTLE = 0.1;

/** Rows that are put on the page together. */
function inBatches(all: Row[]): Row[][] {
  const batches: Row[][] = [];
  let weight = Infinity;
  for (const row of all) {
    const cost = row.left.length + row.right.length + 2;
    if (weight + cost > 160) {
      batches.push([]);
      weight = 0;
    }
    batches.at(-1)!.push(row);
    weight += cost;
  }
  return batches;
}

function changes(all: Row[]): number {
  const numbers = all.flatMap((row) => [...row.left, ...row.right].map((each) => each.change ?? -1));
  return numbers.reduce((most, number) => Math.max(most, number), -1) + 1;
}

function inCommon(parts: Part[]): number {
  const length = (kinds: Part["kind"][]) =>
    parts.filter((part) => kinds.includes(part.kind)).reduce((sum, part) => sum + part.text.length, 0);
  return length(["same"]) / Math.max(length(["same", "left"]), length(["same", "right"]), 1);
}

const wayOf = (segments: Segment[]) => direction(segments.map((each) => each.text).join(""));
