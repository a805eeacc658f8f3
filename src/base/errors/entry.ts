/**
 * The form of a catalogue entry. A message is a template: `{name}` is a detail that whoever throws the error must give
 * (checked by the compiler). The details of a hint may be left out; then the hint is not shown.
 */
export interface ErrorEntry {
  readonly sqlstate: string;
  readonly message: string;
  readonly hint?: string;
  /** One or two sentences for docs/errors.md. */
  readonly doc?: string;
}

export type Detail = string | number | bigint | readonly string[];

/** The names in braces in a template. */
export type Placeholders<S> = S extends `${string}{${infer Name}}${infer Rest}` ? Name | Placeholders<Rest> : never;

type HintOf<E> = E extends { readonly hint: infer H } ? Placeholders<H> : never;
type MessageOf<E> = E extends { readonly message: infer M } ? Placeholders<M> : never;

/** The details that entry `E` takes. `hint` replaces the catalogue's hint. */
export type DetailsOf<E> = { readonly [P in MessageOf<E>]: Detail } & {
  readonly [P in Exclude<HintOf<E>, MessageOf<E>>]?: Detail | undefined;
} & { readonly hint?: string | undefined };

const placeholder = /\{(\w+)\}/g;

/** The template with its details filled in; undefined where one is missing. */
export function fill(template: string, details: Readonly<Record<string, Detail | undefined>>): string | undefined {
  if (placeholders(template).some((name) => details[name] === undefined)) return undefined;
  return template.replace(placeholder, (_, name: string) => {
    const value = details[name];
    return Array.isArray(value) ? value.join(", ") : String(value);
  });
}

/** The names in braces in `template`, in order. */
export function placeholders(template: string): readonly string[] {
  return [...template.matchAll(placeholder)].map((match) => match[1] ?? "");
}
