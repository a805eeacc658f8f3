/** What the demo can show: one file of queries over one set of data. Both have the same three views. */
import { existsSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { packageRoot } from "../../connectors/package.ts";

export interface Scenario {
  readonly file: string;
  /** Data without which it cannot run. */
  readonly data: string;
  readonly title: string;
  readonly sliding: { readonly title: string; readonly unit: string; readonly events: string };
  readonly sessions: { readonly title: string; readonly events: string };
  readonly late: string;
}

const root = packageRoot();
const at = (path: string): string => fileURLToPath(new URL(path, root));

const flights: Scenario = {
  file: at("queries/flights/demo.sql"),
  data: at("node_modules/vega-datasets/data/flights-3m.parquet"),
  title: "3 million US flights, January to June 2001",
  sliding: { title: "most delayed airports, last seven days", unit: "min late", events: "flights" },
  sessions: { title: "flying days, until five quiet hours", events: "flights" },
  late: "came more than two hours after they were due",
};

const earthquakes: Scenario = {
  file: at("queries/earthquakes/demo.sql"),
  data: at("queries/data/earthquakes.ndjson"),
  title: "a week of earthquakes, February 2018",
  sliding: { title: "strongest shaking, last 24 hours", unit: "magnitude", events: "events" },
  sessions: { title: "swarms, until a quiet half hour", events: "events" },
  late: "were revised more than a day later",
};

/** The flights where the development data is installed, else what the package carries. */
export const scenario = (): Scenario => (existsSync(flights.data) ? flights : earthquakes);
