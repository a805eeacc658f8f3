/** A query that was registered: its pipeline, where it puts out, what went wrong in it. */
import { Change, type ChangeByte, changeText, floorToMs, WATERMARK_MIN } from "../base/batch.ts";
import { SqlError } from "../base/error.ts";
import { type RowErrorName, rowErrors } from "../base/row-error.ts";
import { ERRORS_SCHEMA, LATE_SCHEMA } from "../base/system-tables.ts";
import { type Schema, timestamp } from "../base/types.ts";
import type { Value } from "../base/value.ts";
import { valueToJson } from "../expr/text.ts";
import type { LateRow } from "../operators/operator.ts";
import type { QueryPlan } from "../operators/physical.ts";
import { type Failure, groupFailure, rowFailure } from "./accounting/failing-part.ts";
import { SideTable, sideAgeMicros } from "./accounting/side-table.ts";
import { BadDataError } from "./bad-data.ts";
import { Pipeline } from "./pipeline.ts";
import type { FailingRow, OperatorPlace, PipelineEvents, PipelineOptions } from "./pipeline-events.ts";

/** What an error of a row or group is known by. */
interface FailedRow {
  readonly operator: string;
  readonly code: RowErrorName;
  readonly record: string;
}

const errorKey = ({ operator, code, record }: FailedRow): string => `${code} ${operator} ${record}`;

export class RegisteredQuery {
  readonly plan: QueryPlan;
  readonly pipeline: Pipeline;
  readonly errors: SideTable;
  readonly late: SideTable;
  private readonly nowMicros: () => bigint;
  private readonly onError: string;
  private readonly sideAgeMicros: bigint;
  /** Rows that failed and are not kept ('on-error' = 'skip'), less those that were taken back. */
  skipped = 0;

  constructor(
    plan: QueryPlan,
    options: Omit<PipelineOptions, "events"> & {
      readonly nowMicros: () => bigint;
      readonly onStopped: (error: unknown) => void;
    },
  ) {
    this.plan = plan;
    this.nowMicros = options.nowMicros;
    this.onError = plan.settings.get("on-error") ?? "keep";
    this.sideAgeMicros = sideAgeMicros(plan.settings.get("side-tables.max-age") ?? "");
    this.errors = new SideTable(`${plan.name}$errors`, ERRORS_SCHEMA);
    this.late = new SideTable(`${plan.name}$late`, LATE_SCHEMA);
    const events: PipelineEvents = {
      isFatal: (error) => error instanceof BadDataError,
      stopped: options.onStopped,
      failed: (at, code, row) => this.failed(at, code, row),
      failedGroup: (at, code, group) => {
        const { operator, failing } = at;
        const failure = groupFailure(failing, code);
        this.keepError({ operator, code, record: jsonOf(at.group, group), mayEnd: true, failure });
      },
      mendedGroup: (at, code, group) =>
        this.errors.takeBack(errorKey({ operator: at.operator, code, record: jsonOf(at.group, group) })),
      late: (at, row) => this.addLate(at, row()),
    };
    this.pipeline = new Pipeline(plan, { ...options, events });
  }

  /** A failing row of a changelog enters the error table, and the row that takes it back, which fails the same way, removes it. */
  private failed(at: OperatorPlace, code: RowErrorName, row: FailingRow): void {
    const { origin, change } = row;
    const isBack = change === Change.DELETE || change === Change.UPDATE_BEFORE;
    if (this.onError === "skip") {
      this.skipped += isBack ? -1 : 1;
      return;
    }
    const values = row.values();
    const error = { operator: at.operator, code, record: jsonOf(at.input, values, at.isRead) };
    if (isBack) {
      this.errors.takeBack(errorKey(error));
      return;
    }
    const watermark = row.watermark();
    const known = watermark === WATERMARK_MIN ? null : watermark;
    const failure = rowFailure(at.failing, code, { schema: at.input, values, watermark: known });
    this.keepError({ ...error, origin, mayEnd: at.mode === "retract", failure });
  }

  private keepError(
    error: FailedRow & { readonly origin?: number; readonly mayEnd: boolean; readonly failure: Failure },
  ): void {
    const { code, record, origin } = error;
    const place = origin === undefined ? undefined : this.pipeline.place(origin);
    const { field, reason } = error.failure;
    if (this.onError === "fail") {
      throw new BadDataError(new SqlError("ROW_FAILED", this.plan.span, { query: this.plan.name, reason }));
    }
    const row = [
      this.nowMicros(),
      place?.table ?? null,
      place?.record.partition ?? null,
      place?.record.position ?? null,
      place?.record.line ?? null,
      rowErrors[code].sqlstate,
      field,
      reason,
      record,
      "utf8",
    ];
    this.errors.add(row, error.mayEnd ? errorKey(error) : undefined);
  }

  private addLate(at: OperatorPlace, late: LateRow): void {
    const place = this.pipeline.place(late.origin);
    const windows = late.windows.map((bounds) => `[${bounds.map((b) => valueToJson(timestamp(3), b)).join(",")}]`);
    const watermark = late.watermark === WATERMARK_MIN ? null : floorToMs(late.watermark);
    this.late.add([
      this.nowMicros(),
      at.operator,
      changeText[late.change as ChangeByte], // a byte of Change
      late.partly,
      place?.table ?? null,
      place?.record.partition ?? null,
      place?.record.position ?? null,
      watermark,
      `[${windows.join(",")}]`,
      jsonOf(at.input, late.row, at.isRead),
    ]);
  }

  /** What failed or was late longer ago than `SET 'side-tables.max-age'` goes; it stays counted. */
  dropAged(): void {
    const before = this.nowMicros() - this.sideAgeMicros;
    this.errors.expire(before);
    this.late.expire(before);
  }

  /** Rows and groups that failed, kept or not, less those that were taken back. */
  get failedRows(): number {
    return this.errors.standing + this.skipped;
  }

  get schema(): Schema {
    return this.plan.root.schema;
  }
}

/** A row as one JSON object, without the columns that the query does not read. */
function jsonOf(schema: Schema, row: readonly Value[], isRead?: readonly boolean[]): string {
  const fields = schema.flatMap((f, i) =>
    i < row.length && isRead?.[i] !== false ? [`${JSON.stringify(f.name)}:${valueToJson(f.type, row[i] ?? null)}`] : [],
  );
  return `{${fields.join(",")}}`;
}
