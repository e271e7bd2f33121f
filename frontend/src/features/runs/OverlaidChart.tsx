import { useEffect, useMemo, useRef } from "react";
import uPlot from "uplot";
import "uplot/dist/uPlot.min.css";
import { useColours } from "@/features/preferences/usePreferences";
import { chartOptions, colourOf } from "@/features/train/axes";
import { FigureName, useFigureNames } from "@/features/train/figureNames";
import { useText } from "@/lib/i18n";
import type { Overlay } from "./compare";
import { DASHES } from "./marks";
import styles from "./runs.module.css";

const HEIGHT = 170;

/** One figure of several runs on one axis. Which line is whose says the legend above all charts. */
export function OverlaidChart({ overlay, runs }: { overlay: Overlay; runs: number }) {
  const { t } = useText();
  const name = useFigureNames()(overlay.name);
  const label = name === overlay.name ? name : `${name} ${overlay.name}`; // as it stands above the chart
  const colours = useColours();
  const frame = useRef<HTMLDivElement>(null);
  const data = useMemo((): uPlot.AlignedData => [overlay.x, ...overlay.series], [overlay]);

  useEffect(() => {
    const element = frame.current;
    if (!element) return undefined;
    const plot = new uPlot(options(element, overlay.series.length), data, element);
    const resized = new ResizeObserver(() => plot.setSize({ width: element.clientWidth, height: HEIGHT }));
    resized.observe(element);
    return () => {
      resized.disconnect();
      plot.destroy();
    };
  }, [data, overlay.series.length, colours]);

  return (
    <figure className={styles.chart} aria-label={t("runs.compare.curveOf", { name: label, count: runs })}>
      <figcaption>
        <FigureName path={overlay.name} />
      </figcaption>
      <div ref={frame} aria-hidden="true" />
    </figure>
  );
}

function options(element: HTMLElement, count: number): uPlot.Options {
  return {
    ...chartOptions(element, HEIGHT),
    series: [
      {},
      ...Array.from({ length: count }, (_, index) => ({
        stroke: colourOf(element, `--run-${index}`),
        width: 1.75,
        dash: [...DASHES[index % DASHES.length]!],
        spanGaps: true,
        points: { show: (_plot: uPlot, _i: number, from: number, to: number) => to - from < 20, size: 4 },
      })),
    ],
  };
}
