/** LIKE as PostgreSQL defines it (V5): % is any text, _ one character, the escape character takes the next one as it is. */
import { RowError } from "../../base/row-error.ts";
import { BOOLEAN, isString, VARCHAR } from "../../base/types.ts";
import { type Fn, fn, i32, load, type Term } from "../../wasm/ir.ts";
import { bytesEqual, findBytes } from "../../wasm/library/bytes.ts";
import { part } from "../emit/values.ts";
import type { Emitted, Emitter, ScalarFunction } from "../function.ts";
import { characters } from "../text.ts";
import { Patterns } from "./patterns.ts";

/** A character, or null for any one character. */
type Wanted = string | null;

/** The pattern between its %: one segment has no %; the first is a prefix, the last a suffix. */
type Segments = readonly (readonly Wanted[])[];

function likeSegments(pattern: string, escape: string): Segments {
  const segments: Wanted[][] = [[]];
  const all = characters(pattern);
  for (let i = 0; i < all.length; i++) {
    const c = all[i] ?? "";
    const last = segments.at(-1);
    if (c === escape) {
      i += 1;
      const next = all[i];
      if (next === undefined) throw new RowError("LIKE_ESCAPE");
      last?.push(next);
    } else if (c === "%") segments.push([]);
    else last?.push(c === "_" ? null : c);
  }
  return segments;
}

const holdsAt = (text: readonly string[], at: number, segment: readonly Wanted[]): boolean =>
  at + segment.length <= text.length && segment.every((w, i) => w === null || w === text[at + i]);

/** Each middle segment is taken where it first fits: what is found earliest leaves most for the others. */
function matches(text: readonly string[], [prefix = [], ...rest]: Segments): boolean {
  if (!holdsAt(text, 0, prefix)) return false;
  const suffix = rest.pop();
  if (suffix === undefined) return text.length === prefix.length;
  const end = text.length - suffix.length;
  let at = prefix.length;
  for (const segment of rest) {
    while (at + segment.length <= end && !holdsAt(text, at, segment)) at++;
    at += segment.length;
    if (at > end) return false;
  }
  return at <= end && holdsAt(text, end, suffix);
}

const ESCAPE = "\\";
const patterns = new Patterns(likeSegments);

/** A segment as texts and single characters (null), in order. */
function pieces(segment: readonly Wanted[]): readonly Wanted[] {
  const found: Wanted[] = [];
  for (const w of segment) {
    const last = found.at(-1);
    if (w !== null && typeof last === "string") found[found.length - 1] = last + w;
    else found.push(w);
  }
  return found;
}

const bytesOf = (segment: readonly Wanted[]): number =>
  pieces(segment).reduce((n, p) => n + (p === null ? 1 : Buffer.byteLength(p)), 0);

const isContinuation = (byte: Term): Term => byte.and(0xc0).eq(0x80);

/** (address, at, end) -> where the segment that begins at `at` ends, or -1. */
const matchForward = (e: Emitter, segment: readonly Wanted[]): Fn =>
  fn("like_forward", { address: "i32", at: "i32", end: "i32" }, ["i32"], (f, { address, at, end }) => {
    for (const piece of pieces(segment)) {
      if (piece === null) {
        f.if(at.ge(end), () => f.return(-1));
        const lead = f.let("lead", load.u8(address.add(at)));
        f.set(at, at.add(1).add(lead.ge(0xc0)).add(lead.ge(0xe0)).add(lead.ge(0xf0)));
        continue;
      }
      const [bytes, size] = e.bytes(piece);
      f.if(end.sub(at).lt(size), () => f.return(-1));
      f.if(f.call(bytesEqual, address.add(at), size, bytes, size).eqz(), () => f.return(-1));
      f.set(at, at.add(size));
    }
    f.return(at);
  });

/** (address, from, at) -> where the segment that ends at `at` begins, at `from` or behind it; or -1. */
const matchBackward = (e: Emitter, segment: readonly Wanted[]): Fn =>
  fn("like_backward", { address: "i32", from: "i32", at: "i32" }, ["i32"], (f, { address, from, at }) => {
    for (const piece of pieces(segment).toReversed()) {
      if (piece === null) {
        f.if(at.le(from), () => f.return(-1));
        f.loop("character", (next, leave) => {
          f.set(at, at.sub(1));
          next(isContinuation(load.u8(address.add(at))));
          leave();
        });
        continue;
      }
      const [bytes, size] = e.bytes(piece);
      f.if(at.sub(from).lt(size), () => f.return(-1));
      f.set(at, at.sub(size));
      f.if(f.call(bytesEqual, address.add(at), size, bytes, size).eqz(), () => f.return(-1));
    }
    f.return(at);
  });

