/** Types as SQL text. */
import type { ElementType, TypeNode } from "../ast.ts";
import { printName, printQualified, printString, words } from "./name.ts";

export function printType(type: TypeNode): string {
  switch (type.kind) {
    case "scalarType":
      return type.name + argsText(type.args);
    case "namedType":
      return printQualified(type.name) + argsText(type.args);
    case "intervalType":
      return words("INTERVAL", type.from, type.to !== undefined && `TO ${type.to}`);
    case "arrayType":
      return `ARRAY<${printElement(type.element)}>`;
    case "multisetType":
      return `MULTISET<${printElement(type.element)}>`;
    case "mapType":
      return `MAP<${printElement(type.key)}, ${printElement(type.value)}>`;
    case "rowType": {
      const fields = type.fields.map((field) =>
        words(printName(field.name), printElement(field), field.comment !== undefined && printString(field.comment)),
      );
      return `ROW<${fields.join(", ")}>`;
    }
    default:
      return type satisfies never;
  }
}

const printElement = (element: ElementType): string => printType(element.type) + (element.notNull ? " NOT NULL" : "");

const argsText = (args: readonly number[]): string => (args.length === 0 ? "" : `(${args.join(", ")})`);
