import { useId } from "react";

interface Option<V extends string> {
  value: V;
  label: string;
  hint?: string;
}

interface Props<V extends string> {
  legend: string;
  options: Option<V>[];
  value: V;
  onChange: (value: V) => void;
  /** Hide the legend from sight where the place says it already. */
  quiet?: boolean;
  large?: boolean;
}

/** One of a few: radio buttons that look like a switch, with the keys of radio buttons. */
export function Choice<V extends string>({ legend, options, value, onChange, quiet = false, large = false }: Props<V>) {
  const name = useId();
  return (
    <fieldset className={`choice ${large ? "choice-large" : ""}`}>
      <legend className={quiet ? "sr-only" : "label"}>{legend}</legend>
      <div className="choice-options">
        {options.map((option) => (
          <label key={option.value} className="choice-option">
            <input
              type="radio"
              name={name}
              checked={option.value === value}
              onChange={() => {
                onChange(option.value);
              }}
            />
            <span>
              {option.label}
              {option.hint !== undefined && <small>{option.hint}</small>}
            </span>
          </label>
        ))}
      </div>
    </fieldset>
  );
}
