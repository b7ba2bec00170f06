import { Button, Callout } from "@rocket.chat/fuselage";
import { useNavigate } from "react-router";

import { CopyBox } from "../parts/CopyBox";
import { useWords } from "../words/words";
import type { Made } from "./making";

interface Props extends Made {
  onClose: () => void;
}

/** What came of it: the token, where there is one, which is shown this once, and the way to the agent. */
export function Created({ agent, settingsFailed, onClose }: Props) {
  const { say } = useWords();
  const navigate = useNavigate();
  const token = agent.token ?? "";
  return (
    <div className="form">
      {settingsFailed && <Callout type="warning">{say("create.planFailed")}</Callout>}
      {token === "" && <p>{say("create.done.starting")}</p>}
      {token !== "" && (
        <>
          <p>{say("create.done.token")}</p>
          <CopyBox text={token} />
        </>
      )}
      <div className="form-actions">
        <Button onClick={onClose}>{say("common.close")}</Button>
        <Button
          variant="primary"
          onClick={() => {
            void navigate(`/agents/${encodeURIComponent(agent.id)}`);
          }}
        >
          {say("create.done.open")}
        </Button>
      </div>
    </div>
  );
}
