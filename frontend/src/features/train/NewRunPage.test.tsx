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
const MARKED = "This was not accepted: see what is marked.";

beforeAll(startLanguages);
afterEach(cleanup);

describe("the form of a new run", () => {
  async function refused(fields: string[]) {
    const client = new QueryClient({ defaultOptions: { queries: { enabled: false } } });
    client.setQueryData(["run-kinds"], { export: { properties: { seed: { type: "integer", default: 0 } } } });
    const errors = fields.map((field) => ({ field, rule: "x", message: `Not this ${field}.` }));
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
    await userEvent.click(screen.getByRole("button", { name: "Start" }));
  }

  it("says what the server refused of a field until that field is changed", async () => {
    await refused(["name", "prompt_set", "config.seed"]);
    const told = () => screen.queryAllByText(/^Not this/).map((each) => each.textContent);
    expect(await screen.findByText("Not this name.")).toBeTruthy();
    expect(told()).toHaveLength(3);
    await userEvent.type(screen.getByRole("textbox", { name: /^Name/ }), "x");
    expect(told()).toEqual(["Not this prompt_set.", "Not this config.seed."]);
    await userEvent.type(screen.getByRole("textbox", { name: /^Seed/ }), "1");
    expect(told()).toEqual(["Not this prompt_set."]);
    expect(screen.getByText(MARKED)).toBeTruthy();
  });

  it("points to marked fields no longer once each of them is changed", async () => {
    await refused(["name", "config.seed"]);
    expect(await screen.findByText(MARKED)).toBeTruthy();
    await userEvent.type(screen.getByRole("textbox", { name: /^Name/ }), "x");
    expect(screen.getByText(MARKED)).toBeTruthy();
    await userEvent.type(screen.getByRole("textbox", { name: /^Seed/ }), "1");
    expect(screen.queryByText(MARKED)).toBeNull();
  });
});
