import { useSearchParams } from "react-router";

import { Page } from "../parts/Page";
import { NoWorkspace } from "../session/NoWorkspace";
import { WorkspacePick } from "../session/WorkspacePick";
import { useWorkspace } from "../session/workspaces";
import { useWords } from "../words/words";
import { Browser } from "./Browser";
import { ROOT, SHARED } from "./folders";

/** The files of a workspace: what its agents keep, and what they share. */
export default function DrivePage() {
  const { say } = useWords();
  const place = useWorkspace(false);
  const [parameters, setParameters] = useSearchParams();
  return (
    <Page title={say("drive.title")} lead={say("drive.lead")} actions={<WorkspacePick {...place} />}>
      {place.workspace === null ? (
        <NoWorkspace />
      ) : (
        <Browser
          key={place.workspace}
          workspace={place.workspace}
          agent={null}
          top={{ path: ROOT, name: place.workspace }}
          path={parameters.get("path") ?? SHARED}
          onOpen={(path) => {
            setParameters({ workspace: place.workspace ?? "", path });
          }}
        />
      )}
    </Page>
  );
}
