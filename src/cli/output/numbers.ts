/** Numbers for people: digits in groups of three, whatever the machine's language. */
export function groups(value: number | bigint): string {
  const whole = typeof value === "bigint" ? value : BigInt(Math.round(value));
  return whole.toString().replace(/\B(?=(\d{3})+$)/g, ",");
}

/** `1 row`, `2,000 rows`. */
export const counted = (count: number, what: string): string => `${groups(count)} ${what}${count === 1 ? "" : "s"}`;

/** `2.31 M` for rates, where the last digits only flicker. */
export function short(value: number): string {
  if (value >= 1e6) return `${(value / 1e6).toFixed(value < 1e7 ? 2 : 1)} M`;
  if (value >= 1e4) return `${(value / 1e3).toFixed(0)} k`;
  return value.toFixed(0);
}
