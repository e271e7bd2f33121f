import { MantineProvider } from "@mantine/core";
import { QueryClient, QueryClientProvider } from "@tanstack/react-query";
import { cleanup, render, screen } from "@testing-library/react";
import { afterEach, beforeAll, describe, expect, it, vi } from "vitest";
import { startLanguages } from "@/lib/i18n";
import type { StartableKind } from "./api";
import { InputSelect } from "./InputSelect";
import type { Input } from "./settings";

vi.stubGlobal("ResizeObserver", class {
  observe = () => undefined;
  unobserve = () => undefined;
  disconnect = () => undefined;
});
beforeAll(startLanguages);
afterEach(cleanup);

const BASE = { id: "a", number: 1, name: "base", kind: "policy", status: "promoted", served: false };
const SCORES = { ...BASE, id: "b", number: 2, kind: "reward", status: "candidate" };

function placeholder(kind: StartableKind, input: Input): string {
  const client = new QueryClient({ defaultOptions: { queries: { enabled: false } } });
  client.setQueryData(["versions", "p"], [BASE, SCORES]);
  render(
    <QueryClientProvider client={client}>
      <MantineProvider>
        <InputSelect projectId="p" kind={kind} input={input} value={null} error={undefined} onChange={() => undefined} />
      </MantineProvider>
    </QueryClientProvider>,
  );
  return screen.getByRole<HTMLInputElement>("combobox").placeholder;
}

describe("what a run works on", () => {
  it.each([
    ["ppo", "policy_version", "the promoted version"],
    ["ppo", "reward_version", "choose one: none is promoted"],
    ["evaluate", "policy_version", ""],
    ["pick", "policy_version", ""],
  ] as const)("of the kind %s, %s left empty: %s", (kind, input, words) => {
    expect(placeholder(kind, input)).toBe(words);
  });
});
