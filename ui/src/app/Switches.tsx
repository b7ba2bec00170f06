import { Icon } from "@rocket.chat/fuselage";

import { useTheme } from "../theme/theme";
import { useWords } from "../words/words";

export function ThemeSwitch() {
  const { say } = useWords();
  const [theme, setTheme] = useTheme();
  const other = theme === "dark" ? "light" : "dark";
  return (
    <button
      type="button"
      className="plain-button"
      aria-label={say(`app.theme.${other}`)}
      title={say(`app.theme.${other}`)}
      onClick={() => {
        setTheme(other);
      }}
    >
      <Icon name={other === "dark" ? "moon" : "sun"} size={20} />
    </button>
  );
}

export function LanguageSwitch() {
  const { language, say, setLanguage } = useWords();
  const other = language === "en" ? "fr" : "en";
  return (
    <button
      type="button"
      className="plain-button"
      lang={other}
      aria-label={say("app.language.label")}
      onClick={() => {
        setLanguage(other);
      }}
    >
      {say("app.language")}
    </button>
  );
}
