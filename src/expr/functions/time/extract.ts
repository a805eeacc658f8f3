/** EXTRACT(field FROM time) and the functions of one field: YEAR(time), HOUR(time) and so on. */
import { BIGINT, decimal, isString, isTimestamp, type SqlType, storageOf, timestamp } from "../../../base/types.ts";
import type { Value } from "../../../base/value.ts";
import { i32, select, type Term } from "../../../wasm/ir.ts";
import {
  dayOfYear,
  emitCivilFromDays,
  emitClockField,
  emitFloorDiv,
  emitSplitMicros,
  isoDayOfWeek,
  isoWeek as isoWeekFn,
} from "../../../wasm/library/calendar.ts";
import {
  civilFromDays,
  dayOfWeek,
  daysFromCivil,
  floorDiv,
  floorMod,
  isoWeek,
  MICROS_PER_DAY,
  MICROS_PER_HOUR,
  MICROS_PER_MINUTE,
  MICROS_PER_SECOND,
} from "../../calendar.ts";
import { one } from "../../emit/numbers.ts";
import { part } from "../../emit/values.ts";
import type { Emitter, ScalarFunction } from "../../function.ts";

interface FieldDef {
  readonly result: SqlType;
  /** Of a timestamp, in units of the result. */
  readonly of: (micros: bigint, days: number) => bigint | number;
  readonly emit: (e: Emitter, micros: Term, days: () => Term) => Term;
}

const SECONDS = decimal(8, 6);
const clock =
  (unit: bigint, count: bigint) =>
  (micros: bigint): bigint =>
    floorMod(floorDiv(micros, unit), count);
const whole = (t: Term): Term => (t.type === "i64" ? t : t.toI64S());
const yearOf = (e: Emitter, days: Term): Term => emitCivilFromDays(e.f, days).year;
const ceilDiv = (year: number, by: number): number => Math.ceil(year / by);

const fields: Readonly<Record<string, FieldDef>> = {
  MILLENNIUM: {
    result: BIGINT,
    of: (_, d) => era(civilFromDays(d).year, 1000),
    emit: (e, _, d) => emitEra(yearOf(e, d()), 1000),
  },
  CENTURY: {
    result: BIGINT,
    of: (_, d) => era(civilFromDays(d).year, 100),
    emit: (e, _, d) => emitEra(yearOf(e, d()), 100),
  },
  DECADE: {
    result: BIGINT,
    of: (_, d) => Math.floor(civilFromDays(d).year / 10),
    emit: (e, _, d) => emitFloorDiv(e.f, yearOf(e, d()), 10),
  },
  YEAR: { result: BIGINT, of: (_, d) => civilFromDays(d).year, emit: (e, _, d) => yearOf(e, d()) },
  ISOYEAR: {
    result: BIGINT,
    of: (_, d) => isoWeek(d).year,
    emit: (e, _, d) => e.f.callNamed(["year", "week"], isoWeekFn, d()).year,
  },
  QUARTER: {
    result: BIGINT,
    of: (_, d) => Math.floor((civilFromDays(d).month + 2) / 3),
    emit: (e, _, d) => emitCivilFromDays(e.f, d()).month.add(2).div(3),
  },
  MONTH: {
    result: BIGINT,
    of: (_, d) => civilFromDays(d).month,
    emit: (e, _, d) => emitCivilFromDays(e.f, d()).month,
  },
  WEEK: {
    result: BIGINT,
    of: (_, d) => isoWeek(d).week,
    emit: (e, _, d) => e.f.callNamed(["year", "week"], isoWeekFn, d()).week,
  },
  DAY: { result: BIGINT, of: (_, d) => civilFromDays(d).day, emit: (e, _, d) => emitCivilFromDays(e.f, d()).day },
  DOY: {
    result: BIGINT,
    of: (_, d) => d - daysFromCivil(civilFromDays(d).year, 1, 1) + 1,
    emit: (e, _, d) => e.f.call(dayOfYear, d()),
  },
  DOW: { result: BIGINT, of: (_, d) => dayOfWeek(d), emit: (e, _, d) => e.f.call(isoDayOfWeek, d()).rem(7) },
  ISODOW: { result: BIGINT, of: (_, d) => dayOfWeek(d) || 7, emit: (e, _, d) => e.f.call(isoDayOfWeek, d()) },
  HOUR: { result: BIGINT, of: clock(MICROS_PER_HOUR, 24n), emit: (e, m) => emitClockField(e.f, m, "hour") },
  MINUTE: { result: BIGINT, of: clock(MICROS_PER_MINUTE, 60n), emit: (e, m) => emitClockField(e.f, m, "minute") },
  SECOND: { result: SECONDS, of: clock(1n, 60_000_000n), emit: (e, m) => emitClockField(e.f, m, "microsecond") },
  MILLISECOND: {
    result: decimal(8, 3),
    of: clock(1n, 60_000_000n),
    emit: (e, m) => emitClockField(e.f, m, "microsecond"),
  },
  MICROSECOND: { result: BIGINT, of: clock(1n, 60_000_000n), emit: (e, m) => emitClockField(e.f, m, "microsecond") },
  EPOCH: { result: decimal(20, 6), of: (m) => m, emit: (_, m) => m },
};

