import { useText } from "@/lib/i18n";
import { ActionButton } from "../ActionButton";
import { ChipMarks } from "../ChipMarks";
import type { Judgment, JudgmentAction } from "../judgment";
import { Rail } from "../Rail";
import type { ReadState } from "../reading";
import { letterOf, TRAY, type Place } from "../board";
import { mismatches, scoreOf, suggestedPlaces } from "../suggestions";
import styles from "./TierPanel.module.css";

interface Props {
  judgment: Judgment;
  states: Readonly<Record<string, ReadState>>;
  dispatch: (action: JudgmentAction) => void;
}

/** The order: chips from the tray into tiers, with what the grades would say beside it. */
export function TierPanel({ judgment, states, dispatch }: Props) {
  const { t } = useText();
  const { content, screen, focused } = judgment;
  const { board } = content;
  const suggested = suggestedPlaces(content, screen);
  const waiting = Object.keys(suggested).length;
  const odd = mismatches(content, screen);
  const grades = screen.steps.includes("grade");
  return (
    <div className={styles.panel} data-board>
      <Rail
        board={board}
        focused={focused}
        suggested={suggested}
        canDraw={screen.draw_cut}
        marks={(id) => (
          <ChipMarks
            score={grades ? scoreOf(content, screen, id) : undefined}
            flags={content.flags[id]?.length ?? 0}
            above={(odd[id] ?? []).map((each) => letterOf(board, each))}
            read={states[id] ?? "unread"}
          />
        )}
        onFocus={(id) => dispatch({ type: "focus", id })}
        onPlace={(id: string, place: Place) =>
          dispatch({ type: "place", id, place, advance: place !== TRAY })
        }
        onAccept={(ids) => dispatch({ type: "accept", ids })}
        onCut={(cut) => dispatch({ type: "setCut", cut })}
        onCutBy={(by) => dispatch({ type: "moveCut", by })}
      />
      {grades && (
        <div className={styles.suggestion}>
          {waiting > 0 && (
            <>
              <p>{t("labeling.suggestion", { count: waiting })}</p>
              <ActionButton id="accept" kind="plain">
                {t("labeling.acceptAll")}
              </ActionButton>
            </>
          )}
        </div>
      )}
    </div>
  );
}
