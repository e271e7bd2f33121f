import { useState } from "react";

interface Props {
  /** The announcement itself: another one is heard, whether or not its words are the same. */
  said: object | null;
  words: string;
}

/** What a screen reader hears. Words that do not change it passes over, so each come as a new node. */
export function Spoken({ said, words }: Props) {
  const [last, setLast] = useState({ said, number: 0 });
  if (last.said !== said) setLast({ said, number: last.number + 1 });
  return (
    <p className="srOnly" role="status" aria-live="polite">
      <span key={last.number}>{words}</span>
    </p>
  );
}
