#!/usr/bin/env node
// The installed command. No static imports, and nothing that an old Node cannot parse: it has to say what is missing.
const NODE_MAJOR_MIN = 24;
const major = Number(process.versions.node.split(".")[0]);
if (major < NODE_MAJOR_MIN) {
  const found = `${process.versions.node} (${process.execPath})`;
  process.stderr.write(`tidemark needs Node.js ${NODE_MAJOR_MIN} or later; this is ${found}\n`);
  process.exitCode = 2;
} else {
  // DuckDB's queries hold threads of this pool; file reads must not wait behind them. Read once, when the pool starts.
  if (process.env.UV_THREADPOOL_SIZE === undefined) process.env.UV_THREADPOOL_SIZE = "16";
  // Compiled code is kept between runs: a third of the start-up time is compilation.
  process.getBuiltinModule("node:module").enableCompileCache();
  import("../dist/src/cli/main.js");
}
