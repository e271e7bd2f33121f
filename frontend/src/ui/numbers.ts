/** Numbers as people type them. Pure. */

const SEPARATED = /^[-+]?\d{1,3}(,\d{3})+(\.\d*)?$/;
const BEGUN = /^[-+]?\d*\.?\d*(e[-+]?\d*)?$/i;
const NUMBER = /^[-+]?(\d+\.?\d*|\.\d+)(e[-+]?\d+)?/i;

/** The signs a number is written with; a comma that separates no thousands, and 。 of a Chinese keyboard, are points. */
export function cleaned(typed: string): string {
  const text = typed.normalize("NFKC").replaceAll("−", "-").trim();
  const plain = SEPARATED.test(text) ? text.replaceAll(",", "") : text.replace(/[,。]/g, ".");
  return plain.replace(/[^\d.eE+-]/g, "");
}

/** Whether a number may come of it: "", "-", "0." and "1e-" have begun one. */
export function isBegun(text: string): boolean {
  return BEGUN.test(text);
}

/** The number that is there so far, or null. */
export function numberOf(text: string): number | null {
  const found = NUMBER.exec(text);
  const number = found ? Number(found[0]) : Number.NaN;
  return Number.isFinite(number) ? number : null;
}

/** Whether the number is what was written: beyond 2^53 − 1 it may stand for its neighbours too. */
export function isExact(number: number): boolean {
  return Math.abs(number) <= Number.MAX_SAFE_INTEGER;
}
