import { useEffect, useMemo, useRef } from "react";
import uPlot from "uplot";
import "uplot/dist/uPlot.min.css";
import { useColours } from "@/features/preferences/usePreferences";
import { useText } from "@/lib/i18n";
import type { Metric } from "./api";
import { chartOptions, colourOf } from "./axes";
import { FigureName, useFigureNames } from "./figureNames";
import { inWords } from "./figures";
import { FoldedCurves } from "./FoldedCurves";
import { seriesOf, type Series } from "./series";
import styles from "./train.module.css";

/** One small chart per figure that the run reports. */
export function Curves({ rows }: { rows: readonly Metric[] }) {
  const series = useMemo(() => seriesOf(rows), [rows]);
  return (
    <FoldedCurves className={styles.charts}>
      {series.map((each) => (
        <Chart key={each.name} series={each} />
      ))}
    </FoldedCurves>
  );
}

const HEIGHT = 150;

function Chart({ series }: { series: Series }) {
  const { t, language } = useText();
  const nameOf = useFigureNames();
  const colours = useColours();
  const frame = useRef<HTMLDivElement>(null);
  const plot = useRef<uPlot | null>(null);
  const latest = series.values.at(-1);

  useEffect(() => {
    const element = frame.current;
    if (!element) return undefined;
    const draw = () => {
      plot.current?.destroy();
      plot.current = new uPlot(options(element), dataOf(series), element);
    };
    draw();
    const resized = new ResizeObserver(() =>
      plot.current?.setSize({ width: element.clientWidth, height: HEIGHT }),
    );
    resized.observe(element);
    return () => {
      resized.disconnect();
      plot.current?.destroy();
      plot.current = null;
    };
    // New points go in below, without a new chart.
  }, [series.name, colours]);

  useEffect(() => plot.current?.setData(dataOf(series)), [series]);

  return (
    <figure
      className={styles.chart}
      aria-label={t("train.runs.curveOf", { name: nameOf(series.name), value: inWords(latest, language) })}
    >
      <figcaption className={styles.chartHead}>
        <span>
          <FigureName path={series.name} />
        </span>
        <b>{inWords(latest, language)}</b>
      </figcaption>
      <div ref={frame} aria-hidden="true" />
    </figure>
  );
}

function dataOf(series: Series): uPlot.AlignedData {
  return [series.steps, series.values];
}

function options(element: HTMLElement): uPlot.Options {
  return {
    ...chartOptions(element, HEIGHT),
    series: [
      {},
      {
        stroke: colourOf(element, "--accent"),
        width: 1.75,
        points: { show: (_plot, _index, from, to) => to - from < 20, size: 4 },
      },
    ],
  };
}
