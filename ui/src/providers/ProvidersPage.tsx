import { useQuery } from "@tanstack/react-query";

import { breakersQuery, creditsQuery, troublesQuery } from "../api/providers";
import { Empty } from "../parts/Empty";
import { FaultBox } from "../parts/FaultBox";
import { Loading } from "../parts/Loading";
import { Page } from "../parts/Page";
import { Panel } from "../parts/Panel";
import { useWords } from "../words/words";
import { BreakerRow } from "./BreakerRow";
import { TroubleRow } from "./TroubleRow";

/** What is wrong at providers now, for whoever looks after the platform. */
export default function ProvidersPage() {
  const { say } = useWords();
  return (
    <Page title={say("providers.title")} lead={say("providers.lead")}>
      <Breakers />
      <div className="columns">
        <Troubles />
        <Credit />
      </div>
    </Page>
  );
}

function Breakers() {
  const { say } = useWords();
  const breakers = useQuery(breakersQuery);
  return (
    <Panel title={say("providers.breakers")}>
      {breakers.isPending && <Loading lines={2} height={48} />}
      {breakers.isError && <FaultBox error={breakers.error} retry={() => void breakers.refetch()} />}
      {breakers.data?.length === 0 && (
        <Empty
          icon="circle-check"
          title={say("providers.breakers.none.title")}
          text={say("providers.breakers.none.text")}
        />
      )}
      <ul className="rows">
        {breakers.data?.map((breaker) => (
          <BreakerRow key={`${breaker.provider}/${breaker.model}/${breaker.credential}`} breaker={breaker} />
        ))}
      </ul>
    </Panel>
  );
}

function Troubles() {
  const { say } = useWords();
  const troubles = useQuery(troublesQuery);
  return (
    <Panel title={say("providers.keys")}>
      {troubles.isPending && <Loading lines={2} height={48} />}
      {troubles.isError && <FaultBox error={troubles.error} retry={() => void troubles.refetch()} />}
      {troubles.data?.length === 0 && (
        <Empty icon="key" title={say("providers.keys.none.title")} text={say("providers.keys.none.text")} />
      )}
      <ul className="rows">
        {troubles.data?.map((trouble) => (
          <TroubleRow key={`${trouble.agent_id}/${trouble.provider}/${trouble.model}`} trouble={trouble} />
        ))}
      </ul>
    </Panel>
  );
}

function Credit() {
  const { say, numbers } = useWords();
  const credits = useQuery(creditsQuery);
  const left = credits.data?.remaining;
  return (
    <Panel title={say("providers.credits")}>
      {credits.isPending && <Loading lines={1} />}
      {credits.isError && <p className="hint">{say("providers.credits.none")}</p>}
      {credits.isSuccess && (
        <p className="verdict">
          {typeof left === "number"
            ? say("providers.credits.left", { amount: numbers.money(left) })
            : say("providers.credits.unlimited")}
        </p>
      )}
    </Panel>
  );
}
