import { QueryClient, QueryClientProvider, useQuery } from "@tanstack/react-query";
import { lazy, Suspense } from "react";
import { RouterProvider } from "react-router";

import { whenExpired } from "../api/client";
import { faultOf } from "../api/fault";
import { sessionQuery } from "../api/session";
import { FaultBox } from "../parts/FaultBox";
import { Loading } from "../parts/Loading";
import { endedQuery, endSession } from "../session/handover";
import { arrive, returnToPlace } from "../session/way";
import { WordsProvider } from "../words/words";
import { createRoutes } from "./routes";

const SignIn = lazy(() => import("../session/SignIn"));
const TRIES = 2;

const client = new QueryClient({
  defaultOptions: {
    queries: { staleTime: 5_000, retry: (count, error) => count < TRIES && faultOf(error).passing },
  },
});
whenExpired(() => {
  endSession(client);
});

const arrival = arrive();
if (arrival.failed === "") returnToPlace();
const routes = createRoutes();

export function App() {
  return (
    <WordsProvider>
      <QueryClientProvider client={client}>
        <Door />
      </QueryClientProvider>
    </WordsProvider>
  );
}

/** Lets in who is signed in. When a session ends, its pages wait behind the sign-in, so that nothing typed is lost. */
function Door() {
  const session = useQuery(sessionQuery);
  const ended = useQuery(endedQuery).data;
  if (session.isPending) return <Loading lines={3} height={48} />;
  if (session.isError) {
    return (
      <main className="signin">
        <FaultBox error={session.error} retry={() => void session.refetch()} />
      </main>
    );
  }
  const nobody = session.data === null;
  return (
    <>
      {!nobody && (
        <div hidden={ended}>
          <RouterProvider router={routes} />
        </div>
      )}
      {(nobody || ended) && (
        <Suspense fallback={<Loading lines={3} height={48} />}>
          <SignIn initial={arrival.token} failed={arrival.failed} ended={ended} />
        </Suspense>
      )}
    </>
  );
}
