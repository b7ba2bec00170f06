import js from "@eslint/js";
import hooks from "eslint-plugin-react-hooks";
import { defineConfig, globalIgnores } from "eslint/config";
import tseslint from "typescript-eslint";

const LONGEST = 150;

export default defineConfig(
  globalIgnores(["dist", "src/api/schema.d.ts", "public", "scripts"]),
  js.configs.recommended,
  tseslint.configs.strictTypeChecked,
  tseslint.configs.stylisticTypeChecked,
  hooks.configs.flat.recommended,
  {
    languageOptions: { parserOptions: { projectService: true, tsconfigRootDir: import.meta.dirname } },
    rules: {
      "no-console": "error",
      "@typescript-eslint/consistent-type-imports": "error",
      "@typescript-eslint/switch-exhaustiveness-check": "error",
      // Answers are described by hand (api/answers.ts), since openapi.json does not: one cast at the edge each.
      "@typescript-eslint/no-unnecessary-type-parameters": "off",
    },
  },
  {
    files: ["src/**/*.tsx"],
    rules: { "max-lines": ["error", { max: LONGEST, skipBlankLines: true }] },
  },
  { files: ["*.js"], extends: [tseslint.configs.disableTypeChecked] },
);
