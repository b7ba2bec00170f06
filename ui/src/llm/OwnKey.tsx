import { Button, Icon } from "@rocket.chat/fuselage";

import { useWords } from "../words/words";
import { EMPTY, type LinkDraft, nameOf } from "./draft";
import { LinkFields } from "./LinkFields";

interface Props {
  drafts: LinkDraft[];
  checked: boolean;
  onChange: (drafts: LinkDraft[]) => void;
}

const MOST = 4;

/** The provider that is asked first, and those that are asked when it fails. */
export function OwnKey({ drafts, checked, onChange }: Props) {
  const { say } = useWords();
  const [first = EMPTY, ...others] = drafts;
  const replace = (place: number, draft: LinkDraft) => {
    onChange(drafts.map((old, index) => (index === place ? draft : old)));
  };
  return (
    <>
      <LinkFields
        draft={first}
        checked={checked}
        onChange={(draft) => {
          replace(0, draft);
        }}
      />
      <fieldset className="fallbacks">
        <legend className="label">{say("llm.fallbacks")}</legend>
        <p className="hint">{say("llm.fallbacks.hint")}</p>
        {others.map((draft, index) => (
          <div key={index} className="fallback">
            <LinkFields
              draft={draft}
              checked={checked}
              onChange={(changed) => {
                replace(index + 1, changed);
              }}
            />
            <Button
              size="small"
              onClick={() => {
                onChange(drafts.filter((_, place) => place !== index + 1));
              }}
            >
              {say("llm.fallback.remove", { provider: nameOf(draft.provider) })}
            </Button>
          </div>
        ))}
        {drafts.length <= MOST && (
          <Button
            size="small"
            onClick={() => {
              onChange([...drafts, EMPTY]);
            }}
          >
            <Icon name="plus" size={16} /> {say("llm.fallback.add")}
          </Button>
        )}
      </fieldset>
    </>
  );
}
