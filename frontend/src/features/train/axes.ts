/** Axes of charts: what is drawn where there is one value, or one point. */

import uPlot from "uplot";

type Bounds = [number | null, number | null];

/** From the first point to the last; one point stands in the middle. */
export function across(least: number | null, most: number | null): Bounds {
  return least !== null && least === most ? [least - 1, least + 1] : [least, most];
}

/** A little more than the values take; a constant stands in the middle, close enough to be read. */
export function upwards(least: number | null, most: number | null): Bounds {
  if (least === null || most === null) return [least, most];
  const room = Math.abs(least) / 10 || 1;
  return least === most ? [least - room, most + room] : (uPlot.rangeNum(least, most, 0.1, true) as Bounds);
}

const SCALES: uPlot.Scales = {
  x: { time: false, range: (_plot, least, most) => across(least, most) as uPlot.Range.MinMax },
  y: { range: (_plot, least, most) => upwards(least, most) as uPlot.Range.MinMax },
};

/** The numbers beside an axis. */
export function short(value: number): string {
  const size = Math.abs(value);
  if (size !== 0 && (size < 0.001 || size >= 1e6)) return value.toExponential(0);
  return String(Number(value.toPrecision(4)));
}

/** A colour or font of the theme, as the element has it. */
export function colourOf(element: HTMLElement, name: string): string {
  return getComputedStyle(element).getPropertyValue(name).trim();
}

/** Size, scales and axes of a chart in the element; its lines are the caller's. */
export function chartOptions(element: HTMLElement, height: number): Omit<uPlot.Options, "series"> {
  const axis: uPlot.Axis = {
    stroke: colourOf(element, "--muted"),
    grid: { stroke: colourOf(element, "--line"), width: 1 },
    ticks: { show: false },
    font: `11px ${colourOf(element, "--font")}`,
  };
  return {
    width: element.clientWidth || 320,
    height,
    legend: { show: false },
    cursor: { y: false },
    scales: SCALES,
    axes: [
      { ...axis, size: 24 },
      { ...axis, size: 52, values: (_plot, ticks) => ticks.map(short) },
    ],
  };
}