/** The century of a year: there is no century 0. */
const era = (year: number, size: number): number => (year > 0 ? ceilDiv(year, size) : -ceilDiv(1 - year, size));
const emitEra = (year: Term, size: number): Term =>
  select(year.gt(0), year.add(size - 1).div(size), i32(0).sub(i32(size).sub(year).div(size)));

const aliases: Readonly<Record<string, string>> = { DAYOFYEAR: "DOY", DAYOFWEEK: "DOW", MSECOND: "MILLISECOND" };

function fieldOf(name: Value | undefined): FieldDef | undefined {
  if (typeof name !== "string") return undefined;
  const upper = name.trim().toUpperCase();
  const singular = upper.replace(/S$/, "");
  const key = [upper, singular, aliases[upper] ?? ""].find((k) => Object.hasOwn(fields, k));
  return key === undefined ? undefined : fields[key];
}

/** A field of an interval: what is left by the next greater one, in whole units, counted from `first`. */
interface IntervalField {
  readonly within?: bigint;
  readonly unit: bigint;
  readonly first?: bigint;
}
const dayFields: Readonly<Record<string, IntervalField>> = {
  DAY: { unit: MICROS_PER_DAY },
  HOUR: { within: MICROS_PER_DAY, unit: MICROS_PER_HOUR },
  MINUTE: { within: MICROS_PER_HOUR, unit: MICROS_PER_MINUTE },
  SECOND: { within: MICROS_PER_MINUTE, unit: 1n },
  MILLISECOND: { within: MICROS_PER_MINUTE, unit: 1n },
  MICROSECOND: { within: MICROS_PER_MINUTE, unit: 1n },
  EPOCH: { unit: 1n },
};
const monthFields: Readonly<Record<string, IntervalField>> = {
  YEAR: { unit: 12n },
  QUARTER: { within: 12n, unit: 3n, first: 1n },
  MONTH: { within: 12n, unit: 1n },
};

function intervalField(type: SqlType | undefined, name: Value | undefined): IntervalField | undefined {
  const upper = typeof name === "string" ? name.trim().toUpperCase() : "";
  const table = type?.kind === "INTERVAL_DAY" ? dayFields : type?.kind === "INTERVAL_MONTH" ? monthFields : {};
  const key = [upper, upper.replace(/S$/, "")].find((k) => Object.hasOwn(table, k));
  return key === undefined ? undefined : table[key];
}

const extractFromInterval = ({ within, unit, first = 0n }: IntervalField, n: bigint): bigint =>
  (within === undefined ? n : n % within) / unit + first;

function emitIntervalField({ within, unit, first = 0n }: IntervalField, x: Term): Term {
  const n = whole(x);
  return (within === undefined ? n : n.rem(within)).div(unit).add(first);
}

function extractFrom(field: FieldDef, micros: bigint): bigint {
  return BigInt(field.of(micros, Number(floorDiv(micros, MICROS_PER_DAY))));
}

const emitField = (e: Emitter, field: FieldDef, micros: Term): Term =>
  one(e, "field", whole(field.emit(e, micros, () => emitSplitMicros(e.f, micros).days)));

