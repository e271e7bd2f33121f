import { MantineProvider } from "@mantine/core";
import { QueryClient, QueryClientProvider } from "@tanstack/react-query";
import { cleanup, render, screen } from "@testing-library/react";
import userEvent from "@testing-library/user-event";
import { afterEach, beforeAll, describe, expect, it, vi } from "vitest";
import { Problem } from "@/lib/http";
import { startLanguages } from "@/lib/i18n";
import { savePlan, type Plan } from "./api";
import { PlanForm } from "./PlanForm";

vi.mock("./api", () => ({ savePlan: vi.fn() }));
vi.stubGlobal("ResizeObserver", class {
  observe = () => undefined;
  unobserve = () => undefined;
  disconnect = () => undefined;
});
beforeAll(startLanguages);
afterEach(cleanup);

function show(plan: Partial<Plan> | null) {
  render(
    <QueryClientProvider client={new QueryClient({ defaultOptions: { queries: { enabled: false } } })}>
      <MantineProvider>
        <PlanForm projectId="p" plan={plan as Plan | null} defaults={{}} onDone={() => undefined} />
      </MantineProvider>
    </QueryClientProvider>,
  );
}

const WHOLE: Partial<Plan> = { mix: "m", prompt_set: "s", rl_prompt_set: "r", pick_config: null };

describe("a plan of rounds", () => {
  it("that is empty asks for what it lacks, each once at its field, and is not sent", async () => {
    show(null);
    expect(screen.queryByText("Choose a mix")).toBeNull();
    await userEvent.click(screen.getByRole("button", { name: "Save" }));
    expect(screen.getAllByText("Choose a mix")).toHaveLength(1);
    expect(screen.getAllByText("Choose prompts")).toHaveLength(2);
    expect(document.activeElement).toBe(screen.getByRole("combobox", { name: "Sampling mix" }));
    expect(savePlan).not.toHaveBeenCalled();
  });

  it("with a gate that nothing can pass is not sent", async () => {
    show({ ...WHOLE, reward_least_accuracy: 1.5 });
    await userEvent.click(screen.getByRole("button", { name: "Save" }));
    expect(document.activeElement).toBe(screen.getByRole("textbox", { name: /^Pair accuracy/ }));
    expect(savePlan).not.toHaveBeenCalled();
  });

  it("is told once what the server refuses: at the field, or below where there is none", async () => {
    const refused = ["judgments", "kl_ceiling", "pick_config", "evaluation_config.split", "at"];
    const errors = refused.map((field) => ({ field, rule: "invalid", message: `No such ${field}.` }));
    vi.mocked(savePlan).mockRejectedValueOnce(new Problem(400, "invalid", "Invalid", errors, {}));
    show(WHOLE);
    await userEvent.click(screen.getByRole("button", { name: "Save" }));
    const foot = await screen.findByRole("alert");
    for (const { message } of errors) expect(screen.getAllByText(message)).toHaveLength(1);
    expect(foot.textContent).toBe("No such evaluation_config.split.No such at.");
  });
});
