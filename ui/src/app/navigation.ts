import type { Icon } from "@rocket.chat/fuselage";
import type { ComponentProps, ComponentType } from "react";

import type { Key } from "../words/en";

interface Entry {
  path: string;
  /** React Router's pattern, where a page has pages below it. */
  pattern?: string;
  label: Extract<Key, `nav.${string}`>;
  icon: ComponentProps<typeof Icon>["name"];
  /** For the administrator alone. */
  adminOnly?: boolean;
  load: () => Promise<{ default: ComponentType }>;
}

/** Every page that the menu leads to. A new one is an entry here and a label in words/. */
export const NAVIGATION: Entry[] = [
  { path: "/", label: "nav.agents", icon: "ai", load: () => import("../agents/AgentsPage") },
  { path: "/usage", label: "nav.usage", icon: "dashboard", load: () => import("../usage/UsagePage") },
  { path: "/drive", label: "nav.drive", icon: "folder", load: () => import("../drive/DrivePage") },
  { path: "/audit", label: "nav.audit", icon: "list-bullets", load: () => import("../audit/AuditPage") },
  { path: "/routing", label: "nav.routing", icon: "arrow-jump", adminOnly: true, load: () => import("../routing/RoutingPage") },
  {
    path: "/providers",
    label: "nav.providers",
    icon: "cloud",
    adminOnly: true,
    load: () => import("../providers/ProvidersPage"),
  },
];
