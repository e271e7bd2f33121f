import { MantineProvider } from "@mantine/core";
import { cleanup, render, screen } from "@testing-library/react";
import { afterEach, beforeAll, describe, expect, it } from "vitest";
import { switchLanguage, startLanguages } from "@/lib/i18n";
import type { Judgment, Sheet } from "./api";
import { EMPTY } from "./decision";
import { OwnOrder } from "./DecisionForm";
import { JudgmentCard } from "./JudgmentCard";
import { lettersOf } from "./orders";
import type { Deciding } from "./useDecision";

const letters = lettersOf(["a", "b"]);
const sheet = { completions: [{ id: "a" }, { id: "b" }], judgments: [] } as unknown as Sheet;
const judgment = {
  id: "1",
  number: 1,
  guideline_number: null,
  active_ms: null,
  content: {
    tiers: [["a"], ["b"]],
    unacceptable_below: null,
    grades: { a: { helpful: 4, truthful: 3 } },
    flags: { b: ["hallucination", "our own"] },
    notes: {},
    cannot_judge: [],
    note: "",
  },
} as unknown as Judgment;

function deciding(more: Partial<Deciding>): Deciding {
  return { draft: EMPTY, at: 0, answer: 0, fieldError: () => undefined, ...more } as Deciding;
}

beforeAll(startLanguages);
afterEach(cleanup);

describe("what a reviewer sees", () => {
  it("marks the answer that the next digit places", () => {
    const decision = deciding({ draft: { ...EMPTY, outcome: "ordered" }, answer: 1 });
    render(<OwnOrder decision={decision} sheet={sheet} letters={letters} />, { wrapper: MantineProvider });
    const marked = ["A", "B"].map((letter) =>
      screen.getByLabelText(new RegExp(`\\b${letter}\\b`)).closest("[class*=tier]")?.getAttribute("data-chosen"),
    );
    expect(marked).toEqual(["false", "true"]);
  });

  it("names axes and flags in the language of the interface", async () => {
    await switchLanguage("zh-Hans");
    const decision = deciding({});
    const card = (
      <JudgmentCard judgment={judgment} letters={letters} chosen decision={decision} onChoose={() => undefined} />
    );
    const { container } = render(card, { wrapper: MantineProvider });
    expect(container.textContent).toContain("A: 有用性 4");
    expect(container.textContent).not.toMatch(/helpful|truthful|hallucination/);
    expect(container.textContent).toContain("our own");
  });
});