export const extract: ScalarFunction = {
  name: "EXTRACT",
  category: "time",
  doc: "A field of a time or interval: millennium, century, decade, year, isoyear, quarter, month, week, day, doy, dow, isodow, hour, minute, second, millisecond, microsecond, epoch. Seconds have their fraction; milliseconds and microseconds include the seconds.",
  usage: ["EXTRACT(field FROM time)", "EXTRACT(field FROM interval)"],
  examples: [
    { sql: "EXTRACT(YEAR FROM DATE '2026-05-17')", result: "2026" },
    { sql: "EXTRACT(SECOND FROM TIMESTAMP '2026-05-17 13:45:10.25')", result: "10.250000" },
    { sql: "EXTRACT(DOW FROM DATE '2026-05-17')", result: "0" },
    { sql: "EXTRACT(HOUR FROM INTERVAL '90' MINUTE)", result: "1" },
  ],
  volatility: "immutable",
  nulls: "strict",
  canFail: true,
  resolve([name, time, ...rest]) {
    if (name === undefined || time === undefined || rest.length > 0 || !isString(name.type)) return undefined;
    const field = fieldOf(name.literal);
    if (field === undefined) return { reason: "no such field of a time" };
    if (time.type.kind === "INTERVAL_DAY" || time.type.kind === "INTERVAL_MONTH") {
      if (intervalField(time.type, name.literal) === undefined) return { reason: "an interval has no such field" };
      return { params: [name.type, time.type], result: field.result };
    }
    if (!isTimestamp(time.type) && time.type.kind !== "DATE" && time.type.kind !== "NULL") return undefined;
    return { params: [name.type, isTimestamp(time.type) ? time.type : timestamp(6)], result: field.result };
  },
  evaluate([name, x = null], { args }) {
    const type = args[1];
    const field = fieldOf(name);
    if (x === null || type === undefined || field === undefined) return null;
    const n = BigInt(x as number | bigint); // times and intervals are numbers
    const ofInterval = intervalField(type, name);
    return ofInterval === undefined ? extractFrom(field, n) : extractFromInterval(ofInterval, n);
  },
  emit(e, [name, x], { args, result }) {
    const field = fieldOf(name?.literal);
    if (field === undefined || x === undefined) throw new TypeError("EXTRACT needs a field");
    const ofInterval = intervalField(args[1], name?.literal);
    const value =
      ofInterval === undefined ? emitField(e, field, part(x)) : one(e, "field", emitIntervalField(ofInterval, part(x)));
    if (storageOf(result) !== "i128") return { type: result, valid: undefined, parts: [value] };
    return { type: result, valid: undefined, parts: [value, value.shr(63)], narrow: true };
  },
};

interface PartFunction {
  readonly name: string;
  readonly field: string;
  readonly example: string;
  /** What is added to the field: DAYOFWEEK counts from Sunday as 1. */
  readonly shift?: number;
  /** SECOND is whole here. */
  readonly divisor?: bigint;
}

const partFunctions: readonly PartFunction[] = [
  { name: "YEAR", field: "YEAR", example: "2026" },
  { name: "QUARTER", field: "QUARTER", example: "2" },
  { name: "MONTH", field: "MONTH", example: "5" },
  { name: "WEEK", field: "WEEK", example: "20" },
  { name: "DAYOFYEAR", field: "DOY", example: "137" },
  { name: "DAYOFMONTH", field: "DAY", example: "17" },
  { name: "DAYOFWEEK", field: "DOW", example: "1", shift: 1 },
  { name: "HOUR", field: "HOUR", example: "13" },
  { name: "MINUTE", field: "MINUTE", example: "45" },
  { name: "SECOND", field: "SECOND", example: "10", divisor: MICROS_PER_SECOND },
];

export const timeParts: readonly ScalarFunction[] = partFunctions.map(
  ({ name, field: fieldName, example, shift = 0, divisor = 1n }): ScalarFunction => {
    const field = fields[fieldName];
    if (field === undefined) throw new TypeError(`no field ${fieldName}`);
    return {
      name,
      category: "time",
      doc: `The field ${fieldName} of the time, as a whole number${shift === 0 ? "" : ", from 1 (Sunday) to 7"}.`,
      usage: [`${name}(time)`],
      examples: [{ sql: `${name}(TIMESTAMP '2026-05-17 13:45:10.25')`, result: example }],
      volatility: "immutable",
      nulls: "strict",
      canFail: false,
      resolve([time, ...rest]) {
        if (time === undefined || rest.length > 0) return undefined;
        if (!isTimestamp(time.type) && time.type.kind !== "DATE" && time.type.kind !== "NULL") return undefined;
        return { params: [isTimestamp(time.type) ? time.type : timestamp(6)], result: BIGINT };
      },
      evaluate: ([x]) => (typeof x === "bigint" ? extractFrom(field, x) / divisor + BigInt(shift) : null),
      emit(e, [x]) {
        if (x === undefined) throw new TypeError(`${name} takes a time`);
        const value = emitField(e, field, part(x)).div(divisor).add(BigInt(shift));
        return { type: BIGINT, valid: undefined, parts: [value] };
      },
    };
  },
);
