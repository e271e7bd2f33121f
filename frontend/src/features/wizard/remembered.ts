/** Where somebody stands in setting up a project; on this device. What they chose is with the project. */

import { load, save } from "@/lib/storage";
import { PURPOSES, STEPS, type Purpose, type StepName } from "./plan";

interface Place {
  step: StepName;
  purpose: Purpose;
}

const key = (project: string) => `tiebreak.wizard.${project}`;

export function placeIn(project: string): Place {
  const found = load(key(project)) as Partial<Place> | undefined;
  const step = STEPS.find((each) => each === found?.step) ?? "screen";
  return { step, purpose: PURPOSES.find((each) => each === found?.purpose) ?? "compare" };
}

export function rememberPlace(project: string, place: Place): void {
  save(key(project), place);
}
