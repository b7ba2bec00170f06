import { useQuery } from "@tanstack/react-query";

import { rulesQuery } from "../api/routing";
import { FaultBox } from "../parts/FaultBox";
import { Loading } from "../parts/Loading";
import { Page } from "../parts/Page";
import { Panel } from "../parts/Panel";
import { useWords } from "../words/words";
import { CategoryRow } from "./CategoryRow";
import { TrySentence } from "./TrySentence";

/** How requests are sorted and which models each kind has. */
export default function RoutingPage() {
  const { say, find } = useWords();
  const rules = useQuery(rulesQuery);
  return (
    <Page title={say("routing.title")} lead={say("routing.lead")}>
      {rules.isPending && <Loading lines={5} height={56} />}
      {rules.isError && <FaultBox error={rules.error} retry={() => void rules.refetch()} />}
      {rules.data !== undefined && (
        <div className="columns columns-wide">
          <Panel title={say("routing.categories")}>
            <p className="hint">{find(`routing.mode.${rules.data.mode}`) ?? rules.data.mode}</p>
            <ul className="categories">
              {rules.data.categories.map((category) => (
                <CategoryRow key={category.name} category={category} />
              ))}
            </ul>
          </Panel>
          <TrySentence />
        </div>
      )}
    </Page>
  );
}
