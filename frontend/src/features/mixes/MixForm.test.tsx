import { MantineProvider } from "@mantine/core";
import { QueryClient, QueryClientProvider } from "@tanstack/react-query";
import { cleanup, render, screen } from "@testing-library/react";
import userEvent from "@testing-library/user-event";
import { afterEach, beforeAll, describe, expect, it, vi } from "vitest";
import { Problem } from "@/lib/http";
import { startLanguages } from "@/lib/i18n";
import { createMix } from "./api";
import { MixForm } from "./MixForm";

vi.mock("./api", () => ({ createMix: vi.fn() }));
vi.stubGlobal("ResizeObserver", class {
  observe = () => undefined;
  unobserve = () => undefined;
  disconnect = () => undefined;
});

function show() {
  const client = new QueryClient({ defaultOptions: { queries: { enabled: false } } });
  client.setQueryData(["plans", "p"], [{ id: "a", name: "plain", n: 4 }]);
  render(
    <QueryClientProvider client={client}>
      <MantineProvider>
        <MixForm projectId="p" onClose={() => undefined} onCreated={() => undefined} />
      </MantineProvider>
    </QueryClientProvider>,
  );
}

beforeAll(startLanguages);
afterEach(cleanup);

describe("a new mix", () => {
  it("is told once what the server refuses: at the field, or below where there is none", async () => {
    const refused = ["name", "rows.1.plan", "rows.0.policy_version", "rows"];
    const errors = refused.map((field) => ({ field, rule: "invalid", message: `No such ${field}.` }));
    vi.mocked(createMix).mockRejectedValueOnce(new Problem(400, "invalid", "Invalid", errors, {}));
    show();
    await userEvent.click(screen.getByRole("button", { name: "Create" }));
    const foot = await screen.findByRole("alert");
    for (const { message } of errors) expect(screen.getAllByText(message)).toHaveLength(1);
    expect(foot.textContent).toBe("No such rows.0.policy_version.No such rows.");
  });

  it("keeps the focus inside when the row of the button that was pressed is gone", async () => {
    show();
    await userEvent.click(screen.getByRole("button", { name: "Remove row 2" }));
    expect(document.activeElement).toBe(screen.getByRole("button", { name: "Add a row" }));
  });
});
