// The floors of the house: imports go down only, types included, and never in a circle (docs/design/README.md).
// One rule for each floor: what it may see of this repository. Everything else is forbidden to it.
const floors = {
  base: [],
  wasm: ["base"],
  expr: ["base", "wasm"],
  sql: ["base"],
  state: ["base", "wasm", "expr", "sql"],
  connectors: ["base", "wasm", "expr", "sql", "state"],
  operators: ["base", "wasm", "expr", "sql", "state", "connectors"],
  plan: ["base", "wasm", "expr", "sql", "state", "connectors", "operators"],
  runtime: ["base", "wasm", "expr", "sql", "state", "connectors", "operators"],
};

const below = Object.entries(floors).map(([floor, seen]) => ({
  name: `floor-${floor}`,
  comment: `src/${floor} imports only ${seen.length === 0 ? "itself" : seen.map((s) => `src/${s}`).join(", ")}.`,
  severity: "error",
  from: { path: `^src/${floor}/` },
  to: { path: "^(src|grammar|test|bench)/", pathNot: `^src/(${[floor, ...seen].join("|")})/` },
}));

const only = (name, packagePath, users) => ({
  name: `only-${name}`,
  comment: `${name} is used by ${users} alone.`,
  severity: "error",
  from: { path: "^(src|grammar)/", pathNot: users },
  to: { path: packagePath },
});

module.exports = {
  forbidden: [
    {
      name: "no-circular",
      comment: "No cycles, of types neither: what needs each other is one file, or a third one below both.",
      severity: "error",
      from: {},
      to: { circular: true },
    },
    ...below,
    {
      name: "floor-grammar",
      comment: "grammar/ builds the AST of src/sql and knows nothing else.",
      severity: "error",
      from: { path: "^grammar/" },
      to: { path: "^(src|test|bench)/", pathNot: "^src/(base|sql)/" },
    },
    {
      name: "floor-engine",
      comment: "The facade (files right in src/, src/engine/) does not know its users.",
      severity: "error",
      from: { path: "^src/([^/]+\\.ts$|engine/)" },
      to: { path: "^(src/cli|test|bench)/" },
    },
    {
      name: "floor-cli",
      comment: "The command line stands on the library; nothing stands on it but its tests.",
      severity: "error",
      from: { path: "^(src|grammar|bench)/", pathNot: "^src/cli/" },
      to: { path: "^src/cli/" },
    },
    {
      name: "no-tests-in-source",
      comment: "Source does not import tests.",
      severity: "error",
      from: { path: "^(src|grammar|bench)/" },
      to: { path: "^test/" },
    },
    only("chevrotain", "node_modules/chevrotain", "^grammar/"),
    only("commander", "node_modules/commander", "^src/cli/"),
    only("duckdb", "node_modules/@duckdb", "^(src/(state|connectors)|bench)/"),
    only("re2js", "node_modules/re2js", "^src/(base|expr)/"),
    {
      name: "only-clock",
      comment:
        "The machine's clock and chance are taken where an engine or a directory is opened; from there on they are handed in.",
      severity: "error",
      from: { path: "^src/", pathNot: "^src/(cli/|connectors/|engine\\.ts$|engine/(open-state|inspect/[a-z]+)\\.ts$)" },
      to: { path: "^src/connectors/clock\\.ts$", dependencyTypesNot: ["type-only"] },
    },
    {
      name: "no-dev-in-source",
      comment: "What is published needs only what it declares.",
      severity: "error",
      from: { path: "^(src|grammar)/" },
      to: { dependencyTypes: ["npm-dev", "npm-no-pkg", "npm-unknown"] },
    },
    { name: "not-to-unresolvable", severity: "error", from: {}, to: { couldNotResolve: true } },
  ],
  options: {
    doNotFollow: { path: "node_modules" },
    exclude: { path: "^dist/" },
    tsPreCompilationDeps: true,
    tsConfig: { fileName: "tsconfig.json" },
    enhancedResolveOptions: { exportsFields: ["exports"], conditionNames: ["import", "node", "default", "types"] },
  },
};
