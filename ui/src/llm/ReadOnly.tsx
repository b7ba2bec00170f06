import { Callout } from "@rocket.chat/fuselage";
import { useQuery } from "@tanstack/react-query";

import { answeredBy } from "../agents/answeredBy";
import type { ModelSettings } from "../api/answers";
import { tiersQuery } from "../api/llm";
import { Panel } from "../parts/Panel";
import { useWords } from "../words/words";
import { nameOf } from "./draft";

interface Props {
  settings: ModelSettings;
  /** The router's own words for why they are not changed here, where it has some. */
  reason: string | null;
}

/** Settings that are changed elsewhere, with the reason and where. */
export function ReadOnly({ settings, reason }: Props) {
  const { say } = useWords();
  const tiers = useQuery(tiersQuery);
  const plan = tiers.data?.find((tier) => tier.id === settings.tier);
  const links = settings.managed ? [] : [settings, ...(settings.fallbacks ?? [])];
  return (
    <div className="form form-wide">
      <Callout type="info" title={say("llm.readonly.title")}>
        {settings.source === null
          ? (reason ?? say("llm.readonly.forbidden"))
          : say("llm.readonly.text", { source: settings.source })}
      </Callout>
      <Panel title={say(settings.managed ? "llm.plan" : "llm.provider")}>
        {settings.managed ? (
          <p className="verdict">{answeredBy(settings, plan)}</p>
        ) : (
          <ol className="chain">
            {links.map((link, index) => (
              <li key={index}>
                <strong>{nameOf(link.provider ?? "")}</strong> {link.model}
                <span className="hint"> {link.hasKey === true && say("llm.key.placeholder.saved")}</span>
              </li>
            ))}
          </ol>
        )}
      </Panel>
    </div>
  );
}
