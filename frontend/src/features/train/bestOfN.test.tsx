import { MantineProvider } from "@mantine/core";
import { QueryClient, QueryClientProvider } from "@tanstack/react-query";
import { cleanup, render, screen, within } from "@testing-library/react";
import { afterEach, beforeAll, describe, expect, it, vi } from "vitest";
import { Samples } from "@/features/runs/Samples";
import { startLanguages, switchLanguage } from "@/lib/i18n";
import type { Run } from "./api";
import { BestOfNCurve } from "./BestOfNCurve";
import { withoutCurve } from "./bestOfN";
import { InputSelect } from "./InputSelect";

const REPORT = {
  prompts: 6,
  curve: [
    { n: 1, score: { value: 0.5, low: 0.25, high: 0.75 }, kl_bound: 0 },
    { n: 4, score: { value: 1.5, low: 1.25, high: 1.75 }, kl_bound: 0.636294 },
  ],
};

function show(page: React.ReactNode, known: readonly (readonly [unknown[], unknown])[] = []) {
  const client = new QueryClient({ defaultOptions: { queries: { enabled: false } } });
  for (const [key, data] of known) client.setQueryData(key, data);
  return render(
    <QueryClientProvider client={client}>
      <MantineProvider>{page}</MantineProvider>
    </QueryClientProvider>,
  );
}

beforeAll(async () => {
  vi.stubGlobal("ResizeObserver", class { observe() {} unobserve() {} disconnect() {} });
  await startLanguages();
});
afterEach(async () => {
  cleanup();
  await switchLanguage("en");
});

describe("the best of n", () => {
  it.each([
    ["en", ["n", "Mean best score", "KL at most"], "1.5 (1.25 to 1.75)", "0.636 nats"],
    ["zh-Hans", ["n", "最高分的平均", "KL 上界"], "1.5（1.25 到 1.75）", "0.636 奈特"],
  ] as const)("are told by how many there are, in %s", async (language, heads, score, far) => {
    await switchLanguage(language);
    show(<BestOfNCurve report={REPORT} />);
    expect(screen.getAllByRole("columnheader").map((cell) => cell.textContent)).toEqual(heads);
    const cells = within(screen.getAllByRole("row")[2]!).getAllByRole("cell");
    expect(cells.map((cell) => cell.textContent)).toEqual(["4", score, far]);
    expect(withoutCurve(REPORT)).toEqual({ prompts: 6 });
  });

  it("leave other reports as they are", () => {
    show(<BestOfNCurve report={{ curve: "none" }} />);
    expect(screen.queryByRole("heading")).toBeNull();
    expect(withoutCurve({ curve: "none" })).toEqual({ curve: "none" });
  });

  it("stand beside an ordinary completion, without steps", () => {
    const row = { id: 1, step: 0, prompt: "Why?", before: "Because.", after: "For this reason.", score: 2 };
    const rows = [{ ...row, reference_score: 1, kl: null, disagreement: null }];
    const run = { id: "r", kind: "best_of_n", status: "succeeded" } as Run;
    show(<Samples run={run} />, [[["samples", "r"], { rows, last: 1 }]]);
    expect(screen.getAllByRole("columnheader").map((cell) => cell.textContent)).toEqual([
      "Prompt",
      "An ordinary one",
      "Best of n",
      "Score",
    ]);
    expect(screen.queryByRole("combobox")).toBeNull();
  });

  it.each([
    ["sft", ["Snapshot 2 · best of n", "Snapshot 1"]],
    ["reward", ["Snapshot 1"]],
  ] as const)("are offered by name where a policy learns: %s", (kind, offered) => {
    const snapshots = [{ id: "b", number: 2, query: { best_of_n: 7 } }, { id: "a", number: 1, query: {} }];
    show(
      <InputSelect
        projectId="p"
        kind={kind}
        input="snapshot"
        value={null}
        waiting={false}
        error={undefined}
        onChange={() => undefined}
      />,
      [[["snapshots", "p"], snapshots]],
    );
    const options = screen.getAllByRole("option", { hidden: true });
    expect(options.map((option) => option.textContent)).toEqual(offered);
  });

  it.each([
    ["best_of_n", ["a v1 · for demonstrations · 3"]],
    ["evaluate", ["a v1 · for demonstrations · 3", "b v1 · for evaluation · 3"]],
  ] as const)("are made of no prompts that are held out to evaluate on: %s", (kind, offered) => {
    const set = { version: 1, prompt_count: 3, retired_at: null };
    const sets = [
      { ...set, id: "a", name: "a", purpose: "sft" },
      { ...set, id: "b", name: "b", purpose: "evaluation" },
    ];
    show(
      <InputSelect
        projectId="p"
        kind={kind}
        input="prompt_set"
        value={null}
        waiting={false}
        error={undefined}
        onChange={() => undefined}
      />,
      [[["prompt-sets", "p"], sets]],
    );
    const options = screen.getAllByRole("option", { hidden: true });
    expect(options.map((option) => option.textContent)).toEqual(offered);
  });
});
