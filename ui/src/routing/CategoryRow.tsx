import { Button } from "@rocket.chat/fuselage";
import { useState } from "react";

import type { Category } from "../api/answers";
import { useWords } from "../words/words";
import { MappingForm } from "./MappingForm";

export function CategoryRow({ category }: { category: Category }) {
  const { say, find } = useWords();
  const [editing, setEditing] = useState(false);
  const text = category.built_in ? find(`routing.cat.${category.name}`) : category.description;
  const close = () => {
    setEditing(false);
  };
  return (
    <li className="category">
      <div className="category-head">
        <div>
          <strong>{category.name}</strong>
          <p className="hint">{text === "" ? category.keywords.join(", ") : text}</p>
        </div>
        {!editing && (
          <Button
            size="small"
            aria-label={say("routing.edit", { category: category.name })}
            onClick={() => {
              setEditing(true);
            }}
          >
            {say("routing.edit.short")}
          </Button>
        )}
      </div>
      {editing ? <MappingForm category={category} onClose={close} /> : <Models models={category.models} />}
    </li>
  );
}

function Models({ models }: { models: string[] }) {
  const { say } = useWords();
  if (models.length === 0) return <p className="hint">→ {say("routing.models.default")}</p>;
  return (
    <ol className="chain">
      {models.map((model) => (
        <li key={model}>
          <code>{model}</code>
        </li>
      ))}
    </ol>
  );
}
