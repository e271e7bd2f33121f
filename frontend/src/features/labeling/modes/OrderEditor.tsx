import { monitorForElements } from "@atlaskit/pragmatic-drag-and-drop/element/adapter";
import { useEffect, useRef } from "react";
import { useText } from "@/lib/i18n";
import type { Assignment } from "../api";
import { zoneAt, type Zone } from "./dropZone";
import { sayWhere } from "./listHandlers";
import { DropArea, OrderChip, type ChipTool } from "./OrderChip";
import styles from "./OrderEditor.module.css";
import {
  asUnjudgeable,
  cutOf,
  insertAt,
  LINE,
  rowOf,
  shifted,
  tierAbove,
  tieWith,
  toTray,
  trayOf,
  type OrderList,
} from "./orderList";
import type { Said } from "./useModeWork";

interface Props {
  list: OrderList;
  focused: string;
  texts: Assignment["completions"];
  lang: string;
  canDraw: boolean;
  letter: (id: string) => string;
  onFocus: (id: string) => void;
  onChange: (list: OrderList, said: Said | null) => void;
}

/**
 * The list in order and the tray below it. Dragged by the handle, moved by the buttons of the answer in
 * focus, or by keys. What is let go onto another is as good as that one.
 */
export function OrderEditor(props: Props) {
  const { list, focused, texts, lang, canDraw, letter, onFocus, onChange } = props;
  const { t } = useText();
  const tray = trayOf(list);
  const apply = (after: OrderList, id: string) => {
    if (after !== list) onChange(after, sayWhere(after, id, letter));
    if (id !== LINE) onFocus(id);
  };
  useDrops(list, apply);
  const textOf = new Map(texts.map(({ id, text }) => [id, text]));
  const chip = (id: string, place: number) => (
    <OrderChip
      key={id}
      id={id}
      letter={letter(id)}
      snippet={(textOf.get(id) ?? "").slice(0, 80)}
      lang={lang}
      focused={focused === id}
      canTie={list.allowTies}
      label={t("labeling.answerIs", { letter: letter(id), state: stateOf(id, place) })}
      tools={toolsOf(id)}
      onFocus={() => onFocus(id)}
    />
  );
  let place = 0;
  return (
    <div className={styles.editor} role="group" aria-label={t("labeling.board")}>
      <DropArea kind="end" className={styles.listArea}>
        <p className={styles.end}>{t("labeling.best")}</p>
        <ol className={styles.rows}>
          {list.rows.map((row) => {
            if (row[0] === LINE) return <CutRow key={LINE} at={cutOf(list) ?? 0} />;
            place += 1;
            const number = place;
            return (
              <li key={row[0]} className={styles.row} data-tied={row.length > 1} data-place={number}>
                <span className={styles.number} aria-hidden="true">
                  {number}
                </span>
                <div className={styles.chips}>{row.map((id) => chip(id, number))}</div>
              </li>
            );
          })}
        </ol>
        {list.rows.length === 0 && <p className={styles.hint}>{t("modes.list.empty")}</p>}
        <p className={styles.end}>{t("labeling.worst")}</p>
      </DropArea>
      {canDraw && cutOf(list) === null && list.rows.length > 0 && (
        <button
          type="button"
          className={styles.draw}
          onClick={() => apply(insertAt(list, LINE, list.rows.length), LINE)}
        >
          {t("modes.list.draw")}
        </button>
      )}
      <DropArea kind="tray" className={styles.tray}>
        <p className={styles.end}>{t("labeling.tray")}</p>
        {tray.length === 0 && <p className={styles.hint}>{t("modes.list.allPlaced")}</p>}
        {tray.map((id) => chip(id, 0))}
      </DropArea>
      {list.unjudgeable.length > 0 && (
        <div className={styles.tray}>
          <p className={styles.end}>{t("labeling.unjudgeable")}</p>
          {list.unjudgeable.map((id) => chip(id, -1))}
        </div>
      )}
    </div>
  );

  function CutRow({ at }: { at: number }) {
    return (
      <li className={styles.cut} data-cut={at}>
        <OrderChip
          id={LINE}
          letter=""
          snippet={t("modes.list.line")}
          lang=""
          focused
          canTie={false}
          label={t("modes.say.line", { place: at })}
          tools={[
            { words: t("modes.list.lineUp"), sign: "↑", run: () => apply(shifted(list, LINE, -1), LINE) },
            { words: t("modes.list.lineDown"), sign: "↓", run: () => apply(shifted(list, LINE, 1), LINE) },
            { words: t("modes.list.lineAway"), sign: "×", run: () => apply(toTray(list, LINE), LINE) },
          ]}
          onFocus={() => undefined}
        />
      </li>
    );
  }

  function stateOf(id: string, place: number): string {
    if (list.unjudgeable.includes(id)) return t("labeling.unjudgeable");
    return place > 0 ? t("modes.place", { place }) : t("labeling.unplaced");
  }

  /** What the buttons of an answer do, and what they are called. */
  function toolsOf(id: string): ChipTool[] {
    const placed = rowOf(list, id) >= 0;
    const name = { letter: letter(id) };
    if (!placed) {
      return [
        { words: t("modes.list.toTop", name), sign: "⤒", run: () => apply(insertAt(list, id, 0), id) },
        {
          words: t("modes.list.toEnd", name),
          sign: "＋",
          run: () => apply(insertAt(list, id, list.rows.length), id),
        },
        ...(list.unjudgeable.includes(id)
          ? [{ words: t("modes.list.back", name), sign: "×", run: () => apply(toTray(list, id), id) }]
          : [{ words: t("modes.list.out", name), sign: "?", run: () => apply(asUnjudgeable(list, id), id) }]),
      ];
    }
    const above = tierAbove(list, id)?.[0];
    return [
      { words: t("modes.list.up", name), sign: "↑", run: () => apply(shifted(list, id, -1), id) },
      { words: t("modes.list.down", name), sign: "↓", run: () => apply(shifted(list, id, 1), id) },
      ...(above !== undefined
        ? [{ words: t("modes.list.tie", name), sign: "=", run: () => apply(tieWith(list, id, above), id) }]
        : []),
      { words: t("modes.list.back", name), sign: "×", run: () => apply(toTray(list, id), id) },
    ];
  }
}

/** What is let go over a row, the list or the tray. */
function useDrops(list: OrderList, apply: (after: OrderList, id: string) => void): void {
  const latest = useRef({ list, apply });
  latest.current = { list, apply };
  useEffect(
    () =>
      monitorForElements({
        onDrop: ({ source, location }) => {
          const { list: now, apply: act } = latest.current;
          const id = source.data.completion;
          const target = location.current.dropTargets[0];
          if (typeof id !== "string" || !target) return;
          if (target.data.kind === "tray") act(toTray(now, id), id);
          if (target.data.kind === "end") act(insertAt(now, id, now.rows.length), id);
          const onto = target.data.chip;
          if (typeof onto !== "string" || onto === id) return;
          const to = rowOf(now, onto);
          if (to < 0) return act(toTray(now, id), id);
          const { top, height } = target.element.getBoundingClientRect();
          const canTie = now.allowTies && id !== LINE && onto !== LINE;
          act(dropped(now, id, onto, to, zoneAt(location.current.input.clientY, top, height, canTie)), id);
        },
      }),
    [],
  );
}

function dropped(list: OrderList, id: string, onto: string, to: number, zone: Zone): OrderList {
  if (zone === "onto") return tieWith(list, id, onto);
  return insertAt(list, id, zone === "before" ? to : to + 1);
}
