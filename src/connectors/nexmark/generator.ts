/** Fills batches with Nexmark events, column by column, only the columns that are needed. */
import { BATCH_ROWS, INVALID, VALID } from "../../base/batch.ts";
import type { MemoryOwner } from "../../wasm/memory.ts";
import type { BatchColumns } from "../formats/columns.ts";
import {
  below,
  CATEGORIES,
  Draw,
  draw,
  EventKind,
  eventAt,
  expiryMs,
  extraLength,
  FIRST_CATEGORY,
  FIRST_ID,
  firstWord,
  hotAuction,
  hotBidder,
  hotSeller,
  kindOf,
  lastAuction,
  type NexmarkOptions,
  PERIOD,
  price,
  randomAuction,
  randomPerson,
  secondWord,
  timeMs,
} from "./model.ts";
import { CHANNEL_COUNT, HOT_CHANNEL_COUNT, NexmarkTexts, type TextTable } from "./texts.ts";

/** Bytes of fixed parts, and about how large an event is to be. */
const SIZES = { person: 200, auction: 500, bid: 100, id: 8 } as const;

type Fill = (data: number, rows: number) => void;
type Drawer = (row: number, which: number) => number;

export class NexmarkGenerator {
  private readonly columns: BatchColumns;
  private readonly options: NexmarkOptions;
  private readonly texts: NexmarkTexts;
  private readonly fills: readonly (readonly [leaf: number, kind: number | undefined, fill: Fill])[];
  private readonly masks: number;
  /** Of the present batch, by row. */
  private readonly ids = new Float64Array(BATCH_ROWS);
  private readonly kinds = new Uint8Array(BATCH_ROWS);
  private readonly people = new Float64Array(BATCH_ROWS);
  private readonly auctions = new Float64Array(BATCH_ROWS);
  private readonly first = new Int32Array(BATCH_ROWS);
  private readonly second = new Int32Array(BATCH_ROWS);

  constructor(columns: BatchColumns, owner: MemoryOwner, options: NexmarkOptions) {
    this.columns = columns;
    this.options = options;
    this.texts = new NexmarkTexts(columns.memory, owner, options.seed);
    this.masks = columns.memory.allocate(3 * BATCH_ROWS, owner);
    this.fills = columns.leaves.flatMap((leaf, i) => {
      if (columns.needed[i] !== true) return [];
      const path = leaf.path.map((name) => name.toLowerCase());
      return [[i, kindNamed(path[0] ?? ""), this.fillOf(path.join("."))] as const];
    });
  }

  /** Fills rows [0, rows) with the events from `position` on. */
  fill(position: number, rows: number): void {
    const { seed } = this.options;
    for (let row = 0; row < rows; row++) {
      const id = eventAt(position + row, this.options);
      const epoch = Math.floor(id / PERIOD);
      const offset = id - epoch * PERIOD;
      this.ids[row] = id;
      this.kinds[row] = kindOf(offset);
      this.people[row] = epoch;
      this.auctions[row] = lastAuction(epoch, offset);
      this.first[row] = firstWord(id, seed);
      this.second[row] = secondWord(id, seed);
    }
    this.fillMasks(rows);
    const { u8 } = this.columns.memory;
    for (const [leaf, kind, fill] of this.fills) {
      fill(this.columns.data[leaf] ?? 0, rows);
      if (kind === undefined) continue;
      const mask = this.masks + kind * BATCH_ROWS;
      u8.copyWithin(this.columns.validity[leaf] ?? 0, mask, mask + rows);
      u8[this.columns.flags + leaf] = 1;
    }
  }

  /** Columns of one kind of event are NULL in events of the others. */
  private fillMasks(rows: number): void {
    const { u8 } = this.columns.memory;
    for (let kind = 0; kind < 3; kind++) {
      const mask = this.masks + kind * BATCH_ROWS;
      for (let row = 0; row < rows; row++) u8[mask + row] = this.kinds[row] === kind ? VALID : INVALID;
    }
  }

  private readonly drawn: Drawer = (row, which) => draw(this.first[row] ?? 0, this.second[row] ?? 0, which);

