import { MantineProvider } from "@mantine/core";
import { QueryClient, QueryClientProvider } from "@tanstack/react-query";
import { cleanup, render, screen, within } from "@testing-library/react";
import userEvent from "@testing-library/user-event";
import { MemoryRouter } from "react-router";
import { afterEach, beforeAll, beforeEach, describe, expect, it, vi } from "vitest";
import { Problem } from "@/lib/http";
import { startLanguages } from "@/lib/i18n";
import { ask, type Trial } from "./api";
import { AskForm } from "./AskForm";

let me = "ann";
vi.mock("@/features/auth/session", () => ({ useMe: () => ({ id: me }) }));
vi.mock("./api", async (original) => ({
  ...(await original<typeof import("./api")>()),
  ask: vi.fn(() => Promise.resolve({ id: "new" })),
}));

const POLICY = { id: "v1", number: 1, name: "base", kind: "policy", status: "promoted" };
const asked = vi.fn();

function show({ from = null, versions = [POLICY] }: { from?: Trial | null; versions?: object[] } = {}) {
  cleanup();
  const client = new QueryClient({ defaultOptions: { queries: { enabled: false } } });
  client.setQueryData(["versions", "p"], versions);
  render(
    <QueryClientProvider client={client}>
      <MantineProvider>
        <MemoryRouter>
          <AskForm projectId="p" from={from} policy={null} onAsked={asked} />
        </MemoryRouter>
      </MantineProvider>
    </QueryClientProvider>,
  );
}

const prompt = () => screen.getByLabelText<HTMLTextAreaElement>("Prompt");
const field = (name: string) => screen.getByLabelText<HTMLInputElement>(name);
async function write(input: HTMLInputElement | HTMLTextAreaElement, text: string) {
  await userEvent.clear(input);
  await userEvent.type(input, text);
}

beforeAll(async () => {
  vi.stubGlobal("ResizeObserver", class { observe() {} unobserve() {} disconnect() {} });
  Object.defineProperty(document, "fonts", { value: new EventTarget() });
  Element.prototype.scrollIntoView = () => undefined;
  await startLanguages();
});
beforeEach(() => {
  me = "ann";
  sessionStorage.clear();
  vi.mocked(ask).mockClear();
});
afterEach(cleanup);

describe("asking in the playground", () => {
  it("has prompt and settings again after a reload or another page, for the same person", async () => {
    show();
    await write(prompt(), "Where is the cat?");
    await write(field("Temperature"), "0.5");
    show();
    expect([prompt().value, field("Temperature").value]).toEqual(["Where is the cat?", "0.5"]);
    me = "ben";
    show();
    expect(prompt().value).toBe("");
  });

  it("shows a trial with its own wish, unless something was typed over it", async () => {
    const decoding = { strategy: "sample", n: 2, max_new_tokens: 8 };
    const from = (id: string) =>
      ({ id, state: "done", messages: [{ role: "user", content: `wish of ${id}` }], policies: ["v1"], rewards: [], decoding }) as unknown as Trial;
    show({ from: from("t1") });
    await write(prompt(), "another wish");
    show({ from: from("t2") });
    expect(prompt().value).toBe("wish of t2");
    show({ from: from("t1") });
    expect(prompt().value).toBe("another wish");
    await userEvent.click(screen.getByRole("button", { name: "Ask" }));
    show({ from: from("t1") });
    expect(prompt().value).toBe("wish of t1");
    show();
    expect(prompt().value).toBe("another wish");
  });

  it("says beside each number what it may be, and what zero means, before the server is asked", async () => {
    show();
    await write(prompt(), "Where?");
    await write(field("Max new tokens"), "0");
    expect(screen.getByText("0 is not allowed. Allowed: 1–2048")).toBeTruthy();
    expect(screen.getByText("0: all tokens · ≥ 0")).toBeTruthy();
    await userEvent.click(screen.getByRole("button", { name: "Ask" }));
    expect(ask).not.toHaveBeenCalled();
    expect(document.activeElement).toBe(field("Max new tokens"));
    await write(field("Max new tokens"), "9");
    await write(field("Seed"), "9007199254740993");
    expect(screen.getByText(/Numbers end at 9007199254740991/)).toBeTruthy();
    await userEvent.click(screen.getByRole("button", { name: "Ask" }));
    expect(ask).not.toHaveBeenCalled();
  });

  it("repeats below the fields nothing that a field says", async () => {
    const wrong = (name: string, message: string) => ({ field: name, rule: "invalid", message });
    const errors = [wrong("decoding.n", "Too many."), wrong("policies", "Gone."), wrong("client_uuid", "Odd.")];
    vi.mocked(ask).mockRejectedValueOnce(new Problem(400, "invalid", "Invalid", errors, {}));
    show();
    await write(prompt(), "Where?");
    await userEvent.click(screen.getByRole("button", { name: "Ask" }));
    expect((await screen.findByRole("alert")).textContent).toBe("Odd.");
    expect(screen.getByText("Too many.")).toBeTruthy();
  });

  it("sends only the numbers that the strategy reads", async () => {
    show();
    await write(prompt(), "Where?");
    await write(field("Top k"), "9007199254740993");
    await userEvent.click(screen.getByRole("combobox", { name: "Strategy" }));
    await userEvent.click(screen.getByRole("option", { name: "Greedy", hidden: true }));
    await userEvent.click(screen.getByRole("button", { name: "Ask" }));
    expect(vi.mocked(ask).mock.calls[0]?.[1].decoding).toEqual({ strategy: "greedy", n: 1, num_beams: 1, max_new_tokens: 64 });
  });

  it("asks with Ctrl+Enter", async () => {
    show();
    await write(prompt(), "Where?{Enter}there");
    expect(ask).not.toHaveBeenCalled();
    await userEvent.keyboard("{Control>}{Enter}{/Control}");
    expect(vi.mocked(ask).mock.calls[0]?.[1].messages).toEqual([{ role: "user", content: "Where?\nthere" }]);
  });

  it("says where a policy comes from where there is none", () => {
    show({ versions: [{ ...POLICY, status: "retired" }] });
    const notice = within(screen.getByRole("status"));
    expect(notice.getAllByRole("link").map((link) => link.getAttribute("href"))).toEqual([
      "/train/p/versions",
      "/train/p/runs/new",
    ]);
    expect(screen.queryByLabelText("Prompt")).toBeNull();
  });
});
