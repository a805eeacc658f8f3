/** The columns of the tables of bad and late rows (N5): `"t$errors"`, `"q$errors"`, `"q$late"`. */
import { BIGINT, BOOLEAN, type Field, type Schema, type SqlType, timestamp, timestampLtz, VARCHAR } from "./types.ts";

const column = (name: string, type: SqlType, nullable = true): Field => ({ name, type, nullable });

export const ERRORS_SCHEMA: Schema = [
  column("at", timestampLtz(3), false),
  column("source", VARCHAR),
  column("partition", VARCHAR),
  column("position", BIGINT),
  column("line", BIGINT),
  column("code", VARCHAR, false),
  column("field", VARCHAR),
  column("reason", VARCHAR, false),
  column("record", VARCHAR),
  column("record_encoding", VARCHAR),
];

export const LATE_SCHEMA: Schema = [
  column("at", timestampLtz(3), false),
  column("operator", VARCHAR, false),
  column("op", VARCHAR, false),
  column("partly", BOOLEAN, false),
  column("source", VARCHAR),
  column("partition", VARCHAR),
  column("position", BIGINT),
  column("watermark", timestamp(3)),
  column("windows", VARCHAR, false),
  column("record", VARCHAR, false),
];
