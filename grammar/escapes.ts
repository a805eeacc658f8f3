/** The escapes of E'..' and U&'..' strings, as PostgreSQL has them. */

export interface BadEscape {
  readonly escape: string;
  /** Offset in the raw text. */
  readonly at: number;
}

const simple: ReadonlyMap<string, string> = new Map([
  ["n", "\n"],
  ["t", "\t"],
  ["r", "\r"],
  ["b", "\b"],
  ["f", "\f"],
]);

const backslash = /\\(?:x([0-9A-Fa-f]{1,2})|u([0-9A-Fa-f]{4})|U([0-9A-Fa-f]{8})|([0-7]{1,3})|([\s\S]))|\\$|''/g;

export function unescapeBackslashes(raw: string, onError: (error: BadEscape) => void): string {
  return raw.replace(
    backslash,
    (whole: string, x?: string, u?: string, long?: string, octal?: string, other?: string, at?: unknown) => {
      if (whole === "''") return "'";
      const digits = x ?? u ?? long;
      const code =
        digits !== undefined
          ? Number.parseInt(digits, 16)
          : octal !== undefined
            ? Number.parseInt(octal, 8)
            : undefined;
      const bad = code !== undefined ? code > 0x10ffff : other === undefined || "xuU".includes(other);
      if (bad) {
        onError({ escape: whole, at: typeof at === "number" ? at : 0 });
        return "";
      }
      return code !== undefined ? String.fromCodePoint(code) : (simple.get(other ?? "") ?? other ?? "");
    },
  );
}

const unicode = /\\(?:([0-9A-Fa-f]{4})|\+([0-9A-Fa-f]{6})|(\\)|[\s\S]?)/g;

export function unescapeUnicode(raw: string, onError: (error: BadEscape) => void): string {
  return raw.replace(unicode, (whole: string, short?: string, long?: string, literal?: string, at?: unknown) => {
    if (literal !== undefined) return literal;
    const code = Number.parseInt(short ?? long ?? "", 16);
    if (Number.isNaN(code) || code > 0x10ffff) {
      onError({ escape: whole, at: typeof at === "number" ? at : 0 });
      return "";
    }
    return String.fromCodePoint(code);
  });
}
