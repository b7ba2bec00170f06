import { Icon } from "@rocket.chat/fuselage";
import { type ReactNode, useEffect, useId, useRef } from "react";

import { useWords } from "../words/words";

interface Props {
  title: string;
  note?: string;
  onClose: () => void;
  children: ReactNode;
}

/** A window above the page; the browser's own dialog keeps the focus inside and closes it with Escape. */
export function Dialog({ title, note, onClose, children }: Props) {
  const { say } = useWords();
  const id = useId();
  const element = useRef<HTMLDialogElement>(null);
  useEffect(() => {
    const dialog = element.current;
    dialog?.showModal();
    return () => dialog?.close();
  }, []);
  return (
    <dialog ref={element} className="dialog" aria-labelledby={id} onCancel={onClose}>
      <div className="dialog-head">
        <div>
          <h2 id={id}>{title}</h2>
          {note !== undefined && <p className="hint">{note}</p>}
        </div>
        <button type="button" className="plain-button" aria-label={say("common.close")} onClick={onClose}>
          <Icon name="cross" size={20} />
        </button>
      </div>
      {children}
    </dialog>
  );
}
