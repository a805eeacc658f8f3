/** Texts of Nexmark events, as bytes in memory that are made once; columns point into them. */
import type { EngineMemory, MemoryOwner } from "../../wasm/memory.ts";
import { below, draw } from "./model.ts";

const FIRST_NAMES = "Peter Paul Luke John Saul Vicky Kate Julie Sarah Deiter Walter".split(" ");
const LAST_NAMES = "Shultz Abrams Spencer White Bartels Walton Smith Jones Noris".split(" ");
const CITIES = "Phoenix,Los Angeles,San Francisco,Boise,Portland,Bend,Redmond,Seattle,Kent,Cheyenne".split(",");
const STATES = "AZ CA ID OR WA WY".split(" ");
const HOT_CHANNELS = "Google Facebook Baidu Apple".split(" ");
export const HOT_CHANNEL_COUNT: number = HOT_CHANNELS.length;
export const CHANNEL_COUNT = 10_000;

/** Filler is cut out of a pool at random places. */
const POOL_BYTES = 262_144;
const LONGEST_CUT = 1024;
const ALPHABET = "abcdefghijklmnopqrstuvwxyz";

/** Texts that stand in memory: address and length of each. */
export interface TextTable {
  readonly addresses: Uint32Array;
  readonly lengths: Uint32Array;
}

/** Letters, every thirteenth or so a space. */
function filler(bytes: number, seed: number): string {
  const text = Buffer.alloc(bytes);
  for (let i = 0; i < bytes; i++) {
    const drawn = draw(i, seed, 77);
    text[i] = below(drawn, 13) === 0 ? 0x20 : 0x61 + (drawn % 26);
  }
  return text.toString("latin1");
}
const word = (from: number, length: number, seed: number): string =>
  Array.from({ length }, (_, i) => ALPHABET.charAt(draw(from + i, seed, 78) % 26)).join("");

export class NexmarkTexts {
  readonly names: TextTable;
  readonly cities: TextTable;
  readonly states: TextTable;
  readonly pool: number;
  private readonly memory: EngineMemory;
  private readonly owner: MemoryOwner;
  private readonly seed: number;
  private readonly blocks: number[] = [];
  private channelTable: TextTable | undefined;
  private urlTable: TextTable | undefined;

  constructor(memory: EngineMemory, owner: MemoryOwner, seed: number) {
    this.memory = memory;
    this.owner = owner;
    this.seed = seed;
    this.names = this.table(FIRST_NAMES.flatMap((first) => LAST_NAMES.map((last) => `${first} ${last}`)));
    this.cities = this.table(CITIES);
    this.states = this.table(STATES);
    this.pool = this.table([filler(POOL_BYTES, seed)]).addresses[0] ?? 0;
  }

  /** The four hot channels, then channel-0 and so on; most tables never read them. */
  get channels(): TextTable {
    this.channelTable ??= this.table([
      ...HOT_CHANNELS,
      ...Array.from({ length: CHANNEL_COUNT }, (_, i) => `channel-${i}`),
    ]);
    return this.channelTable;
  }

  /** Each channel's URL, in the same order. */
  get urls(): TextTable {
    const base = (i: number): string => {
      const folder = (n: number): string => word(i * 15 + n * 5, 5, this.seed);
      return `https://www.nexmark.com/${folder(0)}/${folder(1)}/${folder(2)}/item.htm?query=1`;
    };
    const url = (i: number): string => {
      const channel = i - HOT_CHANNEL_COUNT;
      return channel >= 0 && draw(i, this.seed, 79) % 10 !== 0 ? `${base(i)}&channel_id=${channel}` : base(i);
    };
    this.urlTable ??= this.table(Array.from({ length: HOT_CHANNEL_COUNT + CHANNEL_COUNT }, (_, i) => url(i)));
    return this.urlTable;
  }

  /** Where in the pool a filler of any length up to LONGEST_CUT begins. */
  cut(drawn: number): number {
    return this.pool + below(drawn, POOL_BYTES - LONGEST_CUT);
  }

  /** All texts are ASCII. */
  private table(texts: readonly string[]): TextTable {
    const bytes = Buffer.from(texts.join(""), "latin1");
    const block = this.memory.allocate(bytes.length, this.owner);
    this.blocks.push(block);
    this.memory.u8.set(bytes, block);
    const addresses = new Uint32Array(texts.length);
    let at = block;
    texts.forEach((text, i) => {
      addresses[i] = at;
      at += text.length;
    });
    return { addresses, lengths: Uint32Array.from(texts, (text) => text.length) };
  }

  release(): void {
    for (const block of this.blocks) this.memory.release(block);
    this.blocks.length = 0;
  }
}
