// What the linter holds: typescript-eslint's strictest type-checked set, plus our own rules (docs/design/README.md):
// no ambient time, chance, I/O or generated text below the connectors; no `any`; short functions and files.
import js from "@eslint/js";
import tseslint from "typescript-eslint";

const noGeneratedText = [
  { selector: "NewExpression[callee.name='Function']", message: "Code from text: emit WebAssembly instead." },
  { selector: "CallExpression[callee.name='Function']", message: "Code from text: emit WebAssembly instead." },
  { selector: "TSEnumDeclaration", message: "Node strips types: use a const object." },
];

const time = "Ambient time: take the clock that is handed in.";
const chance = "Ambient chance: take what is handed in, or a seeded generator.";
const noAmbient = [
  { selector: "MemberExpression[object.name='Date'][property.name='now']", message: time },
  { selector: "NewExpression[callee.name='Date'][arguments.length=0]", message: time },
  { selector: "CallExpression[callee.name='Date']", message: time },
  { selector: "MemberExpression[object.name='Temporal'][property.name='Now']", message: time },
  { selector: "MemberExpression[object.name='AbortSignal'][property.name='timeout']", message: time },
  { selector: "MemberExpression[object.name='Math'][property.name='random']", message: chance },
  { selector: "MemberExpression[object.name='process'][property.name=/^(hrtime|uptime|nextTick)$/]", message: time },
  {
    // What is taken out of them has no name any more that a rule could know.
    selector: "VariableDeclarator[id.type='ObjectPattern'][init.name=/^(Date|Math|Temporal|process|globalThis)$/]",
    message: "Write the object before the name, so that ambient time and chance can be seen.",
  },
];
const noProcess = {
  selector: "MemberExpression[object.name='process'][property.name=/^(env|cwd|argv|exit)$/]",
  message: "Ambient process state: take it as an option.",
};
const ambientGlobals = [
  ...["performance", "setTimeout", "setInterval", "setImmediate"].map((name) => ({ name, message: time })),
  { name: "crypto", message: chance },
];
const ambientModules = ["timers", "timers/promises", "perf_hooks", "process"].flatMap((m) => [m, `node:${m}`]);

// What reaches outside the process: only connectors, the facade and the command line may.
const outside = ["fs", "fs/promises", "net", "http", "https", "child_process", "worker_threads", "crypto", "os", "dns"];

export default tseslint.config(
  { ignores: ["dist/**", "node_modules/**", "coverage/**", "docs/**", "**/*.js", "**/*.cjs", "**/*.mjs"] },
  js.configs.recommended,
  ...tseslint.configs.strictTypeChecked,
  {
    languageOptions: { parserOptions: { projectService: true, tsconfigRootDir: import.meta.dirname } },
    linterOptions: { reportUnusedDisableDirectives: "error" },
    rules: {
      "no-eval": "error",
      "no-new-func": "error",
      "no-restricted-syntax": ["error", ...noGeneratedText],
      "@typescript-eslint/switch-exhaustiveness-check": ["error", { considerDefaultExhaustiveForUnions: true }],
      "@typescript-eslint/consistent-type-imports": "error",
      "@typescript-eslint/restrict-template-expressions": ["error", { allowNumber: true, allowBoolean: true }],
      "@typescript-eslint/no-unnecessary-condition": ["error", { allowConstantLoopConditions: true }],
      "@typescript-eslint/no-confusing-void-expression": "off",
      "@typescript-eslint/no-unused-vars": [
        "error",
        { argsIgnorePattern: "^_", varsIgnorePattern: "^_", ignoreUsingDeclarations: true },
      ],
      // Definitions are data: their functions have no `this` to lose.
      "@typescript-eslint/unbound-method": "off",
    },
  },
  {
    files: ["src/**/*.ts"],
    rules: {
      "max-lines-per-function": ["error", { max: 70, skipComments: true, skipBlankLines: true }],
    },
  },
  {
    // Time, waiting and chance come from one file; the command line alone has its own, for what it shows.
    files: ["src/**/*.ts", "grammar/**/*.ts"],
    ignores: ["src/cli/**", "src/connectors/clock.ts"],
    rules: {
      "no-restricted-syntax": ["error", ...noGeneratedText, ...noAmbient],
      "no-restricted-globals": ["error", ...ambientGlobals],
      "no-restricted-imports": ["error", { paths: ambientModules }],
    },
  },
  {
    files: ["src/{base,wasm,expr,sql,state,operators,plan,runtime}/**/*.ts", "grammar/**/*.ts"],
    rules: {
      "no-restricted-syntax": ["error", ...noGeneratedText, ...noAmbient, noProcess],
      "no-restricted-imports": [
        "error",
        {
          paths: ambientModules,
          patterns: [{ group: outside.flatMap((m) => [m, `node:${m}`]), message: "I/O lives in src/connectors." }],
        },
      ],
    },
  },
  {
    // Files of sources and sinks are on the disk that is handed in: `disk` alone is the machine's, but for what DuckDB holds.
    files: ["src/connectors/**/*.ts"],
    ignores: ["src/connectors/{clock,disk,lock,package}.ts", "src/connectors/snapshots/**"],
    rules: {
      "no-restricted-imports": [
        "error",
        { paths: [...ambientModules, "fs", "node:fs", "fs/promises", "node:fs/promises"] },
      ],
    },
  },
  {
    // A test may build a value in a way that the types know to be wrong; it may not leave a promise unawaited.
    files: ["test/**/*.ts", "bench/**/*.ts"],
    rules: {
      "@typescript-eslint/no-non-null-assertion": "off",
      "@typescript-eslint/require-await": "off",
    },
  },
);
