import { MantineProvider } from "@mantine/core";
import { cleanup, render, screen } from "@testing-library/react";
import userEvent from "@testing-library/user-event";
import { useState } from "react";
import { afterEach, beforeAll, describe, expect, it } from "vitest";
import { startLanguages } from "@/lib/i18n";
import { GateFields } from "./GateFields";
import type { Draft } from "./PlanForm";

const EMPTY: Draft = { mix: null, prompt_set: null, rl_prompt_set: null };

let sent: Draft;

function Form({ first }: { first: Partial<Draft> }) {
  const [draft, setDraft] = useState<Draft>({ ...EMPTY, ...first });
  sent = draft;
  const props = { defaults: { campaign_prompts: 50, campaign_judgments: 1 }, errorOf: () => undefined };
  return (
    <MantineProvider>
      <GateFields {...props} draft={draft} change={(more) => setDraft({ ...draft, ...more })} />
    </MantineProvider>
  );
}

beforeAll(startLanguages);
afterEach(cleanup);

describe("the gates of a round", () => {
  it("keep a share that is typed with a decimal", async () => {
    render(<Form first={{ least_win_rate: 0.5 }} />);
    const field = screen.getByLabelText<HTMLInputElement>(/^Win rate above/);
    await userEvent.clear(field);
    await userEvent.type(field, "52.5");
    expect(sent.least_win_rate).toBe(0.525);
  });

  it.each([
    [/^Pair accuracy above/, "150", "150 is not allowed. Allowed: 0–100"],
    [/^Pair accuracy above/, "100", null],
    [/^Better than the one in use/, "-100.5", "-100.5 is not allowed. Allowed: -100–100"],
    [/^Win rate above/, "110.1", "110.1 is not allowed. Allowed: 0–100"],
    [/^KL at most/, "-1", "-1 is not allowed. Allowed: 0–100000"],
  ])("refuse in their own unit what cannot be: %s %s", async (label, text, words) => {
    render(<Form first={{}} />);
    await userEvent.type(screen.getByLabelText(label), text);
    expect(screen.queryByText(/is not allowed/)?.textContent ?? null).toBe(words);
  });

  it("ask nothing where they are emptied", async () => {
    render(<Form first={{ kl_ceiling: 25 }} />);
    await userEvent.clear(screen.getByLabelText(/^KL at most/));
    expect(sent.kl_ceiling).toBeNull();
  });

  it("take the usual size of a campaign where none is written", async () => {
    render(<Form first={{ least_campaign_win_rate: 0.5, campaign_judgments: 5 }} />);
    const field = screen.getByLabelText<HTMLInputElement>(/Judgments/);
    await userEvent.type(field, "{Backspace}");
    expect([sent.campaign_judgments, field.value, field.placeholder]).toEqual([undefined, "", "1"]);
    await userEvent.type(field, "3");
    expect(sent.campaign_judgments).toBe(3);
  });
});
