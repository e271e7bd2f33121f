import { useId, useRef, type KeyboardEvent } from "react";
import { useText } from "@/lib/i18n";
import { ACTIONS, type Action } from "./actions";
import styles from "./ActionMenu.module.css";
import { useOffered } from "./ActionsProvider";
import { shownKey } from "./keymap";

/** What is rarely wanted, from the same list as the keys. */
export function ActionMenu() {
  const { t } = useText();
  const { handlers, keys } = useOffered();
  const button = useRef<HTMLButtonElement>(null);
  const menu = useRef<HTMLDivElement>(null);
  const id = useId();
  const offered = ACTIONS.filter((action) => action.inMenu && handlers[action.id]);
  if (offered.length === 0) return null;

  const close = () => menu.current?.hidePopover();
  const place = () => {
    const above = button.current?.getBoundingClientRect();
    if (!above || !menu.current) return;
    menu.current.style.insetInlineEnd = `${document.documentElement.clientWidth - above.right}px`;
    menu.current.style.bottom = `${window.innerHeight - above.top + 6}px`;
  };

  return (
    <>
      <button
        ref={button}
        type="button"
        className={styles.button}
        popoverTarget={id}
        aria-label={t("labeling.more")}
        aria-haspopup="menu"
        title={t("labeling.more")}
      >
        ⋯
      </button>
      <div
        ref={menu}
        id={id}
        popover="auto"
        role="menu"
        aria-label={t("labeling.more")}
        className={styles.menu}
        onToggle={(event) => {
          if (event.newState !== "open") return;
          place();
          menu.current?.querySelector<HTMLElement>("[role^=menuitem]")?.focus();
        }}
        onKeyDown={(event) => walk(event, menu.current)}
      >
        {offered.map((action) => (
          <Entry key={action.id} action={action} hint={shownKey(action, keys)} onDone={close} />
        ))}
      </div>
    </>
  );
}

function Entry({ action, hint, onDone }: { action: Action; hint: string; onDone: () => void }) {
  const { t } = useText();
  const handler = useOffered().handlers[action.id];
  const isSwitch = handler?.pressed !== undefined;
  return (
    <button
      type="button"
      role={isSwitch ? "menuitemcheckbox" : "menuitem"}
      aria-checked={isSwitch ? handler?.pressed : undefined}
      tabIndex={-1}
      disabled={handler?.enabled === false}
      onClick={() => {
        onDone();
        handler?.run();
      }}
    >
      <span className={styles.check} aria-hidden="true">
        {handler?.pressed ? "✓" : ""}
      </span>
      <span>{t(action.label)}</span>
      <kbd aria-hidden="true">{hint}</kbd>
    </button>
  );
}

/** Arrows go round the entries; the page hears nothing of it. */
function walk(event: KeyboardEvent, menu: HTMLElement | null): void {
  if (event.key === "Escape" || event.key === "Tab") return;
  event.stopPropagation();
  event.nativeEvent.stopImmediatePropagation();
  const by = event.key === "ArrowDown" ? 1 : event.key === "ArrowUp" ? -1 : 0;
  if (by === 0 || !menu) return;
  event.preventDefault();
  const entries = [...menu.querySelectorAll<HTMLElement>("[role^=menuitem]:not(:disabled)")];
  const at = entries.indexOf(document.activeElement as HTMLElement);
  entries[(at + by + entries.length) % entries.length]?.focus();
}
