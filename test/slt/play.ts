/** Plays a rule test through the library, input line by input line, and writes down everything that comes out. */
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { OpenOptions } from "../../src/api.ts";
import { changeText } from "../../src/base/batch.ts";
import { isSqlError, type SqlError, SqlErrors } from "../../src/base/error.ts";
import { timestamp } from "../../src/base/types.ts";
import type { Sink } from "../../src/connectors/connector.ts";
import { type Engine, open } from "../../src/engine.ts";
import { changeOf, readRow } from "../../src/expr/columns.ts";
import type { JsValue } from "../../src/expr/text.ts";
import type { Conservation } from "../../src/runtime/accounting/conservation.ts";
import { BadDataError } from "../../src/runtime/bad-data.ts";
import type { PrintTarget } from "../../src/runtime/outputs/query-outputs.ts";
import type { Case, Step } from "./format.ts";
import { literalValue, showValue, splitLiterals, timeText } from "./literals.ts";

export interface PlayMode {
  /** `lines`: an epoch for each input line. `whole`: everything at once. */
  readonly feeding: "lines" | "whole";
  readonly options?: Pick<OpenOptions, "execution" | "runRowsMax" | "hashSeed">;
}

/** What came out, by step of the case. */
export type Transcript = readonly (readonly string[])[];

interface Column {
  readonly name: string;
  readonly type: string;
}

const MEMORY_BYTES = 64 << 20;
/** The machine's clock does not show in these tests. */
const clock = {
  nowMs: () => 0,
  nowMicros: () => 0n,
  sleep: () => new Promise<void>((resolve) => setImmediate(resolve)),
};

class Player {
  private readonly db: Engine;
  private readonly mode: PlayMode;
  private readonly columns = new Map<string, readonly Column[]>();
  private readonly watermarks = new Map<string, string>();
  private queries: readonly string[] = [];
  private printed = 0;
  private lines: string[] = [];
  private readonly sides = new Map<string, string[]>();
  private isStopped = false;

  constructor(db: Engine, mode: PlayMode) {
    this.db = db;
    this.mode = mode;
  }

  /** What has come out since the last call; rows of error and late tables after the rest, by table. */
  take(): readonly string[] {
    const sides = [...this.sides].sort(([a], [b]) => (a < b ? -1 : 1)).flatMap(([, lines]) => lines);
    const taken = [...this.lines, ...sides];
    this.lines = [];
    this.sides.clear();
    return taken;
  }

  private side(table: string, line: string): void {
    const lines = this.sides.get(table);
    if (lines === undefined) this.sides.set(table, [line]);
    else lines.push(line);
  }

  /** The sink of a bare SELECT. Several queries say which one they are. */
  readonly print = (target: PrintTarget): Sink => {
    this.printed++;
    return {
      ordered: true,
      write: ({ batch, rows }) => {
        for (let i = 0; i < rows; i++) {
          const row = readRow(this.db.memory, batch, target.schema, i);
          const values = target.schema.map((f, c) => showValue(f.type, row[c] ?? null));
          const op = changeText[changeOf(this.db.memory, batch, i)];
          this.lines.push(`${this.printed > 1 ? `${target.query} ` : ""}${op} ${values.join(", ")}`);
        }
      },
      flush: () => undefined,
      close: () => Promise.resolve(),
    };
  };

  readonly sideRow = (table: string, row: Readonly<Record<string, JsValue>>): void => {
    const at = ["partition", "line", "position"].flatMap((key) => {
      const value = row[key];
      const isShown =
        value !== null && (key !== "partition" || value !== "0") && (key !== "position" || row["line"] === null);
      return isShown ? [`${key} ${showJs(value)}`] : [];
    });
    const place = at.length === 0 ? "" : ` (${at.join(", ")})`;
    const record = showJs(row["record"]);
    if (!table.endsWith("$late")) {
      const field = row["field"] === null ? "" : ` ${showJs(row["field"])}:`;
      const encoding = row["record_encoding"] === "utf8" ? "" : " (base64)";
      this.side(
        table,
        `! ${table}${place} ${showJs(row["code"])}${field} ${showJs(row["reason"])}: ${record}${encoding}`,
      );
      return;
    }
    const partly = row["partly"] === true ? "partly " : "";
    const watermark = showJs(row["watermark"]).replace("T", " ").replace("2026-01-01 ", "").replace(".000", "");
    const windows = showJs(row["windows"]).replaceAll("2026-01-01T", "").replaceAll(".000", "");
    this.side(table, `! ${table} ${showJs(row["op"])} ${partly}late at ${watermark} for ${windows}: ${record}`);
  };

