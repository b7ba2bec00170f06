const KEPT = "vutler.return";
const LONGEST = 2048;

/** What the address brought: a token of the router's first start, or why an identity provider's sign-in failed. */
export interface Arrival {
  token: string;
  failed: string;
}

/** Read what is behind the `#`, and take it out of the address at once. */
export function arrive(): Arrival {
  const said = new URLSearchParams(location.hash.slice(1));
  const arrival = { token: said.get("token") ?? "", failed: said.get("sign-in-failed") ?? "" };
  if (arrival.token !== "" || arrival.failed !== "") history.replaceState(null, "", location.pathname + location.search);
  return arrival;
}

/** Remember the page, before the browser leaves for the identity provider. */
export function keepPlace(): void {
  sessionStorage.setItem(KEPT, location.pathname + location.search);
}

/** Go back to the page that was left for the identity provider, once; only to a page of ours. */
export function returnToPlace(): void {
  const place = sessionStorage.getItem(KEPT) ?? "";
  sessionStorage.removeItem(KEPT);
  if (/^\/(?!\/)/.test(place) && place.length <= LONGEST && location.pathname === "/") {
    history.replaceState(null, "", place);
  }
}
