/** What befalls one life of a process: the machine stops at some call to its disk, or a call fails. */
import { type DiskCall, DiskError, PowerLoss, type SimDisk } from "./disk.ts";
import type { Random } from "./random.ts";

const failures: readonly { readonly kind: DiskCall["kind"]; readonly codes: readonly string[] }[] = [
  { kind: "write", codes: ["ENOSPC", "EIO"] },
  { kind: "sync", codes: ["EIO", "ENOSPC"] },
  { kind: "open", codes: ["EMFILE", "EACCES"] },
  { kind: "read", codes: ["EIO"] },
  { kind: "rename", codes: ["EIO"] },
  { kind: "remove", codes: ["EIO"] },
  { kind: "syncFolder", codes: ["EIO"] },
  { kind: "makeFolder", codes: ["EROFS"] },
  { kind: "truncate", codes: ["EIO"] },
];

/** `callsMax`: within so many calls. */
export function cutPower(disk: SimDisk, random: Random, callsMax: number): void {
  let calls = random.below(callsMax);
  disk.onCall = () => {
    if (calls-- === 0) throw new PowerLoss("now");
  };
}

/** One call fails, a write after a part of it; or all of its kind from then on; or the disk is full. */
export function failCalls(disk: SimDisk, random: Random, callsMax: number): void {
  if (random.chance(0.2)) {
    const used = disk.files.reduce((n, path) => n + (disk.stat(path)?.bytes ?? 0), 0);
    disk.capacity = used + random.below(6000);
    return;
  }
  const { kind, codes } = failures[random.below(failures.length)] ?? { kind: "write", codes: [] };
  const code = codes[random.below(codes.length)] ?? "EIO";
  const isLasting = random.chance(0.5);
  let calls = random.below(Math.max(1, Math.floor(callsMax / 5)));
  disk.onCall = (call) => {
    if (call.kind !== kind) return;
    calls -= 1;
    if (calls === -1 || (isLasting && calls < 0)) throw new DiskError(code, call.path, random.next());
  };
}
