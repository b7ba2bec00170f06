import { Icon } from "@rocket.chat/fuselage";
import { Suspense } from "react";
import { NavLink, Outlet } from "react-router";

import { signOut } from "../api/session";
import { Loading } from "../parts/Loading";
import { useSession } from "../session/session";
import { useWords } from "../words/words";
import { NAVIGATION } from "./navigation";
import { LanguageSwitch, ThemeSwitch } from "./Switches";

/** What is around every page: the menu, at the side on wide screens and at the bottom on phones, and who is signed in. */
export function Shell() {
  const { say } = useWords();
  const session = useSession();
  const entries = NAVIGATION.filter((entry) => entry.adminOnly !== true || session.kind === "admin");
  return (
    <div className="shell">
      <a className="skip" href="#content">
        {say("app.skip")}
      </a>
      <header className="topbar">
        <span className="brand">
          <img src="/favicon.svg" alt="" width={28} height={28} />
          <span>{say("app.name")}</span>
        </span>
        <Account name={session.name} />
      </header>
      <nav className="menu" aria-label={say("app.menu")}>
        {entries.map((entry) => (
          <NavLink key={entry.path} to={entry.path} end={entry.path !== "/"} className="menu-link">
            <Icon name={entry.icon} size={20} />
            <span>{say(entry.label)}</span>
          </NavLink>
        ))}
      </nav>
      <main id="content" tabIndex={-1}>
        <Suspense fallback={<Loading lines={6} height={40} />}>
          <Outlet />
        </Suspense>
      </main>
    </div>
  );
}

function Account({ name }: { name: string }) {
  const { say } = useWords();
  const leave = async () => {
    await signOut().catch(() => undefined);
    location.assign("/"); // a fresh page: nothing of what was shown, said or sent is left in this one
  };
  return (
    <div className="account">
      <LanguageSwitch />
      <ThemeSwitch />
      <span className="account-name" title={name}>
        {name}
      </span>
      <button
        type="button"
        className="plain-button"
        aria-label={say("app.signOut")}
        title={say("app.signOut")}
        onClick={() => {
          void leave();
        }}
      >
        <Icon name="sign-out" size={20} />
      </button>
    </div>
  );
}
