import { memo } from "react";
import { makeVisible } from "./characters";
import { rendered } from "./rendered";
import styles from "./ModelText.module.css";

interface Props {
  text: string;
  raw?: boolean;
}

/** Text that is not ours, in full: as Markdown, or letter by letter. */
export const ModelText = memo(function ModelText({ text, raw = false }: Props) {
  if (raw) return <RawText text={text} />;
  // The HTML comes out of DOMPurify; see markdown.ts.
  return <div className={styles.text} dir="auto" dangerouslySetInnerHTML={{ __html: rendered(text) }} />;
});

function RawText({ text }: { text: string }) {
  const parts = makeVisible(text.replace(/\r\n/g, "\n"));
  return (
    <pre className={styles.raw} dir="auto">
      {parts.map((part, index) =>
        part.hidden ? (
          <span key={index} className="hiddenChar" title={part.hidden}>
            {part.text}
          </span>
        ) : (
          part.text
        ),
      )}
    </pre>
  );
}
