import { Button, TextAreaInput } from "@rocket.chat/fuselage";
import { useMutation, useQueryClient } from "@tanstack/react-query";
import { type SyntheticEvent, useState } from "react";

import type { Category } from "../api/answers";
import { mapModels, rulesQuery } from "../api/routing";
import { FaultBox } from "../parts/FaultBox";
import { Labelled } from "../parts/Labelled";
import { useWords } from "../words/words";

interface Props {
  category: Category;
  onClose: () => void;
}

const LINES = 3;

/** Says which models a category has, in order. */
export function MappingForm({ category, onClose }: Props) {
  const { say } = useWords();
  const client = useQueryClient();
  const [text, setText] = useState(category.models.join("\n"));
  const save = useMutation({
    mutationFn: () =>
      mapModels(
        category.name,
        text
          .split("\n")
          .map((line) => line.trim())
          .filter(Boolean),
      ),
    onSuccess: async () => {
      await client.invalidateQueries({ queryKey: rulesQuery.queryKey });
      onClose();
    },
  });
  const submit = (event: SyntheticEvent) => {
    event.preventDefault();
    save.mutate();
  };
  return (
    <form className="form" onSubmit={submit}>
      <Labelled label={say("routing.edit.label")} hint={say("routing.edit.hint")}>
        {(wiring) => (
          <TextAreaInput
            {...wiring}
            rows={LINES}
            spellCheck={false}
            value={text}
            onChange={(event) => {
              setText((event.target as HTMLTextAreaElement).value);
            }}
          />
        )}
      </Labelled>
      {save.isError && <FaultBox error={save.error} />}
      <div className="form-actions">
        <Button size="small" onClick={onClose}>
          {say("common.cancel")}
        </Button>
        <Button size="small" variant="primary" type="submit" disabled={save.isPending}>
          {say(save.isPending ? "common.saving" : "common.save")}
        </Button>
      </div>
    </form>
  );
}
