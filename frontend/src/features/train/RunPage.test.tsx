import { MantineProvider } from "@mantine/core";
import { cleanup, render, screen, within } from "@testing-library/react";
import userEvent from "@testing-library/user-event";
import { afterEach, beforeAll, describe, expect, it, vi } from "vitest";
import { startLanguages, switchLanguage } from "@/lib/i18n";
import { CancelButton } from "./RunPage";

async function ask(status: "queued" | "running") {
  const cancelled = vi.fn(() => Promise.resolve());
  render(
    <MantineProvider>
      <CancelButton run={{ status }} onConfirm={cancelled} />
    </MantineProvider>,
  );
  await userEvent.click(screen.getByRole("button"));
  return { cancelled, dialog: within(await screen.findByRole("dialog")) };
}

beforeAll(async () => {
  vi.stubGlobal("ResizeObserver", class { observe() {} unobserve() {} disconnect() {} });
  await startLanguages();
});
afterEach(async () => {
  cleanup();
  await switchLanguage("en");
});

describe("cancelling a run", () => {
  it.each([
    ["en", "running", "Keep running", "Cancel the run"],
    ["zh-Hans", "running", "继续运行", "取消运行"],
    ["en", "queued", "Keep waiting", "Cancel the run"],
    ["zh-Hans", "queued", "继续等待", "取消运行"],
  ] as const)("has a way out that cannot be taken for it, in %s while it is %s", async (language, status, out, act) => {
    await switchLanguage(language);
    const { cancelled, dialog } = await ask(status);
    const names = dialog.getAllByRole("button").map((button) => button.textContent);
    expect(names.slice(1)).toEqual([out, act]);
    await userEvent.click(dialog.getByText(out));
    expect(cancelled).not.toHaveBeenCalled();
  });

  it("speaks of a checkpoint only while it runs", async () => {
    const waiting = await ask("queued");
    expect(waiting.dialog.queryByText(/checkpoint/)).toBeNull();
    cleanup();
    const running = await ask("running");
    expect(running.dialog.getByText(/checkpoint/)).toBeTruthy();
  });
});
