import { useState } from "react";
import { useText } from "@/lib/i18n";
import type { Handlers } from "../ActionsProvider";
import { letterOf, TRAY, UNJUDGEABLE } from "../board";
import { LanePicker } from "../LanePicker";
import { Dock } from "./Dock";
import styles from "./Dock.module.css";
import { listHandlers, sayWhere } from "./listHandlers";
import { ModeFrame } from "./ModeFrame";
import { OrderEditor } from "./OrderEditor";
import {
  asUnjudgeable,
  cutOf,
  insertAsTier,
  listFrom,
  tierOf,
  tiersOfList,
  toTray,
  trayOf,
  type OrderList,
} from "./orderList";
import { useModeWork, type ModeProps } from "./useModeWork";
import { cutFrom, tiersFrom, unjudgeableFrom } from "./work";

/** The familiar list. Nothing is in order at first, and what nobody placed is not handed in as placed. */
export default function DragListScreen(props: ModeProps) {
  const { t } = useText();
  const { completions, screen } = props.assignment;
  const order = completions.map(({ id }) => id);
  const work = useModeWork<OrderList>(props, {
    name: "drag_list",
    load: (given) =>
      listFrom(
        { order, allowTies: screen.allow_ties },
        tiersFrom(given),
        screen.draw_cut ? cutFrom(given) : null,
        unjudgeableFrom(given, order),
      ),
    content: (list) => ({
      tiers: tiersOfList(list),
      cannot_judge: list.unjudgeable,
      direct: [],
      unacceptable_below: cutOf(list),
    }),
  });
  const list = work.state;
  const [focused, setFocused] = useState(() => trayOf(list)[0] ?? order[0] ?? "");
  const letter = (id: string) => letterOf(work, id);
  const tiers = tiersOfList(list);

  const handlers: Handlers = {
    ...listHandlers({
      list: work.now,
      shown: order,
      focused,
      onFocus: setFocused,
      onChange: work.change,
      letter,
    }),
    undo: { run: work.undo, enabled: work.canUndo },
    submit: { run: work.submit, enabled: tiers.length > 0 },
  };
  return (
    <ModeFrame
      mode={props}
      scope="drag_list"
      handlers={handlers}
      sideName={t("labeling.yourOrder")}
      side={
        <OrderEditor
          list={list}
          focused={focused}
          texts={completions}
          lang={props.lang}
          canDraw={screen.draw_cut}
          letter={letter}
          onFocus={setFocused}
          onChange={work.change}
        />
      }
      dock={
        <Dock work={work}>
          <p className={styles.order}>
            {tiers.length === 0
              ? t("labeling.nothingPlaced")
              : tiers.map((tier) => tier.map(letter).join(" = ")).join("  ›  ")}
          </p>
        </Dock>
      }
      work={work}
      shown={order}
      focused={focused}
      onFocus={setFocused}
      canDrag
      tools={(id) => (
        <LanePicker
          letter={letter(id)}
          place={list.unjudgeable.includes(id) ? UNJUDGEABLE : tierOf(list, id)}
          lanes={tierOf(list, id) > 0 ? tiers.length : tiers.length + 1}
          reachable={id === focused}
          onPlace={(place) => {
            const after =
              place === UNJUDGEABLE ? asUnjudgeable(list, id) : place === TRAY ? toTray(list, id) : insertAsTier(list, id, place);
            setFocused(id);
            work.change(after, sayWhere(after, id, letter));
          }}
        />
      )}
      stateOf={(id) => {
        if (list.unjudgeable.includes(id)) return t("labeling.unjudgeable");
        const place = tierOf(list, id);
        return place > 0 ? t("modes.place", { place }) : t("labeling.unplaced");
      }}
    />
  );
}
