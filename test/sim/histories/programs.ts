/** What a history runs: files in, files and views out. */
export interface Program {
  readonly sql: string;
  readonly views: readonly string[];
}

const t = `CREATE TABLE t (id BIGINT, k STRING, v BIGINT, ts TIMESTAMP(3), WATERMARK FOR ts AS ts - INTERVAL '2' SECOND)
  WITH ('connector' = 'filesystem', 'path' = '/in/*');`;

const into = (name: string, columns: string, extension = "ndjson"): string =>
  `CREATE TABLE ${name} (${columns}) WITH ('connector' = 'filesystem', 'path' = '/out/${name}.${extension}');`;

const windowed = (window: string, more = ""): string =>
  `SELECT k, COUNT(*) AS n, SUM(v) AS total${more}, window_end FROM ${window} GROUP BY k, window_start, window_end`;
const tumble = "TUMBLE(TABLE t, DESCRIPTOR(ts), INTERVAL '10' SECOND)";
const hop = "HOP(TABLE t, DESCRIPTOR(ts), INTERVAL '2' SECOND, INTERVAL '8' SECOND)";
const session = "SESSION(TABLE t PARTITION BY k, DESCRIPTOR(ts), INTERVAL '1' SECOND)";

export const programs: readonly Program[] = [
  {
    sql: `${t} ${into("windows", "k STRING, n BIGINT, total BIGINT, kinds BIGINT, window_end TIMESTAMP(3)")}
      ${into("ids", "id BIGINT", "csv")}
      INSERT INTO windows ${windowed(tumble, ", COUNT(DISTINCT v)")};
      INSERT INTO ids SELECT id FROM t WHERE v IS NOT NULL;`,
    views: [],
  },
  {
    sql: `${t} ${into("panes", "k STRING, n BIGINT, total BIGINT, window_end TIMESTAMP(3)", "csv")}
      INSERT INTO panes ${windowed(hop)};
      CREATE MATERIALIZED VIEW counts AS SELECT k, COUNT(*) AS n FROM t GROUP BY k;`,
    views: ["counts"],
  },
  {
    sql: `${t} ${into("visits", "k STRING, n BIGINT, total BIGINT, window_end TIMESTAMP(3)")}
      ${into("totals", "k STRING, total BIGINT, most BIGINT, PRIMARY KEY (k) NOT ENFORCED")}
      INSERT INTO visits ${windowed(session)};
      INSERT INTO totals SELECT k, SUM(v), MAX(v) FROM t GROUP BY k;`,
    views: [],
  },
  {
    sql: `CREATE TABLE given (a INT, b STRING); CREATE TABLE heard (k STRING, n BIGINT);
      INSERT INTO given VALUES (1, 'x'), (2, 'y'), (3, NULL);
      ${t} ${into("o", "a INT, b STRING")}
      INSERT INTO o SELECT a * 2, b FROM given;
      INSERT INTO heard SELECT k, COUNT(*) FROM ${tumble} GROUP BY k, window_start, window_end;
      CREATE MATERIALIZED VIEW loud AS SELECT k, COUNT(*) AS times, SUM(n) AS n FROM heard GROUP BY k;
      INSERT INTO given VALUES (4, 'z');`,
    views: ["loud"],
  },
  {
    // Two queries that write to one file.
    sql: `${t} ${into("both", "k STRING, n BIGINT, window_end TIMESTAMP(3)")}
      INSERT INTO both SELECT k, COUNT(*), window_end FROM ${tumble} GROUP BY k, window_start, window_end;
      INSERT INTO both SELECT k, v, ts FROM t WHERE v > 20;
      CREATE MATERIALIZED VIEW visits AS ${windowed(session)};`,
    views: ["visits"],
  },
];
