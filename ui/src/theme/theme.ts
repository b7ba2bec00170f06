import { useSyncExternalStore } from "react";

export type Theme = "light" | "dark";

const KEPT = "vutler.theme";
const listeners = new Set<() => void>();

function current(): Theme {
  return document.documentElement.dataset.theme === "dark" ? "dark" : "light";
}

function subscribe(listener: () => void): () => void {
  listeners.add(listener);
  return () => listeners.delete(listener);
}

/** Read the theme, which public/theme.js set before the first paint, and change it for good. */
export function useTheme(): [Theme, (theme: Theme) => void] {
  const choose = (theme: Theme) => {
    localStorage.setItem(KEPT, theme);
    document.documentElement.dataset.theme = theme;
    listeners.forEach((listener) => {
      listener();
    });
  };
  return [useSyncExternalStore(subscribe, current), choose];
}
