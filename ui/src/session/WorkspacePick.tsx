import { Pick } from "../parts/Pick";
import { useWords } from "../words/words";
import { useSession } from "./session";
import type { ChosenWorkspace } from "./workspaces";

/**
 * Chooses the workspace that a page is about. People with a single one are not asked; for the administrator it is always
 * there, so that nothing moves when workspaces become known.
 */
export function WorkspacePick({ workspace, workspaces, mayAll, choose }: ChosenWorkspace) {
  const { say } = useWords();
  const admin = useSession().kind === "admin";
  const named = workspaces.map((name) => ({ value: name, label: name }));
  const options = mayAll ? [{ value: "", label: say("workspace.all") }, ...named] : named;
  if (!admin && options.length < 2) return null;
  return (
    <Pick
      label={say("workspace.label")}
      value={workspace ?? ""}
      options={options}
      onChange={(value) => {
        choose(value === "" ? null : value);
      }}
    />
  );
}