/** Sets `at` behind the first place at which the segment fits, or to -1. */
function emitFind(e: Emitter, address: Term, segment: readonly Wanted[], at: Term, end: Term): void {
  const { f } = e;
  const [text, ...more] = pieces(segment);
  if (typeof text === "string" && more.length === 0) {
    f.set(at, f.call(findBytes, address, end, ...e.bytes(text), at));
    f.if(at.ge(0), () => f.set(at, at.add(Buffer.byteLength(text))));
    return;
  }
  const match = matchForward(e, segment);
  const found = f.let("found", i32(-1));
  f.loop("places", (next, leave) => {
    leave(at.gt(end));
    f.set(found, f.call(match, address, at, end));
    leave(found.ge(0));
    f.set(at, at.add(1));
    f.while(
      "character",
      () => at.lt(end),
      (_, done) => {
        done(isContinuation(load.u8(address.add(at))).eqz());
        f.set(at, at.add(1));
      },
    );
    next();
  });
  f.set(at, found);
}

function emitLike(e: Emitter, text: Emitted, segments: Segments): Term {
  const { f } = e;
  const [address, length] = [part(text), part(text, 1)];
  const [prefix = [], ...rest] = segments;
  const suffix = rest.pop();
  const [only] = pieces(prefix);
  if (suffix === undefined && pieces(prefix).length < 2 && only !== null) {
    return f.call(bytesEqual, address, length, ...e.bytes(only ?? ""));
  }
  const found = f.let("like", i32(0));
  f.block("like", (leave) => {
    leave(length.ltU(segments.reduce((n, s) => n + bytesOf(s), 0)));
    const at = f.let("at", i32(0));
    if (prefix.length > 0) {
      f.set(at, f.call(matchForward(e, prefix), address, at, length));
      leave(at.lt(0));
    }
    if (suffix === undefined) {
      f.set(found, at.eq(length));
      return;
    }
    const end = f.let("end", length);
    if (suffix.length > 0) {
      f.set(end, f.call(matchBackward(e, suffix), address, at, length));
      leave(end.lt(0));
    }
    for (const segment of rest) {
      if (segment.length === 0) continue;
      emitFind(e, address, segment, at, end);
      leave(at.lt(0));
    }
    f.set(found, 1);
  });
  return found;
}

export const like: ScalarFunction = {
  name: "LIKE",
  category: "string",
  doc: "Whether the text fits the pattern: % stands for any text, _ for one character, the escape character (a backslash, or that of ESCAPE; '' for none) takes the next one as it is.",
  usage: ["text LIKE pattern", "text LIKE pattern ESCAPE character"],
  examples: [
    { sql: "'tidemark' LIKE 'tide%'", result: "true" },
    { sql: "'tidemark' LIKE '_ide%k'", result: "true" },
    { sql: "'50%' LIKE '50!%' ESCAPE '!'", result: "true" },
    { sql: "'a' NOT LIKE 'b%'", result: "true" },
    { sql: "'a' LIKE 'a!' ESCAPE '!'", result: "error 22025" },
  ],
  volatility: "immutable",
  nulls: "strict",
  canFail: true,
  resolve(args) {
    const fits =
      (args.length === 2 || args.length === 3) && args.every((a) => isString(a.type) || a.type.kind === "NULL");
    if (!fits) return undefined;
    const escape = args[2]?.literal;
    if (typeof escape === "string" && characters(escape).length > 1) return { reason: "ESCAPE takes one character" };
    return { params: args.map(() => VARCHAR), result: BOOLEAN };
  },
  evaluate([text, pattern, escape = ESCAPE]) {
    if (typeof text !== "string" || typeof pattern !== "string" || typeof escape !== "string") return null;
    if (characters(escape).length > 1) throw new RowError("INVALID_ARGUMENT", "ESCAPE takes one character");
    return matches(characters(text), patterns.get(pattern, escape));
  },
  deciding: {
    argument: 1,
    check: ([, pattern, ...escape]) => patterns.check(pattern, escape.length === 0 ? ESCAPE : escape[0]),
  },
  emit(e, [text, pattern, escape]) {
    const segments = patterns.constant(pattern?.literal, escape === undefined ? ESCAPE : (escape.literal ?? null));
    if (text === undefined || segments === undefined) throw new TypeError("LIKE needs a constant pattern here");
    return { type: BOOLEAN, valid: undefined, parts: [emitLike(e, text, segments)] };
  },
  canEmit: ({ args }, [, pattern, escape]) =>
    patterns.constant(pattern, args.length === 2 ? ESCAPE : (escape ?? null)) !== undefined,
};
