import { useId } from "react";
import styles from "./Choice.module.css";

interface Props<Value extends string | number> {
  label: string;
  /** The label is said, not shown. */
  hideLabel?: boolean;
  hint?: string;
  options: readonly { value: Value; words: string; lang?: string }[];
  value: Value;
  onChange: (value: Value) => void;
}

/** One of a few, all of them in sight. */
export function Choice<Value extends string | number>(props: Props<Value>) {
  const { label, hideLabel = false, hint, options, value, onChange } = props;
  const name = useId();
  return (
    <fieldset className={styles.field} aria-describedby={hint ? `${name}-hint` : undefined}>
      <legend className={hideLabel ? "srOnly" : undefined}>{label}</legend>
      <div className={styles.options}>
        {options.map((option) => (
          <label key={option.value} lang={option.lang}>
            <input
              type="radio"
              name={name}
              checked={option.value === value}
              onChange={() => onChange(option.value)}
            />
            <span>{option.words}</span>
          </label>
        ))}
      </div>
      {hint && (
        <p id={`${name}-hint`} className={styles.hint}>
          {hint}
        </p>
      )}
    </fieldset>
  );
}
