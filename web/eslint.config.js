import prettier from "eslint-config-prettier";
import vue from "eslint-plugin-vue";
import ts from "typescript-eslint";

/** What a layer may not import: `ui` knows no domain, features do not know each other. */
const without = (patterns, message) => ({
  "no-restricted-imports": ["error", { patterns: [{ group: patterns, message }] }],
});

export default ts.config(
  { ignores: ["src/api/generated/**", "node_modules/**"] },
  ...ts.configs.strict,
  ...vue.configs["flat/recommended"],
  {
    files: ["**/*.vue"],
    languageOptions: { parserOptions: { parser: ts.parser } },
  },
  {
    rules: {
      "vue/multi-word-component-names": "off",
      "vue/no-v-html": "error",
      "vue/component-api-style": ["error", ["script-setup"]],
      "vue/define-macros-order": "error",
      "vue/no-unused-refs": "error",
      "vue/require-default-prop": "off",
      // The content security policy refuses style attributes in markup.
      "vue/no-static-inline-styles": ["error", { allowBinding: true }],
      "vue/max-lines-per-block": ["error", { script: 200, template: 200, skipBlankLines: true }],
      "no-console": "error",
      eqeqeq: ["error", "smart"],
      "max-lines": ["error", { max: 400, skipBlankLines: true, skipComments: true }],
      "@typescript-eslint/no-non-null-assertion": "error",
      "@typescript-eslint/consistent-type-imports": "error",
    },
  },
  {
    files: ["src/ui/**"],
    rules: without(
      ["@/features/*", "@/api/*", "@/domain/*", "@/app/*", "@/logs/*", "@/state/*"],
      "ui knows no word of the domain and fetches nothing",
    ),
  },
  {
    files: ["src/features/**"],
    rules: without(["@/features/*"], "features do not know each other"),
  },
  {
    files: ["src/domain/**", "src/api/**", "src/state/**", "src/logs/**"],
    rules: without(["@/features/*", "@/app/*"], "what pages share knows no page"),
  },
  prettier,
);
