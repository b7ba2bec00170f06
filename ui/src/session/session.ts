import { useQuery, useSuspenseQuery } from "@tanstack/react-query";

import type { Session, Verb } from "../api/answers";
import { permissionsQuery, sessionQuery } from "../api/session";

/** Who is signed in; for pages behind the sign-in only. */
export function useSession(): Session {
  const { data } = useSuspenseQuery(sessionQuery);
  if (data === null) throw new Error("useSession is called by a page that needs no session");
  return data;
}

/**
 * Whether one may do this with the agents of a namespace; null until that is known. It is for what a page offers: the
 * router has the last word, so that what could not be asked counts as allowed.
 */
export function useMay(verb: Verb, namespace: string): boolean | null {
  const admin = useSession().kind === "admin";
  const verbs = useQuery({ ...permissionsQuery(namespace), enabled: !admin && namespace !== "" });
  if (admin) return true;
  return verbs.data?.includes(verb) ?? (verbs.isError ? true : null);
}
