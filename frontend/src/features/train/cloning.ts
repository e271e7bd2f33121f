/** A form that begins as an earlier run. Pure. */

import type { Places } from "@/features/runs/api";
import type { Place } from "@/features/runs/WhereItRuns";
import type { Run, StartableKind } from "./api";
import { BASELINE, INPUTS, isChanged, type ConfigSchema, type Input } from "./settings";
import type { Config } from "./SettingsForm";

export type Inputs = Partial<Record<Input, string>>;

export interface Items {
  make: boolean;
  k?: number;
  needed?: number;
}

export interface Start {
  name?: string;
  inputs?: Inputs;
  config?: Config;
  items?: Items;
  place?: Place;
}

/** What the address of the form names: inputs, and what a reward model is held against. */
export function startNamed(kind: StartableKind, search: URLSearchParams): Start {
  const inputs = INPUTS[kind].flatMap((input): [Input, string][] => {
    const id = search.get(input);
    return id ? [[input, id]] : [];
  });
  const baseline = kind === "evaluate" && search.get(BASELINE);
  return { inputs: Object.fromEntries(inputs), config: baseline ? { [BASELINE]: baseline } : {} };
}

/** Name, inputs and place as they were; of the settings those that the form knows and that are not at their defaults. */
export function startFrom(run: Run, kind: StartableKind, schema: ConfigSchema, places: Places | undefined): Start {
  const inputs = INPUTS[kind].flatMap((input): [Input, string][] => {
    const id = run[input];
    return id ? [[input, id]] : [];
  });
  const changed = Object.entries(run.config).filter(([name, value]) => {
    const known = schema.properties[name];
    return name === BASELINE ? value !== null : known !== undefined && isChanged(known, value);
  });
  const made = run.config.make_items as { k?: number; needed?: number } | undefined;
  return {
    name: run.name,
    inputs: Object.fromEntries(inputs),
    config: Object.fromEntries(changed),
    items: made ? { make: true, ...made } : { make: run.kind !== "sample" },
    place: placeOf(run, kind, places),
  };
}

/** Where a run ran, and how urgent it was; with its configuration only while that one is still offered. */
function placeOf({ launch, needs, priority }: Run, kind: StartableKind, places: Places | undefined): Place {
  const offered = places?.kinds.includes(kind) && places.launches.some((one) => one.name === launch?.name && !one.problem);
  return {
    ...(launch && offered ? { launch: launch.name } : {}),
    ...(needs ? { needs } : {}),
    ...(priority ? { priority } : {}),
  };
}
