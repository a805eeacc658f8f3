/**
 * The Nexmark generator's numbers (see docs/connectors.md): everything about an event is a function of its id and the
 * seed, so any range of events can be made on its own.
 */

export const EventKind = { PERSON: 0, AUCTION: 1, BID: 2 } as const;

/** Of 50 events in a row the first is a person, the next three are auctions, the rest are bids. */
export const PERIOD = 50;
const AUCTIONS_END = 4;
export const kindOf = (offset: number): number =>
  offset === 0 ? EventKind.PERSON : offset < AUCTIONS_END ? EventKind.AUCTION : EventKind.BID;

/** 2015-07-15 00:00:00 UTC. */
const BASE_TIME_MS = 1_436_918_400_000;
export const FIRST_ID = 1000;
export const FIRST_CATEGORY = 10;
export const CATEGORIES = 5;
const ACTIVE_PEOPLE = 1000;
const PERSON_ID_LEAD = 10;
const IN_FLIGHT_AUCTIONS = 100;
const AUCTION_ID_LEAD = 10;
/** Out of this many ids one is hot. */
const HOT_RATIO = 100;
/** An auction ends about as many events later. */
const EXPIRY_EVENTS = 1666;

export interface NexmarkOptions {
  /** undefined: endless. */
  readonly events: number | undefined;
  /** Events per second of event time. */
  readonly rate: number;
  /** So many events in a row come in another order; 1: none. */
  readonly groupSize: number;
  readonly seed: number;
}

/** Which number is drawn, so that draws of an event are independent. */
export const Draw = {
  HOT: 1,
  ID: 2,
  HOT_PERSON: 3,
  PERSON: 4,
  PRICE: 5,
  CHANNEL_HOT: 6,
  CHANNEL: 7,
  EXTRA_LENGTH: 8,
  EXTRA: 9,
  FIRST_NAME: 10,
  LAST_NAME: 11,
  CITY: 12,
  STATE: 13,
  CREDIT_CARD: 14,
  EMAIL: 18,
  RESERVE: 22,
  CATEGORY: 23,
  EXPIRES: 24,
  ITEM_NAME: 25,
  ITEM_NAME_LENGTH: 26,
  DESCRIPTION: 27,
  DESCRIPTION_LENGTH: 28,
} as const;

/** The finalizer of MurmurHash3. */
function mix(x: number): number {
  let h = x;
  h = Math.imul(h ^ (h >>> 16), 0x85ebca6b);
  h = Math.imul(h ^ (h >>> 13), 0xc2b2ae35);
  return h ^ (h >>> 16);
}

/** Two words of chance for an event, from which `draw` makes as many as are needed. */
export const firstWord = (id: number, seed: number): number =>
  mix((id | 0) ^ mix(Math.floor(id / 2 ** 32) + Math.imul(seed, 0x9e3779b1)));
export const secondWord = (id: number, seed: number): number => mix(Math.imul(id | 0, 0x2c1b3c6d) + seed + 0x297a2d39);

/** An unsigned 32-bit number. */
export const draw = (first: number, second: number, which: number): number =>
  (mix(first + Math.imul(which, 0x9e3779b9)) ^ Math.imul(second, 0x165667b1 + which * 2)) >>> 0;
/** Of [0, below). */
export const below = (drawn: number, limit: number): number => Math.floor((drawn * limit) / 2 ** 32);

export const timeMs = (id: number, rate: number): number =>
  BASE_TIME_MS + Math.floor(Math.floor((id * 1e6) / rate) / 1000);

/** The id of the event that comes `position`-th. The events of a whole group are permuted. */
export function eventAt(position: number, { groupSize, events }: NexmarkOptions): number {
  if (groupSize === 1) return position;
  const start = Math.floor(position / groupSize) * groupSize;
  if (events !== undefined && start + groupSize > events) return position;
  return start + (((position - start) * 953) % groupSize);
}

/** The newest auction when event (epoch, offset) happens, counted from 0. */
export const lastAuction = (epoch: number, offset: number): number =>
  offset < 1 ? (epoch - 1) * 3 + 2 : offset >= AUCTIONS_END ? epoch * 3 + 2 : epoch * 3 + offset - 1;

export function randomPerson(lastPerson: number, drawn: number): number {
  const active = Math.min(lastPerson + 1, ACTIVE_PEOPLE);
  return lastPerson + 1 - active + below(drawn, active + PERSON_ID_LEAD);
}
export function randomAuction(last: number, drawn: number): number {
  const min = Math.max(last - IN_FLIGHT_AUCTIONS, 0);
  return min + below(drawn, last - min + 1 + AUCTION_ID_LEAD);
}
export const hotSeller = (lastPerson: number): number => Math.floor(lastPerson / HOT_RATIO) * HOT_RATIO;
export const hotBidder = (lastPerson: number): number => Math.floor(lastPerson / HOT_RATIO) * HOT_RATIO + 1;
export const hotAuction = (last: number): number => Math.floor(Math.max(last, 0) / HOT_RATIO) * HOT_RATIO;

/** Milliseconds from an auction's start to its end. */
export function expiryMs(id: number, rate: number, drawn: number): number {
  const horizon = timeMs(id + EXPIRY_EVENTS, rate) - timeMs(id, rate);
  return 1 + below(drawn, Math.max(2 * horizon, 1));
}

const PRICE_STEPS = 4096;
const powers = (step: number): Float64Array => Float64Array.from({ length: PRICE_STEPS }, (_, i) => 10 ** (i * step));
// 10^(6u) as a product of two, for 24 bits of u.
const coarse = powers(6 / PRICE_STEPS);
const fine = powers(6 / PRICE_STEPS / PRICE_STEPS);

/** 1.00 to 1,000,000.00 in cents, evenly spread over the orders of magnitude. */
export const price = (drawn: number): number =>
  Math.round((coarse[drawn >>> 20] ?? 0) * (fine[(drawn >>> 8) & 4095] ?? 0) * 100);

const EXTRA_SPREAD = 0.2;
/** The length of filler that brings `present` bytes to about `wanted`. */
export function extraLength(present: number, wanted: number, drawn: number): number {
  if (present > wanted) return 0;
  const missing = wanted - present;
  const spread = Math.round(missing * EXTRA_SPREAD);
  return missing - spread + (spread === 0 ? 0 : below(drawn, 2 * spread));
}
