import {
  draggable,
  dropTargetForElements,
} from "@atlaskit/pragmatic-drag-and-drop/element/adapter";
import { useEffect, useRef, useState, type ReactNode } from "react";
import { zoneAt, type Zone } from "./dropZone";
import styles from "./OrderEditor.module.css";
import { LINE } from "./orderList";

export interface ChipTool {
  words: string;
  sign: string;
  run: () => void;
}

interface Props {
  id: string;
  letter: string;
  snippet: string;
  lang: string;
  focused: boolean;
  canTie: boolean;
  label: string;
  tools: readonly ChipTool[];
  onFocus: () => void;
}

/** One answer in the list: a handle to drag it by, its beginning, and buttons while it has the focus. */
export function OrderChip(props: Props) {
  const { id, letter, snippet, lang, focused, canTie, label, tools, onFocus } = props;
  const element = useRef<HTMLDivElement>(null);
  const handle = useRef<HTMLSpanElement>(null);
  const [zone, setZone] = useState<Zone | null>(null);

  useEffect(() => {
    if (!element.current || !handle.current) return undefined;
    return draggable({
      element: element.current,
      dragHandle: handle.current,
      getInitialData: () => ({ completion: id }),
    });
  }, [id]);

  useEffect(() => {
    const chip = element.current;
    if (!chip) return undefined;
    return dropTargetForElements({
      element: chip,
      getData: () => ({ chip: id }),
      onDrag: ({ source, location }) => {
        const { top, height } = chip.getBoundingClientRect();
        const dragged = source.data.completion;
        const ties = canTie && dragged !== LINE && id !== LINE;
        setZone(dragged === id ? null : zoneAt(location.current.input.clientY, top, height, ties));
      },
      onDragLeave: () => setZone(null),
      onDrop: () => setZone(null),
    });
  }, [id, canTie]);

  return (
    <div ref={element} className={styles.chip} data-chip={letter} data-focused={focused} data-zone={zone}>
      <span ref={handle} className={styles.handle} aria-hidden="true" data-handle={letter || id}>
        ⠿
      </span>
      {id === LINE ? (
        <span className={styles.lineWords}>{snippet}</span>
      ) : (
        <button
          type="button"
          className={styles.chipButton}
          aria-label={label}
          aria-pressed={focused}
          onMouseDown={keepFocus}
          onClick={onFocus}
        >
          <span className={styles.letter}>{letter}</span>
          <span className={styles.snippet} lang={lang} dir="auto">
            {snippet}
          </span>
        </button>
      )}
      {focused && (
        <span className={styles.tools}>
          {tools.map((tool) => (
            <button
              key={tool.sign}
              type="button"
              className={styles.tool}
              aria-label={tool.words}
              title={tool.words}
              onMouseDown={keepFocus}
              onClick={tool.run}
            >
              {tool.sign}
            </button>
          ))}
        </span>
      )}
    </div>
  );
}

/** A press of the mouse leaves the keyboard where it is, so that Enter still hands in. */
function keepFocus(event: { preventDefault: () => void }): void {
  event.preventDefault();
}

/** A place to let an answer go that is no answer: the list as a whole, or the tray. */
export function DropArea(props: { kind: "end" | "tray"; className: string | undefined; children: ReactNode }) {
  const { kind, className, children } = props;
  const element = useRef<HTMLDivElement>(null);
  const [over, setOver] = useState(false);
  useEffect(() => {
    if (!element.current) return undefined;
    return dropTargetForElements({
      element: element.current,
      getData: () => ({ kind }),
      onDragEnter: () => setOver(true),
      onDragLeave: () => setOver(false),
      onDrop: () => setOver(false),
    });
  }, [kind]);
  return (
    <div ref={element} className={className} data-drop={kind} data-over={over}>
      {children}
    </div>
  );
}
