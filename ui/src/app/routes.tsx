import { createBrowserRouter, Link, useRouteError } from "react-router";

import { FaultBox } from "../parts/FaultBox";
import { useWords } from "../words/words";
import { NAVIGATION } from "./navigation";
import { Shell } from "./Shell";

type Page = () => Promise<{ default: React.ComponentType }>;

const lazily = (load: Page) => async () => ({ Component: (await load()).default });

/** Every address of the dashboard; each page is a file of its own that is fetched when it is first looked at. */
export function createRoutes() {
  return createBrowserRouter([
    {
      element: <Shell />,
      hydrateFallbackElement: <div />,
      errorElement: <Broken />,
      children: [
        {
          errorElement: <Broken />,
          children: [
            ...NAVIGATION.map((entry) => ({ path: entry.path, lazy: lazily(entry.load) })),
            {
              path: "/agents/:id",
              lazy: lazily(() => import("../agents/AgentPage")),
              children: [
                { index: true, lazy: lazily(() => import("../agents/Overview")) },
                { path: "llm", lazy: lazily(() => import("../llm/LlmSettings")) },
                { path: "chat", lazy: lazily(() => import("../chat/Chat")) },
                { path: "files", lazy: lazily(() => import("../drive/AgentFiles")) },
                { path: "usage", lazy: lazily(() => import("../usage/AgentUsage")) },
              ],
            },
            { path: "*", element: <Nowhere /> },
          ],
        },
      ],
    },
  ]);
}

function Broken() {
  const error = useRouteError();
  return (
    <FaultBox
      error={error}
      retry={() => {
        location.reload();
      }}
    />
  );
}

function Nowhere() {
  const { say } = useWords();
  return (
    <div className="empty">
      <h1>{say("fault.page")}</h1>
      <Link to="/">{say("fault.page.home")}</Link>
    </div>
  );
}
