/** The one list of error codes. A new code is one line in the file of its family; docs and goldens follow from it. */
import { nameErrors } from "./names.ts";
import { optionErrors } from "./options.ts";
import { queryErrors } from "./queries.ts";
import { runtimeErrors } from "./runtime.ts";
import { storageErrors } from "./storage.ts";
import { syntaxErrors } from "./syntax.ts";
import { timeErrors } from "./time.ts";
import { typeErrors } from "./types.ts";
import { unsupportedErrors } from "./unsupported.ts";
import { warnings } from "./warnings.ts";

export type ErrorCatalogue = typeof syntaxErrors &
  typeof nameErrors &
  typeof typeErrors &
  typeof queryErrors &
  typeof timeErrors &
  typeof optionErrors &
  typeof unsupportedErrors &
  typeof runtimeErrors &
  typeof storageErrors;

export type ErrorCode = keyof ErrorCatalogue;

export const errorCatalogue: ErrorCatalogue = {
  ...syntaxErrors,
  ...nameErrors,
  ...typeErrors,
  ...queryErrors,
  ...timeErrors,
  ...optionErrors,
  ...unsupportedErrors,
  ...runtimeErrors,
  ...storageErrors,
};

export type WarningCatalogue = typeof warnings;
export type WarningCode = keyof WarningCatalogue;
export const warningCatalogue: WarningCatalogue = warnings;

/** The families in the order of the documentation. */
export const errorFamilies: readonly { readonly title: string; readonly codes: readonly string[] }[] = [
  { title: "Syntax and size", codes: Object.keys(syntaxErrors) },
  { title: "Names", codes: Object.keys(nameErrors) },
  { title: "Types and values", codes: Object.keys(typeErrors) },
  { title: "Queries", codes: Object.keys(queryErrors) },
  { title: "Time and windows", codes: Object.keys(timeErrors) },
  { title: "Options, connectors and files", codes: Object.keys(optionErrors) },
  { title: "Not supported", codes: Object.keys(unsupportedErrors) },
  { title: "While running", codes: Object.keys(runtimeErrors) },
  { title: "State and storage", codes: Object.keys(storageErrors) },
];
