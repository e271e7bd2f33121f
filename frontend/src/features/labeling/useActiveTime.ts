import { useCallback, useEffect, useRef } from "react";

const IDLE_AFTER_MS = 60_000;
const TICK_MS = 500;
const SIGNS = ["keydown", "pointermove", "pointerdown", "wheel", "scroll"] as const;

/**
 * Milliseconds in which the page was visible and somebody was at work; a minute without a sign of
 * life ends the count. Returns a function that reads the clock; `onAwake` hears every stretch counted.
 */
export function useActiveTime(start: number, onAwake?: (ms: number) => void): () => number {
  const total = useRef(start);
  const hear = useRef(onAwake);
  hear.current = onAwake;
  useEffect(() => {
    let sign = Date.now();
    let tick = Date.now();
    const mark = () => {
      sign = Date.now();
    };
    const timer = setInterval(() => {
      const now = Date.now();
      const awake = document.visibilityState === "visible" && now - sign < IDLE_AFTER_MS;
      // A machine that slept reports one huge step: count no more than four ticks.
      const ms = Math.min(now - tick, 4 * TICK_MS);
      tick = now;
      if (!awake) return;
      total.current += ms;
      hear.current?.(ms);
    }, TICK_MS);
    for (const name of SIGNS) window.addEventListener(name, mark, { passive: true, capture: true });
    return () => {
      clearInterval(timer);
      for (const name of SIGNS) window.removeEventListener(name, mark, { capture: true });
    };
  }, []);
  return useCallback(() => Math.round(total.current), []);
}
