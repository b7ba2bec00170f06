import { QueryClient } from "@tanstack/react-query";
import { screen, waitFor } from "@testing-library/react";
import userEvent from "@testing-library/user-event";
import { afterEach, expect, test } from "vitest";

import { refusal, show } from "../../dev/page";
import type { Session } from "../api/answers";
import { sessionQuery } from "../api/session";
import { beginSession, endedQuery, endSession } from "./handover";
import SignIn from "./SignIn";
import { arrive, keepPlace, returnToPlace } from "./way";

const SESSION: Session = { name: "eve", kind: "user", namespaces: ["team-a"], csrf: "c", expires_at: null };
const WAYS = { "GET /api/v1/session/ways": { token: true, oidc: false } };
const nobody = { session: null };

afterEach(() => {
  history.replaceState(null, "", "/");
  sessionStorage.clear();
});

test("a token that is not accepted is explained, and nothing is sent without one", async () => {
  const answers = { ...WAYS, "POST /api/v1/session": () => refusal(401, "unauthenticated", "No.") };
  const { asked } = show(<SignIn />, answers, nobody);
  await userEvent.click(screen.getByRole("button", { name: "Sign in" }));
  expect(screen.getByText("Enter a token first.")).toBeVisible();
  expect(asked.filter(({ name }) => name.startsWith("POST"))).toEqual([]);

  await userEvent.type(screen.getByLabelText("Token"), "wrong");
  await userEvent.click(screen.getByRole("button", { name: "Sign in" }));
  expect(await screen.findByText(/This token is not accepted/)).toBeVisible();
});

test("a token that is accepted opens the session it stands for", async () => {
  const { client, asked } = show(
    <SignIn />,
    { ...WAYS, "POST /api/v1/session": () => Response.json(SESSION, { status: 201 }), "GET /api/v1/session": SESSION },
    nobody,
  );
  await userEvent.type(screen.getByLabelText("Token"), " a-token ");
  await userEvent.click(screen.getByRole("button", { name: "Sign in" }));

  await waitFor(() => {
    expect(client.getQueryData(sessionQuery.queryKey)).toEqual(SESSION);
  });
  expect(asked.find(({ name }) => name.startsWith("POST"))?.body).toBe('{"token":"a-token"}');
});

test("a browser that keeps no cookies is told so, instead of asking again and again", async () => {
  const answers = {
    ...WAYS,
    "POST /api/v1/session": () => Response.json(SESSION, { status: 201 }),
    "GET /api/v1/session": () => refusal(401, "unauthenticated", "No session."),
  };
  show(<SignIn />, answers, nobody);
  await userEvent.type(screen.getByLabelText("Token"), "a-token");
  await userEvent.click(screen.getByRole("button", { name: "Sign in" }));

  expect(await screen.findByText(/Allow cookies for this page/)).toBeVisible();
});

test.each([
  ["too_many_sign_ins", 429, /Too many attempts failed/],
  ["cluster_unavailable", 503, /The cluster cannot be asked/],
  ["reviews_not_granted", 503, /Tokens of the cluster are not accepted here/],
])("%s is said in plain words", async (code, status, words) => {
  show(<SignIn />, { ...WAYS, "POST /api/v1/session": () => refusal(status, code, "x") }, nobody);
  await userEvent.type(screen.getByLabelText("Token"), "a-token");
  await userEvent.click(screen.getByRole("button", { name: "Sign in" }));

  expect(await screen.findByText(words)).toBeVisible();
});

test("the identity provider is offered where there is one, and why it failed is said", async () => {
  show(<SignIn failed="sign_in_failed" />, { "GET /api/v1/session/ways": { token: true, oidc: true } }, nobody);

  const link = await screen.findByRole("link", { name: "Sign in with your organisation" });
  expect(link).toHaveAttribute("href", "/api/v1/session/oidc");
  expect(screen.getByText(/did not vouch for you/)).toBeVisible();
});

test("it is there in French", () => {
  show(<SignIn ended />, WAYS, { ...nobody, language: "fr" });

  expect(screen.getByRole("button", { name: "Se connecter" })).toBeVisible();
  expect(screen.getByText("Votre session a pris fin")).toBeVisible();
});

test("a session that ends keeps what the pages hold, for the same person", () => {
  const client = new QueryClient();
  client.setQueryData(sessionQuery.queryKey, SESSION);
  client.setQueryData(["agents"], ["Ava"]);

  endSession(client);
  expect(client.getQueryData(endedQuery.queryKey)).toBe(true);
  expect(client.getQueryData(sessionQuery.queryKey)).toEqual(SESSION);

  beginSession(client, { ...SESSION, csrf: "new" });
  expect(client.getQueryData(endedQuery.queryKey)).toBe(false);
  expect(client.getQueryData(["agents"])).toEqual(["Ava"]);
});

test("what the address brought is taken out of it", () => {
  history.replaceState(null, "", "/usage?workspace=team-a#token=secret");

  expect(arrive()).toEqual({ token: "secret", failed: "" });
  expect(location.href).toMatch(/\/usage\?workspace=team-a$/);
});

test("one comes back from the identity provider to the page one left, and to no other site", () => {
  history.replaceState(null, "", "/agents/team-a.ava/chat");
  keepPlace();
  history.replaceState(null, "", "/");
  returnToPlace();
  expect(location.pathname).toBe("/agents/team-a.ava/chat");

  history.replaceState(null, "", "/");
  sessionStorage.setItem("vutler.return", "//evil.example/");
  returnToPlace();
  expect(location.pathname).toBe("/");
});
