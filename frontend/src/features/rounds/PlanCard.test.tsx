import { MantineProvider } from "@mantine/core";
import { QueryClient, QueryClientProvider } from "@tanstack/react-query";
import { cleanup, render, screen, waitFor, within } from "@testing-library/react";
import userEvent from "@testing-library/user-event";
import { useState } from "react";
import { MemoryRouter } from "react-router";
import { afterEach, beforeAll, describe, expect, it, vi } from "vitest";
import { startLanguages } from "@/lib/i18n";
import { movePlan, type Plan } from "./api";
import { PlanCard } from "./PlanCard";

vi.mock("./api", () => ({ movePlan: vi.fn() }));

const PLAN = { state: "active", trigger: "judgments", judgments: 9, policy_kind: "ppo", changed_at: "2026-01-01" };

function Page() {
  const [plan, setPlan] = useState(PLAN as unknown as Plan);
  vi.mocked(movePlan).mockImplementation(async (_, state) => {
    setPlan({ ...plan, state });
    return { ...plan, state };
  });
  return <PlanCard projectId="p" plan={plan} />;
}

beforeAll(startLanguages);
afterEach(cleanup);

describe("the plan of rounds", () => {
  it("keeps the focus on its switch when it is paused and goes on", async () => {
    render(
      <QueryClientProvider client={new QueryClient({ defaultOptions: { queries: { enabled: false } } })}>
        <MantineProvider>
          <MemoryRouter>
            <Page />
          </MemoryRouter>
        </MantineProvider>
      </QueryClientProvider>,
    );
    await userEvent.click(screen.getByRole("button", { name: "Pause" }));
    await userEvent.click(within(await screen.findByRole("dialog")).getByRole("button", { name: "Pause" }));
    await waitFor(() => expect(document.activeElement?.textContent).toBe("Let it go on"));
    await userEvent.keyboard("{Enter}");
    await waitFor(() => expect(document.activeElement?.textContent).toBe("Pause"));
  });
});
