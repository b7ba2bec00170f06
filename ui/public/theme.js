// Before the first paint, so that nobody sees the other theme flash by.
(() => {
  let chosen = null;
  try {
    chosen = localStorage.getItem("vutler.theme");
  } catch {
    // A browser that keeps nothing follows the system.
  }
  const dark = matchMedia("(prefers-color-scheme: dark)").matches;
  document.documentElement.dataset.theme = chosen === "light" || chosen === "dark" ? chosen : dark ? "dark" : "light";
})();
