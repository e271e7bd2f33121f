import { MantineProvider } from "@mantine/core";
import { QueryClient, QueryClientProvider } from "@tanstack/react-query";
import { cleanup, render, screen, within } from "@testing-library/react";
import userEvent from "@testing-library/user-event";
import { afterEach, beforeAll, expect, it, vi } from "vitest";
import { startLanguages, switchLanguage } from "@/lib/i18n";
import { propose } from "./api";
import { RelabelPage } from "./RelabelPage";

vi.mock("./api", async (original) => ({
  ...(await original<typeof import("./api")>()),
  propose: vi.fn(() => new Promise(() => undefined)),
}));
vi.mock("@/features/projects/queries", () => ({
  useProject: () => ({ data: { flags: ["hallucination", "our own"], axes: ["helpful"] } }),
}));

function show() {
  const client = new QueryClient({ defaultOptions: { queries: { enabled: false } } });
  const page = (results: unknown[]) => ({ pages: [{ next: null, results }], pageParams: [undefined] });
  client.setQueryData(["guidelines", "p"], page([{ number: 2 }, { number: 1 }]));
  client.setQueryData(["relabel", "p"], page([]));
  return render(
    <QueryClientProvider client={client}>
      <MantineProvider>
        <RelabelPage projectId="p" />
      </MantineProvider>
    </QueryClientProvider>,
  );
}

vi.stubGlobal("ResizeObserver", class { observe() {} unobserve() {} disconnect() {} });

beforeAll(async () => {
  await startLanguages();
  await switchLanguage("zh-Hans");
});
afterEach(cleanup);

it("the flags and axes that a change is about are chosen by their words and asked for by their keys", async () => {
  const { container } = show();
  const flags = within(screen.getByRole("group", { name: "与修改有关的问题标签" }));
  await userEvent.click(flags.getByRole("checkbox", { name: "编造事实" }));
  await userEvent.click(flags.getByRole("checkbox", { name: "our own" }));
  await userEvent.click(screen.getByRole("checkbox", { name: "有用性" }));
  expect(container.textContent).not.toMatch(/hallucination|helpful/);

  await userEvent.click(screen.getByRole("button", { name: "预览" }));
  expect(propose).toHaveBeenCalledWith(
    "p",
    expect.objectContaining({ flags: ["hallucination", "our own"], axes: ["helpful"] }),
  );
});
