/** How much the generating tests generate: TIDEMARK_TEST_SCALE times what a check of every change has time for (`npm run test:full`). */
const scale = Number(process.env["TIDEMARK_TEST_SCALE"] ?? 1);

export const scaled = (count: number): number => Math.ceil(count * scale);
