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

export const SCALES: uPlot.Scales = {
  x: { time: false, range: (_plot, least, most) => across(least, most) as uPlot.Range.MinMax },
  y: { range: (_plot, least, most) => upwards(least, most) as uPlot.Range.MinMax },
};

/** The numbers beside an axis. */
export function short(value: number): string {
  const size = Math.abs(value);
  if (size !== 0 && (size < 0.001 || size >= 1e6)) return value.toExponential(0);
  return String(Number(value.toPrecision(4)));
}
