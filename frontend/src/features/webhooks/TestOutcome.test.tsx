import { MantineProvider } from "@mantine/core";
import { QueryClient, QueryClientProvider } from "@tanstack/react-query";
import { cleanup, render, screen, waitFor } from "@testing-library/react";
import { afterEach, beforeAll, describe, expect, it, vi } from "vitest";
import { startLanguages } from "@/lib/i18n";
import { readMessages, type Message } from "./api";
import { TestOutcome } from "./TestOutcome";

vi.mock(import("./api"), async (original) => ({ ...(await original()), readMessages: vi.fn() }));

const message = (more: object) => ({ id: 1, event: "webhook.test", state: "waiting", tries: [], ...more }) as unknown as Message;
const tried = (more: object) => ({ at: "2026-03-01T10:00:00Z", status: 200, error: "", duration_ms: 35, ...more });

function show(sent: number, ...answers: Message[][]) {
  for (const results of answers) vi.mocked(readMessages).mockResolvedValueOnce({ next: null, previous: null, results });
  render(
    <QueryClientProvider client={new QueryClient()}>
      <MantineProvider>
        <TestOutcome webhookId="w" sent={sent} />
      </MantineProvider>
    </QueryClientProvider>,
  );
  return screen.getByRole("status");
}

beforeAll(startLanguages);
afterEach(() => {
  cleanup();
  vi.mocked(readMessages).mockReset();
});

describe("a test of a webhook", () => {
  it("has a place to be read out from before it is sent", () => {
    expect(show(0).textContent).toBe("");
    expect(readMessages).not.toHaveBeenCalled();
  });
  it("is followed until it arrived, whatever else is sent", async () => {
    const other = message({ id: 2, event: "run.finished", state: "delivered", tries: [tried({})] });
    const place = show(1, [other, message({})], [other, message({ state: "delivered", tries: [tried({})] })]);
    await waitFor(() => expect(place.textContent).toBe("The test is on its way…"));
    await waitFor(() => expect(place.textContent).toContain("The test arrived: answer 200 after 35 ms"), { timeout: 3_000 });
    expect(readMessages).toHaveBeenCalledTimes(2);
  });
  it("that failed says what was answered, or why nothing was", async () => {
    const refused = show(1, [message({ tries: [tried({ status: 500, error: "the receiver answered 500" })] })]);
    await waitFor(() => expect(refused.textContent).toContain("did not arrive: answer 500 after 35 ms"));
    cleanup();
    const silent = show(1, [message({ tries: [tried({ status: null, error: "timed out" })] })]);
    await waitFor(() => expect(silent.textContent).toContain("no answer (timed out)"));
  });
});
