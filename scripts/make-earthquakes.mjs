// Makes queries/data/earthquakes.ndjson: the USGS feed "all earthquakes, past week" of early February 2018, as the
// development package vega-datasets carries it, one event a line in the order in which USGS published its last revision
// (`updated`). Event time (`occurred`) is therefore out of order, by hours mostly and by days for revised events.
import { readFileSync, writeFileSync } from "node:fs";

const from = new URL("../node_modules/vega-datasets/data/earthquakes.json", import.meta.url);
const to = new URL("../queries/data/earthquakes.ndjson", import.meta.url);
const { features } = JSON.parse(readFileSync(from, "utf8"));

const records = features
  .map(({ id, properties: p, geometry }) => ({
    id,
    occurred: p.time,
    updated: p.updated,
    magnitude: p.mag,
    magnitude_type: p.magType,
    place: p.place,
    network: p.net,
    status: p.status,
    kind: p.type,
    felt: p.felt,
    tsunami: p.tsunami,
    location: {
      longitude: geometry.coordinates[0],
      latitude: geometry.coordinates[1],
      depth_km: geometry.coordinates[2],
    },
  }))
  .sort((a, b) => a.updated - b.updated || (a.id < b.id ? -1 : 1));
writeFileSync(to, records.map((record) => `${JSON.stringify(record)}\n`).join(""));
console.log(`${records.length} events`);
