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

/** Pages that belong together; the first section of a list needs no heading. */
export interface DoorSection {
  label?: TextKey;
  doors: readonly Door[];
}

interface Props {
  title: string | undefined;
  sections: readonly DoorSection[];
  children: ReactNode;
}

/** The frame of the admin's and the ML team's pages: the bar, a list of pages, the page. */
export function ConsoleShell({ title, sections, children }: Props) {
  const { t } = useText();
  return (
    <ConsoleTheme>
      <TopBar title={title} />
      <div className={styles.frame}>
        <nav className={styles.nav} aria-label={t("nav.pages")}>
          {sections.map((section) => (
            <div
              key={section.label ?? ""}
              className={styles.section}
              role="group"
              aria-label={section.label && t(section.label)}
            >
              {section.label && (
                <div className={styles.heading} aria-hidden>
                  {t(section.label)}
                </div>
              )}
              {section.doors.map((door) => (
                <NavLink key={door.to} to={door.to} className={styles.door}>
                  {t(door.label)}
                </NavLink>
              ))}
            </div>
          ))}
        </nav>
        <main className={styles.main}>{children}</main>
      </div>
    </ConsoleTheme>
  );
}

/** The component kit in our colours; for pages that are no part of a list of pages. */
export function ConsoleTheme({ children }: { children: ReactNode }) {
  return (
    <MantineProvider
      theme={theme}
      forceColorScheme={useColours()}
      cssVariablesResolver={cssVariables}
      getStyleNonce={styleNonce}
    >
      {children}
    </MantineProvider>
  );
}
