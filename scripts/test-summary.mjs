// Prints `N passed, N failed` from vitest's JSON report: the line that machines read at the end of .ci/run.
// A file that could not be loaded has no tests in the report, yet is a failure.
import { readFileSync } from "node:fs";

const report = JSON.parse(readFileSync(process.argv[2], "utf8"));
const unloaded = report.testResults.filter((file) => file.status === "failed" && file.assertionResults.length === 0);
console.log(`${report.numPassedTests} passed, ${report.numFailedTests + unloaded.length} failed`);