  /** A BIGINT or TIMESTAMP column of one kind of event: whole numbers below 2^53. */
  private integers(kind: number, compute: (row: number) => number): Fill {
    const { u32 } = this.columns.memory;
    return (data, rows) => {
      for (let row = 0; row < rows; row++) {
        if (this.kinds[row] !== kind) continue;
        const value = compute(row);
        const at = data / 4 + row * 2;
        u32[at] = value >>> 0;
        u32[at + 1] = value / 2 ** 32;
      }
    };
  }

  private strings(kind: number, address: (row: number) => number, length: (row: number) => number): Fill {
    const { u32 } = this.columns.memory;
    return (data, rows) => {
      for (let row = 0; row < rows; row++) {
        if (this.kinds[row] !== kind) continue;
        const at = data / 4 + row * 2;
        u32[at] = address(row);
        u32[at + 1] = length(row);
      }
    };
  }
  private listed(kind: number, table: TextTable, which: (row: number) => number): Fill {
    const { addresses, lengths } = table;
    return this.strings(
      kind,
      (row) => addresses[which(row)] ?? 0,
      (row) => lengths[which(row)] ?? 0,
    );
  }
  private filler(kind: number, which: number, length: (row: number) => number): Fill {
    return this.strings(kind, (row) => this.texts.cut(this.drawn(row, which)), length);
  }
  /** 3 up to `most` characters. */
  private shortText(which: number, lengthDraw: number, most: number): { fill: Fill; length: (row: number) => number } {
    const length = (row: number): number => 3 + below(this.drawn(row, lengthDraw), most - 3);
    return { fill: this.filler(EventKind.AUCTION, which, length), length };
  }
  private time(kind: number, later: (row: number) => number): Fill {
    const { rate } = this.options;
    return this.integers(kind, (row) => (timeMs(this.ids[row] ?? 0, rate) + later(row)) * 1000);
  }

  private fillOf(path: string): Fill {
    const [kind, ...rest] = path.split(".");
    if (rest.length === 0) return kind === "event_type" ? this.eventType() : () => undefined;
    const name = rest.join(".");
    if (kind === "person") return this.personFill(name);
    return kind === "auction" ? this.auctionFill(name) : this.bidFill(name);
  }

  private eventType(): Fill {
    const { i32 } = this.columns.memory;
    return (data, rows) => {
      for (let row = 0; row < rows; row++) i32[data / 4 + row] = this.kinds[row] ?? 0;
    };
  }

  private bidFill(name: string): Fill {
    const { BID } = EventKind;
    const { drawn } = this;
    const channel = (row: number): number =>
      drawn(row, Draw.CHANNEL_HOT) < 2 ** 31
        ? below(drawn(row, Draw.CHANNEL), HOT_CHANNEL_COUNT)
        : HOT_CHANNEL_COUNT + below(drawn(row, Draw.CHANNEL), CHANNEL_COUNT);
    const auction = (row: number): number => {
      const last = this.auctions[row] ?? 0;
      return drawn(row, Draw.HOT) < 2 ** 31 ? hotAuction(last) : randomAuction(last, drawn(row, Draw.ID));
    };
    const bidder = (row: number): number => {
      const last = this.people[row] ?? 0;
      return drawn(row, Draw.HOT_PERSON) < 3 * 2 ** 30 ? hotBidder(last) : randomPerson(last, drawn(row, Draw.PERSON));
    };
    switch (name) {
      case "auction":
        return this.integers(BID, (row) => FIRST_ID + auction(row));
      case "bidder":
        return this.integers(BID, (row) => FIRST_ID + bidder(row));
      case "price":
        return this.integers(BID, (row) => price(drawn(row, Draw.PRICE)));
      case "channel":
        return this.listed(BID, this.texts.channels, channel);
      case "url":
        return this.listed(BID, this.texts.urls, channel);
      case "datetime":
        return this.time(BID, () => 0);
      default:
        return this.filler(BID, Draw.EXTRA, (row) =>
          extraLength(4 * SIZES.id, SIZES.bid, drawn(row, Draw.EXTRA_LENGTH)),
        );
    }
  }

