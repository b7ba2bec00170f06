import { type ReactNode, useId } from "react";

interface Props {
  title: string;
  actions?: ReactNode;
  children: ReactNode;
  className?: string;
}

/** A titled part of a page. */
export function Panel({ title, actions, children, className = "" }: Props) {
  const id = useId();
  return (
    <section className={`panel ${className}`} aria-labelledby={id}>
      <div className="panel-head">
        <h2 id={id}>{title}</h2>
        {actions}
      </div>
      {children}
    </section>
  );
}
