import { MantineProvider } from "@mantine/core";
import "@mantine/core/styles.layer.css";
import { useLayoutEffect, useRef, type ReactNode } from "react";
import { NavLink, useLocation } from "react-router";
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
  const nav = useActiveDoorInSight();
  return (
    <ConsoleTheme>
      <TopBar title={title} />
      <div className={styles.frame}>
        <nav ref={nav} className={styles.nav} aria-label={t("nav.pages")}>
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

/** The list of pages scrolls to the page that is open; the page itself stays where it is. */
function useActiveDoorInSight() {
  const nav = useRef<HTMLElement>(null);
  const { pathname } = useLocation();
  useLayoutEffect(() => {
    const list = nav.current;
    const door = list?.querySelector<HTMLElement>("[aria-current=page]");
    if (!list || !door) return;
    const [frame, place] = [list.getBoundingClientRect(), door.getBoundingClientRect()];
    if (place.left < frame.left || place.right > frame.right) {
      list.scrollLeft += place.left - frame.left - (frame.width - place.width) / 2;
    }
    if (place.top < frame.top || place.bottom > frame.bottom) {
      list.scrollTop += place.top - frame.top - (frame.height - place.height) / 2;
    }
  }, [pathname]);
  return nav;
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
