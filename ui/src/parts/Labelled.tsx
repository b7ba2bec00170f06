import { type ReactNode, useId } from "react";

interface Props {
  label: string;
  hint?: string | undefined;
  error?: string | null | undefined;
  children: (wiring: { id: string; "aria-describedby": string; "aria-invalid": boolean }) => ReactNode;
}

/** A form field with its label, hint and error, wired for those who hear the page. */
export function Labelled({ label, hint, error, children }: Props) {
  const id = useId();
  const note = `${id}-note`;
  const wrong = error !== null && error !== undefined && error !== "";
  return (
    <div className="field">
      <label className="label" htmlFor={id}>
        {label}
      </label>
      {children({ id, "aria-describedby": note, "aria-invalid": wrong })}
      <p id={note} className={wrong ? "field-error" : "hint"} role={wrong ? "alert" : undefined}>
        {wrong ? error : hint}
      </p>
    </div>
  );
}
