import { MantineProvider } from "@mantine/core";
import { QueryClient, QueryClientProvider } from "@tanstack/react-query";
import { cleanup, render, screen } from "@testing-library/react";
import userEvent from "@testing-library/user-event";
import { afterEach, beforeAll, describe, expect, it, vi } from "vitest";
import { startLanguages } from "@/lib/i18n";
import { savePlan } from "./api";
import { PlanForm } from "./PlanForm";

vi.mock("./api", () => ({ savePlan: vi.fn() }));
vi.stubGlobal("ResizeObserver", class {
  observe = () => undefined;
  unobserve = () => undefined;
  disconnect = () => undefined;
});
beforeAll(startLanguages);
afterEach(cleanup);

describe("a plan of rounds", () => {
  it("that is empty asks for what it lacks, each once at its field, and is not sent", async () => {
    render(
      <QueryClientProvider client={new QueryClient({ defaultOptions: { queries: { enabled: false } } })}>
        <MantineProvider>
          <PlanForm projectId="p" plan={null} defaults={{}} onDone={() => undefined} />
        </MantineProvider>
      </QueryClientProvider>,
    );
    expect(screen.queryByText("Choose a mix")).toBeNull();
    await userEvent.click(screen.getByRole("button", { name: "Save" }));
    expect(screen.getAllByText("Choose a mix")).toHaveLength(1);
    expect(screen.getAllByText("Choose prompts")).toHaveLength(2);
    expect(document.activeElement).toBe(screen.getByRole("combobox", { name: "Sampling mix" }));
    expect(savePlan).not.toHaveBeenCalled();
  });
});
