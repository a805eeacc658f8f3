/** Microseconds as a person writes them: `10 s`, `1 h`, `1500 ms`. */
const units: readonly (readonly [string, bigint])[] = [
  ["d", 86_400_000_000n],
  ["h", 3_600_000_000n],
  ["min", 60_000_000n],
  ["s", 1_000_000n],
  ["ms", 1_000n],
];

export function formatInterval(micros: bigint): string {
  const [unit, size] = units.find(([, s]) => micros !== 0n && micros % s === 0n) ?? ["us", 1n];
  return micros === 0n ? "0 s" : `${micros / size} ${unit}`;
}
