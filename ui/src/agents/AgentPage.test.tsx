import { act, screen, waitFor } from "@testing-library/react";
import userEvent from "@testing-library/user-event";
import { Route, Routes } from "react-router";
import { expect, test } from "vitest";

import { refusal, show } from "../../dev/page";
import { agentQuery } from "../api/agents";
import AgentPage from "./AgentPage";

const ID = "team-a.ava";
const NAME = "Ava <b>the first</b>";
const AGENT = { id: ID, workspace_id: "team-a", display_name: NAME, running: true, llm: null };

function page(answer: () => Response) {
  return show(
    <Routes>
      <Route path="/agents/:id" element={<AgentPage />}>
        <Route index element={<input aria-label="Draft" />} />
      </Route>
    </Routes>,
    { [`GET /api/v1/agents/${ID}`]: answer, [`GET /api/v1/agents/${ID}/health`]: { status: "alive", message: "" } },
    { path: `/agents/${ID}` },
  );
}

test("what is typed on a page stays while the router cannot answer for a moment", async () => {
  let up = true;
  const { client } = page(() => (up ? Response.json(AGENT) : refusal(503, "draining", "Restarting.")));
  await userEvent.type(await screen.findByLabelText("Draft"), "half a thought");

  up = false;
  await act(() => client.refetchQueries({ queryKey: agentQuery(ID).queryKey }));
  await waitFor(() => {
    expect(client.getQueryState(agentQuery(ID).queryKey)?.status).toBe("error");
  });

  expect(screen.getByLabelText("Draft")).toHaveValue("half a thought");
  expect(screen.getByRole("heading", { level: 1 })).toHaveTextContent(NAME);
});

test("an agent that is not there, or not for whoever asks, is said to be so", async () => {
  page(() => refusal(404, "agent_not_found", "There is no agent of that id."));

  expect(await screen.findByText(/There is no such thing here, or it is not yours to see/)).toBeVisible();
});
