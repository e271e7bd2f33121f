import { Text, TextInput, type TextInputProps } from "@mantine/core";
import { useState, type FocusEvent, type KeyboardEvent } from "react";
import { useText } from "@/lib/i18n";
import { cleaned, isBegun, isExact, numberOf } from "./numbers";

export interface NumberFieldProps extends Omit<TextInputProps, "value" | "onChange" | "min" | "max"> {
  /** What holds; nothing where the field is to be empty, or to show its standard. */
  value: number | null | undefined;
  /** The number as it reads so far, null where the field was emptied, infinite where it is too large to be exact. */
  onChange: (value: number | null) => void;
  /** What an empty field stands for; it is shown in its place and not filled in. */
  standard?: number | null | undefined;
  /** Bounds of what is typed; what lies beyond is drawn to them once the field is left. */
  min?: number;
  max?: number;
  whole?: boolean;
  /** Shown after the number, as in 50 %. */
  unit?: string;
  /** How many of the unit shown make one of the value: 100 for a share in per cent. */
  times?: number;
}

/**
 * A field for a number: the only one there is. What is typed stays as it is typed, for "0." and "1e-" are on
 * their way to a number; only what is set from outside, or leaving the field, writes it anew.
 */
export function NumberField({ value, onChange, standard, min, max, whole, unit, times = 1, ...rest }: NumberFieldProps) {
  const { t } = useText();
  const holds = value ?? standard ?? null;
  const textOf = (number: number | null) => (number === null ? "" : String(tidy(number * times, times)));
  const meant = (typed: string) => {
    const number = numberOf(typed);
    if (number === null) return null;
    return isExact(number) ? tidy(number / times, times) : Math.sign(number) * Infinity; // which nobody takes
  };
  const [text, setText] = useState(() => textOf(holds));
  const [before, setBefore] = useState(holds);
  if (holds !== before) {
    setBefore(holds);
    if (holds !== (meant(text) ?? standard ?? null)) setText(textOf(holds));
  }
  const put = (typed: string) => {
    setText(typed);
    onChange(meant(typed));
  };
  const within = (number: number) => Math.max(min ?? -Infinity, Math.min(max ?? Infinity, number));
  const number = numberOf(text);
  const leave = (event: FocusEvent<HTMLInputElement>) => {
    if (number === null) setText("");
    else if (within(number) !== number) put(String(within(number)));
    else if (isExact(number)) setText(String(number));
    rest.onBlur?.(event);
  };
  const problem = () => {
    if (number !== null && !isExact(number)) return t("common.inexactNumber", { most: Number.MAX_SAFE_INTEGER });
    return rest.error || (whole && number !== null && !Number.isInteger(number) && t("common.wholeNumber"));
  };
  const step = (event: KeyboardEvent<HTMLInputElement>) => {
    const by = event.key === "ArrowUp" ? 1 : event.key === "ArrowDown" ? -1 : 0;
    if (whole && by !== 0 && !rest.readOnly) {
      event.preventDefault();
      put(String(within((number ?? standard ?? 0) + by)));
    }
    rest.onKeyDown?.(event);
  };
  return (
    <TextInput
      {...rest}
      label={unit ? <>{rest.label}<span className="srOnly"> ({unit})</span></> : rest.label}
      placeholder={typeof standard === "number" ? textOf(standard) : rest.placeholder}
      error={problem()}
      {...(unit && unitAfter(unit))}
      inputMode={min !== undefined && min < 0 ? "text" : whole ? "numeric" : "decimal"} // the others have no minus
      autoComplete="off"
      value={text}
      onChange={(event) => {
        const typed = cleaned(event.currentTarget.value);
        if (isBegun(typed)) put(typed);
      }}
      onBlur={leave}
      onKeyDown={step}
    />
  );
}

/** Words take more room than signs. */
function unitAfter(unit: string): Partial<TextInputProps> {
  return {
    rightSection: <Text span size="sm" c="dimmed" aria-hidden>{unit}</Text>,
    rightSectionWidth: unit.length > 1 ? "4.8rem" : "2.4rem",
    rightSectionPointerEvents: "none",
  };
}

/** Without the noise that a change of unit brings: 33.3 % is 0.333. */
function tidy(number: number, times: number): number {
  return times === 1 ? number : Number(number.toPrecision(12));
}
