import { Button, InputBox } from "@rocket.chat/fuselage";
import { useInfiniteQuery } from "@tanstack/react-query";
import { type SyntheticEvent, useId, useState } from "react";

import { treesQuery } from "../api/audit";
import { Empty } from "../parts/Empty";
import { FaultBox } from "../parts/FaultBox";
import { Loading } from "../parts/Loading";
import { Panel } from "../parts/Panel";
import { useWords } from "../words/words";
import { TreeRow } from "./TreeRow";

const LINES = 5;
const ROW = 48;

/** Who asked whom on a day, and what it took all the way down. */
export function Trees({ workspace }: { workspace: string }) {
  const { say } = useWords();
  const id = useId();
  const [day, setDay] = useState("");
  const trees = useInfiniteQuery(treesQuery(workspace, day));
  const rows = trees.data?.pages.flatMap((page) => page.trees) ?? [];
  return (
    <Panel title={say("audit.trees")}>
      <div className="toolbar">
        <div className="pick">
          <label className="hint" htmlFor={id}>
            {say("audit.day")}
          </label>
          <InputBox
            id={id}
            type="date"
            value={day}
            onChange={(event: SyntheticEvent) => {
              setDay((event.target as HTMLInputElement).value);
            }}
          />
        </div>
      </div>
      {trees.isPending && <Loading lines={LINES} height={ROW} />}
      {trees.isError && <FaultBox error={trees.error} retry={() => void trees.refetch()} />}
      {trees.isSuccess && rows.length === 0 && (
        <Empty icon="team" title={say("audit.trees.empty.title")} text={say("audit.trees.empty.text")} />
      )}
      <ul className="trees">
        {rows.map((tree) => (
          <TreeRow key={tree.tree_id} tree={tree} />
        ))}
      </ul>
      {trees.hasNextPage && (
        <Button
          onClick={() => void trees.fetchNextPage()}
          disabled={trees.isFetchingNextPage}
          loading={trees.isFetchingNextPage}
        >
          {say("common.more")}
        </Button>
      )}
    </Panel>
  );
}
