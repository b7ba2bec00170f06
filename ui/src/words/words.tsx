import { createContext, type ReactNode, use, useCallback, useEffect, useMemo, useState } from "react";

import { en, type Key } from "./en";
import { fr } from "./fr";
import { numbersFor, type Numbers } from "./numbers";

export type Language = "en" | "fr";

/** The names in a sentence's braces, so that none can be forgotten. */
type Blanks<S extends string> = S extends `${string}{${infer Name}}${infer Rest}` ? Name | Blanks<Rest> : never;
type Filling<K extends Key> = [Blanks<(typeof en)[K]>] extends [never]
  ? []
  : [Record<Blanks<(typeof en)[K]>, string | number>];

export type Say = <K extends Key>(key: K, ...filling: Filling<K>) => string;

interface Words {
  language: Language;
  say: Say;
  /** The sentence of a key that is put together at run time, or null if there is none. */
  find: (key: string) => string | null;
  numbers: Numbers;
  setLanguage: (language: Language) => void;
}

const DICTIONARIES: Record<Language, Record<Key, string>> = { en, fr };
const KEPT = "vutler.language";
const WordsContext = createContext<Words | null>(null);

function firstLanguage(): Language {
  const kept = localStorage.getItem(KEPT) ?? navigator.language;
  return kept.toLowerCase().startsWith("fr") ? "fr" : "en";
}

function fill(sentence: string, filling: Record<string, string | number> = {}): string {
  return sentence.replace(/\{(\w+)\}/g, (blank, name: string) => String(filling[name] ?? blank));
}

export function WordsProvider({ children, initial }: { children: ReactNode; initial?: Language }) {
  const [language, setLanguage] = useState<Language>(() => initial ?? firstLanguage());
  useEffect(() => {
    document.documentElement.lang = language;
  }, [language]);
  const choose = useCallback((chosen: Language) => {
    localStorage.setItem(KEPT, chosen);
    setLanguage(chosen);
  }, []);
  const words = useMemo<Words>(() => {
    const dictionary = DICTIONARIES[language];
    return {
      language,
      say: (key, ...filling) => fill(dictionary[key], filling[0]),
      find: (key) => (Object.hasOwn(dictionary, key) ? dictionary[key as Key] : null),
      numbers: numbersFor(language),
      setLanguage: choose,
    };
  }, [language, choose]);
  return <WordsContext value={words}>{children}</WordsContext>;
}

export function useWords(): Words {
  const words = use(WordsContext);
  if (words === null) throw new Error("useWords is called outside of WordsProvider");
  return words;
}
