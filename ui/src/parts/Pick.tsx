import { Icon, InputBox } from "@rocket.chat/fuselage";
import { type SyntheticEvent, useId } from "react";

interface Option {
  value: string;
  label: string;
}

interface Props {
  label: string;
  value: string;
  options: readonly Option[];
  onChange: (value: string) => void;
}

/** One of many, in the browser's own list; for the head of a page. */
export function Pick({ label, value, options, onChange }: Props) {
  const id = useId();
  return (
    <div className="pick">
      <label className="hint" htmlFor={id}>
        {label}
      </label>
      <InputBox
        id={id}
        type="select"
        endAddon={<Icon name="chevron-down" size={20} />}
        value={value}
        onChange={(event: SyntheticEvent) => {
          onChange((event.target as HTMLSelectElement).value);
        }}
      >
        {options.map((option) => (
          <option key={option.value} value={option.value}>
            {option.label}
          </option>
        ))}
      </InputBox>
    </div>
  );
}
