import { MantineProvider } from "@mantine/core";
import { QueryClient, QueryClientProvider } from "@tanstack/react-query";
import { cleanup, render, screen } from "@testing-library/react";
import userEvent from "@testing-library/user-event";
import { afterEach, beforeAll, expect, it, vi } from "vitest";
import { startLanguages } from "@/lib/i18n";
import { MakeItems } from "./MakeItems";

vi.mock("./api", () => ({ makeItems: () => Promise.resolve({ created: 17, existing: 0, too_few: 0 }) }));

beforeAll(async () => {
  vi.stubGlobal("ResizeObserver", class { observe() {} unobserve() {} disconnect() {} });
  await startLanguages();
});
afterEach(cleanup);

it("items that were made are counted everywhere on the page of the set", async () => {
  const client = new QueryClient();
  const shown = [
    ["prompt-set", "s"],
    ["prompt-set-counts", "p"],
    ["prompts", "s", {}],
    ["prompt-facets", "s"],
    ["items", "p"],
  ];
  for (const key of shown) client.setQueryData(key, 0);
  render(
    <MantineProvider>
      <QueryClientProvider client={client}>
        <MakeItems projectId="p" setId="s" />
      </QueryClientProvider>
    </MantineProvider>,
  );
  await userEvent.click(screen.getByRole("button", { name: "Make items" }));
  await screen.findByText(/17/);
  for (const key of shown) expect(client.getQueryState(key)?.isInvalidated).toBe(true);
});
