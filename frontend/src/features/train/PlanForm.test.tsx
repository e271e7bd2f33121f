import { MantineProvider } from "@mantine/core";
import { QueryClient, QueryClientProvider } from "@tanstack/react-query";
import { cleanup, render, screen } from "@testing-library/react";
import userEvent from "@testing-library/user-event";
import { afterEach, beforeAll, describe, expect, it, vi } from "vitest";
import { startLanguages } from "@/lib/i18n";
import { createPlan } from "./api";
import { PlanForm } from "./PlanForm";

vi.mock("./api", () => ({ createPlan: vi.fn(async () => ({ id: "made" })) }));
vi.stubGlobal("ResizeObserver", class {
  observe = () => undefined;
  unobserve = () => undefined;
  disconnect = () => undefined;
});
beforeAll(startLanguages);
afterEach(cleanup);

describe("a new sampling plan", () => {
  it("is made by Enter, and the form that it stands in is not sent", async () => {
    const sendRun = vi.fn();
    const onCreated = vi.fn();
    render(
      <QueryClientProvider client={new QueryClient()}>
        <MantineProvider>
          <form onSubmit={sendRun}>
            <PlanForm projectId="p" onClose={() => undefined} onCreated={onCreated} />
          </form>
        </MantineProvider>
      </QueryClientProvider>,
    );
    await userEvent.type(screen.getByRole("textbox", { name: "Name" }), "careful{Enter}");
    expect(vi.mocked(createPlan).mock.calls).toMatchObject([["p", { name: "careful" }]]);
    expect(onCreated).toHaveBeenCalledWith({ id: "made" });
    expect(sendRun).not.toHaveBeenCalled();
  });
});
