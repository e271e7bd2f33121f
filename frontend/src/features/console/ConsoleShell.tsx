import { MantineProvider } from "@mantine/core";
import "@mantine/core/styles.layer.css";
import type { ReactNode } from "react";
import { NavLink } from "react-router";
import { TopBar } from "@/app/TopBar";
import { useColours } from "@/features/preferences/usePreferences";
import { useText, type TextKey } from "@/lib/i18n";
import styles from "./ConsoleShell.module.css";
import { cssVariables, styleNonce, theme } from "./theme";

export interface Door {
  to: string;
  label: TextKey;
}

interface Props {
  title: string | undefined;
  doors: readonly Door[];
  children: ReactNode;
}

/** The frame of the admin's and the ML team's pages: the bar, a list of pages, the page. */
export function ConsoleShell({ title, doors, children }: Props) {
  const { t } = useText();
  const colours = useColours();
  return (
    <MantineProvider
      theme={theme}
      forceColorScheme={colours}
      cssVariablesResolver={cssVariables}
      getStyleNonce={styleNonce}
    >
      <TopBar title={title} />
      <div className={styles.frame}>
        <nav className={styles.nav} aria-label={t("nav.pages")}>
          {doors.map((door) => (
            <NavLink key={door.to} to={door.to} className={styles.door}>
              {t(door.label)}
            </NavLink>
          ))}
        </nav>
        <main className={styles.main}>{children}</main>
      </div>
    </MantineProvider>
  );
}