  async execute(sql: string, folder: string): Promise<boolean> {
    try {
      const { queries, answers, warnings } = await this.db.execute(sql, { baseDirectory: folder });
      this.queries = queries;
      for (const answer of answers) {
        if ("text" in answer)
          this.lines.push(
            ...answer.text
              .trimEnd()
              .split("\n")
              .map((line) => `? ${line}`),
          );
        else for (const row of answer.rows) this.lines.push(`? ${row.map((v) => v ?? "NULL").join(" | ")}`);
      }
      for (const w of warnings)
        if (w.code !== "UNBOUNDED_STATE") this.lines.push(`warning ${w.sqlstate}: ${w.message}`);
      return true;
    } catch (error) {
      const errors = error instanceof SqlErrors ? error.errors : isSqlError(error) ? [error] : undefined;
      if (errors === undefined) throw error;
      for (const e of errors) this.lines.push(errorText("error", e, placeIn(sql, e.span?.start)));
      return false;
    }
  }

  /** Feeds the rows of one input line and the `&` lines after it, then lets the engine come to rest. */
  async feed(inputs: readonly string[]): Promise<void> {
    const feeds = [];
    for (const input of inputs) {
      const match = /^[>&] (\S+): (.*)$/.exec(input);
      if (match === null) throw new Error(`not an input line: ${input}`);
      const [, table = "", values = ""] = match;
      const columns = await this.columnsOf(table);
      const literals = splitLiterals(values);
      const row = Object.fromEntries(columns.map((c, i) => [c.name, literalValue(literals[i] ?? "NULL", c.type)]));
      if (literals.length > columns.length) throw new Error(`too many values: ${input}`);
      feeds.push({ table, row });
    }
    const inserts = feeds.map(({ table, row }) => this.refusing(() => this.db.insert(table, [row])));
    if (this.mode.feeding === "lines") {
      for (const insert of inserts) await insert;
      await this.settle(feeds[0]?.table);
    }
  }

  private async refusing(insert: () => Promise<void>): Promise<void> {
    try {
      await insert();
    } catch (error) {
      if (isSqlError(error)) this.lines.push(errorText("refused", error, ""));
      else if (error instanceof BadDataError) this.stopped(error);
      else throw error;
    }
  }

  /** Rows that queries put into tables are read by others: until nothing moves. */
  async settle(table: string | undefined): Promise<void> {
    if (table === undefined || this.mode.feeding === "whole") return;
    for (let i = 0; i < 3; i++) await this.refusing(() => this.db.insert(table, []));
    for (const q of this.db.stats().queries) {
      if (q.watermark === undefined) continue;
      const text = timeText(timestamp(6), q.watermark);
      if (this.watermarks.get(q.name) === text) continue;
      this.watermarks.set(q.name, text);
      this.lines.push(`${this.queries.length > 1 ? `${q.name} ` : ""}~ ${text}`);
    }
  }

  private async columnsOf(table: string): Promise<readonly Column[]> {
    const known = this.columns.get(table);
    if (known !== undefined) return known;
    const { answers } = await this.db.execute(`DESCRIBE ${table}`);
    const rows = answers[0] !== undefined && "rows" in answers[0] ? answers[0].rows : [];
    const columns = rows.flatMap(([name, type, , extras]) =>
      extras?.startsWith("AS ") === true ? [] : [{ name: name ?? "", type: type ?? "" }],
    );
    this.columns.set(table, columns);
    return columns;
  }

  /** The end of the input: what is still open comes out, then what the views hold and the count of every row. */
  async end(): Promise<void> {
    this.db.endInput();
    try {
      const { failures, stats } = await this.db.finished();
      for (const { query, error } of failures) this.lines.push(failureText(query, error));
      for (const name of this.queries) this.showView(name);
      for (const q of stats.queries) for (const c of q.conservation) this.conserve(c);
    } catch (error) {
      if (!(error instanceof BadDataError)) throw error;
      this.stopped(error);
    }
  }

