import { Group, SegmentedControl, Slider, Text } from "@mantine/core";
import { useMemo } from "react";
import { useSearchParams } from "react-router";
import { Nothing } from "@/features/console/parts";
import { FoldedCurves } from "@/features/train/FoldedCurves";
import { useText } from "@/lib/i18n";
import { overlays, type Axis, type Compared } from "./compare";
import { OverlaidChart } from "./OverlaidChart";
import styles from "./runs.module.css";

const MOST_SMOOTHING = 0.95;

/** The curves of all runs, one chart a figure. Axis and smoothing stand in the address. */
export function ComparedCurves({ compared }: { compared: Compared[] }) {
  const { t } = useText();
  const [search, setSearch] = useSearchParams();
  const axis: Axis = search.get("x") === "hours" ? "hours" : "step";
  const smoothing = Math.min(MOST_SMOOTHING, Math.max(0, Number(search.get("smooth")) || 0));
  // Query results are new objects at every rendering; the figures are what counts.
  const state = compared.map(({ run, metrics }) => `${run.id} ${metrics.length}`).join();
  const charts = useMemo(() => overlays(compared, axis, smoothing), [state, axis, smoothing]);
  const set = (name: string, value: string) => {
    const next = new URLSearchParams(search);
    next.set(name, value);
    setSearch(next, { replace: true });
  };
  return (
    <>
      <Group gap="xl" align="end">
        <div>
          <Text size="sm">{t("runs.compare.axis")}</Text>
          <SegmentedControl
            aria-label={t("runs.compare.axis")}
            value={axis}
            onChange={(value) => set("x", value)}
            data={[
              { value: "step", label: t("runs.compare.step") },
              { value: "hours", label: t("runs.compare.hours") },
            ]}
          />
        </div>
        <div className={styles.slider}>
          <Text size="sm">{t("runs.compare.smooth")}</Text>
          <Slider
            thumbLabel={t("runs.compare.smooth")}
            min={0}
            max={MOST_SMOOTHING}
            step={0.05}
            defaultValue={smoothing}
            onChangeEnd={(value) => set("smooth", String(value))}
          />
        </div>
      </Group>
      {axis === "hours" && <p className="muted">{t("runs.compare.noTime")}</p>}
      {charts.length === 0 && <Nothing>{t("runs.compare.none")}</Nothing>}
      <FoldedCurves className={styles.charts}>
        {charts.map((overlay) => (
          <OverlaidChart key={overlay.name} overlay={overlay} runs={compared.length} />
        ))}
      </FoldedCurves>
    </>
  );
}
