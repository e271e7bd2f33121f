import { useEffect, useState } from "react";
import { useText } from "@/lib/i18n";
import styles from "./OrderInWords.module.css";

/** On a narrow screen the board lies below the answers: one press leads there, the next one back. */
export function BoardJump() {
  const { t } = useText();
  const [atBoard, setAtBoard] = useState(false);
  useEffect(() => {
    const board = document.querySelector("[data-board]");
    if (!board || typeof IntersectionObserver === "undefined") return;
    const seen = new IntersectionObserver(([entry]) => setAtBoard(entry?.isIntersecting ?? false), {
      rootMargin: "0px 0px -40% 0px",
    });
    seen.observe(board);
    return () => seen.disconnect();
  }, []);
  const jump = () => {
    if (atBoard) window.scrollTo({ top: 0 });
    else document.querySelector("[data-board]")?.scrollIntoView({ block: "start" });
  };
  return (
    <button type="button" className={styles.jump} onClick={jump}>
      {t(atBoard ? "labeling.toAnswers" : "labeling.toBoard")} {atBoard ? "↑" : "↓"}
    </button>
  );
}
