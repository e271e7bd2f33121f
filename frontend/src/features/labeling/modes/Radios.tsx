import type { ReactNode } from "react";

interface Option<Value> {
  value: Value;
  /** What it says to who does not see it. */
  words: string;
  content: ReactNode;
  size?: number;
  disabled?: boolean;
}

interface Props<Value> {
  label: string;
  options: readonly Option<Value>[];
  value: Value | null;
  onChoose: (value: Value) => void;
  className: string | undefined;
  optionClass: string | undefined;
}

/**
 * One of a few, in sight. Not buttons: Enter on one of them belongs to the page, where it goes on, and
 * so do the digits; Space chooses.
 */
export function Radios<Value extends string | number>(props: Props<Value>) {
  const { label, options, value, onChoose, className, optionClass } = props;
  const inTabOrder = value ?? options.find((option) => !option.disabled)?.value;
  return (
    <div className={className} role="radiogroup" aria-label={label}>
      {options.map((option) => (
        <span
          key={option.value}
          role="radio"
          aria-checked={option.value === value}
          aria-disabled={option.disabled}
          aria-label={option.words}
          tabIndex={option.value === inTabOrder ? 0 : -1}
          className={optionClass}
          data-size={option.size}
          onClick={() => !option.disabled && onChoose(option.value)}
          onKeyDown={(event) => {
            if (event.key !== " ") return;
            event.preventDefault();
            if (!option.disabled) onChoose(option.value);
          }}
        >
          {option.content}
        </span>
      ))}
    </div>
  );
}
