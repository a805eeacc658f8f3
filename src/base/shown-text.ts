/** A text from data as a message shows it: of bounded length, in one line, and harmless on a terminal. */

const CHARACTERS_MAX = 40;

const escapes: Readonly<Record<string, string>> = { "\n": "\\n", "\r": "\\r", "\t": "\\t" };

/** Control characters, line ends, what turns the direction of text, and halves of a surrogate pair. */
const unprintable = /[\p{Cc}\p{Cs}\u2028\u2029\u202a-\u202e\u2066-\u2069]/gu;

const escaped = (character: string): string =>
  escapes[character] ?? `\\u${character.charCodeAt(0).toString(16).padStart(4, "0")}`;

/** At most `charactersMax` code points, then `...`; characters that do not print are escaped as JSON does it. */
export function shownText(text: string, charactersMax: number = CHARACTERS_MAX): string {
  // A code point has at most two UTF-16 units: a long text is not taken apart as a whole.
  const first = Array.from(text.slice(0, 2 * charactersMax + 2));
  const isCut = first.length > charactersMax;
  const shown = isCut ? first.slice(0, charactersMax).join("") : text;
  return `${shown.replace(unprintable, escaped)}${isCut ? "..." : ""}`;
}
