/** Parts of the app that are files of their own. */

import { lazy, useState, type ComponentType } from "react";

export interface Chunk<Props> {
  /** Draws the part; suspends only where its file has not come yet. */
  Part: ComponentType<Props>;
  /** Have the file on its way; resolves, whatever becomes of it. */
  arrive: () => Promise<unknown>;
}

/**
 * Like `lazy`, but drawn at once where the file came before it was wanted: React shows nothing for
 * 300 ms between a fallback and what follows it, however early that is there.
 */
export function chunk<Props extends object>(
  load: () => Promise<{ default: ComponentType<Props> }>,
): Chunk<Props> {
  let there: ComponentType<Props> | undefined;
  const come = async () => {
    const file = await load();
    there = file.default;
    return file;
  };
  const Later = lazy(come) as unknown as ComponentType<Props>;
  const Part = (props: Props) => {
    // kept as it was at first: another component would lose what this one holds
    const [Shown] = useState<ComponentType<Props>>(() => there ?? Later);
    return <Shown {...props} />;
  };
  return { Part, arrive: () => come().catch(() => undefined) };
}
