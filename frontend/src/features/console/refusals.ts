/**
 * Where a refusal stands: beside its field where the form has that field, below the form otherwise, and never at
 * both. A form shows what it asks for here, so what was asked for is not said again by `Failure`.
 */

import { Problem, type FieldError } from "@/lib/http";

const beside = new WeakSet<FieldError>();

/** What is said beside a field, or one inside it. */
export function refusalOf(error: unknown, field: string): string | undefined {
  if (!(error instanceof Problem)) return undefined;
  const found = error.errors.find((each) => each.field === field || each.field.startsWith(`${field}.`));
  if (!found) return undefined;
  beside.add(found);
  return withoutName(found);
}

/** What no field has said, each once. */
export function saidByNoField(error: Problem): string[] {
  return [...new Set(error.errors.filter((each) => !beside.has(each)).map((each) => each.message))];
}

/** Whether fields have said it all. */
export function isSaidByFields(error: unknown): boolean {
  return error instanceof Problem && error.errors.length > 0 && error.errors.every((each) => beside.has(each));
}

/** The server may begin with the identifier of the field; here its label stands above. */
function withoutName({ field, message }: FieldError): string {
  const names = [field, field.slice(field.lastIndexOf(".") + 1)];
  const name = names.flatMap((each) => [`${each}: `, `${each}：`]).find((each) => message.startsWith(each));
  return name ? message.slice(name.length) : message;
}
