import { lazy, memo, Suspense, type ComponentType } from "react";
import { useText } from "@/lib/i18n";
import type { Screen } from "../api";
import { RankingScreen } from "../RankingScreen";
import styles from "./ModeFrame.module.css";
import { modeOf } from "./scopes";
import type { ModeProps } from "./useModeWork";

type Other = Exclude<Screen["mode"], "tiers">;

const SCREENS: Record<Other, ComponentType<ModeProps>> = {
  duel: lazy(() => import("./DuelScreen")),
  guided: lazy(() => import("./GuidedScreen")),
  best_worst: lazy(() => import("./BestWorstScreen")),
  drag_list: lazy(() => import("./DragListScreen")),
};

/** The screen that a project ranks on. Tiers come with the page, the others when they are wanted. */
export const ModeScreen = memo(function ModeScreen(props: ModeProps) {
  const { t } = useText();
  const mode = modeOf(props.assignment);
  if (mode === "tiers") return <RankingScreen {...props} />;
  const Chosen = SCREENS[mode];
  return (
    <Suspense fallback={<p className={styles.loading}>{t("common.loading")}</p>}>
      <Chosen {...props} />
    </Suspense>
  );
});
