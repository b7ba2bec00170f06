import { Button, Callout, PasswordInput } from "@rocket.chat/fuselage";
import { useQuery, useQueryClient } from "@tanstack/react-query";
import { type SyntheticEvent, useState } from "react";

import { Fault, faultOf } from "../api/fault";
import { PROVIDER_PATH, signIn, waysQuery } from "../api/session";
import { LanguageSwitch, ThemeSwitch } from "../app/Switches";
import { useFaultWords } from "../parts/faultWords";
import { Labelled } from "../parts/Labelled";
import { useWords } from "../words/words";
import { beginSession } from "./handover";
import { keepPlace } from "./way";

const NOTHING = new Fault("", 1, "");

interface Props {
  /** The token that the address brought. */
  initial?: string;
  /** Why the sign-in at the identity provider failed, as a code. */
  failed?: string;
  /** Whether a session ended whose pages are still there. */
  ended?: boolean;
}

/** Asks for a token; it goes to the router once, which answers with a cookie that scripts cannot read. */
export default function SignIn({ initial = "", failed = "", ended = false }: Props) {
  const { say, find } = useWords();
  const client = useQueryClient();
  const ways = useQuery(waysQuery);
  const [token, setToken] = useState(initial);
  const [fault, setFault] = useState<Fault | null>(null);
  const [busy, setBusy] = useState(false);
  const words = useFaultWords(fault ?? NOTHING);
  const refused = fault?.status === 401;

  const submit = async () => {
    setBusy(true);
    try {
      beginSession(client, await signIn(token.trim()));
    } catch (error) {
      setFault(faultOf(error));
      setBusy(false);
    }
  };
  const onSubmit = (event: SyntheticEvent) => {
    event.preventDefault();
    if (token.trim() === "") setFault(new Fault(say("signin.missing"), 1, ""));
    else void submit();
  };

  return (
    <main className="signin">
      <form className="signin-card" onSubmit={onSubmit} noValidate>
        <div className="brand brand-large">
          <img src="/favicon.svg" alt="" width={40} height={40} />
          <span>{say("app.name")}</span>
        </div>
        <h1>{say("signin.title")}</h1>
        <p className="lead">{say("signin.lead")}</p>
        {ended && (
          <div role="status">
            <Callout type="info" title={say("signin.ended")}>
              {say("signin.ended.hint")}
            </Callout>
          </div>
        )}
        {failed !== "" && (
          <div role="alert">
            <Callout type="danger">{find(`code.${failed}`) ?? say("code.sign_in_failed")}</Callout>
          </div>
        )}
        {ways.data?.oidc === true && (
          <>
            <Button is="a" href={PROVIDER_PATH} variant="primary" onClick={keepPlace}>
              {say("signin.provider")}
            </Button>
            <p className="signin-or">{say("signin.or")}</p>
          </>
        )}
        <Labelled
          label={say("signin.token")}
          hint={say("signin.token.hint")}
          error={fault && (refused ? say("signin.refused") : words)}
        >
          {(wiring) => (
            <PasswordInput
              {...wiring}
              autoFocus
              autoComplete="current-password"
              value={token}
              onChange={(event) => {
                setToken((event.target as HTMLInputElement).value);
              }}
            />
          )}
        </Labelled>
        <Button variant={ways.data?.oidc === true ? "secondary" : "primary"} type="submit" disabled={busy} loading={busy}>
          {say("signin.submit")}
        </Button>
        <p className="hint signin-help">{say("signin.kubernetes")}</p>
        <div className="signin-switches">
          <LanguageSwitch />
          <ThemeSwitch />
        </div>
      </form>
    </main>
  );
}
