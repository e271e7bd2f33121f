import { lazy, Suspense, useEffect, useRef, useState, type ReactNode } from "react";
import { Link } from "react-router";
import { paths } from "@/config/paths";
import { changeMe } from "@/features/auth/api";
import { useMe, usePageTitle, useSignOut } from "@/features/auth/session";
import { UnsentMark } from "@/features/labeling/UnsentMark";
import { useWorkplace } from "@/features/labeling/workplace";
import { useText } from "@/lib/i18n";
import { Mark } from "@/ui/Mark";
import { LanguageSwitch } from "./LanguageSwitch";
import styles from "./TopBar.module.css";

const SignOutDialog = lazy(() => import("@/features/auth/SignOutDialog"));
const SettingsDialog = lazy(() => import("@/features/preferences/SettingsDialog"));

interface Props {
  title?: string | undefined;
  /** A few quiet words beside the title. */
  note?: string | undefined;
  children?: ReactNode;
}

/** The one bar above every page. */
export function TopBar({ title, note, children }: Props) {
  const { t } = useText();
  const [dialog, setDialog] = useState<"settings" | "signOut" | null>(null);
  const close = () => setDialog(null);
  usePageTitle(title);
  return (
    <>
      <header className={styles.bar}>
        <Link to={paths.home} className={styles.home} aria-label={t("nav.home")}>
          <Mark size={26} />
        </Link>
        <div className={styles.title}>
          <span className={styles.name}>{title ?? "Tiebreak"}</span>
          {note && <span className={styles.note}>{note}</span>}
          <UnsentMark className={styles.unsent} />
        </div>
        <nav className={styles.actions} aria-label={t("nav.page")}>
          {children}
        </nav>
        <Account onOpen={setDialog} />
      </header>
      <Suspense fallback={null}>
        {dialog === "settings" && <SettingsDialog onClose={close} />}
        {dialog === "signOut" && <SignOutDialog onClose={close} />}
      </Suspense>
    </>
  );
}

function Account({ onOpen }: { onOpen: (dialog: "settings" | "signOut") => void }) {
  const { t } = useText();
  const me = useMe();
  const signOut = useSignOut();
  const { outbox } = useWorkplace();
  const menu = useRef<HTMLDetailsElement>(null);
  const button = useRef<HTMLElement>(null);
  useEffect(() => {
    const away = (event: Event) => {
      if (event.target instanceof Node && !menu.current?.contains(event.target)) {
        menu.current?.removeAttribute("open");
      }
    };
    document.addEventListener("pointerdown", away);
    return () => document.removeEventListener("pointerdown", away);
  }, []);
  const name = me.display_name || me.username;
  return (
    <details
      ref={menu}
      className={styles.account}
      onKeyDown={(event) => {
        if (event.key !== "Escape" || !menu.current?.open) return;
        menu.current.removeAttribute("open");
        button.current?.focus();
      }}
      onBlur={({ relatedTarget }) => {
        if (relatedTarget && !menu.current?.contains(relatedTarget)) menu.current?.removeAttribute("open");
      }}
    >
      <summary ref={button} aria-label={t("nav.account", { name })}>
        <span aria-hidden="true">{[...name][0]?.toUpperCase()}</span>
      </summary>
      <div className={styles.menu}>
        <p className={styles.who}>{name}</p>
        <LanguageSwitch onChange={(locale) => void changeMe({ locale }).catch(() => undefined)} />
        <button
          type="button"
          onClick={() => {
            menu.current?.removeAttribute("open");
            onOpen("settings");
          }}
        >
          {t("nav.settings")}
        </button>
        <Link to={paths.security}>{t("security.title")}</Link>
        <Link to={paths.tokens}>{t("manage.tokens.title")}</Link>
        {me.back_office && <a href="/admin/">{t("nav.backOffice")}</a>}
        <button
          type="button"
          onClick={() => {
            menu.current?.removeAttribute("open");
            if (outbox.state.unsent.length > 0) onOpen("signOut");
            else void signOut().catch(() => onOpen("signOut"));
          }}
        >
          {t("auth.signOut")}
        </button>
      </div>
    </details>
  );
}
