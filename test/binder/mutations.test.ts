/** No statement makes the planner throw: statements with words exchanged, dropped and doubled give a plan or SqlErrors. */
import { readdirSync, readFileSync } from "node:fs";
import { expect, test } from "vitest";
import { parseStatements } from "../../grammar/parse.ts";
import { SqlError } from "../../src/base/error.ts";
import { Catalog } from "../../src/plan/catalog/catalog.ts";
import { explainJson } from "../../src/plan/explain/json.ts";
import { explainText } from "../../src/plan/explain/text.ts";
import { Planner } from "../../src/plan/planner.ts";
import { scaled } from "../scale.ts";
import { tables } from "./support.ts";

const SEED = Number(process.env["SEED"] ?? 20_260_101);
const ROUNDS = Number(process.env["ROUNDS"] ?? scaled(300));

/** Small and seeded: the same words on every machine. */
function random(seed: number): (below: number) => number {
  let state = seed >>> 0;
  return (below) => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
    return Math.floor((state / 2 ** 32) * below);
  };
}

const folder = new URL("../plans/", import.meta.url);
const corpus = readdirSync(folder)
  .filter((f) => f.endsWith(".sql"))
  .map((f) => readFileSync(new URL(f, folder), "utf8").replaceAll(/--.*$/gm, ""));
const tokens = corpus.map((text) => text.match(/'[^']*'|\w+|<=|>=|<>|\|\||=>|\S/g) ?? []);
const words = [
  ...new Set(tokens.flat()),
  "NULL",
  "ts",
  "window_start",
  "window_end",
  "DISTINCT",
  "SESSION",
  "CUMULATE",
];

function mutate(given: readonly string[], below: (n: number) => number): string {
  const out = [...given];
  for (let i = 0; i < 1 + below(4); i++) {
    const at = below(out.length);
    const other = below(3) === 0 ? (words[below(words.length)] ?? "") : (out[below(out.length)] ?? "");
    if (below(4) === 0) out.splice(at, 1);
    else if (below(3) === 0) out.splice(at, 0, other);
    else out[at] = other;
  }
  return out.join(" ");
}

test(`seed ${SEED}: ${ROUNDS} mutated files`, () => {
  const below = random(SEED);
  let planned = 0;
  for (let i = 0; i < ROUNDS; i++) {
    const text = tables + mutate(tokens[below(tokens.length)] ?? [], below);
    const { statements, errors } = parseStatements(text);
    const outcome = new Planner(new Catalog()).plan([{ statements, text, path: "", folder: "" }], {});
    for (const e of [...errors, ...outcome.errors]) {
      expect(e).toBeInstanceOf(SqlError);
      expect(e.message).not.toMatch(/\{\w+\}|undefined/);
      expect(e.span, `${e.message} in ${text}`).toBeDefined();
    }
    for (const step of outcome.steps) {
      if (step.kind !== "registerQuery") continue;
      planned++;
      explainText(step.query);
      JSON.parse(explainJson(step.query));
    }
  }
  expect(planned).toBeGreaterThan(ROUNDS);
});
