/** What the language has, but this version or this engine does not do: refused by name, never half done. */
export const unsupportedErrors = {
  NOT_SUPPORTED: {
    sqlstate: "0A000",
    message: "{construct} is not supported yet",
    hint: "{advice}",
    doc: "The construct is part of the dialect and parses, but cannot run yet.",
  },
  REFUSED: {
    sqlstate: "0A000",
    message: "{construct} is not possible: {reason}",
    hint: "{advice}",
    doc: "The construct contradicts how streams work here, so it is refused on purpose.",
  },
} as const;
