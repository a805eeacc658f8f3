/** SET and RESET. */
import type { Span } from "../../base/value.ts";
import type { ProgramStep } from "../../operators/physical.ts";
import type * as ast from "../../sql/ast.ts";
import type { Env } from "../bind/env.ts";
import { checkUserName } from "../catalog/catalog.ts";
import { settingsTable } from "./show.ts";

export function set(s: ast.SetStatement, env: Env): readonly ProgramStep[] {
  if (s.key === undefined) return [settingsTable(env, s.span)];
  return [setStep(s.key, s.value, { key: s.keySpan, value: s.valueSpan }, s.span, env)];
}

export function reset(s: ast.Reset, env: Env): readonly ProgramStep[] {
  if (s.key !== undefined) return [setStep(s.key, undefined, { key: s.keySpan, value: s.keySpan }, s.span, env)];
  env.catalog.settings.resetAll();
  return [];
}

function setStep(
  key: string,
  value: string | undefined,
  spans: { readonly key: Span; readonly value: Span },
  span: Span,
  env: Env,
): ProgramStep {
  const done = env.catalog.settings.set(key, value, spans);
  if (done.key === "pipeline.name" && value !== undefined) checkUserName(value, spans.value);
  if (done.notice !== undefined) env.warnings.push(done.notice);
  return { kind: "set", key: done.key, value: done.value, span };
}
