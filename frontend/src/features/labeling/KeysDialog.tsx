import { useEffect, useState } from "react";
import { changePreferences, usePreferences } from "@/features/preferences/usePreferences";
import { useText } from "@/lib/i18n";
import { Button } from "@/ui/Button";
import { Dialog } from "@/ui/Dialog";
import { ACTIONS, actionsOf, WHILE_WRITING, WITHOUT_WORK, type Action } from "./actions";
import type { Assignment } from "./api";
import { keyOf, keysOf, keySign, refusalOf, soundKeys, type OwnKeys, type Refusal } from "./keymap";
import styles from "./KeysDialog.module.css";
import { scopesOf } from "./modes/scopes";

const GROUPS = ["grade", "place", "compare", "answer", "item", "view"] as const;

interface Props {
  /** What is on the screen; null: nothing that is ranked. */
  assignment: Assignment | null;
  onClose: () => void;
}

/** All keys, drawn from the list that the keyboard itself uses; each can be changed here. */
export function KeysDialog({ assignment, onClose }: Props) {
  const { t } = useText();
  const own = soundKeys(usePreferences().keys);
  const [changing, setChanging] = useState<Action | null>(null);
  const [refused, setRefused] = useState<{ key: string; refusal: Refusal } | null>(null);
  const offered = offeredOn(assignment);

  const choose = (action: Action, key: string) => {
    const refusal = refusalOf(action, key, own);
    if (refusal) return setRefused({ key, refusal });
    const keys: Record<string, string> = { ...own, [action.id]: key };
    if (action.keys[0] === key) delete keys[action.id];
    changePreferences({ keys });
    setChanging(null);
    return setRefused(null);
  };
  useNextKey(changing, choose, () => {
    setChanging(null);
    setRefused(null);
  });

  return (
    <Dialog title={t("labeling.keysTitle")} onClose={onClose}>
      <p className={styles.lead}>{t("labeling.keysLead")}</p>
      <div className={styles.groups}>
        {GROUPS.map((group) => (
          <KeyGroup
            key={group}
            name={t(`labeling.group.${group}`)}
            actions={offered.filter((action) => action.group === group)}
            own={own}
            count={assignment?.completions.length ?? 0}
            changing={changing}
            onChange={(action) => {
              setRefused(null);
              setChanging(changing?.id === action.id ? null : action);
            }}
          />
        ))}
      </div>
      <div className={styles.foot}>
        <p role="status" className={styles.said} data-tone={refused ? "warn" : undefined}>
          {refused ? refusedInWords() : changing ? t("labeling.pressKey", { action: t(changing.label) }) : ""}
        </p>
        <Button disabled={Object.keys(own).length === 0} onClick={() => changePreferences({ keys: {} })}>
          {t("labeling.keysReset")}
        </Button>
      </div>
    </Dialog>
  );

  function refusedInWords(): string {
    const { key, refusal } = refused!;
    if (refusal.reason === "reserved") return t("labeling.keyReserved", { key: keySign(key) });
    return t("labeling.keyTaken", { key: keySign(key), action: t(refusal.by.label) });
  }
}

function offeredOn(assignment: Assignment | null): readonly Action[] {
  if (assignment?.item.kind === "ranking") {
    return actionsOf(assignment.screen, scopesOf(assignment));
  }
  const here = assignment ? WHILE_WRITING : WITHOUT_WORK;
  return ACTIONS.filter(({ id }) => here.includes(id));
}

interface GroupProps {
  name: string;
  actions: readonly Action[];
  own: OwnKeys;
  /** How many answers there are: that many tiers have a digit. */
  count: number;
  changing: Action | null;
  onChange: (action: Action) => void;
}

function KeyGroup({ name, actions, own, count, changing, onChange }: GroupProps) {
  const { t } = useText();
  // A row of digits is one line.
  const lines = actions.filter(
    (action, index) => !action.family || actions.findIndex(({ family }) => family === action.family) === index,
  );
  if (lines.length === 0) return null;
  return (
    <section>
      <h3 className={styles.name}>{name}</h3>
      <dl className={styles.list}>
        {lines.map((action) => (
          <div key={action.id} className={styles.row}>
            <dt>
              {action.family ? (
                <kbd>{digitsOf(action)}</kbd>
              ) : (
                <button
                  type="button"
                  className={styles.key}
                  aria-pressed={changing?.id === action.id}
                  aria-label={t("labeling.changeKey", { action: t(action.label), key: signs(action) })}
                  onClick={() => onChange(action)}
                >
                  <kbd>{changing?.id === action.id ? "…" : signs(action)}</kbd>
                </button>
              )}
            </dt>
            <dd>{t(action.label)}</dd>
          </div>
        ))}
      </dl>
    </section>
  );

  function signs(action: Action): string {
    return keysOf(action, own).map(keySign).join(" ");
  }

  function digitsOf(action: Action): string {
    const row = actions.filter(({ family }) => family === action.family);
    if (row.length === 1) return keySign(action.keys[0] ?? "");
    const answers = action.family === "lane" || action.family === "slot" || action.family === "pick";
    const last = answers ? Math.min(Math.max(count, 2), row.length) : row.length;
    return `1–${last}`;
  }
}

/** The next key pressed is the one wished for; Escape leaves things as they are. */
function useNextKey(
  action: Action | null,
  choose: (action: Action, key: string) => void,
  cancel: () => void,
): void {
  useEffect(() => {
    if (!action) return undefined;
    const onKey = (event: KeyboardEvent) => {
      if (event.isComposing || event.keyCode === 229) return;
      if (["Shift", "Control", "Alt", "Meta", "Tab"].includes(event.key)) return;
      event.preventDefault();
      event.stopPropagation();
      if (event.key === "Escape") cancel();
      else choose(action, keyOf(event));
    };
    window.addEventListener("keydown", onKey, { capture: true });
    return () => window.removeEventListener("keydown", onKey, { capture: true });
  });
}
