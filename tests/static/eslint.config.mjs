import js from "@eslint/js";
import globals from "globals";

/* ES2017: WeChat's browser is old, and refuses a whole file for one sign that is newer. */
export default [
  js.configs.recommended,
  {
    files: ["portal/static/js/*.js"],
    languageOptions: {
      ecmaVersion: 2017,
      sourceType: "script",
      globals: { ...globals.browser, htmx: "readonly" },
    },
    rules: {
      "no-unused-vars": ["error", { caughtErrors: "none" }], // ES2017 has no catch without a name
      eqeqeq: "error",
      "no-var": "error",
      "prefer-const": "error",
      strict: ["error", "function"],
    },
  },
  { files: ["tests/static/*.mjs"], languageOptions: { globals: globals.node } },
];
