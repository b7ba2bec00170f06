import { Icon } from "@rocket.chat/fuselage";
import type { ComponentProps, ReactNode } from "react";

interface Props {
  icon: ComponentProps<typeof Icon>["name"];
  title: string;
  text: string;
  children?: ReactNode;
}

/** Stands where there is nothing yet, and says what to do about it. */
export function Empty({ icon, title, text, children }: Props) {
  return (
    <div className="empty">
      <span className="empty-icon">
        <Icon name={icon} size={28} />
      </span>
      <h2>{title}</h2>
      <p>{text}</p>
      {children}
    </div>
  );
}
