import { MantineProvider } from "@mantine/core";
import { QueryClient, QueryClientProvider } from "@tanstack/react-query";
import { cleanup, render, screen, waitFor, within } from "@testing-library/react";
import userEvent from "@testing-library/user-event";
import { MemoryRouter } from "react-router";
import { afterEach, beforeAll, describe, expect, it, vi } from "vitest";
import { startLanguages } from "@/lib/i18n";
import { ImportSection } from "./ImportSection";

let onTheWay: Promise<void> = Promise.resolve();

vi.mock("./sending", () => ({
  sendFile: async (_: string, file: File) => {
    await onTheWay;
    return { id: file.name, filename: file.name, received: file.size, bytes: file.size, is_complete: true };
  },
}));
vi.mock("./api", async (original) => ({
  ...(await original<typeof import("./api")>()),
  useWaitingUploads: () => ({ data: [] }),
}));
vi.mock("./ImportSteps", () => ({
  ImportSteps: ({ uploadId, isWanted }: { uploadId: string; isWanted: boolean }) => (
    <section aria-label="steps" data-wanted={isWanted}>
      {uploadId} <button>choose</button>
    </section>
  ),
  Followed: () => null,
}));

beforeAll(startLanguages);
afterEach(cleanup);

function open() {
  render(
    <MantineProvider>
      <QueryClientProvider client={new QueryClient()}>
        <MemoryRouter>
          <ImportSection projectId="p" />
        </MemoryRouter>
      </QueryClientProvider>
    </MantineProvider>,
  );
  const input = screen.getByLabelText("Choose files", { selector: "input" });
  return (...names: string[]) =>
    userEvent.upload(
      input,
      names.map((name) => new File([name.startsWith("empty") ? "" : "{}"], name)),
    );
}

const steps = () => screen.getByRole("region", { name: "steps" });

describe("files on their way in", () => {
  it("say that they are empty, and can be put away", async () => {
    const add = open();
    await add("empty.jsonl");
    const list = await screen.findByRole("list", { name: "Uploaded files" });
    expect(list.textContent).toContain("This file is empty");
    await userEvent.click(within(list).getByRole("button", { name: "Close" }));
    expect(screen.queryByText(/This file is empty/)).toBeNull();
  });

  it("open the first of those that were added, also while another is open", async () => {
    const add = open();
    await add("one.jsonl");
    await waitFor(() => expect(steps().textContent).toContain("one.jsonl"));
    await add("empty.jsonl", "two.jsonl", "three.jsonl");
    await waitFor(() => expect(steps().textContent).toContain("two.jsonl"));
    expect(screen.getByText("Open below").closest("li")?.textContent).toContain("two.jsonl");
  });

  it("leave alone a file that somebody works at", async () => {
    const add = open();
    await add("one.jsonl");
    await waitFor(() => expect(steps().textContent).toContain("one.jsonl"));
    let arrive = () => {};
    onTheWay = new Promise((resolve) => (arrive = () => resolve()));
    await add("two.jsonl");
    await userEvent.click(screen.getByRole("button", { name: "choose" }));
    arrive();
    expect(await screen.findByRole("button", { name: "Look inside" })).toBeTruthy();
    expect(steps().textContent).toContain("one.jsonl");
  });

  it("are brought into view when somebody asks for them", async () => {
    const add = open();
    await add("one.jsonl", "two.jsonl");
    await waitFor(() => expect(steps().dataset.wanted).toBe("false"));
    await userEvent.click(screen.getByRole("button", { name: "Look inside" }));
    await waitFor(() => expect(steps().textContent).toContain("two.jsonl"));
    expect(steps().dataset.wanted).toBe("true");
  });
});