  private auctionFill(name: string): Fill {
    const { AUCTION } = EventKind;
    const { drawn } = this;
    const { rate } = this.options;
    const initial = (row: number): number => price(drawn(row, Draw.PRICE));
    const itemName = this.shortText(Draw.ITEM_NAME, Draw.ITEM_NAME_LENGTH, 20);
    const description = this.shortText(Draw.DESCRIPTION, Draw.DESCRIPTION_LENGTH, 100);
    const seller = (row: number): number => {
      const last = this.people[row] ?? 0;
      return drawn(row, Draw.HOT_PERSON) < 3 * 2 ** 30 ? hotSeller(last) : randomPerson(last, drawn(row, Draw.PERSON));
    };
    switch (name) {
      case "id":
        return this.integers(AUCTION, (row) => FIRST_ID + (this.auctions[row] ?? 0));
      case "itemname":
        return itemName.fill;
      case "description":
        return description.fill;
      case "initialbid":
        return this.integers(AUCTION, initial);
      case "reserve":
        return this.integers(AUCTION, (row) => initial(row) + price(drawn(row, Draw.RESERVE)));
      case "datetime":
        return this.time(AUCTION, () => 0);
      case "expires":
        return this.time(AUCTION, (row) => expiryMs(this.ids[row] ?? 0, rate, drawn(row, Draw.EXPIRES)));
      case "seller":
        return this.integers(AUCTION, (row) => FIRST_ID + seller(row));
      case "category":
        return this.integers(AUCTION, (row) => FIRST_CATEGORY + below(drawn(row, Draw.CATEGORY), CATEGORIES));
      default:
        return this.filler(AUCTION, Draw.EXTRA, (row) =>
          extraLength(
            6 * SIZES.id + itemName.length(row) + description.length(row),
            SIZES.auction,
            drawn(row, Draw.EXTRA_LENGTH),
          ),
        );
    }
  }

  private personFill(name: string): Fill {
    const { PERSON } = EventKind;
    const { drawn, texts } = this;
    const pick = (table: TextTable, ...draws: readonly [number, number?]): ((row: number) => number) => {
      const [which] = draws;
      return (row) => below(drawn(row, which), table.addresses.length);
    };
    switch (name) {
      case "id":
        return this.integers(PERSON, (row) => FIRST_ID + (this.people[row] ?? 0));
      case "name":
        return this.listed(PERSON, texts.names, pick(texts.names, Draw.FIRST_NAME));
      case "emailaddress":
        return this.made(emailOf);
      case "creditcard":
        return this.made(creditCardOf);
      case "city":
        return this.listed(PERSON, texts.cities, pick(texts.cities, Draw.CITY));
      case "state":
        return this.listed(PERSON, texts.states, pick(texts.states, Draw.STATE));
      case "datetime":
        return this.time(PERSON, () => 0);
      default:
        return this.filler(PERSON, Draw.EXTRA, (row) => extraLength(70, SIZES.person, drawn(row, Draw.EXTRA_LENGTH)));
    }
  }

  /** Texts of people, who are few: made one by one. */
  private made(text: (row: number, drawn: Drawer) => string): Fill {
    const { memory } = this.columns;
    return (data, rows) => {
      for (let row = 0; row < rows; row++) {
        if (this.kinds[row] !== EventKind.PERSON) continue;
        const bytes = Buffer.from(text(row, this.drawn), "latin1");
        const address = this.columns.allocateText(bytes.length);
        memory.u8.set(bytes, address);
        memory.u32[data / 4 + row * 2] = address;
        memory.u32[data / 4 + row * 2 + 1] = bytes.length;
      }
    };
  }

  release(): void {
    this.texts.release();
    this.columns.memory.release(this.masks);
  }
}

function kindNamed(column: string): number | undefined {
  switch (column) {
    case "person":
      return EventKind.PERSON;
    case "auction":
      return EventKind.AUCTION;
    case "bid":
      return EventKind.BID;
    default:
      return undefined;
  }
}

/** `length` letters out of one drawn number and its neighbours. */
function letters(row: number, drawn: Drawer, which: number, most: number): string {
  const length = 3 + below(drawn(row, which), most - 3);
  let text = "";
  for (let i = 0; i < length; i++) text += String.fromCharCode(97 + (drawn(row, which + 40 + i) % 26));
  return text;
}
const emailOf = (row: number, drawn: Drawer): string =>
  `${letters(row, drawn, Draw.EMAIL, 7)}@${letters(row, drawn, Draw.EMAIL + 2, 5)}.com`;
const creditCardOf = (row: number, drawn: Drawer): string =>
  [0, 1, 2, 3].map((i) => String(drawn(row, Draw.CREDIT_CARD + i) % 10_000).padStart(4, "0")).join(" ");
