import { Progress, Stack, Text } from "@mantine/core";
import { Notice } from "@/ui/Notice";
import { useText } from "@/lib/i18n";
import type { ProjectProgress } from "./api";

/** How far the project is, why it stands still if it does, and a range for its end. */
export function ProgressCard({ progress }: { progress: ProjectProgress }) {
  const { t, language } = useText();
  const goal = progress.budget ?? progress.wanted;
  const day = (moment: string) =>
    new Date(moment).toLocaleDateString(language, { dateStyle: "medium" });
  const number = (value: number) => value.toLocaleString(language, { maximumFractionDigits: 1 });
  const words = t(progress.budget === null ? "projects.progress.ofWanted" : "projects.progress.ofBudget", {
    done: number(progress.counted),
    goal: number(goal),
  });
  return (
    <Stack gap="xs">
      {progress.closed && <Notice tone="warn">{t(`projects.closed.${progress.closed}`)}</Notice>}
      <Text fw={600}>{words}</Text>
      <Progress
        value={goal > 0 ? Math.min(100, (100 * progress.counted) / goal) : 0}
        size="lg"
        aria-label={words}
      />
      <Text size="sm">
        {progress.ends_at && `${t("projects.progress.endsAt", { day: day(progress.ends_at) })} `}
        {progress.left === 0
          ? t("projects.progress.reached")
          : !progress.pace || !progress.soonest
            ? t("projects.progress.noPace")
            : progress.latest
              ? t("projects.progress.range", {
                  low: number(progress.pace.low),
                  high: number(progress.pace.high),
                  soonest: day(progress.soonest),
                  latest: day(progress.latest),
                })
              : t("projects.progress.openRange", { soonest: day(progress.soonest) })}
      </Text>
    </Stack>
  );
}