  /** 'on-error' = 'fail': said once. */
  private stopped(error: BadDataError): void {
    if (!this.isStopped) this.lines.push(errorText("stopped", error.error, ""));
    this.isStopped = true;
  }

  private showView(name: string): void {
    try {
      for (const row of this.db.resultRows(name)) {
        this.lines.push(
          `${name} = ${row.map((v) => (typeof v === "string" ? v.replace("2026-01-01T", "").replace(".000", "") : showJs(v))).join(", ")}`,
        );
      }
    } catch (error) {
      if (!isSqlError(error)) throw error; // Not a view.
    }
  }

  /** E6. Rows that were not simply accounted for are shown. */
  private conserve(c: Conservation): void {
    const fates = (["accounted", "filtered", "late", "failed", "bad", "skipped"] as const).filter(
      (fate) => c[fate] > 0,
    );
    const sum = fates.reduce((n, fate) => n + c[fate], 0);
    if (sum !== c.rowsIn) this.lines.push(`LOST: ${JSON.stringify(c)}`);
    if (c.accounted === c.rowsIn) return;
    const name = this.db.stats().queries.length > 1 ? `${c.query} of ${c.table}` : c.table;
    this.lines.push(`rows of ${name}: ${c.rowsIn} = ${fates.map((f) => `${c[f]} ${f}`).join(" + ")}`);
  }
}

/** A value of a library row. */
const showJs = (value: JsValue | undefined): string =>
  typeof value === "object" ? JSON.stringify(value) : String(value);

const errorText = (kind: string, e: SqlError, place: string): string => {
  const more = [e.didYouMean === undefined ? undefined : `did you mean ${e.didYouMean}?`, e.hint].filter(
    (t) => t !== undefined,
  );
  return `${kind} ${e.sqlstate}${place}: ${e.message}${more.length === 0 ? "" : ` (${more.join("; ")})`}`;
};

function failureText(query: string, error: unknown): string {
  if (isSqlError(error)) return errorText(`${query} failed`, error, "");
  throw error;
}

/** Where in the SQL, as the words that stand there. */
function placeIn(sql: string, start: number | undefined): string {
  if (start === undefined) return "";
  const before = sql.slice(0, start).split("\n");
  return ` at ${before.length}:${(before.at(-1) ?? "").length + 1}`;
}

/** Steps that belong to one epoch: an input line and the `&` lines after it. */
function epochsOf(steps: readonly Step[]): number[][] {
  const epochs: number[][] = [];
  steps.forEach((step, i) => {
    if (step.input?.startsWith("& ") === true) epochs.at(-1)?.push(i);
    else epochs.push([i]);
  });
  return epochs;
}

export async function play(c: Case, mode: PlayMode): Promise<Transcript> {
  const folder = mkdtempSync(join(tmpdir(), "slt-"));
  const slots: { player?: Player } = {};
  const db = await open({
    memoryLimitBytes: MEMORY_BYTES,
    clock,
    hashSeed: 1n,
    print: (t) => slots.player?.print(t) as Sink, // The player is there before any query is.
    onSideRow: (table, row) => slots.player?.sideRow(table, row),
    ...mode.options,
  });
  const player = new Player(db, mode);
  slots.player = player;
  try {
    for (const { name, bytes } of c.files) writeFileSync(join(folder, name), bytes);
    const outputs: (readonly string[])[] = c.steps.map(() => []);
    const isRunning = await player.execute(c.sql, folder);
    const firstTable = c.steps.map((s) => /^> (\S+): /.exec(s.input ?? "")?.[1]).find((t) => t !== undefined);
    for (const epoch of epochsOf(c.steps)) {
      const inputs = epoch.flatMap((i) => c.steps[i]?.input ?? []);
      if (!isRunning) break;
      if (inputs.length === 0) await player.settle(firstTable);
      else if (inputs[0] === "> end") await player.end();
      else await player.feed(inputs);
      outputs[epoch.at(-1) ?? 0] = player.take();
    }
    if (!isRunning) outputs[0] = player.take();
    return outputs.map((lines) => lines.map((line) => line.replaceAll(`${folder}/`, "")));
  } finally {
    await db.close();
    rmSync(folder, { recursive: true });
  }
}
