import { memo } from "react";
import { makeVisible } from "./characters";
import { slices } from "./slices";

interface Props {
  text: string;
  /** Where a glance is enough: about so many characters. */
  most?: number;
}

/** A line or a cell of text that is not ours, letter by letter, with what hides in it made visible. */
export const VisibleText = memo(function VisibleText({ text, most }: Props) {
  const shown = most !== undefined && text.length > most ? `${slices(text.slice(0, most + 8), most)[0]}…` : text;
  return makeVisible(shown).map((part, index) =>
    part.hidden ? (
      <span key={index} className="hiddenChar" title={part.hidden}>
        {part.text}
      </span>
    ) : (
      part.text
    ),
  );
});
