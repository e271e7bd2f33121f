export type TableForm = "csv" | "tsv" | "jsonl";

/** The form of a file, by its name. */
export function formOf(name: string): TableForm {
  const end = name.toLowerCase().split(".").at(-1);
  return end === "jsonl" || end === "tsv" ? end : "csv";
}

/** A heading to begin a table with. */
export function sampleTable(variables: readonly string[]): string {
  return variables.length > 0 ? `${variables.join(",")}\n` : "";
}
