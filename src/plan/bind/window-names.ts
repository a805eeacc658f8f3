/** The names of window functions, in every spelling that FROM takes; elsewhere they are group windows (W4). */
const names = {
  TUMBLE: "tumble",
  HOP: "hop",
  CUMULATE: "cumulate",
  SESSION: "session",
} as const;

export type WindowKind = (typeof names)[keyof typeof names];

const isName = (name: string): name is keyof typeof names => Object.hasOwn(names, name);

export function windowKind(name: string): WindowKind | undefined {
  const upper = name.toUpperCase();
  return isName(upper) ? names[upper] : undefined;
}

export const isWindowFunctionName = (name: string): boolean => windowKind(name) !== undefined;
export const windowFunctionNames: readonly string[] = Object.keys(names);
