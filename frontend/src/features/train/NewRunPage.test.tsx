import { MantineProvider } from "@mantine/core";
import { QueryClient, QueryClientProvider } from "@tanstack/react-query";
import { cleanup, render, screen } from "@testing-library/react";
import userEvent from "@testing-library/user-event";
import { MemoryRouter } from "react-router";
import { afterEach, beforeAll, describe, expect, it, vi } from "vitest";
import { Problem } from "@/lib/http";
import { startLanguages } from "@/lib/i18n";
import { startRun } from "./api";
import { NewRunPage } from "./NewRunPage";

vi.mock("./api", async (original) => ({ ...(await original<object>()), startRun: vi.fn() }));
vi.mock("@/features/console/useBegun", () => ({
  useBegun: () => ({ read: () => undefined, keep: () => undefined, forget: () => undefined }),
}));
vi.stubGlobal("ResizeObserver", class {
  observe = () => undefined;
  unobserve = () => undefined;
  disconnect = () => undefined;
});
Object.defineProperty(document, "fonts", { value: new EventTarget() });
beforeAll(startLanguages);
afterEach(cleanup);

describe("the form of a new run", () => {
  it("says what the server refused of a field until that field is changed", async () => {
    const client = new QueryClient({ defaultOptions: { queries: { enabled: false } } });
    client.setQueryData(["run-kinds"], { export: { properties: { seed: { type: "integer", default: 0 } } } });
    const errors = ["name", "prompt_set", "config.seed"].map((field) => ({ field, rule: "x", message: `Not this ${field}.` }));
    vi.mocked(startRun).mockRejectedValueOnce(new Problem(400, "invalid", "Invalid", errors, {}));
    render(
      <QueryClientProvider client={client}>
        <MantineProvider>
          <MemoryRouter initialEntries={["/?kind=export"]}>
            <NewRunPage projectId="p" />
          </MemoryRouter>
        </MantineProvider>
      </QueryClientProvider>,
    );
    const told = () => screen.queryAllByText(/^Not this/).map((each) => each.textContent);
    await userEvent.click(screen.getByRole("button", { name: "Start" }));
    expect(await screen.findByText("Not this name.")).toBeTruthy();
    expect(told()).toHaveLength(3);
    await userEvent.type(screen.getByRole("textbox", { name: /^Name/ }), "x");
    expect(told()).toEqual(["Not this prompt_set.", "Not this config.seed."]);
    await userEvent.type(screen.getByRole("textbox", { name: /^Seed/ }), "1");
    expect(told()).toEqual(["Not this prompt_set."]);
  });
});
