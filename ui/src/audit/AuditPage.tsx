import { useState } from "react";

import { Choice } from "../parts/Choice";
import { Page } from "../parts/Page";
import { NoWorkspace } from "../session/NoWorkspace";
import { useSession } from "../session/session";
import { WorkspacePick } from "../session/WorkspacePick";
import { useWorkspace } from "../session/workspaces";
import { useWords } from "../words/words";
import { ToolCalls } from "./ToolCalls";
import { Trees } from "./Trees";

type View = "calls" | "trees";

/** What agents did: with the platform's tools, and with each other. Never what was in it. */
export default function AuditPage() {
  const { say } = useWords();
  const admin = useSession().kind === "admin";
  const place = useWorkspace(admin);
  const [view, setView] = useState<View>("calls");
  const workspace = place.workspace ?? "";
  return (
    <Page title={say("audit.title")} lead={say("audit.lead")} actions={<WorkspacePick {...place} />}>
      <div className="toolbar">
        <Choice<View>
          legend={say("audit.view")}
          quiet
          value={view}
          onChange={setView}
          options={[
            { value: "calls", label: say("audit.calls") },
            { value: "trees", label: say("audit.trees") },
          ]}
        />
      </div>
      {workspace === "" && !admin ? (
        <NoWorkspace />
      ) : view === "calls" ? (
        <ToolCalls key={workspace} workspace={workspace} />
      ) : (
        <Trees key={workspace} workspace={workspace} />
      )}
    </Page>
  );
}
